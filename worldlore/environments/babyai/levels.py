"""BabyAI's levels by name, and which of them with which seed is a split's task.

The published test (AgentBoard, AgentGym) has forty levels; its task number i is the level i mod 40 with the seed
i div 40. Our other splits take the same levels, or others, with seeds of their own: no two splits share a world.
"""

from __future__ import annotations

from collections.abc import Sequence

PUBLISHED = (
    *("GoToRedBallGrey", "GoToRedBall", "GoToRedBallNoDists", "GoToObjS6", "GoToLocalS8N7", "GoToObjMazeS7"),
    *("GoToImpUnlock", "GoToSeqS5R2", "GoToRedBlueBall", "GoToDoor", "GoToObjDoor", "Open", "OpenRedDoor"),
    *("OpenDoorLoc", "OpenRedBlueDoorsDebug", "OpenDoorsOrderN4Debug", "Pickup", "UnblockPickup", "PickupLoc"),
    *("PickupDistDebug", "PickupAbove", "PutNextLocalS6N4", "PutNextS7N4Carrying", "Unlock", "UnlockLocalDist"),
    *("KeyInBox", "UnlockPickupDist", "BlockedUnlockPickup", "UnlockToUnlock", "ActionObjDoor", "FindObjS7"),
    *("KeyCorridorS6R3", "OneRoomS20", "MoveTwoAcrossS8N9", "SynthS5R2", "SynthLoc", "SynthSeq", "MiniBossLevel"),
    *("BossLevel", "BossLevelNoUnlock"),
)
"""The published levels, easiest families first."""
SPLITS = {"train": 10**3, "dev": 10**6, "test": 2 * 10**6, "published": 0}
"""Split -> the first seed of each of its levels."""


def place(levels: Sequence[str], split: str, index: int) -> tuple[str, int]:
    """Level and seed of a split's task."""
    return levels[index % len(levels)], SPLITS[split] + index // len(levels)
