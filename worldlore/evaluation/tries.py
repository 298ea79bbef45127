"""Within how many tries a task is done: accuracy at k for every k, told only where there are tries.

    accuracy@k          right within the first k answers of an episode, where the world counts them and tells of each
                        whether it was right (`info["number"]` and `info["correct"]`): tries with feedback
    solved@k            done in at least one of k attempts of which none knows of the others, where a test makes
                        several (`test.attempts`): tries without feedback
    …_by_family@k       the mean over families of tasks, each weighing alike (macro); …@k weighs each task alike (micro)
    …@k/FAMILY          of one family

Accuracy is told for k up to the most answers that may be given, where that is bounded, else to the most that any
episode gave. An episode that ends before its k-th answer has said all it had to say, and counts as what it earned.
`solved@k` is the chance that k of a task's n measured attempts, drawn without replacement, hold a success: the
estimator without bias of Chen et al. (arXiv 2107.03374, §2.1). Episodes without a measured success are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import comb
from typing import Any

from worldlore.evaluation.statistics import Outcome
from worldlore.experience import Trajectory

ACCURACY, SOLVED = "accuracy", "solved"
BY_FAMILY = "_by_family"
"""After the name of a metric: its mean over families."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """What is kept of one episode."""

    outcome: Outcome
    """Its success."""
    family: str | None
    """Of its task."""
    given: int
    """Answers it gave."""
    right: int | None
    """Which of them was right."""


@dataclass
class Tries:
    """Grows as episodes are added."""

    limit: int | None = None
    """The most answers an episode may give; None where that is not bounded, or answers are not counted."""
    tried: list[_Tried] = field(default_factory=list[_Tried])
    """One for each episode with a measured success."""

    def add(self, learner: int, episode: Trajectory) -> None:
        """One episode."""
        if episode.success is None:
            return
        family = episode.task.data.get("family")
        answers = [
            (int(step.info["number"]), step.info.get("correct")) for step in episode.steps if answered(step.info)
        ]
        outcome = Outcome(episode.task.key, float(episode.success), learner, episode.seed, episode.attempt)
        right = next((number for number, correct in answers if correct is True), None)
        given = max((number for number, _ in answers), default=0)
        self.tried.append(_Tried(outcome, None if family is None else str(family), given, right))

    def outcomes(self) -> dict[str, list[Outcome]]:
        """Metric name -> what each episode contributes to it, or each task where its attempts are one."""
        found: dict[str, list[Outcome]] = {}
        families = {tried.outcome.task: tried.family for tried in self.tried}
        for name, k, outcomes in (*self._accuracy(), *self._solved()):
            found[f"{name}@{k}"] = outcomes
            found |= by_family(name, f"@{k}", outcomes, families)
        return found

    def _accuracy(self) -> Iterator[tuple[str, int, list[Outcome]]]:
        most = max((tried.given for tried in self.tried), default=0)
        for k in range(1, (self.limit or most) + 1 if most or self.limit else 1):
            rights = ((one.outcome, one.right is not None and one.right <= k) for one in self.tried)
            outcomes = [replace(outcome, value=float(right)) for outcome, right in rights]
            if outcomes:
                yield ACCURACY, k, outcomes

    def _solved(self) -> Iterator[tuple[str, int, list[Outcome]]]:
        attempts: dict[tuple[int, str, int], list[Outcome]] = {}
        for one in self.tried:
            attempts.setdefault((one.outcome.learner, one.outcome.task, one.outcome.seed), []).append(one.outcome)
        most = max(map(len, attempts.values()), default=0)
        for k in range(1, most + 1 if most > 1 else 1):
            enough = [of for of in attempts.values() if len(of) >= k]
            yield SOLVED, k, [replace(of[0], value=_within(of, k), attempt=0) for of in enough]


def answered(info: Mapping[str, Any]) -> bool:
    """Whether a step was an answer that its world counted."""
    return "correct" in info and isinstance(info.get("number"), int)


def limit_of(environment: Mapping[str, Any]) -> int | None:
    """The most answers that a world's table allows; 1 where the first answer is the last, None where it sets none."""
    world = environment.get("inner") or environment
    return 1 if world.get("feedback") is False else world.get("answers")


def by_family(
    name: str, which: str, outcomes: Sequence[Outcome], families: Mapping[str, str | None]
) -> dict[str, list[Outcome]]:
    """The same by family, and the mean over families; nothing where tasks have none."""
    known = [(family, o) for o in outcomes if (family := families[o.task]) is not None]
    found: dict[str, list[Outcome]] = {}
    for family, outcome in known:
        found.setdefault(f"{name}{which}/{family}", []).append(outcome)
    if len(found) < 2:
        return found
    sizes = Counter(family for family, _ in known)
    alike = [replace(o, weight=len(known) / (len(sizes) * sizes[family])) for family, o in known]
    return {f"{name}{BY_FAMILY}{which}": alike, **found}


def ks(metrics: Mapping[str, Any], name: str) -> list[int]:
    """For which numbers of tries a metric was measured, ascending."""
    told = (key.partition("@") for key in metrics)
    return sorted(int(k) for metric, _, k in told if metric == name and k.isdigit())


def _within(attempts: Sequence[Outcome], k: int) -> float:
    failures = sum(not attempt.value for attempt in attempts)
    return 1 - comb(failures, k) / comb(len(attempts), k)
