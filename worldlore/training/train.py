"""The training run: units in, weights out, on one process or many (`accelerate launch`).

An optimiser step takes `batch` units, packs them into forests of at most `tokens_per_batch` tokens, and adds up the
gradients of these passes. What a step divides by is known before its first pass, so the result does not depend on
how it was packed or spread. The reference's log-probabilities are computed once, before the first step: no second
copy of the model is held. Killed at any moment, the same call goes on from the last checkpoint and ends the same.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from worldlore.errors import ConfigError
from worldlore.models.attention import attending, forest_logprobs
from worldlore.models.render import Template
from worldlore.models.weights import digest
from worldlore.training import checkpoint, losses, network
from worldlore.training.checkpoint import Fitted, Progress, Record
from worldlore.training.data import Contrast, Example, Turn, examples
from worldlore.training.device import Device
from worldlore.training.packing import Packed, pack
from worldlore.training.recipe import Training, learning_rate, steps_of


def fit(
    source: Path,
    units: Sequence[Turn] | Sequence[Contrast],
    config: Training,
    out: Path,
    log: Callable[[Record], None] = lambda _record: None,
) -> Fitted:
    """Fit the model in `source` (a Hugging Face directory or a PEFT adapter) to units; the weights go to `out`.

    `log` is told each optimiser step: loss, learning rate, gradient norm, tokens, seconds; for contrasts also margin
    and rewards (in units of the loss: β times log-ratios) and the share of pairs with a positive margin.
    ConfigError for units or weights that cannot be trained on, StoreError where the disk refuses.
    """
    given = _examples(source, units, config)
    identity = hashlib.sha256(repr((config, digest(source), given)).encode()).hexdigest()[:16]
    if done := checkpoint.finished(out, identity):
        return done
    out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer.of(source, config, given)
    checkpoint.check_space(out, (4 if config.save_every else 1) * network.size(trainer.model))
    steps = steps_of(config, given)
    with attending(trainer.model):
        progress = checkpoint.restore(trainer.accelerator, out, identity)
        progress = progress or Progress(identity, trainer.reference())
        for which in steps[progress.step :]:
            record = trainer.step(which, progress, learning_rate(config, progress.step, len(steps)))
            progress.curve.append(record)
            if trainer.accelerator.is_main_process:
                log(record)
            if config.save_every and progress.step % config.save_every == 0 and progress.step < len(steps):
                checkpoint.save(trainer.accelerator, out, progress)
    trainer.write(source, out / "weights")
    final = _final(progress, len(steps) // config.epochs, len(units) - len(given))
    done = checkpoint.finish(trainer.accelerator, out, progress, final)
    trainer.accelerator.free_memory()  # the model's next use, in a test, has the device to itself
    return done


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
        given = [self.examples[i] for i in which]
        passes = pack(given, self.config.tokens_per_batch)
        objective = Objective.of(self.config, given, [progress.reference_P2[i] for i in which if progress.reference_P2])
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

    def write(self, source: Path, folder: Path) -> None:
        """Save the weights."""
        state = self.accelerator.get_state_dict(self.model)
        model = self.accelerator.unwrap_model(self.model)

        def write(draft: Path) -> None:
            if self.accelerator.is_main_process:
                network.write(model, source, draft, state)

        checkpoint.placed(self.accelerator, folder, write)

    def _portion(self, passes: Sequence[Packed]) -> list[tuple[Packed, float]]:
        """This process's passes, each with its share; every process gets equally many, so that none waits."""
        n, rank = self.accelerator.num_processes, self.accelerator.process_index
        rounds = range(rank, -(-len(passes) // n) * n, n)
        return [(passes[i], 1.0) if i < len(passes) else (passes[0], 0.0) for i in rounds]

    def _sums(self, packed: Packed) -> tuple[Tensor, Tensor]:
        with torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=self.config.autocast):
            return packed.sums(forest_logprobs(self.model, packed.forest, packed.wanted_W))


@dataclass(frozen=True, slots=True)
class Objective:
    """What one optimiser step minimises: means over P examples, so its parts add up over passes."""

    config: Training
    """The keys."""
    weights_P: Tensor
    """Each example's weight, over their sum."""
    tokens_P2: Tensor
    """How many tokens of the chosen and of the rejected side carry a loss."""
    reference_P2: Tensor
    """The reference's log-probabilities; empty for turns to imitate."""

    @staticmethod
    def of(config: Training, given: Sequence[Example], reference: Sequence[Sequence[float]]) -> Objective:
        """The objective of a step on these examples."""
        weights_P = torch.tensor([example.weight for example in given])
        tokens_P2 = torch.tensor([example.tokens for example in given], dtype=torch.float32)
        return Objective(config, weights_P / weights_P.sum(), tokens_P2, torch.tensor(reference))

    def of_pass(self, packed: Packed, chosen_P: Tensor, rejected_P: Tensor) -> tuple[Tensor, Tensor]:
        """A pass's share of the loss and of the facts to tell: loss, margin, accuracy, the sides' rewards."""
        which, device = torch.tensor(packed.examples), chosen_P.device
        weights_P = self.weights_P[which].to(device)
        nll = losses.nll(chosen_P, weights_P, float(self.weights_P @ self.tokens_P2[:, 0]))
        if not len(self.reference_P2):
            return nll, torch.stack([nll, *chosen_P.new_zeros(4)])
        c = self.config
        gains_2P = torch.stack([chosen_P, rejected_P]) - self.reference_P2[which].to(device).T
        margins_P = gains_2P[0] - gains_2P[1]
        if c.loss == "dpo":
            losses_P = losses.dpo(margins_P, c.beta, c.label_smoothing)
        else:
            means_2P = gains_2P / self.tokens_P2[which].to(device).T
            losses_P = losses.ipo(means_2P[0] - means_2P[1], c.beta)
        loss = weights_P @ losses_P + c.nll_weight * nll
        rewards = c.beta * torch.stack([margins_P, *gains_2P]) @ weights_P
        correct = weights_P @ (margins_P > 0).float()
        return loss, torch.stack([loss, rewards[0], correct, rewards[1], rewards[2]])

    def record(self, told: Sequence[float]) -> Record:
        """The facts of all passes under their names."""
        names = ("loss", "margin", "accuracy", "chosen_reward", "rejected_reward")
        return dict(zip(names[: 5 if len(self.reference_P2) else 1], told, strict=False))


def _examples(source: Path, units: Sequence[Turn] | Sequence[Contrast], config: Training) -> list[Example]:
    template = Template.load(network.base_of(source))
    given = list(examples(units, template, config.max_length))
    if not given:
        told = f"all {len(units)} units are longer than max_length = {config.max_length}" if units else "there are none"
        raise ConfigError(f"no units to train on: {told}; raise max_length or collect more")
    return given


def _plain(tensor: Tensor) -> list[Any]:
    return cast(list[Any], tensor.tolist())


def _final(progress: Progress, last: int, left_out: int) -> Record:
    records = progress.curve[-last:]
    names = [name for name in ("loss", "margin", "accuracy") if name in records[0]]
    means = {name: sum(record[name] for record in records) / len(records) for name in names}
    return {**means, "left_out": left_out}
