"""Held-out transitions: episodes that no theory was sought on, to see what theories foretell.

They are played as the published test is: in the playground a third grows a small herbivore, a third a small and a big
one, a third is random; at the door the 27 items are tried in their order. Elsewhere all play is random. A method holds
out its last training tasks; an experiment measures any lesson on the tasks of the test, where each task may be a world
of its own with a true theory of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from worldlore.agents.base import Agent
from worldlore.agents.random import Random
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Foretold, Prediction, Task, Theory, Transition, likeliest, transitions, write_jsonl
from worldlore.methods.worldllm.experimenters import Collection, Name, collect
from worldlore.methods.worldllm.inference import mixture
from worldlore.methods.worldllm.statistician import ROLE, Statistician
from worldlore.methods.worldllm.worlds import World, world_of
from worldlore.rollout.loop import Stage
from worldlore.rollout.practice import Practice

_PLAY: dict[str, Name] = {"playground": "diverse", "door": "enumeration"}

_NEGLIGIBLE = 1e-9
"""Theories less probable than this are not asked about: they would change no digit that is shown."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was held out."""

    transitions: tuple[Transition, ...] = ()
    """Everything that happened."""
    tasks: tuple[str, ...] = ()
    """For each transition, the key of its task."""

    def of(self, keys: frozenset[str]) -> Held:
        """What happened in some tasks."""
        kept = [pair for pair in zip(self.transitions, self.tasks, strict=True) if pair[1] in keys]
        return Held(tuple(step for step, _ in kept), tuple(key for _, key in kept))


def played(practice: Practice, world: World, agent: Agent, count: int) -> Held:
    """What happens in the last `count` tasks."""
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
    statistician: Statistician,
    theories: Sequence[Theory],
    best: str,
    truth: str | None,
    test: Held,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[Foretold]:
    """What no theory, the best, all together and the true one foretell of held-out transitions.

    `tell` hears of how many theories the model has been told, and of how many it will be.
    """
    weighty = [theory for theory in theories if theory.probability > _NEGLIGIBLE]
    wanted: list[str] = ["", best, *(theory.text for theory in weighty), truth or ""]
    texts = list(dict.fromkeys(wanted))
    found: dict[str, list[Prediction]] = {}
    for done, text in enumerate(texts, 1):
        found[text] = statistician.predict(text, test.transitions)
        tell(done, len(texts))
    rows = {"none": found[""]}
    if theories:
        rows["best"] = found[best]
    if len(theories) > 1 and weighty:
        rows["posterior"] = _mixed([found[theory.text] for theory in weighty], weighty)
    if truth is not None:
        rows["true"] = found[truth]
    return [
        Foretold(name, replace(prediction, task=task))
        for name, told in rows.items()
        for prediction, task in zip(told, test.tasks, strict=True)
    ]


def of_lesson(practice: Practice, theories: Sequence[Theory]) -> list[Foretold]:
    """What theories foretell of everything that happens in a practice's tasks, those of one theory together."""
    best = likeliest(theories)
    worlds = _worlds(practice)
    held = played(practice, World(), Random(), len(practice.tasks))
    found: list[Foretold] = []

    def tell(done: int, total: int) -> None:
        practice.log(phase="predictions", done=done, total=total)

    for (world, truth), keys in worlds.items():
        statistician = Statistician(practice, world)
        statistician.discover(held.transitions)
        found += foretold(statistician, theories, best.text if best else "", truth, held.of(frozenset(keys)), tell)
    order = list(dict.fromkeys(one.theory for one in found))
    return sorted(found, key=lambda one: order.index(one.theory))


def check(stage: Stage, tasks: Sequence[Task]) -> None:
    """ConfigError unless a model can tell how probable a change is, and the tasks can be played without an agent."""
    models = stage.models
    role = ROLE if ROLE in models else "policy"
    if role not in models:
        raise ConfigError(f"predictions ask a model in the role {ROLE!r}; add it as [models.{ROLE}] or [models.policy]")
    if "score" not in models[role].can:
        raise ConfigError(f"predictions need a model that can score as [models.{ROLE}]: {models[role].cannot('score')}")
    for task in tasks[:1]:
        if task.environment not in _PLAY and _mute(stage, task):
            raise ConfigError(
                f"predictions are about random play, and {task.environment!r} tells no possible actions to draw from; "
                "leave test.predictions out"
            )


def keep(practice: Practice, found: Sequence[Foretold]) -> None:
    """Write down in the run, a line each, what a method's held-out transitions showed."""
    folder = practice.out.folder("predictions")
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(folder / "heldout.jsonl", found)


def summary(found: Sequence[Foretold]) -> dict[str, Any]:
    """Mean log-probability, Top-1 and Top-3 by whose prediction it is."""
    names = dict.fromkeys(one.theory for one in found)
    return {name: _short([one.prediction for one in found if one.theory == name]) for name in names}


def _mute(stage: Stage, task: Task) -> bool:
    """Whether a world tells no possible actions; a world that fails may tell them another time."""
    pool = stage.pool()
    try:
        return not pool.take().reset(task, 0).actions
    except EnvironmentFailure:
        return False
    finally:
        pool.close()


def _worlds(practice: Practice) -> dict[tuple[World, str | None], list[str]]:
    """How to speak of each world among the tasks, and its true theory -> keys of its tasks."""
    environment = practice.stage.environment()
    found: dict[tuple[World, str | None], list[str]] = {}
    try:
        for task in practice.tasks:
            world = world_of(environment, [task])
            found.setdefault((world, world.truth(task)), []).append(task.key)
    finally:
        environment.close()
    return found


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
