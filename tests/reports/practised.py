"""A run that grew trees, written to disk as a run writes itself: two steps down a corridor, and where they lead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from worldlore.experience import (
    Call,
    Completion,
    Cost,
    Decision,
    Generate,
    Lesson,
    Message,
    Observation,
    Step,
    Stop,
    Task,
    Trajectory,
    Tree,
    Usage,
)
from worldlore.experiments.experiment import Experiment
from worldlore.experiments.store import Run
from worldlore.rollout.growth import Grown

MANUAL = "You stand in a corridor. Answer with one action and nothing else."
SYSTEM = Message("system", "Be brief.")
PAGE = {
    "name": "walks/long way",
    "environment": {"name": "household"},
    "models": {"policy": {"name": "scripted", "replies": ["left"]}},
    "agent": {"name": "act"},
    "method": {"name": "densepolicy", "estimate": "rollouts", "pairs": {"visits": 1}},
}


def task(i: int = 0, split: str = "train") -> Task:
    return Task(f"corridor/{split} {i}", "corridor", split, "reach the end", {"family": "walk", "number": i})


def walk(
    of: Task, actions: str, success: bool | None, attempt: int = 0, before: tuple[Message, ...] = ()
) -> Trajectory:
    """An episode: each letter is a step, r(ight) or l(eft)."""
    messages, steps, seen = before, [], f"{MANUAL}\n\ndoor {of.data['number']}, position 0"
    for i, letter in enumerate(actions):
        action = {"r": "right", "l": "left"}[letter]
        messages = (*messages, Message("user", seen))
        reply = Completion(f"> {action}", "stop", (7, 8 + i), (-0.5, -0.25), Usage(10 * (i + 1), 2))
        reward = float(success is True and i == len(actions) - 1)
        calls = (Call(Generate(messages), reply),)
        steps.append(
            Step(Observation(seen), Decision(action, "" if i else "On we go."), reward, {"valid": True}, calls)
        )
        messages, seen = (*messages, Message("assistant", reply.text)), f"position after {actions[: i + 1]}"
    stop = Stop.FAILED if success is None else Stop.TERMINATED if success else Stop.MAX_STEPS
    error = "the floor gave way" if success is None else None
    return Trajectory(of, 0, attempt, tuple(steps), Observation(seen), stop, success, error)


def grown(of: Task, *walks: tuple[str, bool | None], before: tuple[Message, ...] = ()) -> Grown:
    rollouts = [walk(of, actions, success, i, before) for i, (actions, success) in enumerate(walks)]
    tree = Tree.grow(rollouts)
    return Grown(tree, (1,) * len(tree.nodes), "4 rollouts", Cost(episodes=len(rollouts)))


def practised(root: Path, before: tuple[Message, ...] = (), **keys: object) -> Run:
    """Two trees, and a test of three: won, lost and broken."""
    page = Experiment(**{**PAGE, **keys}).resolved().model_dump(mode="json")
    with Run.begin(root, "walks", page, "d1") as run:
        ours = run.seed(0)
        walks = ("rr", True), ("rl", False), ("lr", False), ("ll", False)
        ours.add_tree("0-a", grown(task(0), *walks, before=before))
        ours.add_tree("0-b", grown(task(1), ("rr", True), ("rr", True), before=before))
        ours.keep(Lesson(), Cost())
        for i, success in enumerate((True, False, None)):
            ours.add_test(walk(task(i, "test"), "rl", success, before=before))
    return run


def again(episode: Trajectory) -> Trajectory:
    """The same episode, its last reply asked for twice."""
    *earlier, last = episode.steps
    (call,) = last.calls
    reminded = (*call.request.messages, Message("assistant", "Hm."), Message("user", "That was no action."))
    second = Call(replace(call.request, messages=reminded), call.reply)
    first = Call(call.request, Completion("Hm."))
    # the conversation goes on without the reminder, as agents tell it
    after = replace(last, observation=episode.final, calls=(_next(call),))
    return replace(episode, steps=(*earlier, replace(last, calls=(first, second)), after))


def _next(call: Call) -> Call:
    messages = (*call.request.messages, Message("assistant", call.reply.text), Message("user", "position"))
    return Call(replace(call.request, messages=messages), Completion("> right"))
