"""What test episodes show: metric records with intervals.

    success, score        of the episodes in which they were measured; the score is the sum of the rewards, so where
                          rewards tell progress it is the progress rate
    steps                 steps an episode took; steps_of_successes: of those that succeeded
    failed                rate of episodes a model or an environment broke (stop FAILED)
    unparsed              rate of episodes that ended because no action was found in the reply
    invalid_actions       rate of actions that were not admissible: by `info["valid"]`, or by the list of actions
                          where the environment knows them
    invalid_episodes      rate of episodes with such an action, whatever came of them (WKM's hallucinatory rate)
    grounding             share of the actions of which the world itself says that they had an effect: `info["valid"]`
    inner_moves           where actions are programs: the world's own actions that an episode's programs took
    learned_calls         where actions are programs: share of them that call a learned action
    learned_call_success  share of these of which `info["valid"]` says that nothing in them failed
    success/FAMILY        success by the task's family (`task.data["family"]`), where tasks have one
    success_by_family     the mean over families, each weighing alike (macro), where there are several
    accuracy@k, solved@k  success within k tries, where there are tries: see tries.py

What was not measured is absent, never zero. An episode that failed has no success: it is left out of success,
score and steps, and `failed` tells beside them how many such there were; a run of which much failed has measured
little, and its `n` says so. All other endings (out of steps, out of context, unparsed) are the agent's doing and
count as what they earned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from worldlore.evaluation.statistics import Outcome, bootstrap, rate
from worldlore.evaluation.tries import Tries, by_family
from worldlore.experience import Step, Stop, Trajectory

UNBOUNDED = ("steps", "steps_of_successes", "inner_moves")
"""Metrics that are no number between 0 and 1: counts."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a run."""

    name: str
    """As above."""
    value: float
    """The mean."""
    low: float | None
    """Lower end of the 95 % interval; None where one task allows none."""
    high: float | None
    """Upper end."""
    n: int
    """Episodes it rests on."""


def measure(episodes: Iterable[tuple[int, Trajectory]], answers: int | None = None) -> tuple[Metric, ...]:
    """The metrics of test episodes, each given with its learning seed; empty if there are none.

    `answers` is how many an episode may give, where the world counts and bounds them.
    """
    return measure_outcomes(outcomes(episodes, answers))


def measure_outcomes(measured: Mapping[str, list[Outcome]]) -> tuple[Metric, ...]:
    """The same from what `outcomes` found."""
    return tuple(_metric(name, found) for name, found in measured.items())


def outcomes(episodes: Iterable[tuple[int, Trajectory]], answers: int | None = None) -> dict[str, list[Outcome]]:
    """Metric name -> what each episode contributes: what `statistics.compare` pairs."""
    found: dict[str, list[Outcome]] = {}
    families: dict[str, str | None] = {}
    tries = Tries(answers)
    for learner, episode in episodes:
        family = episode.task.data.get("family")
        families[episode.task.key] = None if family is None else str(family)
        tries.add(learner, episode)
        for name, (value, weight) in numbers(episode).items():
            outcome = Outcome(episode.task.key, value, learner, episode.seed, episode.attempt, weight)
            found.setdefault(name, []).append(outcome)
    found |= {**by_family("success", "", found.get("success", ()), families), **tries.outcomes()}
    main = [name for name in found if "/" not in name]
    return {name: found[name] for name in main + sorted(found.keys() - set(main))}


def numbers(episode: Trajectory) -> Mapping[str, tuple[float, float]]:
    """Metric name -> (value, weight) of one episode; only what was measured."""
    found = {
        "failed": (float(episode.stop is Stop.FAILED), 1.0),
        "unparsed": (float(episode.stop is Stop.UNPARSED), 1.0),
        **_shares(episode),
    }
    if episode.success is None:
        return found
    length, inner = float(len(episode.steps)), inner_moves(episode)
    return {
        "success": (float(episode.success), 1.0),
        "score": (episode.score or 0.0, 1.0),
        "steps": (length, 1.0),
        **({"steps_of_successes": (length, 1.0)} if episode.success else {}),
        **({"inner_moves": (float(inner), 1.0)} if inner is not None else {}),
        **found,
    }


def admissible(step: Step) -> bool | None:
    """Whether the world could make something of the action; None where that is not known."""
    if "valid" in step.info:
        return bool(step.info["valid"])
    actions = step.observation.actions
    return None if actions is None else step.decision.action in actions


def called(step: Step) -> frozenset[str]:
    """The learned actions that a step calls."""
    return frozenset(step.info.get("called") or ())


def inner_moves(episode: Trajectory) -> int | None:
    """How many of the world's own actions the episode's programs took; None where its actions are no programs."""
    inner = [len(step.info["inner"]) for step in episode.steps if "inner" in step.info]
    return sum(inner) if inner else None


def _shares(episode: Trajectory) -> dict[str, tuple[float, float]]:
    """What shares of the episode's actions did."""
    programs = [step for step in episode.steps if "inner" in step.info]
    judged = {
        "invalid_actions": [not fits for step in episode.steps if (fits := admissible(step)) is not None],
        "grounding": [bool(step.info["valid"]) for step in episode.steps if "valid" in step.info],
        "learned_calls": [bool(called(step)) for step in programs],
        "learned_call_success": [bool(step.info.get("valid")) for step in programs if called(step)],
    }
    found = {name: (sum(held) / len(held), float(len(held))) for name, held in judged.items() if held}
    refused = judged["invalid_actions"]
    return {**found, **({"invalid_episodes": (float(any(refused)), 1.0)} if refused else {})}


def _metric(name: str, found: list[Outcome]) -> Metric:
    interval = bootstrap(found, (0.0, inf)) if name in UNBOUNDED else rate(found)
    return Metric(name, interval.value, interval.low, interval.high, len(found))
