"""Where a training run computes: one process, several with whole copies, or ZeRO under DeepSpeed.

`accelerate` hides most of the difference; two things it leaves to us. DeepSpeed wants its batch sizes and clipping
before the model, and its engine takes the optimiser's step itself, at the pass it is told is the last. Everything else
that differs (weights in pieces, checkpoints in folders) is accelerate's affair.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from accelerate import Accelerator
from torch import Tensor, nn

from worldlore.errors import ConfigError
from worldlore.training.recipe import Training


@dataclass(frozen=True, slots=True)
class Device:
    """A model, its optimiser, and how they take steps."""

    accelerator: Any
    """Where and on how many devices."""
    model: Any
    """The policy, ready to learn."""
    optimizer: Any
    """What changes it."""
    clip: float
    """The gradient's norm is cut to this."""
    sharded: bool
    """Whether DeepSpeed holds the model in pieces."""

    @staticmethod
    def begin(training: Training) -> Accelerator:
        """The processes, before the model is loaded: under ZeRO-3 it is loaded in pieces."""
        accelerator = Accelerator()
        plugin = accelerator.state.deepspeed_plugin
        if plugin is not None:
            _check(plugin.deepspeed_config)
            # One pass is one micro-batch, whatever it holds; means are taken by us, over the whole step.
            plugin.deepspeed_config |= {
                "train_micro_batch_size_per_gpu": 1,
                "gradient_accumulation_steps": 1,
                "gradient_clipping": training.clip,
            }
        return accelerator

    @staticmethod
    def of(accelerator: Accelerator, model: nn.Module, optimizer: Any, training: Training) -> Device:
        """The model and its optimiser, placed."""
        placed: Any = accelerator.prepare(model, optimizer)
        return Device(accelerator, placed[0], placed[1], training.clip, accelerator.state.deepspeed_plugin is not None)

    def backward(self, loss: Tensor, last: bool) -> None:
        """Add a pass's gradient; those of all processes are averaged at the last pass of a step."""
        if self.sharded:
            self.model.set_gradient_accumulation_boundary(is_boundary=last)
            self.model.backward(loss)
        else:
            self.accelerator.backward(loss)

    def apart(self, last: bool) -> Any:
        """Within, gradients stay with their process, unless the pass is the last one."""
        return nullcontext() if last or self.sharded else self.accelerator.no_sync(self.model)

    def step(self, rate: float) -> float:
        """Take the step at a learning rate; the gradient's norm before it was cut."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.sharded:
            self.model.step()
            return float(self.model.get_global_grad_norm())
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(norm)

    def total(self, tensor: Tensor) -> Tensor:
        """The sum over all processes."""
        return self.accelerator.reduce(tensor, "sum")


def _check(config: Mapping[str, Any]) -> None:
    """ConfigError for what would be lost at the end, or would not learn what one process learns."""
    zero = config.get("zero_optimization", {})
    if zero.get("stage") == 3 and not zero.get("stage3_gather_16bit_weights_on_model_save"):
        raise ConfigError("ZeRO-3 would not gather the weights at the end; set zero3_save_16bit_model: true")
    if str(config.get("gradient_accumulation_steps", 1)) not in ("1", "auto"):
        raise ConfigError(
            "leave gradient_accumulation_steps at 1: `batch` is the whole step, split by tokens_per_batch"
        )
