"""The search for theories against the exact posterior of a small world, and the grammar's densities by hand."""

from collections import Counter
from itertools import pairwise, product
from math import exp, log
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.theorising import parts, practice
from worldlore.errors import ConfigError
from worldlore.experience import Scores, Theory, Transition
from worldlore.methods.worldllm.grammar import Grammar, Slot, Space
from worldlore.methods.worldllm.inference import (
    Importance,
    ImportanceConfig,
    Metropolis,
    MetropolisConfig,
    Sequential,
    SequentialConfig,
    Study,
    mixture,
)
from worldlore.methods.worldllm.inference.base import effective, resampled
from worldlore.methods.worldllm.memory import Memory
from worldlore.methods.worldllm.spaces import door, playground
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.theorist import Basis, Proposal, Theorist
from worldlore.methods.worldllm.worlds import World
from worldlore.models.scripted import Scripted

TINY = Space((Slot.of({"a": 3, "b": 1}, 0.6), Slot.of({"c": 1}, 0.3), Slot.of({"d": 1, "e": 2}, 0.5)))
CHOICES = list(product((None, 0, 1), (None, 0), (None, 0, 1)))
HINTS = {"b": 2.0, "e": 1.0, "d": 1.0}
FIRST = (Transition("0", "x", "y"), Transition("1", "x", "y"))
SECOND = (Transition("2", "x", "y"),)


def worth(theory: str, state: str) -> float:
    """An arbitrary likelihood, between -2.2 and 0."""
    return -2.2 * Random(f"{theory}|{state}").random()


def say(request):
    theory, rest = parts(request)
    state = rest.partition("State: ")[2].partition("\n")[0]
    return Scores(((worth(theory, state),),))


def study(folder) -> Study:
    here = practice(folder, {"name": "door"}, Scripted.of(say, identity="tiny"))
    return Study(Statistician(here, World()), Grammar(TINY, HINTS), Random(0))


def exact(evidence, prior=True) -> dict[str, float]:
    logs = {}
    for choice in CHOICES:
        text = TINY.text(choice)
        logs[text] = sum(worth(text, t.state) for t in evidence) + (TINY.prior(choice) if prior else 0)
    total = sum(map(exp, logs.values()))
    return {text: exp(value) / total for text, value in logs.items()}


def apart(found: dict[str, float], true: dict[str, float]) -> float:
    """Total variation."""
    return sum(abs(found.get(text, 0) - p) for text, p in true.items()) / 2


def told(theories) -> dict[str, float]:
    return {theory.text: theory.probability for theory in theories}


# the grammar


def test_the_prior_is_a_distribution():
    assert sum(exp(TINY.prior(choice)) for choice in CHOICES) == pytest.approx(1)
    assert exp(TINY.prior((0, None, 1))) == pytest.approx(0.6 * 3 / 4 * 0.7 * 0.5 * 2 / 3)


@pytest.mark.parametrize("given_", CHOICES)
def test_what_is_proposed_from_a_theory_is_a_distribution(given_):
    grammar, base = Grammar(TINY, HINTS), Basis(given=TINY.text(given_))
    texts = [TINY.text(choice) for choice in CHOICES]
    density = np.exp(grammar.density(texts, [base] * len(texts)))
    assert density.sum() == pytest.approx(1)
    changed = [sum(a != b for a, b in zip(given_, choice, strict=True)) for choice in CHOICES]
    assert all((p > 0) == (n <= 1) for p, n in zip(density, changed, strict=True))


def test_proposals_come_as_often_as_their_density_says():
    grammar, base = Grammar(TINY, HINTS, 0.3), Basis(given="a\nc")
    drawn = grammar.propose([base] * 20_000, Random(1))
    often = Counter(proposal.text for proposal in drawn)
    for proposal in set(drawn):
        p = exp(proposal.logq)
        assert often[proposal.text] / 20_000 == pytest.approx(p, abs=4 * (p / 20_000) ** 0.5)
    assert sum(exp(p.logq) for p in set(drawn)) == pytest.approx(1, abs=0.01)


@given(st.sampled_from([TINY, door(), playground()]), st.integers(0, 10**6))
def test_a_proposal_knows_the_density_it_was_drawn_with_and_can_be_gone_back_on(space, seed):
    grammar, rng = Grammar(space, HINTS), Random(seed)
    chain = grammar.propose([Basis()], rng)
    assert chain[0].logq == pytest.approx(grammar.density([chain[0].text], [Basis()])[0])
    for _ in range(4):
        chain += grammar.propose([Basis(given=chain[-1].text)], rng)
    for before, after in pairwise(chain):
        assert after.logq == pytest.approx(grammar.density([after.text], [Basis(given=before.text)])[0])
        assert np.isfinite(grammar.density([before.text], [Basis(given=after.text)])[0])
        assert space.text(space.read(after.text)) == after.text


def test_what_the_grammar_cannot_tell_has_no_density_and_is_not_gone_on_from():
    grammar = Grammar(TINY, {})
    assert grammar.density(["a\nb", "z"], [Basis(), Basis(given="a")]).tolist() == [-np.inf, -np.inf]
    with pytest.raises(ConfigError, match="cannot go on from 'z'"):
        grammar.propose([Basis(given="z")], Random(0))


# inference


def test_metropolis_hastings_visits_theories_as_often_as_they_are_probable(tmp_path):
    keys = {"particles": 4, "iterations": 5000, "subset": 1, "hastings": True}
    for prior in (False, True):
        chain = Metropolis(study(tmp_path), MetropolisConfig(**keys, prior=prior))
        chain.take([FIRST])
        belief = chain.take([FIRST])
        assert apart(told(belief.theories), exact(FIRST, prior)) < 0.03


def test_without_the_correction_it_visits_others(tmp_path):
    chain = Metropolis(study(tmp_path), MetropolisConfig(particles=4, iterations=2000, subset=1))
    chain.take([FIRST])
    assert apart(told(chain.take([FIRST]).theories), exact(FIRST, prior=False)) > 0.1


def test_importance_weights_give_the_exact_posterior(tmp_path):
    found = Counter[str]()
    sampler = Importance(study(tmp_path), ImportanceConfig(particles=2000, iterations=4, subset=1, weights="real"))
    found.update(told(sampler.take([FIRST]).theories))
    assert apart(found, exact(FIRST, prior=False)) < 0.04


def test_published_importance_sampling_believes_the_likeliest_and_only_tells_weights(tmp_path):
    sampler = Importance(study(tmp_path), ImportanceConfig(particles=2, iterations=10, subset=1))
    belief = sampler.take([FIRST])
    rows = belief.record["proposed"]
    best = max(rows, key=lambda row: row["loglik"])
    assert belief.theories == (Theory(best["text"], 1.0, 2, best["loglik"]),)
    prior = {TINY.text(choice): TINY.prior(choice) for choice in CHOICES}
    assert all(row["weight"] == pytest.approx(row["loglik"] - prior[row["text"]]) for row in rows)


def test_published_importance_sampling_asks_for_no_densities_that_are_only_told(tmp_path):
    class Untold(Listed):
        def density(self, texts, bases):
            raise AssertionError("nobody needs to know")

    theorist = Untold(["a", "b"], lambda text, basis: float("nan"))
    worths = {("a", "0"): -1.0, ("b", "0"): -2.0}
    sampler = Importance(scored(tmp_path, theorist, worths), ImportanceConfig(particles=1, iterations=2, subset=1))
    belief = sampler.take([(Transition("0", "a", "c", "k"),)])
    assert belief.best == "a"
    assert "ess" not in belief.record
    assert not any("weight" in row for row in belief.record["proposed"])


def standing(smc):
    """How the particles are spread over theories."""
    shares = np.exp(smc.logweights - smc.logweights.max())
    found = {}
    for text, share in zip(smc.texts, shares / shares.sum(), strict=True):
        found[text] = found.get(text, 0.0) + share
    return found


def test_particles_hold_the_posterior_of_all_evidence_as_it_comes(tmp_path):
    smc = Sequential(study(tmp_path), SequentialConfig(particles=3000, moves=2, last_moves=2, ess=0.9))
    smc.take([FIRST])
    assert apart(standing(smc), exact(FIRST)) < 0.04
    two = smc.take([SECOND])
    assert apart(standing(smc), exact(FIRST + SECOND)) < 0.04
    assert two.record["steps"] >= 1
    assert two.theories[0].evidence == 3
    assert two.theories[0].loglik == pytest.approx(sum(worth(two.theories[0].text, s) for s in "012"))
    assert told(two.theories).keys() == {TINY.text(choice) for choice in CHOICES}


@pytest.mark.parametrize(("subset", "shown"), [(0, ()), (1, ((),)), (9, (FIRST, ()))])
def test_proposals_are_shown_the_latest_episodes(tmp_path, subset, shown):
    theorist = Listed(["a"] * 99)
    smc = Sequential(study(tmp_path), SequentialConfig(particles=2, moves=1, last_moves=0, subset=subset))
    smc.study.theorist = theorist
    smc.take([FIRST, ()])
    assert set(theorist.shown) == {Basis(), Basis(shown, "a")}


def test_strong_evidence_is_let_in_by_degrees(tmp_path):
    many = tuple(Transition(str(i), "x", "y") for i in range(60))
    smc = Sequential(study(tmp_path), SequentialConfig(particles=400, moves=2))
    belief = smc.take([many])
    assert belief.record["steps"] > 2
    assert apart(standing(smc), exact(many)) < 0.08


@pytest.mark.parametrize("particles", [2, 3, 8])
def test_however_few_particles_theories_are_as_probable_as_prior_and_evidence_say(tmp_path, particles):
    smc = Sequential(study(tmp_path), SequentialConfig(particles=particles, moves=1))
    for seen, course in ((FIRST, FIRST), (FIRST + SECOND, SECOND)):
        found = told(smc.take([course]).theories)
        known = {text: share for text, share in exact(seen).items() if text in found}
        assert found == pytest.approx({text: share / sum(known.values()) for text, share in known.items()})


def test_a_mixture_is_what_its_theories_expect_together():
    logs = np.log(np.array([[0.5, 0.1], [0.25, 0.3]]))
    mixed = mixture(logs, (Theory("a", 0.6), Theory("b", 0.2)))
    assert np.exp(mixed).tolist() == pytest.approx([0.75 * 0.5 + 0.25 * 0.25, 0.75 * 0.1 + 0.25 * 0.3])


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=8), st.integers(1, 40), st.integers(0, 99))
def test_drawing_again_keeps_weights_to_within_one(logweights, count, seed):
    weights = np.array(logweights)
    shares = np.exp(weights - weights.max()) / np.exp(weights - weights.max()).sum()
    drawn = np.bincount(resampled(weights, count, Random(seed)), minlength=len(shares))
    assert drawn.sum() == count
    assert (abs(drawn - count * shares) < 1 + 1e-6).all()
    assert 1 - 1e-9 <= effective(weights) <= len(weights) + 1e-9


# the published chain, step by step


class Listed(Theorist):
    """Proposes what is on a list, and thinks it as probable as told; it notes what it was shown."""

    longest = ""

    def __init__(self, texts, logq=lambda text, basis: 0.0):
        self.texts, self.logq = iter(texts), logq
        self.shown = []

    def propose(self, bases, rng):
        self.shown += bases
        return [Proposal(text, self.logq(text, base)) for base, text in zip(bases, self.texts, strict=False)]

    def density(self, texts, bases):
        return np.array([self.logq(text, base) for text, base in zip(texts, bases, strict=True)])


def scored(folder, theorist, worths) -> Study:
    def script(request):
        theory, rest = parts(request)
        state = rest.partition("State: ")[2].partition("\n")[0]
        return Scores(((worths[theory, state],),))

    here = practice(folder, {"name": "door"}, Scripted.of(script, identity=str(worths)))
    return Study(Statistician(here, World()), theorist, Random(0))


def one(state: str) -> tuple[Transition, ...]:
    return (Transition(state, "x", "y"),)


def test_a_proposal_is_taken_where_the_logarithm_of_a_draw_is_below_its_weight(tmp_path):
    for logq_back, expected in ((0.0, [True, False]), (-5.0, [False, False]), (50.0, [True, True])):
        theorist = Listed(["good", "poor"], lambda text, base, back=logq_back: back if text == "old" else 0.0)
        worths = {("old", "s"): -2.0, ("good", "s"): -0.5, ("poor", "s"): -30.0}
        config = MetropolisConfig(first=("old",), iterations=1, hastings=True)
        taken = []
        for _ in range(2):
            chain = Metropolis(scored(tmp_path, theorist, worths), config)
            chain.take([one("s")])
            belief = chain.take([one("s")])
            taken.append(belief.record["proposed"][0]["accepted"])
        assert taken == expected


def test_every_particle_can_be_followed_back_to_a_first_theory(tmp_path):
    smc = Sequential(study(tmp_path), SequentialConfig(particles=8, subset=1))
    records = [smc.take([course]).record for course in (FIRST, SECOND, FIRST)]
    texts = {-1 - k: text for k, text in enumerate(records[0]["first"])}
    came = {row["proposal"]: row["from"] for record in records for row in record["proposed"]}
    texts |= {row["proposal"]: row["text"] for record in records for row in record["proposed"]}
    assert len(came) == sum(len(record["proposed"]) for record in records)
    assert [texts[origin] for origin in smc.origins] == smc.texts
    assert all(parent < number and parent in texts for number, parent in came.items())
    for record in records:
        assert len(record["tempering"]) == record["steps"]
        assert record["tempering"][-1][0] == 1
        assert len(record["proposed"]) <= record["proposals"] * record["acceptance"] + 1e-9


def test_origins_tell_who_was_proposed_from_whom(tmp_path):
    worths = {(t, "s"): v for t, v in {"a": -9.0, "b": -8.0, "c": -1.0, "d": -50.0, "e": -0.5, "f": -70.0}.items()}
    chain = Metropolis(
        scored(tmp_path, Listed("cdef"), worths), MetropolisConfig(first=("a", "b"), iterations=2, particles=2)
    )
    opening = chain.take([one("s")])
    assert (opening.best, opening.record["first"]) == ("b", ["a", "b"])
    belief = chain.take([one("s")])
    rows = [(r["proposal"], r["from"], r["text"], r["accepted"]) for r in belief.record["proposed"]]
    assert rows == [(0, -1, "c", True), (1, -2, "d", False), (2, 0, "e", True), (3, -2, "f", False)]
    assert (belief.record["particles"], belief.record["origins"]) == (["e", "b"], [2, -2])
    assert belief.best == "e"
    assert belief.record["acceptance"] == 0.5


def test_only_the_latest_episodes_count_and_are_shown(tmp_path):
    worths = {(t, s): -1.0 for t in ("a", "b") for s in "123"}
    theorist = Listed("b")
    chain = Metropolis(scored(tmp_path, theorist, worths), MetropolisConfig(first=("a",), iterations=1, subset=2))
    chain.take([one("0"), one("1"), one("2")])
    belief = chain.take([one("1"), one("2"), one("3")])
    assert belief.theories[0].evidence == 2
    assert theorist.shown == [Basis((one("2"), one("3")), "a")]


def test_a_theory_is_shown_the_episodes_it_predicts_worst_by_their_sums(tmp_path):
    long = one("2") * 3
    worths = {("a", "1"): -2.0, ("a", "2"): -1.0, ("a", "3"): 0.0, ("b", "1"): 0.0, ("b", "2"): -1, ("b", "3"): -9.0}
    theorist = Listed("aa")
    chain = Metropolis(scored(tmp_path, theorist, worths), MetropolisConfig(first=("a", "b"), iterations=1, worst=2))
    courses = [one("1"), long, one("3")]
    chain.take(courses)
    chain.take(courses)
    assert [base.worst for base in theorist.shown] == [(long, one("1")), (one("3"), long)]


def test_draws_are_each_particles_own_unless_shared(tmp_path):
    def taken(**keys):
        worths = {("old", "s"): -1.0, ("new", "s"): -1.0 + log(0.5)}
        theorist = Listed(["new"] * 400)
        config = MetropolisConfig(first=("old",) * 400, iterations=1, **keys)
        chain = Metropolis(scored(tmp_path, theorist, worths), config)
        chain.take([one("s")])
        return chain.take([one("s")]).record["acceptance"]

    assert 0.4 < taken() < 0.6
    assert taken(shared_draw=True) in (0.0, 1.0)


# memory


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), max_size=60), st.integers(1, 12))
def test_memory_is_bounded_and_forgets_the_frequent_first(seen, room):
    memory = Memory(room, Random(0))
    given_ = [Transition(str(n), "x", "y", kind) for kind, n in seen]
    memory.add(given_)
    distinct = Counter(t.kind for t in set(given_))
    assert len(memory) == min(room, len(set(given_)))
    assert set(memory.transitions) <= set(given_)
    assert all(memory.counts.get(k, 0) >= min(distinct[k], room // 2) for k in distinct)
