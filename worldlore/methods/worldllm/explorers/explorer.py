"""The explorer: plays a rollout, is paid when theories have been weighed on it, and learns.

On disk, in the folder `explorer` of the run:

    rollouts.jsonl        what was done, a line a rollout
    policy.safetensors    policy and optimiser after the last training, with how many there were

A killed run goes on exactly: rollouts that were learned from are read; the one that was not is played again, which
gives the same actions, for what is drawn depends on the seed, the collection's number and the policy alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from worldlore.errors import BudgetSpent, ConfigError, StoreError
from worldlore.experience import Cost, Task, append_jsonl, read_jsonl, recover
from worldlore.methods.worldllm.explorers.curiosity import Curiosity, Verdict
from worldlore.methods.worldllm.explorers.keys import ExplorerConfig
from worldlore.methods.worldllm.explorers.rollout import Deal, Rollout, Sitting, firsts, told
from worldlore.methods.worldllm.inference import together
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import Course, PlaygroundWorld
from worldlore.rollout.practice import Practice

if TYPE_CHECKING:
    from worldlore.methods.worldllm.explorers.learner import Learner


class Explorer:
    """An experimenter that learns."""

    def __init__(self, config: ExplorerConfig, practice: Practice, statistician: Statistician) -> None:
        from worldlore.methods.worldllm.explorers import learner  # asks for the extra

        self.config, self.practice = config, practice
        world = statistician.world
        if not isinstance(world, PlaygroundWorld) or world.wording is None:
            raise ConfigError("experimenter 'explorer' knows playground alone; elsewhere use 'random'")
        clash = next((task for task in practice.tasks if task.key in practice.tested), None)
        if clash is not None:
            raise ConfigError(f"the test asks task {clash.id!r} too; choose another training split")
        self.wording = world.wording
        self.curiosity = Curiosity(config, statistician)
        self.name = f"explorer {practice.seed}"
        self.updates = 0
        """Trainings so far."""
        self._drawing = learner.drawing
        self._learner: Learner = learner.Learner(config, self.name)
        self._courses: list[Course] = []
        self._sitting: Sitting | None = None
        self._kept = self._learner.load(self._policy) if self._policy.is_file() else 0

    def explore(self, number: int) -> list[Course]:
        """Everything of one rollout, an episode each; BudgetSpent where it does not fit into the budget."""
        self._afford()
        rollout = self._read(number) if self.updates < self._kept else self._played(number)
        self._courses = told(rollout, self._tasks, self.wording)
        self._spend(rollout)
        return self._courses

    def learn(self, verdict: Verdict) -> Mapping[str, Any]:
        """Be paid for the last rollout and train on it; what is worth noting."""
        rewards, noted = self.curiosity.pay(together(self._courses), verdict)
        self.updates += 1
        if self.updates > self._kept:
            assert self._sitting is not None
            with self._drawing(f"{self.name} train {self.updates}"):
                self._learner.learn(rewards, self._sitting.scenes.observations)
            self._learner.save(self._policy, self.updates)
        return {"reward": self.config.reward, **noted, "first": firsts(self._courses), "updates": self.updates}

    def _read(self, number: int) -> Rollout:
        if number not in self._known:
            raise StoreError(f"{self._folder} has a policy that learned from a rollout which is missing; use --fresh")
        return self._known[number]

    def _played(self, number: int) -> Rollout:
        """Play, and keep what was done before anybody makes use of it."""
        deal = Deal(self.practice.tasks, Random(f"{self.name} deal {number}"), self._episodes)
        self._learner.begin()
        self._sitting = sitting = Sitting.begin(deal, self.config.scenes, self.practice.stage.limits.steps)
        try:
            with self._drawing(f"{self.name} play {number}"):
                for _ in range(self.config.steps):
                    sitting.step(self._learner)
        except BudgetSpent:
            self._spend(sitting.rollout(number))
            raise
        return self._keep(sitting.rollout(number))

    def _keep(self, rollout: Rollout) -> Rollout:
        known = self._known.setdefault(rollout.number, rollout)
        if known is rollout:
            append_jsonl(self._folder / "rollouts.jsonl", rollout)
        elif known != rollout:
            raise StoreError(
                f"rollout {rollout.number} went another way than the one in {self._folder}, which another version or "
                "machine played; go on there, or start over with --fresh"
            )
        return rollout

    def _spend(self, rollout: Rollout) -> None:
        self.practice.spend(Cost(episodes=len(rollout.episodes), steps=rollout.steps))

    def _afford(self) -> None:
        budget, steps = self.practice.budget, self.config.scenes * self.config.steps
        spent, room = budget.spent(self.practice.so_far()), budget.room(self.practice.cost, steps)
        if spent or room == 0:
            raise BudgetSpent(spent or f"a rollout takes {steps} steps, and fewer are left")

    @property
    def _episodes(self) -> int | None:
        """How many may be begun."""
        most = self.practice.budget.episodes
        return None if most is None else most - self.practice.cost.episodes

    @cached_property
    def _tasks(self) -> Mapping[str, Task]:
        return {task.id: task for task in self.practice.tasks}

    @cached_property
    def _folder(self) -> Path:
        folder = self.practice.out.folder("explorer")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def _policy(self) -> Path:
        return self._folder / "policy.safetensors"

    @cached_property
    def _known(self) -> dict[int, Rollout]:
        path = self._folder / "rollouts.jsonl"
        recover(path)
        return {rollout.number: rollout for rollout in read_jsonl(path, Rollout)} if path.is_file() else {}
