"""The expert: the package's bot, which plays along in a world of its own.

The bot knows what was in sight so far, and that only. It thinks in single moves; where its next ones are just those of
one of our actions ("pick up red ball 1"), the longest such is advised instead: the bot is obeyed to the letter.

On some levels the bot gives up, and on some it plans for ever, so the length of its thoughts is bounded, in a way that
does not depend on the machine's speed. It then has no advice any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minigrid.utils.baby_ai_bot import BabyAIBot, DisappearedBoxError  # pyright: ignore[reportMissingImports]

from worldlore.environments.babyai.view import DROP, FORWARD, PICKUP, TOGGLE, View
from worldlore.environments.babyai.worlds import copied, made

AHEAD = 60
"""Moves of the bot that are looked at to find what it is up to."""
_THOUGHTS = 2000
"""Subgoals a bot may look at before it moves; where it does move, it seldom takes fifty."""
MOVES = range(6)
"""What the bot can ask for; anything else is a bot at its end."""


class GaveUp(Exception):
    """The bot does not know what to do, or cannot stop thinking about it."""


class _Plan(list[Any]):
    """The bot's stack of subgoals; it is looked at once for every thought."""

    thoughts = 0

    def __getitem__(self, at: Any) -> Any:
        self.thoughts += 1
        if self.thoughts > _THOUGHTS:
            raise GaveUp
        return super().__getitem__(at)


class Bot(BabyAIBot):  # pyright: ignore[reportUntypedBaseClass]
    """The package's bot, which says so when it is at a loss."""

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.stack = _Plan(self.stack)

    def next(self, taken: int | None) -> int:
        """What it would do, after what was done."""
        self.stack.thoughts = 0
        try:
            suggested: Any = self.replan(None if taken is None else self.mission.actions(taken))
            return int(suggested)
        except (AssertionError, DisappearedBoxError, IndexError, TypeError, AttributeError) as error:
            raise GaveUp from error  # the bot meets what it cannot handle in any of these ways


class Guide:
    """The bot's advice for one episode."""

    def __init__(self, level: str, seed: int) -> None:
        self._world = made(level, seed)
        self._bot: Bot | None = Bot(self._world)
        self._done: list[int] = []
        self._next = self._thought(None)

    def follows(self, moves: Sequence[int]) -> bool:
        """Whether an episode goes on from where the guide is."""
        return list(moves[: len(self._done)]) == self._done

    def advise(self, moves: Sequence[int], view: View) -> str | None:
        """The next action after these moves; None where the bot has given up."""
        for move in moves[len(self._done) :]:
            self._world.step(move)
            self._next = self._thought(move)
            self._done.append(move)
        plan = self._plan()
        fitting = [action for action, course in view.courses.items() if tuple(plan[: len(course)]) == course]
        return max(fitting, key=lambda action: len(view.courses[action]), default=None)

    def _thought(self, taken: int | None) -> int:
        if self._bot is None:
            return -1
        try:
            return self._bot.next(taken)
        except GaveUp:
            self._bot = None
            return -1

    def _plan(self) -> list[int]:
        """What the bot would do next, up to its next walk after the first thing it does."""
        if self._bot is None:
            return []
        world, bot = copied(self._world, self._bot)
        plan, move, acted = list[int](), self._next, False
        while move in MOVES and len(plan) < AHEAD and not (acted and move != FORWARD):
            plan.append(move)
            acted = acted or move in (PICKUP, DROP, TOGGLE)
            move = -1 if world.step(move)[2] else _next(bot, move)
        return plan


def _next(bot: Bot, taken: int) -> int:
    try:
        return bot.next(taken)
    except GaveUp:
        return -1
