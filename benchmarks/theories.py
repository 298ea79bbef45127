"""What weighing and finding theories costs, on one core.

"Shared" scores all transitions in one call, which reads setting and theory once; "one by one" asks for each on its
own, as a client that repeats the whole prompt does. The theory is of 800 characters, the model the embedded one. Then
theories of random worlds are sought, after 18 episodes each, with a statistician that takes them at their word: how
much of what grows in other episodes the most probable theory foretells, and how many recipes it tells word for word; a
recipe that no episode showed cannot be found. Run it alone with `python -m benchmarks.theories`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import process_time
from typing import Any

from tests.methods.theorising import PLAYGROUND, expected, practice, worldllm
from tests.toys import walker
from worldlore.environments.playground import PUBLISHED, recipes_in, rules_of
from worldlore.experience import Transition, likeliest, transitions
from worldlore.methods.worldllm.experimenters import Collection, collect
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import world_of
from worldlore.models.embedded import Embedded, EmbeddedConfig
from worldlore.rollout.practice import Practice

THEORY = (PUBLISHED.theory + "\n" + " ".join(PUBLISHED.sentences) * 3)[:800]
WORLDS = 20
SEARCHES: dict[str, dict[str, Any]] = {
    "mh": {"inference": "mh", "mh": {"iterations": 60, "subset": 6, "hastings": True, "prior": True}},
    "importance": {"inference": "importance", "importance": {"iterations": 20, "subset": 6, "weights": "real"}},
    "smc": {"inference": "smc", "smc": {"particles": 12, "memory": 60, "last_moves": 2}},
}


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    with tempfile.TemporaryDirectory() as folder:
        shared, single = _scoring(Path(folder))
        rows = [
            (f"transitions scored/s under a theory of {len(THEORY)} characters: shared", f"{shared:.0f}"),
            ("the same one by one", f"{single:.0f} ({shared / single:.1f} times slower)"),
        ]
        for name, keys in SEARCHES.items():
            for experimenter in ("random", "diverse"):
                foretold, told, seconds = _found(Path(folder) / f"{name}-{experimenter}", keys, experimenter)
                label = (
                    f"{name}, {experimenter}: growth foretold, recipes told, in {WORLDS} worlds; CPU seconds a world"
                )
                rows.append((label, f"{foretold:.0%}, {told:.0%}; {seconds:.1f}"))
    return rows


def _seen(here: Practice, count: int) -> list[Transition]:
    world = world_of(here.stage.environment(), here.tasks)
    playing = collect("diverse", here, world, walker(), Collection(0, 0.0, count, "", len(here.tasks)))
    return [step for trajectory in playing for step in transitions(trajectory)]


def _scoring(folder: Path) -> tuple[float, float]:
    here = practice(folder / "scoring", PLAYGROUND, Embedded(EmbeddedConfig()))
    seen = _seen(here, 9)
    statistician = Statistician(here, world_of(here.stage.environment(), here.tasks))
    statistician.weigh([""], seen[:2])
    began = process_time()
    statistician.weigh([THEORY], seen)
    shared = len(seen) / (process_time() - began)
    began = process_time()
    for step in seen[:20]:
        statistician.weigh([THEORY + " "], [step])
    return shared, 20 / (process_time() - began)


def _found(folder: Path, keys: dict[str, Any], experimenter: str) -> tuple[float, float, float]:
    """Share of growth foretold, share of recipes told, CPU seconds a world."""
    seconds, foretold, told = 0.0, list[bool](), list[bool]()
    for world in range(WORLDS):
        here = practice(folder / str(world), {**PLAYGROUND, "rules": "random", "world": world})
        method = worldllm(theorist="grammar", phases=2, trajectories=6, experimenter=experimenter, **keys)
        began = process_time()
        best = likeliest(method.learn(walker(), here.narrowed(here.tasks[:-6])).theories)
        seconds += process_time() - began
        text = best.text if best else ""
        grown = [step for step in _seen(here.narrowed(here.tasks[-6:]), 6) if step.kind.startswith("transform")]
        foretold += [expected(text, step.state, step.action) == step.change for step in grown]
        told += [recipe in recipes_in(text) for recipe in rules_of(here.tasks[0].data).recipes]
    return sum(foretold) / len(foretold), sum(told) / len(told), seconds / WORLDS


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label:90} {figure}")
