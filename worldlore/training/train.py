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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldlore.errors import ConfigError
from worldlore.models.attention import attending
from worldlore.models.render import Template
from worldlore.models.weights import digest
from worldlore.training import checkpoint, network
from worldlore.training.checkpoint import Fitted, Progress, Record
from worldlore.training.data import Contrast, Example, Turn, examples
from worldlore.training.held_out import HeldOut, best
from worldlore.training.recipe import Training, learning_rate, steps_of
from worldlore.training.trainer import Trainer


def fit(
    source: Path,
    units: Sequence[Turn] | Sequence[Contrast],
    config: Training,
    out: Path,
    log: Callable[[Record], None] = lambda _record: None,
) -> Fitted:
    """Fit the model in `source` (a Hugging Face directory or a PEFT adapter) to units; the weights go to `out`.

    `log` is told each optimiser step: loss, learning rate, gradient norm, tokens, seconds; for contrasts also margin
    and rewards (in units of the loss: β times log-ratios) and the share of pairs with a positive margin; where units
    are kept back, the same of them under `held_out_…`, now and then, and once before the first step.
    ConfigError for units or weights that cannot be trained on, StoreError where the disk refuses.
    """
    given = _examples(source, units, config)
    identity = _identity(source, config, given)
    if done := checkpoint.finished(out, identity):
        return done
    out.mkdir(parents=True, exist_ok=True)
    course = Course.of(source, config, given, out)
    accelerator = course.trainer.accelerator
    checkpoint.check_space(out, (4 if config.save_every else 1) * network.size(course.trainer.model))
    with attending(course.trainer.model):
        progress = checkpoint.restore(accelerator, out, identity)
        progress = progress or Progress(identity, course.trainer.reference())
        for record in course.records(progress):
            if accelerator.is_main_process:
                log(record)
    course.end()
    done = checkpoint.finish(accelerator, out, progress, course.final(progress, len(units) - len(given)))
    accelerator.free_memory()  # the model's next use, in a test, has the device to itself
    return done


@dataclass(frozen=True, slots=True)
class Course:
    """A training run from its first step to its last: what is learned when, measured, kept and saved."""

    trainer: Trainer
    """Learns the units; those kept back are its last ones."""
    steps: Sequence[Sequence[int]]
    """Which examples each step uses."""
    held: range
    """Which examples are kept back."""
    source: Path
    """What is trained."""
    out: Path
    """The run's folder."""

    @staticmethod
    def of(source: Path, config: Training, given: Sequence[Example], out: Path) -> Course:
        """The run that a configuration describes."""
        learned, held = config.held_out.parted(given, config.seed) if config.held_out else (list(given), [])
        trainer = Trainer.of(source, config, [*learned, *held])
        return Course(trainer, steps_of(config, learned), range(len(learned), len(given)), source, out)

    def records(self, progress: Progress) -> Iterator[Record]:
        """Take the steps that are left, and tell each; where units are kept back, step 0 tells of them alone."""
        config, steps = self.trainer.config, len(self.steps)
        if self._measuring and not progress.held_out:
            yield {"step": 0, **self._measured(progress)}
        for which in self.steps[progress.step :]:
            if self._measuring and self._measuring.enough(progress.held_out):
                return
            record = self.trainer.step(which, progress, learning_rate(config, progress.step, steps))
            if self._measuring and self._measuring.due(progress.step, steps):
                record |= self._measured(progress)
            progress.curve.append(record)
            yield record
            if config.save_every and progress.step % config.save_every == 0 and progress.step < steps:
                checkpoint.save(self.trainer.accelerator, self.out, progress)

    def end(self) -> None:
        """See that the weights are there that are to come out."""
        if not self._keeps_best:
            self.trainer.write(self.source, self.out / "weights")

    def final(self, progress: Progress, left_out: int) -> Record:
        """The run in numbers: means over the last epoch, and what is known of units kept back."""
        records = progress.curve[-(len(self.steps) // self.trainer.config.epochs) :]
        names = [name for name in ("loss", "margin", "accuracy") if name in records[0]]
        means = {name: sum(record[name] for record in records) / len(records) for name in names}
        final: Record = {**means, "left_out": left_out}
        if not progress.held_out:
            return final
        kept = best(progress.held_out) if self._keeps_best else progress.held_out[-1]
        told = {f"held_out_{name}": kept[name] for name in names}
        before = progress.held_out[0]["loss"]
        return {**final, "held_out": len(self.held), "held_out_before": before, **told, "kept_step": kept["step"]}

    @property
    def _measuring(self) -> HeldOut | None:
        return self.trainer.config.held_out if self.held else None

    @property
    def _keeps_best(self) -> bool:
        return self._measuring is not None and self._measuring.keep == "best"

    def _measured(self, progress: Progress) -> Record:
        """What the units kept back say now; the weights are written if they are the best so far."""
        told = self.trainer.measure(self.held, progress)
        progress.held_out.append({"step": progress.step, **told})
        if self._keeps_best and best(progress.held_out) is progress.held_out[-1]:
            self.trainer.write(self.source, self.out / "weights")
        return {f"held_out_{name}": value for name, value in told.items()}


def _identity(source: Path, config: Training, given: Sequence[Example]) -> str:
    """What tells a run from others; runs begun before units could be kept back go on."""
    keys = repr(config) if config.held_out else repr(config).replace("held_out=None, ", "")
    return hashlib.sha256(f"({keys}, {digest(source)!r}, {given!r})".encode()).hexdigest()[:16]


def _examples(source: Path, units: Sequence[Turn] | Sequence[Contrast], config: Training) -> list[Example]:
    template = Template.load(network.base_of(source))
    given = list(examples(units, template, config.max_length))
    if not given:
        told = f"all {len(units)} units are longer than max_length = {config.max_length}" if units else "there are none"
        raise ConfigError(f"no units to train on: {told}; raise max_length or collect more")
    return given
