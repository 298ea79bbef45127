"""Rewards equal those computed by hand, the unchanged theory and the absent kind among them; and the laws they obey."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from worldlore.environments.playground import KINDS
from worldlore.errors import ConfigError
from worldlore.experience import Theory, Transition
from worldlore.methods import METHODS
from worldlore.methods.worldllm.explorers import ExplorerConfig, Verdict
from worldlore.methods.worldllm.explorers.curiosity import Curiosity
from worldlore.methods.worldllm.explorers.rewards import (
    Blend,
    Values,
    by_kind,
    gain,
    progress,
    surprise,
    surprising_progress,
)
from worldlore.methods.worldllm.explorers.rollout import grid, kinds_of
from worldlore.methods.worldllm.inference import Belief

NEW = np.array([[-1.0, -4.0], [-0.5, -2.0]])
OLD = np.array([[-3.0, -4.0], [-0.25, -6.0]])
GO, HOLD, PLANT = (KINDS.index(kind) for kind in ("standing", "holding1", "transformP"))
LOGS = st.floats(-50, 0)


def kinds(*rows):
    return np.array(rows, np.int8)


# one by one


def test_likelihood_progress_and_their_product_are_as_published():
    assert surprise(NEW).tolist() == [[1, 4], [0.5, 2]]
    assert progress(NEW, OLD).tolist() == [[2, 0], [0.25, 4]]
    assert surprising_progress(NEW, OLD).tolist() == [[2, 0], [0.125, 8]]


def test_an_unchanged_theory_pays_nothing_in_the_shape_of_the_rollout():
    for reward in (progress, surprising_progress):
        assert (reward(NEW, None) == np.zeros((2, 2))).all()


def test_a_blend_mixes_first_and_moves_its_means_after_with_rewards_as_they_were():
    blend = Blend(0.6)
    places = kinds([GO, GO], [PLANT, GO])
    rewards = np.array([[1.0, 2.0], [10.0, 3.0]])
    assert blend.mix(rewards, places) == pytest.approx(0.4 * rewards)
    assert blend.means[GO] == pytest.approx(0.4 * 2)
    assert blend.means[PLANT] == pytest.approx(0.4 * 10)
    again = blend.mix(np.array([[1.0, 1.0]]), kinds([GO, HOLD]))
    assert again == pytest.approx(np.array([[0.4 + 0.6 * 0.8, 0.4]]))
    assert blend.means[GO] == pytest.approx(0.6 * 0.8 + 0.4 * 1)
    assert blend.means[PLANT] == pytest.approx(0.6 * 4)  # absent: as if it had earned 0
    assert blend.means[HOLD] == pytest.approx(0.4)


def test_an_unchanged_theory_is_blended_too():
    blend = Blend(0.5, np.full(len(KINDS), 2.0))
    assert blend.mix(progress(NEW, None), kinds([GO, GO], [GO, PLANT])).tolist() == [[1, 1], [1, 1]]
    assert blend.means.tolist() == [1.0] * len(KINDS)


def test_values_are_divided_by_the_count_so_far_in_the_order_of_time():
    values = Values.of({"standing": 6.0, "transformP": 1.0}, exponent=1)
    assert values.pay(kinds([GO, PLANT], [GO, HOLD], [GO, GO])).tolist() == [[6, 1], [3, 0], [2, 1.5]]
    assert values.pay(kinds([GO, PLANT])).tolist() == [[1.2, 0.5]]
    assert values.counts[[GO, HOLD, PLANT]].tolist() == [5, 1, 2]
    assert Values.of({"standing": 6.0}).pay(kinds([GO, GO])).tolist() == [[6, 6]]
    assert Values.of({"standing": 8.0}, 0.5).pay(kinds([GO, GO, GO, GO]))[0, 3] == 4


def test_gain_is_the_divergence_of_what_is_believed_after_a_change():
    told = np.log([[0.9, 0.5, 0.8], [0.1, 0.5, 0.2]])
    found = gain(told, np.array([0.5, 0.5]))
    expected = 0.9 * log(0.9 / 0.5) + 0.1 * log(0.1 / 0.5)
    assert found[0] == pytest.approx(expected)
    assert found[1] == 0
    assert gain(told[:, :1], np.array([1.0, 0.0]))[0] == 0
    assert gain(np.array([[-2000.0], [-1000.0]]), np.ones(2))[0] == pytest.approx(log(2))


def test_means_by_kind_leave_out_what_is_absent():
    means = by_kind(NEW, kinds([GO, GO], [PLANT, GO]))
    assert means[GO] == pytest.approx(-7 / 3)
    assert means[PLANT] == -0.5
    assert np.isnan(means[HOLD])


# laws


@given(arrays(float, (4, 3), elements=LOGS), arrays(float, 4, elements=st.floats(0.01, 1)))
def test_gain_is_bounded_by_what_there_is_to_know(logprobs, weights):
    found = gain(logprobs, weights)
    share = weights / weights.sum()
    assert (found >= 0).all()
    assert (found <= -np.log(share.min()) + 1e-9).all()
    assert gain(logprobs + 7, weights) == pytest.approx(found, abs=1e-9)


@given(arrays(float, (3, 5), elements=st.floats(0.01, 1)), arrays(float, 3, elements=st.floats(0.01, 1)))
def test_gain_is_mutual_information_on_average(tables, weights):
    tables, share = tables / tables.sum(1, keepdims=True), weights / weights.sum()
    together = share @ tables
    entropy = lambda p: -(p * np.log(p)).sum(-1)  # noqa: E731
    mutual = entropy(together) - share @ entropy(tables)
    assert together @ gain(np.log(tables), weights) == pytest.approx(mutual, abs=1e-9)


@given(arrays(float, (3, 2), elements=st.floats(0, 9)), st.floats(0, 0.99), st.integers(0, 6))
def test_blending_what_always_earns_the_same_comes_to_it(rewards, share, kind):
    blend = Blend(share, np.full(len(KINDS), 4.0))
    mixed = blend.mix(np.full((3, 2), 4.0), np.full((3, 2), kind, np.int8))
    assert mixed == pytest.approx(np.full((3, 2), 4.0))
    assert Blend(0.0).mix(rewards, np.full((3, 2), kind, np.int8)).tolist() == rewards.tolist()


@given(st.lists(st.integers(0, 6), min_size=2, max_size=30))
def test_counting_in_two_rollouts_is_counting_in_one(places):
    whole, parts = Values(np.arange(7.0), 1.0), Values(np.arange(7.0), 1.0)
    column = np.array(places, np.int8)[:, None]
    found = [parts.pay(column[:1]), parts.pay(column[1:])]
    assert np.concatenate(found).tolist() == whole.pay(column).tolist()


# who is asked


class Asked:
    """A statistician that thinks what it is told to, and remembers what it was asked."""

    def __init__(self, thinks):
        self.thinks, self.asked = thinks, []

    def weigh(self, theories, seen):
        self.asked.append((list(theories), list(seen)))
        return np.array([[self.thinks(theory, step) for step in seen] for theory in theories])


def step(change, kind="standing", state="s"):
    return Transition(state, "a", change, kind)


def belief(*texts, weights=None):
    shares = weights or [1 / len(texts)] * len(texts)
    return Belief(tuple(Theory(text, share) for text, share in zip(texts, shares, strict=True)), texts[0])


def paid(reward, thinks, seen, verdict, **keys):
    asked = Asked(thinks)
    config = ExplorerConfig(reward=reward, scenes=2, steps=len(seen) // 2, **keys)
    return Curiosity(config, asked).pay(seen, verdict), asked.asked


SEEN = [step("c1"), step("c2", "transformP"), step("c1"), step("c3")]
WORTH = {"new": {"c1": -1.0, "c2": -2.0, "c3": -3.0}, "old": {"c1": -1.5, "c2": -2.0, "c3": -5.0}}


def test_scenes_told_one_after_another_are_laid_side_by_side():
    assert grid(np.arange(6.0), 2).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert kinds_of(SEEN, 2).tolist() == [[GO, GO], [PLANT, GO]]


def test_equal_transitions_are_asked_about_once_under_the_theories_that_matter():
    verdict = Verdict(belief("old"), belief("new"), ())
    thinks = lambda theory, seen: WORTH[theory][seen.change]  # noqa: E731
    (rewards, noted), asked = paid("alp", thinks, SEEN, verdict)
    assert rewards.tolist() == [[0.5, 0.5], [0, 2]]
    assert asked == [(["new", "old"], [SEEN[0], SEEN[1], SEEN[3]])]
    assert noted["kinds"] == {"standing": 1.0, "transformP": 0.0}
    assert noted["raw"] == {"standing": 2.0, "transformP": 0.0}
    (rewards, _), asked = paid("ll", thinks, SEEN, verdict)
    assert rewards.tolist() == [[1, 1], [2, 3]]
    assert asked[0][0] == ["new"]
    (rewards, _), _ = paid("alpexp", thinks, SEEN, verdict)
    assert rewards == pytest.approx(np.array([[0.2, 0.2], [0, 0.8]]))


@pytest.mark.parametrize("reward", ["alp", "alpexp", "alpll"])
def test_nothing_is_asked_where_the_best_theory_is_the_same(reward):
    (rewards, _), asked = paid(reward, None, SEEN, Verdict(belief("t"), belief("t", "u"), ()))
    assert rewards.tolist() == [[0, 0], [0, 0]]
    assert asked == []


def test_before_there_was_a_theory_the_one_of_no_words_is_asked():
    (rewards, _), asked = paid(
        "alp", lambda theory, seen: -4.0 if theory else -1.0, SEEN, Verdict(None, belief("t"), ())
    )
    assert rewards.tolist() == [[3, 3], [3, 3]]
    assert asked[0][0] == ["t", ""]


def test_disagreement_asks_the_old_particles_about_a_few_and_pays_the_rest_like_these():
    plants = [step(f"p{i}", "transformP") for i in range(3)]
    seen = [step("c", state="x"), *plants, step("c", state="y"), step("p0", "transformP", state="z")]
    told = {"p0": 0.9, "p1": 0.5, "p2": 0.5, "c": 0.5}
    thinks = lambda theory, seen: log(told[seen.change] if theory == "t" else 1 - told[seen.change])  # noqa: E731
    verdict = Verdict(belief("t", "u"), belief("v"), (seen[4], plants[2]))
    (rewards, _), asked = paid("disagreement", thinks, seen, verdict, sample=2)
    full = 0.9 * log(1.8) + 0.1 * log(0.2)
    assert asked == [(["t", "u"], [seen[4], seen[0], plants[2], plants[0]])]
    # p1 was not asked about: it earns the mean of its kind; the other p0 earns what the same change earned
    assert rewards.T.ravel() == pytest.approx([0, full, full / 2, 0, 0, full])
    (rewards, _), asked = paid("disagreement", thinks, seen, Verdict(None, belief("v"), ()))
    assert not rewards.any() and not asked


def test_any_reward_may_ask_about_a_sample():
    thinks = lambda theory, seen: WORTH[theory][seen.change]  # noqa: E731
    verdict = Verdict(belief("old"), belief("new"), (SEEN[3],))
    (rewards, _), asked = paid("ll", thinks, SEEN, verdict, sample=1)
    assert asked == [(["new"], [SEEN[3], SEEN[1]])]
    assert rewards.tolist() == [[3, 3], [2, 3]]
    assert ExplorerConfig(reward="disagreement").weighed == 16
    assert ExplorerConfig().weighed is None


def test_values_pay_without_asking_anybody():
    (rewards, noted), asked = paid("custom", None, SEEN, Verdict(None, belief("t"), ()), values={"transformP": 0.77})
    assert rewards.tolist() == [[0, 0], [0.77, 0]]
    assert asked == []
    assert noted["mean"] == pytest.approx(0.77 / 4)


# keys


def test_defaults_are_the_published_ones():
    config = ExplorerConfig()
    assert (config.scenes * config.steps, config.epochs, config.minibatch, config.layers) == (3600, 20, 64, (64, 64))
    assert (config.gamma, config.gae_lambda, config.learning_rate, config.clip) == (0.99, 0.95, 5e-4, 0.2)
    assert (config.entropy, config.value, config.reward, config.share) == (0.01, 0.5, "alp", 0)
    assert ExplorerConfig(reward="alpexp").share == 0.6
    assert ExplorerConfig(reward="alpexp", ma=0.2).share == 0.2


def test_bad_keys_are_answered_with_the_remedy():
    for keys, said in (
        ({"reward": "custom"}, "values = "),
        ({"reward": "custom", "values": {"transformp": 1.0}}, "transformP"),
        ({"reward": "alp", "scenes": 1, "steps": 1}, "raise steps"),
        ({"reward": "alp", "scenes": 5, "steps": 13}, "choose another minibatch"),
        ({"ma": 1.0}, "less than 1"),
        ({"rewards": "alp"}, "reward"),
    ):
        with pytest.raises(ConfigError, match=said):
            METHODS.build({"name": "worldllm", "experimenter": "explorer", "explorer": keys})
