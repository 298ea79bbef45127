"""What a branch's label means: how the step is sampled, not what it says (DensePolicy §1.1).

`temperature`, the only one the published results used: label 0 is greedy; of the others, label mod 3 = 1 samples at
1.0, mod 3 = 2 at 0.5, and multiples of 3 at 0.7. So base 10 is {0, 1.0 × 3, 0.5 × 3, 0.7 × 3}.
`sampling`: every label samples at 1.0.
"""

from __future__ import annotations

from typing import Literal

from worldlore.experience import Generate
from worldlore.rollout.loop import heated

Labels = Literal["temperature", "sampling"]
BY_REMAINDER = {1: 1.0, 2: 0.5, 0: 0.7}


def temperature_of(label: int) -> float:
    """The published temperature of a label.

    >>> [temperature_of(label) for label in range(5)]
    [0.0, 1.0, 0.5, 0.7, 1.0]
    """
    return BY_REMAINDER[label % 3] if label else 0.0


def by_temperature(label: int, request: Generate) -> Generate:
    """Sample at the label's temperature."""
    return heated(request, temperature_of(label))


def by_sampling(label: int, request: Generate) -> Generate:
    """Sample at temperature 1, whatever the label."""
    return heated(request, 1.0)


VARIATIONS = {"temperature": by_temperature, "sampling": by_sampling}
