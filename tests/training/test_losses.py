import math

import pytest
import torch

from worldlore.training.losses import dpo, ipo, nll

MARGINS = torch.tensor([0.0, 10.0, -20.0])


def test_dpo_by_hand():
    by_hand = [math.log(2), math.log(1 + math.exp(-1)), math.log(1 + math.exp(2))]
    assert dpo(MARGINS, beta=0.1).tolist() == pytest.approx(by_hand)


def test_dpo_with_smoothing_mixes_the_preference_with_its_opposite():
    right, wrong = dpo(MARGINS), dpo(-MARGINS)
    assert torch.allclose(dpo(MARGINS, 0.1, 0.2), 0.8 * right + 0.2 * wrong)


def test_the_gradient_of_dpo_is_beta_times_the_chance_of_the_opposite():
    margins = MARGINS.clone().requires_grad_()
    dpo(margins, beta=0.1).sum().backward()
    assert margins.grad.tolist() == pytest.approx([-0.05, -0.1 / (1 + math.exp(1)), -0.1 / (1 + math.exp(-2))])


def test_ipo_by_hand():
    assert ipo(MARGINS, beta=0.1).tolist() == pytest.approx([25.0, 25.0, 625.0])
    assert ipo(torch.tensor([5.0]), beta=0.1).item() == 0


def test_nll_is_a_weighted_mean_over_tokens():
    logprobs, weights, tokens = torch.tensor([-6.0, -2.0]), torch.tensor([1.0, 3.0]), torch.tensor([3.0, 1.0])
    assert nll(logprobs, weights, float(weights @ tokens)).item() == pytest.approx((6 + 6) / (3 + 3))
