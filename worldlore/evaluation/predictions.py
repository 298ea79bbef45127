"""What predictions show: the second way to be measured, with the same metric records as episodes.

    loglik, loglik/KIND       log-probability (nats) of what happened; a change's tokens added up
    loglik_token              the same over the number of its tokens
    top1, top3, top5, top10   whether what happened is among the k likeliest candidates, going before its equals
    top3/KIND                 by sort of change; so for every k
    top3_kinds                every sort of change counts the same
    top3_normalised           candidates ranked by log-probability over tokens: long sentences are not at a loss
    top3_possible             among those candidates only to which some action that could be done leads
    top3_random               what a random order of the same candidates is expected to reach
    ties                      share in which another candidate is exactly as likely as what happened
    choice                    probability of what happened among the candidates; brier: the squared error of these
                              probabilities, 0 at best, 2 at worst

What was not measured is absent. Intervals draw tasks again, for the transitions of an episode are not independent.
Two models are compared on the same transitions: predictions are paired by task and by what happened, never by place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.special import softmax

from worldlore.evaluation.episodes import Metric
from worldlore.evaluation.statistics import Comparison, Outcome, bootstrap, compare
from worldlore.experience import Foretold, Prediction, content_hash

TOPS = (1, 3, 5, 10)
"""The published ranks."""
_MORE_IS_BETTER = ("loglik", "top", "choice")


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions made with about the same confidence."""

    confidence: float
    """Mean probability of the likeliest candidate."""
    accuracy: float
    """How often that one was right."""
    n: int
    """Predictions."""


@dataclass(frozen=True, slots=True)
class Change:
    """What it changes to be told one theory rather than another."""

    before: str
    """As in `Foretold.theory`."""
    after: str
    """The other."""
    metrics: Mapping[str, Comparison]
    """Metric name -> the change."""


def measure(predictions: Iterable[tuple[int, Prediction]]) -> tuple[Metric, ...]:
    """The metrics of predictions, each given with its learning seed; empty if there are none."""
    return measure_outcomes(outcomes(predictions))


def measure_outcomes(measured: Mapping[str, list[Outcome]]) -> tuple[Metric, ...]:
    """The same from what `outcomes` found."""
    return tuple(_metric(name, found) for name, found in measured.items())


def outcomes(predictions: Iterable[tuple[int, Prediction]]) -> dict[str, list[Outcome]]:
    """Metric name -> what each prediction contributes: what `statistics.compare` pairs."""
    given = list(predictions)
    kinds = Counter((learner, p.transition.kind) for learner, p in given if p.candidates)
    met: Counter[tuple[int, str, int]] = Counter()
    found: dict[str, list[Outcome]] = {}
    for learner, prediction in given:
        what = learner, prediction.task, _content(prediction)
        met[what] += 1
        share = 1 / max(1, kinds[learner, prediction.transition.kind])
        for name, value in numbers(prediction).items():
            weight = share if name.endswith("_kinds") else 1.0
            outcome = Outcome(prediction.task, value, learner, what[2], met[what], weight)
            found.setdefault(name, []).append(outcome)
    main = [name for name in found if "/" not in name]
    return {name: found[name] for name in main + sorted(found.keys() - set(main))}


def by_theory(foretold: Iterable[tuple[int, Foretold]]) -> dict[str, list[tuple[int, Prediction]]]:
    """What the world model was told -> its predictions, each with its learning seed."""
    found: dict[str, list[tuple[int, Prediction]]] = {}
    for learner, one in foretold:
        found.setdefault(one.theory, []).append((learner, one.prediction))
    return found


def progress(found: Mapping[str, list[tuple[int, Prediction]]]) -> list[Change]:
    """What theories change: from none to each other one, and what the true one is still ahead of the best."""
    measured = {name: outcomes(told) for name, told in found.items()}
    steps = [("none", name) for name in measured if name != "none"] + [("best", "true")]
    return [
        Change(before, after, changes(measured[before], measured[after]))
        for before, after in steps
        if before in measured and after in measured
    ]


def changes(before: Mapping[str, list[Outcome]], after: Mapping[str, list[Outcome]]) -> dict[str, Comparison]:
    """Metric name -> what changes from one model's outcomes to another's, on the transitions both were asked about.

    Only metrics of which more is better, and that both have.
    """
    both = [name for name in before if name in after and name.startswith(_MORE_IS_BETTER)]
    found = {name: compare(before[name], after[name], _difference(bounds(name)), alike=False) for name in both}
    return {name: comparison for name, comparison in found.items() if comparison is not None}


def bounds(name: str) -> tuple[float, float]:
    """The least and the greatest value a metric can have."""
    return (-inf, 0.0) if name.startswith("loglik") else (0.0, 2.0) if name == "brier" else (0.0, 1.0)


def numbers(prediction: Prediction) -> Mapping[str, float]:
    """Metric name -> value for one prediction; only what was measured."""
    kind, tokens = prediction.transition.kind, prediction.tokens
    found = {"loglik": prediction.logprob}
    found |= {"loglik_token": prediction.logprob / tokens} if tokens else {}
    found |= _ranking(prediction) if prediction.candidates else {}
    split = {name: value for name, value in found.items() if kind and name in ("loglik", *(f"top{k}" for k in TOPS))}
    even = {f"{name}_kinds": value for name, value in split.items() if name.startswith("top")}
    return {**found, **even, **{f"{name}/{kind}": value for name, value in split.items()}}


def rank(logprobs: Sequence[float], true: int) -> tuple[int, int]:
    """How many candidates are likelier than the true one, and how many others are exactly as likely."""
    worth = logprobs[true]
    return sum(other > worth for other in logprobs), sum(other == worth for other in logprobs) - 1


def calibration(predictions: Iterable[Prediction], bins: int = 10) -> tuple[Bin, ...]:
    """How often the likeliest candidate is right, by how probable it was thought; only bins that hold something."""
    chosen: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for prediction in predictions:
        if prediction.candidates:
            shares = softmax(prediction.logprobs)
            best = int(shares.argmax())
            right = prediction.candidates[best] == prediction.transition.change
            chosen[min(bins - 1, int(shares[best] * bins))].append((float(shares[best]), right))
    return tuple(_bin(held) for held in chosen if held)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance between confidence and accuracy, by the number of predictions; ValueError without any."""
    if not bins:
        raise ValueError("calibration needs at least one prediction with candidates")
    return sum(abs(b.confidence - b.accuracy) * b.n for b in bins) / sum(b.n for b in bins)


def _bin(held: Sequence[tuple[float, bool]]) -> Bin:
    confidence, accuracy = np.mean(held, axis=0)
    return Bin(float(confidence), float(accuracy), len(held))


def _ranking(prediction: Prediction) -> dict[str, float]:
    true, count = prediction.candidates.index(prediction.transition.change), len(prediction.candidates)
    better, ties = rank(prediction.logprobs, true)
    shares = softmax(prediction.logprobs)
    right = np.arange(count) == true
    found = {f"top{k}": float(better < k) for k in TOPS}
    if all(prediction.lengths):
        even = [logprob / n for logprob, n in zip(prediction.logprobs, prediction.lengths, strict=True)]
        found |= {f"top{k}_normalised": float(rank(even, true)[0] < k) for k in TOPS}
    if prediction.possible:
        real = [at for at in range(count) if prediction.possible[at] or at == true]
        better = rank([prediction.logprobs[at] for at in real], real.index(true))[0]
        found |= {f"top{k}_possible": float(better < k) for k in TOPS}
    found |= {f"top{k}_random": min(1.0, k / count) for k in TOPS}
    return {
        **found,
        "ties": float(ties > 0),
        "choice": float(shares[true]),
        "brier": float(((shares - right) ** 2).sum()),
    }


def _content(prediction: Prediction) -> int:
    """What happened, as a number."""
    t = prediction.transition
    return int(content_hash([t.state, t.action, t.change])[:15], 16)


def _difference(of: tuple[float, float]) -> tuple[float, float]:
    return of[0] - of[1], of[1] - of[0]


def _metric(name: str, found: list[Outcome]) -> Metric:
    interval = bootstrap(found, bounds(name), alike=False)
    return Metric(name, interval.value, interval.low, interval.high, len(found))
