"""What training minimises: the losses of a step's examples, so that their parts add up over the passes it takes."""

# pyright: reportUnknownMemberType=false
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from worldlore.training import losses
from worldlore.training.checkpoint import Record
from worldlore.training.data import Example
from worldlore.training.packing import Packed
from worldlore.training.recipe import Training


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
