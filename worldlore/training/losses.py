"""The losses of training, as pure functions of log-probabilities.

A *margin* is how much likelier the policy, against the reference, makes the chosen side than the rejected one:
`(log π(chosen) - log π_ref(chosen)) - (log π(rejected) - log π_ref(rejected))`, in nats, sums over a side's tokens.
Losses are per pair; whoever calls them takes the mean.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def dpo(margins_P: Tensor, beta: float = 0.1, label_smoothing: float = 0.0) -> Tensor:
    """Direct preference optimisation, arXiv 2305.18290, equation 7: `-log σ(β · margin)`.

    With `label_smoothing` ε > 0 a preference is taken to be the wrong way round with probability ε. DensePolicy
    trains with β 0.1 and ε 0.
    """
    right_P, wrong_P = F.logsigmoid(beta * margins_P), F.logsigmoid(-beta * margins_P)
    return -(1 - label_smoothing) * right_P - label_smoothing * wrong_P


def ipo(margins_P: Tensor, beta: float = 0.1) -> Tensor:
    """Identity preference optimisation, arXiv 2310.12036, equation 17: `(margin - 1 / 2β)²`; its τ is our β.

    The margin here is one of means over a side's tokens, not of sums: so the published results were obtained
    (as TRL's authors learned from IPO's).
    """
    return (margins_P - 1 / (2 * beta)) ** 2


def nll(logprobs_P: Tensor, weights_P: Tensor, tokens: float) -> Tensor:
    """Cross-entropy a token: the weighted sum of replies' log-probabilities, over the weighted count of tokens.

    The count is the caller's, so that the shares of a step computed apart add up to the step's mean.
    """
    return -(weights_P * logprobs_P).sum() / tokens
