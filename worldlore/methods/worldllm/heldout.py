"""Held-out transitions: episodes that no theory was sought on, to see what theories foretell.

They are the last training tasks, played as the published test is: in the playground a third grows a small herbivore,
a third a small and a big one, a third is random; at the door all 27 items are tried. Elsewhere all play is random.
Every prediction is kept in the run, a line each, for `evaluation/predictions.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from worldlore.agents.base import Agent
from worldlore.experience import Prediction, Theory, Transition, transitions, write_jsonl
from worldlore.methods.worldllm.experimenters import Collection, Name, collect
from worldlore.methods.worldllm.inference import mixture
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import World
from worldlore.rollout.practice import Practice

_PLAY: dict[str, Name] = {"playground": "diverse", "door": "enumeration"}


@dataclass(frozen=True, slots=True)
class Foretold:
    """One prediction, and whose it is."""

    theory: str
    """"none", "best", "posterior" (all theories together) or "true"."""
    prediction: Prediction
    """What was foretold."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was held out."""

    transitions: tuple[Transition, ...] = ()
    """Everything that happened."""
    tasks: tuple[str, ...] = ()
    """For each transition, the key of its task."""


def played(practice: Practice, world: World, agent: Agent, count: int) -> Held:
    """What happens in the last `count` training tasks."""
    if not count:
        return Held()
    last = practice.narrowed(practice.tasks[len(practice.tasks) - count :])
    name = _PLAY.get(last.tasks[0].environment, "random")
    found = collect(name, last, world, agent, Collection(0, 1.0, count, "", count))
    steps = [(step, trajectory.task.key) for trajectory in found for step in transitions(trajectory)]
    return Held(tuple(step for step, _ in steps), tuple(key for _, key in steps))


def means(statistician: Statistician, theories: Sequence[str], heldout: Sequence[Transition]) -> list[dict[str, float]]:
    """For each theory, the mean log-probability of held-out changes, overall and by sort."""
    distinct = list(dict.fromkeys(theories))
    rows = statistician.weigh(distinct, heldout)
    found = {text: _by_kind(row, heldout) for text, row in zip(distinct, rows, strict=True)}
    return [found[text] for text in theories]


def foretold(
    statistician: Statistician, theories: Sequence[Theory], best: str, truth: str | None, test: Held
) -> list[Foretold]:
    """What no theory, the best, all together and the true one foretell of held-out transitions."""
    held = test.transitions
    rows = {"none": statistician.predict("", held), "best": statistician.predict(best, held)}
    if len(theories) > 1:
        rows["posterior"] = _mixed([statistician.predict(t.text, held) for t in theories], theories)
    if truth is not None:
        rows["true"] = statistician.predict(truth, held)
    return [
        Foretold(name, replace(prediction, task=task))
        for name, found in rows.items()
        for prediction, task in zip(found, test.tasks, strict=True)
    ]


def keep(practice: Practice, found: Sequence[Foretold]) -> None:
    """Write them down in the run."""
    folder = practice.out.folder("predictions")
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(folder / "heldout.jsonl", found)


def summary(found: Sequence[Foretold]) -> dict[str, Any]:
    """Mean log-probability, Top-1 and Top-3 by whose prediction it is."""
    names = dict.fromkeys(one.theory for one in found)
    return {name: _short([one.prediction for one in found if one.theory == name]) for name in names}


def _short(predictions: Sequence[Prediction]) -> dict[str, Any]:
    ranked = [p for p in predictions if p.candidates]
    better = [sum(other > p.logprob for other in p.logprobs) for p in ranked]
    tops = {f"top{k}": float(np.mean([count < k for count in better])) for k in (1, 3) if ranked}
    return {"loglik": _by_kind([p.logprob for p in predictions], [p.transition for p in predictions]), **tops}


def _mixed(predictions: Sequence[Sequence[Prediction]], theories: Sequence[Theory]) -> list[Prediction]:
    """The predictions of several theories as one."""
    found: list[Prediction] = []
    for same in zip(*predictions, strict=True):
        true = mixture(np.array([[p.logprob] for p in same]), theories)
        among = mixture(np.array([p.logprobs for p in same]), theories) if same[0].candidates else ()
        found.append(replace(same[0], logprob=float(true[0]), logprobs=tuple(map(float, among))))
    return found


def _by_kind(logprobs: Sequence[float] | Any, heldout: Sequence[Transition]) -> dict[str, float]:
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for logprob, transition in zip(logprobs, heldout, strict=True):
        groups["all"].append(float(logprob))
        if transition.kind:
            groups[transition.kind].append(float(logprob))
    return {kind: float(np.mean(found)) for kind, found in groups.items()}
