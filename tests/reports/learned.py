"""A run that learned actions, written to disk as a run writes itself: a gripper world whose actions are programs."""

from __future__ import annotations

from pathlib import Path

from worldlore.experience import Action, Cost, Decision, Lesson, Observation, Step, Stop, Task, Trajectory
from worldlore.experiments.store import Run

CARRY = '''from typing import Literal

def carry(ball: str, here: str, there: str = "roomb", gripper: Literal["left", "right"] = "left"):
    """Carry one ball to another room & come back."""
    # the robot may be anywhere: ask where it is
    if "not" in move(here, there):
        return None
    for attempt in range(3):
        pick(ball, here, gripper)
    return f"{ball} <b>moved</b>"
'''
CARRY_ALL = '''def carry_all(balls: list[str], here: str, there: str):
    """Carry every ball there."""
    return [carry(name(ball), here, there) for ball in balls]
'''
NAME = '''def name(text):
    """The name in a text."""
    return text.strip()
'''
ACTIONS = (
    Action.of(CARRY, notes=("stand in the room of the ball first",), calls=12, failures=1, by="mined"),
    Action.of(CARRY_ALL, calls=0, by="model"),
    Action.of(NAME, by="hand"),
)
FUNCTIONS = (
    "pick(obj, room, gripper): pick up a ball in the robot's room",
    "move(from, to): go to another room",
    "carry(ball, here, there, gripper): Carry one ball to another room.",
)
TRACEBACK = "Traceback (most recent call last):\n  File \"carry\", line 7, in carry\nKeyError: 'ball9'"


def task(i: int, split: str = "test") -> Task:
    return Task(f"gripper-{split}-{i}", "gripper", split, f"put {i + 1} balls in roomb", {"family": "gripper"})


def step(action: str, inner: list, called=(), reward=0.0, text="You are in rooma.", **info) -> Step:
    failures = [i for i, move in enumerate(inner) if not move[2]]
    told = {
        "valid": not failures and not info.get("error"),
        "inner": inner,
        "called": list(called),
        "failure": failures[0] if failures else None,
        "error": None,
        "ending": "finished",
        "rung": "Landlock, seccomp, limits, no network",
        **info,
    }
    functions = FUNCTIONS if text.startswith("You begin") else None
    return Step(Observation(text, None, functions), Decision(action), reward, told)


def played(i: int, split: str = "test") -> Trajectory:
    carried = [
        ["pick ball1 rooma left", "You hold ball1.", True, 0.0],
        ["move rooma roomb", "You are in roomb.", True, 0.0],
        ["drop ball1 roomb left", "ball1 lies in roomb.", True, 0.25],
    ]
    broken = [
        ["pick ball9 rooma left", "The action is not valid and therefore takes no effect.", False, 0.0],
        ["move rooma roomb", "You are in roomb.", True, 0.0],
    ]
    block = "for ball in ['ball2', 'ball3']:\n    carry(ball, 'rooma', 'roomb')"
    steps = (
        step("move(roomb, rooma)", [["move roomb rooma", "You are in rooma.", True, 0.0]], text="You begin in roomb."),
        step("carry('ball1', 'rooma', 'roomb')", carried, ["carry"], 0.25),
        step("carry('ball9', 'rooma', there='roomb')", broken, ["carry"], error=TRACEBACK, ending="raised"),
        step(block, carried + carried, ["carry"], 0.5),
        step("look", [["look", "You see a ball.", True, 0.0]], ending="calls", rung=None),
    )
    won = i % 2 == 0
    stop = Stop.TERMINATED if won else Stop.MAX_STEPS
    return Trajectory(task(i, split), 0, 0, steps, Observation("Everything is in its place."), stop, won)


EXPERIMENT = {"name": "gripper/learnact", "environment": {"name": "programs", "inner": {"name": "gripper"}}}


def written(root: Path, lesson: Lesson | None = None, seeds: tuple[int, ...] = (0,)) -> Run:
    """The run on disk."""
    with Run.begin(root, "learnact", EXPERIMENT, "d1"[:2]) as run:
        for seed in seeds:
            ours = run.seed(seed)
            ours.add(played(0, "train"))
            ours.keep(Lesson(actions=ACTIONS, cases=(played(1, "train"),)) if lesson is None else lesson, Cost(steps=9))
            for i in range(3):
                ours.add_test(played(i))
    return run
