import random

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from tests.training.conftest import WORDS, tiny
from worldlore.models.attention import attending, forest_logprobs
from worldlore.models.forest import Forest
from worldlore.training import losses
from worldlore.training.data import Example, Line
from worldlore.training.packing import pack

TOKENS = st.lists(st.integers(0, 2), min_size=1, max_size=5)


@st.composite
def lines(draw):
    prompt, reply = draw(TOKENS), draw(TOKENS)
    return Line((*prompt, *reply), len(prompt))


@st.composite
def example_lists(draw):
    sides = st.lists(lines(), min_size=1, max_size=2).map(tuple)
    return draw(st.lists(st.builds(Example, sides, sides, st.just(1.0), st.just("")), min_size=1, max_size=6))


@given(example_lists(), st.integers(1, 40))
def test_every_example_is_packed_once_and_within_the_budget(examples, tokens):
    passes = pack(examples, tokens)
    assert sorted(i for packed in passes for i in packed.examples) == list(range(len(examples)))
    assert all(len(packed.forest) <= tokens or len(packed.examples) == 1 for packed in passes)


@given(example_lists())
def test_a_budget_that_is_just_enough_makes_one_forest(examples):
    whole = Forest.plant([line.tokens for example in examples for line in example.lines])
    assert len(pack(examples, len(whole))) == 1
    assert len(pack(examples, len(whole) - 1)) > 1 or len(examples) == 1


@given(example_lists())
def test_sums_add_up_the_replies_of_each_side(examples):
    (packed,) = pack(examples, 10_000)
    scores_N = torch.arange(1.0, len(packed.forest) + 1) ** 2
    chosen, rejected = packed.sums(scores_N)
    for row, i in enumerate(packed.examples):
        for side, got in ((examples[i].chosen, chosen), (examples[i].rejected, rejected)):
            assert got[row] == sum(scores_N[at] for line in side for at in reply_places(packed.forest, line))


def reply_places(forest, line):
    at, path = -1, []
    for position, token in enumerate(line.tokens):
        fits = (forest.previous_N == at) & (forest.positions_N == position) & (forest.tokens_N == token)
        at = int(fits.nonzero())
        path.append(at)
    return path[line.reply :]


def words(rng, low=3, high=8):
    return tuple(rng.randrange(len(WORDS)) for _ in range(rng.randint(low, high)))


def pairs_on(shape, rng):
    """Pairs of continuations at the forks of a tree; what a node adds begins with a reply."""
    start = words(rng, 15, 20)
    if shape == "star":
        forks = [start] * 5
    elif shape == "comb":
        forks = [start]
        for _ in range(4):
            forks.append(forks[-1] + words(rng))
    elif shape == "full":
        level, forks = [start], [start]
        for _ in range(2):
            level = [path + words(rng) for path in level for _ in range(2)]
            forks += level
    else:
        forks = [start]
        for _ in range(8):
            forks.append(rng.choice(forks) + words(rng))
    sides = [[Line(fork + words(rng), len(fork)) for _ in range(2)] for fork in forks for _ in range(2)]
    return [Example((a,), (b,), 1.0, "") for a, b in sides]


def unpacked_logprob(model, line):
    ids = torch.tensor(line.tokens)[None]
    return -F.cross_entropy(model(ids).logits[0, line.reply - 1 : -1], ids[0, line.reply :], reduction="sum")


@pytest.mark.parametrize("tokens", [10_000, 60])
@pytest.mark.parametrize("shape", ["star", "comb", "full", "searched"])
def test_preference_losses_and_gradients_are_those_of_pairs_apart(shape, tokens):
    examples = pairs_on(shape, random.Random(shape))
    model = tiny(1, initializer_range=0.2)
    expected = sum(
        losses.dpo(unpacked_logprob(model, e.chosen[0]) - unpacked_logprob(model, e.rejected[0])) for e in examples
    )
    expected.backward()
    reference = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    total = 0.0
    with attending(model):
        for packed in pack(examples, tokens):
            chosen, rejected = packed.sums(forest_logprobs(model, packed.forest, packed.wanted_W))
            loss = losses.dpo(chosen - rejected).sum()
            loss.backward()
            total += loss.item()
    assert total == pytest.approx(expected.item(), rel=1e-5)
    gradients = torch.cat([p.grad.flatten() for p in model.parameters()])
    expected_gradients = torch.cat([g.flatten() for g in reference])
    assert (gradients - expected_gradients).norm() <= 1e-5 * expected_gradients.norm()
