"""What the model reads: household tasks as the expert does them, told as the agent `act` would have lived them.

The games are made by the generator that makes the splits, from seeds of `train` that no split reaches, so every task
of every split is new to the model. Two things make it sturdier than imitation alone would:

- detours: in some episodes the hand slips now and then (a random command, possible or not) and the expert goes on
  from there; slips are read, never imitated;
- cases: a few episodes open with an earlier success, as an agent does whose lesson holds cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from recipes.embedded.language import Lesson
from worldlore.agents.act import Act
from worldlore.agents.recall import Memory
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.environments.household.generate import task
from worldlore.experience import Decision, Step, Trajectory

FIRST = 2_000_000
"""Index in `train` of the first game; no split has so many tasks, and the next split's seeds begin at 10,000,000."""
STEPS = 30
"""Actions in the longest episode that is kept."""
DETOURS = 0.35
"""Share of the episodes in which the hand slips."""
SLIPS = 0.2
"""Share of the actions of such an episode that are slips."""
CASES = 0.04
"""Share of the episodes that open with one or two earlier successes."""


class Games:
    """Games without end, the same ones in the same order for a seed."""

    def __init__(self, seed: int, detours: float = DETOURS, cases: float = CASES):
        self._seed, self._detours, self._cases = seed, detours, cases
        self._world = Household(HouseholdConfig())

    def read(self, first: int, count: int) -> Iterator[Lesson]:
        """The lessons `first` to `first + count` - 1."""
        for index in range(first, first + count):
            yield self.lesson(index)

    def lesson(self, index: int) -> Lesson:
        """One game; a success or, where the detours were too many, the longest beginning of one."""
        rng = Random(f"{self._seed} {index}")
        cases: tuple[Trajectory, ...] = ()
        if rng.random() < self._cases:
            earlier = range(index + 6 * 1000, index + 6 * 3000, 6)  # every sixth task is of the same kind
            cases = tuple(self._play(rng.choice(earlier), Random(0), 0.0)[0] for _ in range(rng.choice((1, 2, 2))))
        slips = SLIPS if rng.random() < self._detours else 0.0
        played, slipped = self._play(index, rng, slips)
        return Lesson(Act(memory=Memory(cases=cases)).conversation(played), slipped)

    def _play(self, index: int, rng: Random, slips: float) -> tuple[Trajectory, frozenset[int]]:
        world, game = self._world, task("train", FIRST + index)
        seen, steps, slipped = world.reset(game, 0), [], set[int]()
        while len(steps) < STEPS:
            action = world.expert()
            if rng.random() < slips:
                action = _slip(rng, seen.actions or ())
                slipped.add(len(steps))
            if action is None:
                break
            outcome = world.step(action)
            steps.append(Step(seen, Decision(action), outcome.reward))
            seen = outcome.observation
            if outcome.done:
                break
        return Trajectory(game, 0, steps=tuple(steps), final=seen), frozenset(slipped)


def _slip(rng: Random, admissible: tuple[str, ...]) -> str:
    """A random command: half of them lead elsewhere, some are not possible at all."""
    ways = [command for command in admissible if command.startswith("go ")]
    others = [command for command in admissible if not command.startswith(("go ", "help"))]
    action = rng.choice(ways if rng.random() < 0.5 else others)
    return f"{action.rpartition(' ')[0]} {rng.randint(1, 6)}" if rng.random() < 0.2 else action
