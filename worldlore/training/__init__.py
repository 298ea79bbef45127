"""From turns and contrasts to weights: losses, tree packing, the training run. Loads torch only to `fit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldlore.training.data import Contrast, Turn
from worldlore.training.held_out import HeldOut
from worldlore.training.recipe import Lora, Training
from worldlore.training.together import announced, follow, following, leading

if TYPE_CHECKING:
    from worldlore.training.train import Fitted

__all__ = ["Contrast", "HeldOut", "Lora", "Training", "Turn", "fit", "follow", "following", "leading"]


def fit(
    source: Path,
    units: Sequence[Turn] | Sequence[Contrast],
    config: Training,
    out: Path,
    log: Callable[[dict[str, Any]], None] = lambda _record: None,
) -> Fitted:
    """Fit the model in `source` to `units`, together with the processes this one leads; see `train.fit`."""
    from worldlore.training import train

    with announced(source, units, config, out):
        return train.fit(source, units, config, out, log)
