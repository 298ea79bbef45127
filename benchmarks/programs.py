"""What it costs that an action is a program: literal calls, one learned action, one in a session, beside a bare step.

Wall-clock medians, for a program waits for another process. Every action walks the same two rooms of a gripper task
there and back, two moves each. Run it alone with `python -m benchmarks.programs`.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.programs import Programs
from worldlore.experience import Action

THERE, BACK = 'move("rooma", "roomb")', 'move("roomb", "rooma")'
LEARNED = "def round_trip(here, there):\n    move(here, there)\n    return move(there, here)\n"
TIMES = 200


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    inner = {"name": "gripper", "actions": False}
    bare = ENVIRONMENTS.build(inner)
    bare.reset(bare.tasks("train")[0], 0)
    step = _median(lambda: (bare.step("move rooma roomb"), bare.step("move roomb rooma")))
    rows = [("gripper, two bare steps", f"{step * 1e6:.0f} µs")]
    for what, session, action in (
        ("an action of two literal calls, no interpreter", "fresh", f"{THERE}; {BACK}"),
        ("a learned action, one-shot", "fresh", 'round_trip("rooma", "roomb")'),
        ("a learned action, in a session", "persistent", 'round_trip("rooma", "roomb")'),
    ):
        with_program = _programs(inner, session, action)
        rows.append((f"programs: {what}", f"{with_program * 1e3:.2f} ms, {with_program / step:.0f} times as long"))
    return rows


def _programs(inner: dict[str, object], session: str, action: str) -> float:
    env: Programs = ENVIRONMENTS.build({"name": "programs", "inner": inner, "session": session})
    env.equip([Action.of(LEARNED)])
    env.reset(env.tasks("train")[0], 0)
    try:
        return _median(lambda: env.step(action))
    finally:
        env.close()


def _median(act: Callable[[], object]) -> float:
    spent: list[float] = []
    for _ in range(TIMES):
        began = perf_counter()
        act()
        spent.append(perf_counter() - began)
    return median(spent)


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label:70} {figure}")
