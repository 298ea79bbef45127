"""Tables of what world models foretold: what stands in them, and what is compared with what."""

from dataclasses import dataclass, field, replace
from io import StringIO

import pytest
from rich.console import Console

from tests.reports.conftest import ImaginedRun
from worldlore.experience import Foretold, Prediction, Transition
from worldlore.reports.predictions import prediction_tables

CHANGES = ("rain", "sun", "snow", "fog", "hail")


def foretold(theory: str, skill: float, tasks: int = 6, kind: str = "weather") -> list[Foretold]:
    """Predictions of a model that finds what happens likelier by `skill` than all else."""
    found = []
    for i in range(4 * tasks):
        true = CHANGES[i % 3]
        worths = tuple(-6.0 - 0.3 * k + (skill if change == true else 0) for k, change in enumerate(CHANGES))
        step = Transition(f"day {i}", "wait", true, kind if i % 4 else "[rare]")
        found.append(Foretold(theory, Prediction(step, worths[i % 3], f"task {i // 4}", 1, CHANGES, worths, (1,) * 5)))
    return found


@dataclass(frozen=True)
class Telling(ImaginedRun):
    foretold: tuple[Foretold, ...] = field(default=())

    def predictions(self, name):
        return iter(self.foretold if name == "test" else ())


def run(name, *foretold, seeds=(0,)):
    return Telling(f"demo/{name}", 0.5, seeds=seeds, foretold=tuple(one for part in foretold for one in part))


def printed(*runs, width=80):
    console = Console(file=StringIO(), width=width)
    for table in prediction_tables(runs):
        console.print(table)
    return console.file.getvalue()


def row(text, told, place=0):
    """The words of the line above one that tells what a model was told: the run and its numbers."""
    lines = [line.split() for line in text.splitlines()]
    return [lines[i - 1] for i, words in enumerate(lines) if words[:1] == [told]][place]


SEARCH = run("search", foretold("none", -1), foretold("best", 1.5), foretold("true", 2), seeds=(0, 1))


def test_runs_that_foretold_nothing_have_no_table():
    assert prediction_tables([run("none"), run("other")]) == []


def test_theories_are_compared_with_none_and_verdicts_are_words():
    text = printed(SEARCH, width=90)
    lines = text.splitlines()
    assert "foretold by demo/search" in lines[0]
    (best,) = [line.split() for line in lines if line.split()[:1] == ["best"]]
    assert best == [
        "best",
        "-4.80",
        "better",
        "+2.50",
        "100.0",
        "%",
        "better",
        "+100.0",
        "100.0",
        "%",
    ]
    assert any("48 pairs of predictions, 6 tasks" in line for line in lines)
    assert max(map(len, printed(SEARCH).splitlines())) <= 80


def test_one_run_s_predictions_are_told_by_sort_of_change_too():
    text = printed(SEARCH)
    assert "[rare]" in text
    assert "By sort of change" in text
    assert "By sort of change" not in printed(SEARCH, SEARCH)


def test_a_model_told_nothing_but_trained_stands_beside_those_told_theories():
    tuned = run("tuned", foretold("none", 3))
    text = printed(SEARCH, tuned)
    assert row(text, "none", 1)[:3] == ["tuned", "-3.30", "better"]


def test_what_a_model_foretells_untold_is_shown_once():
    again = run("again", foretold("none", -1), foretold("best", 0), foretold("true", 2))
    lines = printed(SEARCH, again).splitlines()
    told = [line.split()[:1] for line in lines]
    assert (told.count(["none"]), told.count(["best"])) == (1, 2)


def test_ties_and_a_lack_of_common_transitions_are_said():
    tied = [
        replace(one, prediction=replace(one.prediction, logprob=-1.0, logprobs=(-1.0,) * 5))
        for one in foretold("none", 0)
    ]
    assert "100 % of what happened has an equal" in " ".join(printed(run("tied", tied)).split())
    elsewhere = [
        replace(one, prediction=replace(one.prediction, task=f"other {one.prediction.task}"))
        for one in foretold("none", 1)
    ]
    assert "away, none: no transition in common" in printed(SEARCH, run("away", elsewhere))


@pytest.mark.parametrize("width", [60, 100])
def test_changes_that_cannot_be_ranked_have_a_likelihood_alone(width):
    bare = [
        replace(one, prediction=replace(one.prediction, candidates=(), logprobs=(), lengths=()))
        for one in foretold("none", 1)
    ]
    text = printed(run("bare", bare), width=width)
    assert "log-lik." in text
    assert "Top-3" not in text.partition("told: no theory")[0]


def test_two_models_that_foretell_alike_are_the_same():
    text = printed(run("one", foretold("best", 0.9)), run("two", foretold("best", 0.9)))
    assert "same" in text
    assert "+0.00 [+0.00, +0.00]" not in " ".join(text.split())
    assert "undecided +0.00" not in " ".join(text.split())
