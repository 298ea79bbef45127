"""How sure a number is: intervals for one set of outcomes, and a verdict between two.

An outcome is one number about one episode. Episodes of one task resemble each other, so tasks are what is drawn
again, never episodes. Where learning was repeated, the same tasks are replayed by several learners; then tasks and
learners are each drawn again, independently (Owen's pigeonhole bootstrap, doi:10.1214/07-AOAS122). With one learner
the interval speaks of that learner alone.

Two things keep intervals honest where the plain bootstrap is too sure of itself:

- Few tasks or learners: the resampled estimates are stretched about their mean until their spread is that of an
  unbiased estimate, times Student's quantile over the normal one, as Hesterberg's expanded percentile interval does
  (doi:10.1080/00031305.2015.1089789). Two variance components, tasks and learners, share the degrees of freedom.
- Few or no differences: where values have bounds, two imagined tasks are added, one at either bound. This is
  the adjustment of Agresti and Coull for one rate and of Bonett and Price for two paired ones
  (doi:10.3102/1076998611411915); Wilson's interval does the same to one rate. So 4 wins against no loss stay
  undecided and 6 decide, as in the exact sign test, and no interval has width zero. Where a task has many outcomes of
  different things (the transitions of an episode), an imagined task counts no more than one independent outcome does,
  by the effective sample size (Korn and Graubard, Survey Methodology 24, 1998).

Two tasks that happen to agree tell next to nothing of how tasks differ: below three, nothing is decided.

Everything is a pure function; the generator's seed is fixed and inputs are sorted, so equal outcomes in any order
give equal intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
Verdict = Literal["better", "worse", "undecided"]

CONFIDENCE = 0.95
UNBOUNDED = (-inf, inf)
"""Values that may be anything; where only one end is infinite, intervals end at the other."""
RESAMPLES = 10_000
_FEWEST = 3
"""Tasks that a verdict needs."""
_CHUNK = 500
_KEPT = 500
"""Draws for up to so many learners and tasks are kept: a run has dozens of metrics on the same ones."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One number about one episode."""

    task: str
    """The task's key; what is drawn again."""
    value: float
    """The number."""
    learner: int = 0
    """Seed of the learning that made the agent."""
    seed: int = 0
    """Seed of the environment."""
    attempt: int = 0
    """Which try at the task."""
    weight: float = 1.0
    """How much it counts: 1 for a number of an episode, its steps for a number of a step."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and where it may lie."""

    value: float
    """The weighted mean of what was measured."""
    low: float | None
    """Lower end; None if one task is all there is and the values have no bounds on both sides."""
    high: float | None
    """Upper end."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes from one set of outcomes to another, on the episodes both have."""

    difference: float
    """Mean of the second minus mean of the first, over the pairs."""
    low: float | None
    """Lower end of the interval of the difference; None as in `Interval`."""
    high: float | None
    """Upper end."""
    verdict: Verdict
    """Whether the second is better: the interval excludes zero, or it is undecided."""
    before: float
    """Mean of the first, over the pairs."""
    after: float
    """Mean of the second, over the pairs."""
    wins: int
    """Pairs in which the second is higher."""
    losses: int
    """Pairs in which the second is lower."""
    n_pairs: int
    """Episodes both have."""
    n_tasks: int
    """Tasks among them."""
    n_learners: int
    """Learners among them, the larger of both sides."""


def wilson(successes: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval of a rate, for independent trials; ValueError without a trial."""
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"expected 0 <= successes <= n with n > 0, got {successes} of {n}")
    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    centre = (successes + z2 / 2) / (n + z2)
    half = np.sqrt(z2 * (successes * (n - successes) / n + z2 / 4)) / (n + z2)
    low, high = (0.0 if successes == 0 else centre - half), (1.0 if successes == n else centre + half)
    return Interval(successes / n, float(low), float(high))


def rate(outcomes: Iterable[Outcome], confidence: float = CONFIDENCE) -> Interval:
    """Interval of a rate of outcomes 0 and 1: Wilson's where each task counts once, else the clustered bootstrap."""
    given = list(outcomes)
    once = len({o.task for o in given}) == len(given) and all(o.weight == 1 and o.value in (0, 1) for o in given)
    if given and once:
        return wilson(round(sum(o.value for o in given)), len(given), confidence)
    return bootstrap(given, (0.0, 1.0), confidence)


def bootstrap(
    outcomes: Iterable[Outcome],
    bounds: tuple[float, float] = UNBOUNDED,
    confidence: float = CONFIDENCE,
    alike: bool = True,
) -> Interval:
    """Interval of a weighted mean, clustered by task and learner; ValueError without an outcome.

    `bounds` are the least and the greatest value there can be, infinite where there is none. The outcomes of a task
    are tries of one thing, `alike`; or of many things, and then how alike they are is estimated.
    """
    given = list(outcomes)
    totals, weights = _table(given)
    low, high = _percentiles(totals, weights, bounds, confidence, 1.0 if alike else _independent(given))
    return Interval(float(np.clip(totals.sum() / weights.sum(), *bounds)), low, high)


def compare(
    a: Iterable[Outcome],
    b: Iterable[Outcome],
    bounds: tuple[float, float] = (-1.0, 1.0),
    confidence: float = CONFIDENCE,
    alike: bool = True,
) -> Comparison | None:
    """Whether `b` is better than `a` on the same (task, seed, attempt), where higher is better; None without a pair.

    Learners pair by seed; a side with one learner (nothing was learned, say) is compared with each of the other's.
    A pair counts as much as its outcomes do in the mean. `bounds` are those of a difference: the default suits values
    between 0 and 1; `alike` is as in `bootstrap`.
    """
    pairs = _paired(list(a), list(b))
    if not pairs:
        return None
    counts = [(x.weight + y.weight) / 2 for _, x, y in pairs]
    changes = [y.value - x.value for _, x, y in pairs]
    joint = zip(pairs, changes, counts, strict=True)
    given = [Outcome(y.task, change, learner, weight=n) for (learner, _, y), change, n in joint]
    totals, weights = _table(given)
    low, high = _percentiles(totals, weights, bounds, confidence, 1.0 if alike else _independent(given))
    return Comparison(
        difference=float(totals.sum() / weights.sum()),
        low=low,
        high=high,
        verdict=_verdict(low, high) if totals.shape[1] >= _FEWEST else "undecided",
        before=float(np.average([x.value for _, x, _ in pairs], weights=counts)),
        after=float(np.average([y.value for _, _, y in pairs], weights=counts)),
        wins=sum(c > 0 for c in changes),
        losses=sum(c < 0 for c in changes),
        n_pairs=len(pairs),
        n_tasks=totals.shape[1],
        n_learners=totals.shape[0],
    )


def aligned(sides: Sequence[Sequence[Outcome]]) -> list[tuple[int, tuple[Outcome, ...]]]:
    """Learner, and each side's outcome, of every episode that all sides have.

    Learners pair by seed; a side with one learner stands beside each of the others'.
    """
    met = [{o.learner for o in side} for side in sides]
    several = [found for found in met if len(found) > 1]
    shared = set.intersection(*several) if several else met[0]
    episodes = [_episodes(side) for side in sides]
    found: list[tuple[int, tuple[Outcome, ...]]] = []
    for learner in sorted(shared) if all(met) else ():
        played = [of.get(learner) or next(iter(of.values())) for of in episodes]
        keys = sorted(set.intersection(*(set(side) for side in played)))
        found += [(learner, tuple(side[key] for side in played)) for key in keys]
    return found


def _verdict(low: float | None, high: float | None) -> Verdict:
    if low is not None and low > 0:
        return "better"
    return "worse" if high is not None and high < 0 else "undecided"


def _paired(a: Sequence[Outcome], b: Sequence[Outcome]) -> list[tuple[int, Outcome, Outcome]]:
    """(learner, first, second) of every episode both sides have."""
    return [(learner, first, second) for learner, (first, second) in aligned([a, b])]


def _episodes(outcomes: Iterable[Outcome]) -> Mapping[int, Mapping[tuple[str, int, int], Outcome]]:
    """By learner, then by what makes two episodes a pair."""
    found: dict[int, dict[tuple[str, int, int], Outcome]] = {}
    for o in outcomes:
        found.setdefault(o.learner, {})[o.task, o.seed, o.attempt] = o
    return found


def _table(outcomes: Iterable[Outcome]) -> tuple[Array, Array]:
    """Weighted totals and weights, [learners, tasks]; a learner and task that never met have weight 0."""
    given = sorted(outcomes, key=lambda o: (o.learner, o.task, o.seed, o.attempt, o.value))
    if not given or not any(o.weight > 0 for o in given):
        raise ValueError("an interval needs at least one outcome")
    rows = {learner: i for i, learner in enumerate(sorted({o.learner for o in given}))}
    columns = {task: i for i, task in enumerate(sorted({o.task for o in given}))}
    totals, weights = np.zeros((len(rows), len(columns))), np.zeros((len(rows), len(columns)))
    for o in given:
        totals[rows[o.learner], columns[o.task]] += o.value * o.weight
        weights[rows[o.learner], columns[o.task]] += o.weight
    return totals, weights


def _percentiles(
    totals: Array, weights: Array, bounds: tuple[float, float], confidence: float, imagined: float
) -> tuple[float | None, float | None]:
    """The ends of the interval; None if one task is all there is and the values have no bounds on both sides.

    An imagined task weighs `imagined` times what a task usually does.
    """
    bounded = all(map(isfinite, bounds))
    if not bounded and totals.shape[1] == 1:
        return None, None
    value = np.clip(totals.sum() / weights.sum(), *bounds)
    if bounded:
        totals, weights = _with_imagined(totals, weights, bounds, imagined)
    centre = totals.sum() / weights.sum()
    drawn = _resampled(totals, weights) - centre
    tail = (1 - confidence) / 2
    low, high = centre + _stretch(totals, weights, confidence) * np.quantile(drawn, [tail, 1 - tail])
    low, high = max(low, bounds[0]), min(high, bounds[1])
    return float(min(low, value)), float(max(high, value))


def _with_imagined(totals: Array, weights: Array, bounds: tuple[float, float], imagined: float) -> tuple[Array, Array]:
    """One more task at either bound, the nearer one first: mirrored outcomes then give mirrored intervals."""
    value = totals.sum() / weights.sum()
    near, far = sorted(bounds, key=lambda bound: abs(bound - value))
    usual = np.full((len(weights), 1), imagined * weights.sum() / weights.size)
    return np.hstack([totals, usual * near, usual * far]), np.hstack([weights, usual, usual])


def _resampled(totals: Array, weights: Array) -> Array:
    """The mean under each resampling of tasks and learners, [RESAMPLES]."""
    learners, tasks = totals.shape
    draws = _kept_draws if learners + tasks <= _KEPT else _draws
    means: list[Array] = []
    for learners_drawn, tasks_drawn in draws(learners, tasks, RESAMPLES // _CHUNK):
        total = ((learners_drawn @ totals) * tasks_drawn).sum(1)
        weight = ((learners_drawn @ weights) * tasks_drawn).sum(1)
        means.append(total[weight > 0] / weight[weight > 0])
    return np.concatenate(means)


def _draws(learners: int, tasks: int, chunks: int) -> Iterator[tuple[Array, Array]]:
    """How often each learner and each task is drawn, the same ones for every table of that shape."""
    generator = np.random.default_rng(0)
    for _ in range(chunks):
        tasks_drawn = _counts(generator, tasks)
        yield _counts(generator, learners), tasks_drawn


@lru_cache(maxsize=4)
def _kept_draws(learners: int, tasks: int, chunks: int) -> tuple[tuple[Array, Array], ...]:
    return tuple(_draws(learners, tasks, chunks))


def _counts(generator: np.random.Generator, n: int) -> Array:
    """How often each of n things is drawn in n draws, [_CHUNK, n]."""
    drawn = generator.integers(0, n, (_CHUNK, n)) + n * np.arange(_CHUNK)[:, None]
    return np.bincount(drawn.ravel(), minlength=_CHUNK * n).reshape(_CHUNK, n).astype(np.float64)


def _independent(given: Sequence[Outcome]) -> float:
    """How much one independent outcome weighs, as a share of what a task usually weighs."""
    totals, weights = _table(given)
    tasks = totals.shape[1]
    if tasks == 1:
        return 1.0
    values, counts = np.array([o.value for o in given]), np.array([o.weight for o in given])
    spread = np.average((values - np.average(values, weights=counts)) ** 2, weights=counts)
    variance, _, _ = _variance(totals, weights)
    effective = spread / variance if variance > 0 else len(given) if spread > 0 else tasks
    return float(tasks / np.clip(effective, tasks, len(given)))


def _stretch(totals: Array, weights: Array, confidence: float) -> float:
    """What the resampled spread is multiplied with, to be that of an unbiased estimate with Student's tails."""
    variance, over_df, resampled = _variance(totals, weights)
    if over_df == 0:
        return 1.0
    tail = (1 + confidence) / 2
    student = stdtrit(variance**2 / over_df, tail) / ndtri(tail)
    return float(student * np.sqrt(variance / resampled))


def _variance(totals: Array, weights: Array) -> tuple[float, float, float]:
    """Of the mean: its variance without bias, the sum of its squared parts over their freedoms, and as resampled.

    `influence` is what each cell moves the mean by: with missing cells the mean is a ratio, linear to first order.
    """
    learners, tasks = totals.shape
    influence = (totals - weights * (totals.sum() / weights.sum())) / weights.sum()
    rows, columns = influence.sum(1), influence.sum(0)
    resampled = (1 - 1 / learners) * (columns**2).sum() + (1 - 1 / tasks) * (rows**2).sum() + (influence**2).sum()
    variance = (columns**2).sum() * tasks / (tasks - 1)
    over_df = variance**2 / (tasks - 1)
    if learners > 1:
        rest = influence - columns / learners - rows[:, None] / tasks
        noise = (rest**2).sum() * totals.size / ((learners - 1) * (tasks - 1))
        of_learners = max(0.0, (rows**2).sum() * learners / (learners - 1) - noise)
        variance, over_df = variance + of_learners, over_df + of_learners**2 / (learners - 1)
    return float(variance), float(over_df), float(resampled)
