"""What weighing theories costs on one core, and which ways of searching find the rules of a world.

"Shared" scores all transitions in one call, which reads setting and theory once; "one by one" asks for each on its
own, as a client that repeats the whole prompt does. The theory is of 800 characters, the model the embedded one.

Then rules of random worlds are sought, by each way of inference and each experimenter, with a statistician that takes
theories at their word and the grammar as theorist. All make about the same number of environment steps (`EPISODES`):
an opening and nine phases of 450. Told of the most probable theory: in how many worlds it has every recipe, word for
word; how many of all recipes it has; how much of what grows in other, scripted episodes it foretells. A recipe that
nothing seen was grown by cannot be found.

`make bench` does a few worlds; `python -m benchmarks.theories` does all, explorers too (extra `rl`), and takes long;
`python -m benchmarks.theories smc random disagreement` does those alone, and with `long` added each collection has
eight times the steps, as many as were published.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from time import process_time
from typing import Any

from benchmarks.searching import AGENT, practice
from worldlore.environments.playground import PUBLISHED, recipes_in, rules_of
from worldlore.experience import Transition, likeliest, transitions
from worldlore.methods import METHODS
from worldlore.methods.worldllm.experimenters import Collection, collect
from worldlore.methods.worldllm.literal import Literal, foretold
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import world_of
from worldlore.models.embedded import Embedded, EmbeddedConfig
from worldlore.rollout.practice import Practice

THEORY = (PUBLISHED.theory + "\n" + " ".join(PUBLISHED.sentences) * 3)[:800]
WORLDS, FEW = 20, 4
SEARCHES: dict[str, dict[str, Any]] = {
    "mh": {"inference": "mh", "mh": {"iterations": 40, "subset": 6, "hastings": True, "prior": True}},
    "importance": {"inference": "importance", "importance": {"iterations": 40, "subset": 6, "weights": "real"}},
    "smc": {"inference": "smc", "smc": {"particles": 8, "memory": 60, "moves": 1, "last_moves": 4}},
}
EPISODES = {"random": 15, "diverse": 24, "oracle": 24}
"""Of a collection: about 450 steps."""
REWARDS = ("ll", "alp", "alpexp", "alpll", "disagreement")
EXPLORER: dict[str, Any] = {"scenes": 15, "steps": 30, "learning_rate": 2e-3}
"""A collection of 450 steps; the published rate is for phases of 3,600."""
LONG = 8
"""How many times as long a collection is of about 3,600 steps, the published number (240 in each of 15 scenes)."""


@dataclass
class Tally:
    """What was found in some worlds."""

    worlds: int = 0
    whole: int = 0
    """Worlds all of whose recipes were found."""
    recipes: int = 0
    told: int = 0
    """Recipes that were found."""
    grown: int = 0
    foretold: int = 0
    """Growth that was foretold."""
    steps: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        whole, told, foretold = self.whole / self.worlds, self.told / self.recipes, self.foretold / self.grown
        each = f"{self.steps / self.worlds:,.0f} steps, {self.seconds / self.worlds:.1f} s"
        return f"{whole:.0%}, {told:.0%}, {foretold:.0%}; {each}"


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    shared, single = _scoring()
    rows = [
        (f"transitions scored/s under a theory of {len(THEORY)} characters: shared", f"{shared:.0f}"),
        ("the same one by one", f"{single:.0f} ({shared / single:.1f} times slower)"),
    ]
    return rows + [searched(name, "diverse", FEW) for name in SEARCHES] + [searched("smc", "random", FEW)]


def searched(inference: str, experimenter: str, worlds: int = WORLDS, times: int = 1) -> tuple[str, str]:
    """What one way of searching finds, in words and figures; `times` as long collections."""
    tally = Tally()
    for world in range(worlds):
        _search(inference, _who(experimenter, times), world, tally)
    label = f"{inference}, {experimenter}: all recipes, recipes, growth foretold, in {worlds} worlds; a world"
    return label, str(tally)


def _search(inference: str, who: Mapping[str, Any], world: int, tally: Tally) -> None:
    phases = 10 if inference == "importance" else 9
    method = METHODS.build({"name": "worldllm", "theorist": "grammar", "phases": phases, **who, **SEARCHES[inference]})
    with practice(Literal(), rules="random", world=world) as here:
        began = process_time()
        best = likeliest(method.learn(AGENT, here.narrowed(here.tasks[:-6])).theories)
        tally.seconds += process_time() - began
        tally.steps += here.cost.steps
        text = best.text if best else ""
        found = [recipe in recipes_in(text) for recipe in rules_of(here.tasks[0].data).recipes]
        grown = [step for step in _seen(here.narrowed(here.tasks[-6:]), 6) if step.kind.startswith("transform")]
    tally.worlds += 1
    tally.whole += all(found)
    tally.recipes += len(found)
    tally.told += sum(found)
    tally.grown += len(grown)
    tally.foretold += sum(foretold(text, step.state, step.action) == step.change for step in grown)


def _who(experimenter: str, times: int) -> Mapping[str, Any]:
    if experimenter in EPISODES:
        return {"experimenter": experimenter, "trajectories": EPISODES[experimenter] * times}
    explorer = {**EXPLORER, "steps": EXPLORER["steps"] * times}
    return {"experimenter": "explorer", "explorer": {"reward": experimenter, **explorer}}


def _seen(here: Practice, count: int) -> list[Transition]:
    world = world_of(here.stage.environment(), here.tasks)
    playing = collect("diverse", here, world, AGENT, Collection(0, 0.0, count, "", len(here.tasks)))
    return [step for trajectory in playing for step in transitions(trajectory)]


def _scoring() -> tuple[float, float]:
    with practice(Embedded(EmbeddedConfig())) as here:
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


def main(named: list[str]) -> None:
    """Print what the named ways of searching find, or all of them."""
    known = [*SEARCHES, *EPISODES, *REWARDS, "long"]
    if unknown := [name for name in named if name not in known]:
        sys.exit(f"{', '.join(unknown)}: choose among {', '.join(known)}")
    searches = [name for name in named if name in SEARCHES] or [*SEARCHES]
    experimenters = [name for name in named if name not in (*SEARCHES, "long")] or [*EPISODES, *REWARDS]
    for inference in searches:
        for experimenter in experimenters:
            label, figure = searched(inference, experimenter, times=LONG if "long" in named else 1)
            print(f"{label:90} {figure}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
