"""What a run keeps beside its lesson, to be looked at, and for other runs to begin with.

    knowledge/
      known.jsonl    a task a line: its goal, task knowledge, state knowledge with the action after it, the own try
      pairs.json     the pairs with all that is known of them; `courses` of another run, with knowledge = "given"
      policy.json    what the agent is to say
      world.json     what the world knowledge model is to say; `also` of another run

The last three have the form WKM released: {"conversations": [{"from": "human" or "gpt", "value": text}, …]}.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from worldlore.agents.wkm import Wkm
from worldlore.errors import ConfigError
from worldlore.experience import Decision, Message, Trajectory
from worldlore.methods.wkm.released import turns_in
from worldlore.methods.wkm.synthesis import Known
from worldlore.methods.wkm.tuition import acting, knowing
from worldlore.rollout.practice import Notebook
from worldlore.training import Turn

FOLDER = "knowledge"
"""Where a run keeps them."""
BEGINNING = ({"from": "human", "value": "Carry out the task."}, {"from": "gpt", "value": "OK"})
"""What every conversation of a pair begins with."""


def keep(out: Notebook, agent: Wkm, known: Sequence[Known]) -> None:
    """Write all of them."""
    folder = out.folder(FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(_told(one)) for one in known)
    (folder / "known.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    _write(folder / "pairs.json", [_pair(one) for one in known])
    _write(folder / "policy.json", list(_conversations(acting(agent, one) for one in known)))
    _write(folder / "world.json", list(_conversations(knowing(agent, one) for one in known)))


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


def _write(path: Path, content: Sequence[Any]) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _told(one: Known) -> dict[str, Any]:
    chosen, rejected = one.pair.chosen, one.pair.rejected
    return {
        "task": chosen.task.id,
        "goal": chosen.task.goal,
        "task_knowledge": one.task,
        "states": [{"state_knowledge": s, "action": a} for s, a in zip(one.states, chosen.actions, strict=False)],
        "rejected": list(rejected.actions) if rejected else None,
    }


def _pair(one: Known) -> dict[str, Any]:
    chosen, rejected = one.pair.chosen, one.pair.rejected
    told = {"task": chosen.task.key, "task_knowledge": one.task, "chosen": _course(chosen, one.states)}
    return {**told, "rejected": _course(rejected)} if rejected else told


def _course(course: Trajectory, states: Sequence[str] = ()) -> dict[str, Any]:
    """An episode as it was published: instruction, what was seen and what was done in turn, and the reward."""
    turns: list[Mapping[str, str]] = [*BEGINNING]
    for step, state in zip_longest(course.steps, states[: len(course.steps)], fillvalue=""):
        assert not isinstance(step, str)
        known = {"state_knowledge": str(state)} if state else {}
        turns += [{"from": "human", "value": step.observation.text, **known}, _said(step.decision)]
    if course.final is not None:
        turns.append({"from": "human", "value": course.final.text})
    return {"conversations": turns, **({"reward": course.score} if course.score is not None else {})}


def _said(decision: Decision) -> dict[str, str]:
    thought = f"Thought: {decision.thought}\n" if decision.thought else ""
    return {"from": "gpt", "value": f"{thought}Action: {decision.action}"}


def _conversations(said: Iterable[list[Turn]]) -> Iterator[dict[str, Any]]:
    """Each list of turns as the conversation that its last one is."""
    for turns in said:
        if turns:
            messages = (*turns[-1].messages, Message("assistant", turns[-1].reply))
            yield {"conversations": [{"from": _SPEAKER[m.role], "value": m.content} for m in messages]}


_SPEAKER = {"assistant": "gpt", "user": "human", "system": "human"}
