"""Trees made by hand: rollouts by address, each with its outcome."""

from __future__ import annotations

from collections.abc import Mapping

from worldlore.environments.base import Outcome
from worldlore.experience import (
    ROOT,
    Call,
    Completion,
    Decision,
    Generate,
    Leaf,
    Message,
    Observation,
    Step,
    Stop,
    Task,
    Trajectory,
)
from worldlore.rollout.growth import Address, Growth

TASK = Task("a", "walk", "train", "go", {"family": "walks"})


def said(address: Address) -> str:
    return "go " + "".join(map(str, address))


def planted(outcomes: Mapping[Address, bool | None], depth: int = 4, say=said, task: Task = TASK) -> Growth:
    """A growth with one rollout an address; a task ends where an address does."""
    growth = Growth(task, 0, depth)
    growth.start = Trajectory(task, 0, final=Observation("start"))
    for address, success in outcomes.items():
        at = ROOT
        for d, label in enumerate(address):
            if (at, label) not in growth.known:
                _add(growth, at, address[: d + 1], say)
            at = growth.known[at, label]
        if len(address) < depth and success is not None and at != ROOT:
            growth.ends[at] = success
        stop = Stop.FAILED if success is None else Stop.TERMINATED
        growth.keep(address, Leaf(at, 0, None, stop, success))
    return growth


def _add(growth: Growth, at: int, address: Address, say) -> None:
    seen = growth.seen(at)
    told = [Message("user", "start")]
    for step in seen.steps:
        told += [Message("assistant", step.calls[-1].reply.text), Message("user", "on")]
    call = Call(Generate(tuple(told)), Completion(say(address)))
    step = Step(seen.final, Decision(say(address)), calls=(call,))
    trajectory = Trajectory(growth.task, 0, steps=(*seen.steps, step), final=Observation("on"))
    growth.add((at, address[-1]), trajectory, Outcome(Observation("on")))
