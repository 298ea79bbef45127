"""A model that learns: one optimiser step, one measurement, its reference and its weights; on one process or many."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from worldlore.models.attention import forest_logprobs
from worldlore.training import checkpoint, network
from worldlore.training.checkpoint import Progress, Record
from worldlore.training.data import Example
from worldlore.training.device import Device
from worldlore.training.objective import Objective
from worldlore.training.packing import Packed, pack
from worldlore.training.recipe import Training


@dataclass(frozen=True, slots=True)
class Trainer:
    """A model, its optimiser and what it learns from."""

    device: Device
    """Where it learns, and how it takes steps."""
    config: Training
    """The keys."""
    examples: Sequence[Example]
    """All units, in tokens."""

    @staticmethod
    def of(source: Path, config: Training, given: Sequence[Example]) -> Trainer:
        """Load the model and put it on its device."""
        accelerator = Device.begin(config)
        model = network.trainable(source, config)
        learning = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(learning, config.learning_rate, config.betas, weight_decay=config.weight_decay)
        return Trainer(Device.of(accelerator, model, optimizer, config), config, given)

    @property
    def accelerator(self) -> Any:
        """The processes."""
        return self.device.accelerator

    @property
    def model(self) -> nn.Module:
        """The policy, as it learns."""
        return self.device.model

    def reference(self) -> list[list[float]]:
        """Log-probability of each example's two sides as the model is now; nothing for turns to imitate."""
        if not any(example.rejected for example in self.examples):
            return []
        sums_P2 = torch.zeros(len(self.examples), 2, device=self.accelerator.device)
        with torch.no_grad():
            for packed, share in self._portion(pack(self.examples, self.config.tokens_per_batch)):
                sums_P2[list(packed.examples)] += share * torch.stack(self._sums(packed), 1)
        return _plain(self.device.total(sums_P2))

    def step(self, which: Sequence[int], progress: Progress, rate: float) -> Record:
        """One optimiser step on these examples; its record."""
        began = time.perf_counter()
        objective, passes = self._task(which, progress)
        told = torch.zeros(5, device=self.accelerator.device)
        portion = self._portion(passes)
        for i, (packed, share) in enumerate(portion, 1):
            last = i == len(portion)
            with self.device.apart(last):
                loss, facts = objective.of_pass(packed, *self._sums(packed))
                # Processes' gradients are averaged; a pass that only keeps the others company counts nothing.
                self.device.backward(loss * share * self.accelerator.num_processes, last)
                told += facts.detach() * share
        norm = self.device.step(rate)
        told = self.device.total(told)
        progress.step += 1
        tokens = sum(len(packed.forest) for packed in passes)
        progress.tokens += tokens
        record: Record = {"step": progress.step, **objective.record(_plain(told))}
        record |= {"learning_rate": rate, "gradient_norm": norm, "tokens": tokens}
        return record | {"seconds": time.perf_counter() - began}

    def measure(self, which: Sequence[int], progress: Progress) -> Record:
        """What a step on these examples would tell of them; nothing is learned."""
        objective, passes = self._task(which, progress)
        told = torch.zeros(5, device=self.accelerator.device)
        with torch.no_grad():
            for packed, share in self._portion(passes):
                told += objective.of_pass(packed, *self._sums(packed))[1] * share
        return objective.record(_plain(self.device.total(told)))

    def write(self, source: Path, folder: Path) -> None:
        """Save the weights."""
        state = self.accelerator.get_state_dict(self.model)
        model = self.accelerator.unwrap_model(self.model)

        def write(draft: Path) -> None:
            if self.accelerator.is_main_process:
                network.write(model, source, draft, state)

        checkpoint.placed(self.accelerator, folder, write)

    def _task(self, which: Sequence[int], progress: Progress) -> tuple[Objective, list[Packed]]:
        """What is minimised over some examples, and the passes that takes."""
        given = [self.examples[i] for i in which]
        reference = [progress.reference_P2[i] for i in which if progress.reference_P2]
        return Objective.of(self.config, given, reference), pack(given, self.config.tokens_per_batch)

    def _portion(self, passes: Sequence[Packed]) -> list[tuple[Packed, float]]:
        """This process's passes, each with its share; every process gets equally many, so that none waits."""
        n, rank = self.accelerator.num_processes, self.accelerator.process_index
        rounds = range(rank, -(-len(passes) // n) * n, n)
        return [(passes[i], 1.0) if i < len(passes) else (passes[0], 0.0) for i in rounds]

    def _sums(self, packed: Packed) -> tuple[Tensor, Tensor]:
        with torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=self.config.autocast):
            return packed.sums(forest_logprobs(self.model, packed.forest, packed.wanted_W))


def _plain(tensor: Tensor) -> list[Any]:
    return cast(list[Any], tensor.tolist())
