"""Training data: what the policy and the world knowledge model are to say, of courses whose knowledge is known.

    policy    the expert's actions, task knowledge in sight; no state knowledge unless the agent is told it in play
    world     task knowledge, asked for before the task; then state knowledge of each moment, the earlier in sight
    cases     (previous action, state knowledge, next action) for every step

The words are those of play (`agents/wkm.py`, `agents/witness.py`). What an agent would say is written as conversations,
too, in the form WKM released them: {"conversations": [{"from": "human" or "gpt", "value": text}, …]}.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from worldlore.agents.wkm import Wkm
from worldlore.errors import ConfigError
from worldlore.experience import Case, Message
from worldlore.methods.wkm.contrast import moments
from worldlore.methods.wkm.released import turns_in
from worldlore.methods.wkm.synthesis import Known
from worldlore.training import Turn

FOLDER = "knowledge"
"""Where a run keeps them, beside its lesson: known.jsonl, policy.json, world.json."""


def acting(agent: Wkm, one: Known) -> list[Turn]:
    """What the policy is to say."""
    turns: list[Turn] = []
    for place, (seen, step) in enumerate(moments(one.pair.chosen)):
        witness = agent.witness(seen, one.task, one.states[: place + 1])
        turns.append(Turn(agent.conversed(seen, witness), agent.reply_for(step.decision)))
    return turns


def knowing(agent: Wkm, one: Known) -> list[Turn]:
    """What the world knowledge model is to say."""
    past = [seen for seen, _ in moments(one.pair.chosen)]
    turns = [Turn(agent.witness(past[0]).task_question(), one.task)] if one.task and past else []
    for place, (seen, state) in enumerate(zip(past, one.states, strict=False)):
        if state:
            turns.append(Turn(agent.witness(seen, one.task, one.states[:place]).state_question(), state))
    return turns


def cases(one: Known) -> list[Case]:
    """A case for every step whose moment is known."""
    actions = one.pair.chosen.actions
    before = ("", *actions)
    return [Case(b, state, a) for b, state, a in zip(before, one.states, actions, strict=False) if state]


def keep(folder: Path, agent: Wkm, known: Sequence[Known]) -> None:
    """Write down what is known and what is to be said, to be looked at, and for other runs."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(_told(one)) for one in known)
    (folder / "known.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for name, said in (("policy", acting), ("world", knowing)):
        conversations = list(_conversations(said(agent, one) for one in known))
        text = json.dumps(conversations, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def further(path: Path, seed: int) -> list[Turn]:
    """What another run's world knowledge model was to say, or one of a published file."""
    if path.is_file():
        return turns_in(path)
    kept = sorted(path.glob(f"seed-*/{FOLDER}/world.json"))
    same = [file for file in kept if file.parts[-3] == f"seed-{seed}"]
    if not kept:
        raise ConfigError(
            f"method.also names {path}, which is no file and no run of method 'wkm' that has written its knowledge; "
            "run that one first, or give the path of a training file"
        )
    return turns_in((same or kept)[0])


def _told(one: Known) -> dict[str, Any]:
    chosen, rejected = one.pair.chosen, one.pair.rejected
    return {
        "task": chosen.task.id,
        "goal": chosen.task.goal,
        "task_knowledge": one.task,
        "states": [{"state_knowledge": s, "action": a} for s, a in zip(one.states, chosen.actions, strict=False)],
        "rejected": list(rejected.actions) if rejected else None,
    }


def _conversations(said: Iterable[list[Turn]]) -> Iterator[dict[str, Any]]:
    """Each list of turns as the conversation that its last one is."""
    for turns in said:
        if turns:
            messages = (*turns[-1].messages, Message("assistant", turns[-1].reply))
            yield {"conversations": [{"from": _SPEAKER[m.role], "value": m.content} for m in messages]}


_SPEAKER = {"assistant": "gpt", "user": "human", "system": "human"}
