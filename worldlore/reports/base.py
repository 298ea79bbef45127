"""What a report reads of a run, and the row of numbers it makes of it.

The first run of a report is the baseline; every other is compared with it on the episodes both have played.
Costs are told per learning seed: what it costs to learn once, and to test once. A record of `metrics()` carries what
its learning seed has spent so far, so a phase of learning cost what its records add to those before them; the cost of
the test is counted from its episodes, and knows no time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from worldlore.evaluation.episodes import Metric, measure_outcomes, outcomes
from worldlore.evaluation.standing import STEP_WINS, step_wins
from worldlore.evaluation.statistics import Comparison, Outcome, compare
from worldlore.evaluation.tries import ACCURACY, SOLVED, limit_of
from worldlore.experience import EVALUATION_SPLITS, Appraisal, Cost, Foretold, Lesson, Stop, Trajectory, Tree
from worldlore.reports.words import number_of, percent
from worldlore.rollout.practice import cost_of

TEST = "test"
"""The phase in which the taught agent is measured; all others are learning."""
TRIES = (ACCURACY, SOLVED)
"""What success within k tries is called."""


class SeedView(Protocol):
    """The part of a stored run that belongs to one learning seed."""

    def lesson(self) -> Lesson | None:
        """What was learned; None while it is not whole."""
        ...

    def predictions(self, name: str) -> Iterator[Foretold]:
        """What a world model foretold: "heldout" of what the method kept back, "test" of the test's tasks."""
        ...


class RunView(Protocol):
    """A stored run, as a report reads it."""

    @property
    def name(self) -> str:
        """What the run is called."""
        ...

    @property
    def record(self) -> Mapping[str, Any]:
        """What run.json holds: experiment, digest, versions, machine."""
        ...

    @property
    def seeds(self) -> Sequence[int]:
        """The learning seeds."""
        ...

    @property
    def unfinished(self) -> str:
        """The command that goes on with it; empty where it is finished."""
        ...

    def seed(self, seed: int) -> SeedView:
        """What belongs to one learning seed."""
        ...

    def test(self, seed: int) -> Iterator[Trajectory]:
        """The test episodes of one learning seed."""
        ...

    def train(self, seed: int) -> Iterator[Trajectory]:
        """The practice episodes of one learning seed."""
        ...

    def trees(self, seed: int) -> Iterator[tuple[str, Tree, Appraisal]]:
        """The trees grown in practice, each with a name and what the method made of it."""
        ...

    def metrics(self) -> Iterator[Mapping[str, Any]]:
        """The records of metrics.jsonl: phase, seed, cost so far, and in training step, loss, margin, accuracy."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """A run in numbers."""

    name: str
    """The run's label."""
    metrics: Mapping[str, Metric]
    """By name; what was not measured is absent. `step_wins` is there where several runs are compared."""
    comparison: Comparison | None
    """Of success with the baseline's; None for the baseline, or if they share no episode."""
    unpaired: str
    """Why it could not be compared, in words; empty where it was, and for the baseline."""
    costs: Mapping[str, Cost]
    """Phase -> what it cost, per learning seed."""
    episodes: int
    """Test episodes played, failed ones included."""
    learners: int
    """Learning seeds."""
    marks: tuple[str, ...] = ()
    """What must be known before its numbers are believed."""
    fault: str = ""
    """Why the first test episode that failed did; empty where none did."""
    tries: Mapping[str, Comparison] = field(default_factory=dict[str, Comparison])
    """Metric of success within k tries -> its comparison with the baseline's; empty for the baseline."""
    asides: tuple[str, ...] = ()
    """What must be known to read its costs, and makes no other number doubtful."""

    @property
    def learning(self) -> Cost:
        """What all phases before the test cost."""
        return sum((cost for phase, cost in self.costs.items() if phase != TEST), Cost())


def title(runs: Sequence[RunView]) -> str:
    """What several runs are called together: the folder they share, or all their names."""
    shared = _folder([run.name for run in runs])
    return shared or ", ".join(dict.fromkeys(run.name for run in runs))


def labels(runs: Sequence[RunView]) -> list[str]:
    """A short name for each run: without the folder they share, and no two alike."""
    names = [run.name for run in runs]
    shared = _folder(names)
    short = [name.removeprefix(f"{shared}/") for name in names]
    return [name if short.count(name) == 1 else f"{name} ({short[:i].count(name) + 1})" for i, name in enumerate(short)]


def rows(runs: Sequence[RunView]) -> tuple[Row, ...]:
    """Each run's numbers, compared with the first's."""
    tested = [dict[int, Cost]() for _ in runs]
    measured = [outcomes(_counted(run, spent), _answers(run)) for run, spent in zip(runs, tested, strict=True)]
    names = labels(runs)
    wins = _step_wins(dict(zip(names, measured, strict=True)))
    waiting = {name for name, run in zip(names, runs, strict=True) if run.unfinished}
    found: list[Row] = []
    for i, (run, label, given) in enumerate(zip(runs, names, measured, strict=True)):
        baseline, success = measured[0].get("success", []), given.get("success", [])
        compared = compare(baseline, success) if i else None
        won = {STEP_WINS: wins[label]} if label in wins else {}
        found.append(
            Row(
                name=label,
                metrics={**{m.name: m for m in measure_outcomes(given)}, **won},
                comparison=compared,
                unpaired="" if compared or not i else _unpaired({names[0]: baseline, label: success}, waiting),
                costs={**learning_costs(run), **({TEST: _mean(list(tested[i].values()))} if tested[i] else {})},
                episodes=len(given.get("failed", [])),
                learners=len(run.seeds),
                fault=_fault(run) if any(one.value for one in given.get("failed", ())) else "",
                marks=(
                    *_unfinished(run),
                    *marks(run.record.get("experiment", {})),
                    *_remembered(run, success),
                ),
                asides=_recalled(run),
                tries=_within_tries(measured[0], given) if i else {},
            )
        )
    return tuple(found)


def marks(experiment: Mapping[str, Any]) -> tuple[str, ...]:
    """What an experiment was allowed that makes its numbers doubtful, in words."""
    train, test = experiment.get("train", {}), experiment.get("test", {})
    found: list[str] = []
    if train.get("evaluation") and train.get("split") in EVALUATION_SPLITS:
        found.append(f"practised on the evaluation split {train['split']!r}, by leave of train.evaluation")
    if test.get("trained"):
        found.append("may have practised on tasks of its test, by leave of test.trained")
    note = experiment.get("note")
    return (
        *([f"says of itself: {note}"] if note else []),
        *(f"{one}: its success may be memory" for one in found),
    )


def _unfinished(run: RunView) -> tuple[str, ...]:
    command = run.unfinished
    return (f"is not finished, and its numbers are of what was played so far; to go on: {command}",) if command else ()


def _remembered(run: RunView, success: Sequence[Outcome]) -> tuple[str, ...]:
    """Whether practice was offered what the test asks, and what the success is without."""
    known = {key for record in run.metrics() for key in record.get("shared", ())}
    if not known:
        return ()
    new = measure_outcomes({"success": others} if (others := [one for one in success if one.task not in known]) else {})
    apart = f"on the others its success is {percent(new[0])}" if new else "there are no others"
    return (
        f"was offered, in practice, {number_of(len(known), 'task')} that its test asks, if in other words: {apart}",
    )


def _fault(run: RunView) -> str:
    failed = (episode for seed in run.seeds for episode in run.test(seed) if episode.stop is Stop.FAILED)
    return next((episode.error or "" for episode in failed), "")


def _recalled(run: RunView) -> tuple[str, ...]:
    """Whether learning took less time than it would have, told by what the first learning seed noted last."""
    noted = [record for record in run.metrics() if record.get("from_cache") and record.get("seed") in run.seeds[:1]]
    calls = noted[-1]["cost"]["calls"] if noted else 0
    if not calls:
        return ()
    share = min(1.0, noted[-1]["from_cache"] / calls)
    return (
        f"had {share * 100:.0f} % of its calls answered from the response cache: its time by the clock leaves them out",
    )


def _answers(run: RunView) -> int | None:
    """The most answers that may be given in its test, where they are counted and bounded."""
    return limit_of(run.record.get("experiment", {}).get("environment", {}))


def _within_tries(
    baseline: Mapping[str, Sequence[Outcome]], given: Mapping[str, Sequence[Outcome]]
) -> dict[str, Comparison]:
    names = [name for name in given if name.partition("@")[0] in TRIES and "/" not in name and name in baseline]
    compared = {name: compare(baseline[name], given[name]) for name in names}
    return {name: found for name, found in compared.items() if found is not None}


def _step_wins(measured: Mapping[str, Mapping[str, Sequence[Outcome]]]) -> dict[str, Metric]:
    """Among the runs whose steps were measured, if they are several."""
    steps = {name: given["steps"] for name, given in measured.items() if "steps" in given}
    return step_wins(steps) if len(steps) > 1 else {}


def learning_costs(run: RunView) -> dict[str, Cost]:
    """Phase -> cost, the mean over learning seeds; nothing where all phases together cost nothing but time.

    Phases may take turns: each record adds what was spent since the one before, and one told again adds nothing.
    A phase may cost only time: training is counted in tokens when it is over, and a search may need no model.
    """
    so_far: dict[Any, Cost] = {}
    spent: dict[Any, dict[str, Cost]] = {}
    for record in run.metrics():
        if record.get("phase", TEST) == TEST or "cost" not in record:
            continue
        seed, phase, now = record.get("seed"), record["phase"], _cost(record["cost"])
        before, phases = so_far.get(seed, Cost()), spent.setdefault(seed, {})
        phases[phase] = phases.get(phase, Cost()) + _beyond(now, before)
        so_far[seed] = before + _beyond(now, before)
    found: dict[str, list[Cost]] = {}
    for phases in spent.values():
        for phase, cost in phases.items():
            found.setdefault(phase, []).append(cost)
    means = {phase: _mean(parts, len(spent)) for phase, parts in found.items()}
    idle = replace(sum(means.values(), Cost()), seconds=0.0) == Cost()
    return {} if idle else {phase: cost for phase, cost in means.items() if cost != Cost()}


def _unpaired(measured: Mapping[str, Sequence[Outcome]], unfinished: Collection[str]) -> str:
    """Why two runs have no episode in common."""
    (baseline, a), (_, b) = measured.items()
    mute = [name for name, given in measured.items() if not given]
    if waiting := [name for name in mute if name in unfinished]:
        return f"the test of {' and '.join(waiting)} is still to be played"
    if mute:
        return f"no test episode of {' and '.join(mute)} has a measured success"
    if {o.task for o in a}.isdisjoint(o.task for o in b):
        return f"it shares no test task with {baseline}"
    learners = [{o.learner for o in given} for given in measured.values()]
    if min(map(len, learners)) > 1 and set.isdisjoint(*learners):
        return f"it shares no learning seed with {baseline}"
    return f"it played no task with the same seed and try as {baseline}"


def _folder(names: Sequence[str]) -> str:
    folders = {name.rpartition("/")[0] for name in names}
    return folders.pop() if len(folders) == 1 and len(names) > 1 else ""


def _counted(run: RunView, tested: dict[int, Cost]) -> Iterator[tuple[int, Trajectory]]:
    """Seed and episode of each test; `tested` is filled with what they cost."""
    for seed in run.seeds:
        for episode in run.test(seed):
            tested[seed] = tested.get(seed, Cost()) + cost_of(episode)
            yield seed, episode


def _cost(plain: Mapping[str, Any]) -> Cost:
    return Cost(**{f.name: plain[f.name] for f in fields(Cost) if f.name in plain})


def _beyond(so_far: Cost, before: Cost) -> Cost:
    """What was added; nothing where a clock was started anew by a resumed run."""
    added = so_far - before
    return Cost(**{f.name: max(0, getattr(added, f.name)) for f in fields(Cost)})


def _mean(given: Sequence[Cost], among: int = 0) -> Cost:
    total, n = sum(given, Cost()), among or len(given)
    exact = ("seconds", "money")
    mean = {f.name: getattr(total, f.name) / n for f in fields(Cost)}
    return Cost(**{name: value if name in exact else round(value) for name, value in mean.items()})
