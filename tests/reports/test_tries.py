"""Success within k tries, in the terminal and on the page."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.evaluation.test_tries import answering
from tests.reports.conftest import ImaginedRun
from tests.reports.test_tables import printed
from worldlore.reports.base import rows
from worldlore.reports.page import render
from worldlore.reports.tables import run_table
from worldlore.reports.tries import chosen, tries_section, tries_tables


@dataclass(frozen=True)
class Answering(ImaginedRun):
    """Thirty problems of two kinds; every third is right at the first answer, the rest at a later one or never."""

    later: int = 2

    def test(self, seed):
        for i in range(30):
            right = [True] if i % 3 == 0 else [False] * (self.later - 1) + [i % 3 == 1]
            yield answering(str(i), *right, family=("sums", "products")[i % 2])


RECORD = {"experiment": {"environment": {"name": "arithmetic", "feedback": True, "answers": 10}}}


@pytest.fixture
def answering_runs():
    return [
        Answering(f"maths/{name}", 0.5, False, later=later, record=RECORD)
        for name, later in (("none", 9), ("densepolicy", 2))
    ]


def test_a_run_tells_accuracy_for_every_k_all_tasks_and_kinds(answering_runs):
    (table,) = tries_tables(answering_runs[1:])
    text = printed(table, 120)
    assert [line.split()[0] for line in text.splitlines() if line.split()[:1] and line.split()[0].isdigit()] == [
        str(k) for k in range(1, 11)
    ]
    for said in ("all tasks", "mean over kinds", "sums", "products"):
        assert said in text
    assert "accuracy@" not in printed(run_table(answering_runs[1]))


def test_a_comparison_tells_the_verdict_for_each_k_in_eighty_columns(answering_runs):
    (table,) = tries_tables(answering_runs)
    text = printed(table)
    lines = [line.split() for line in text.splitlines()]
    assert ["+0.0", "+33.3", "+33.3", "+33.3", "+0.0"] in lines
    assert ["undecided", "better", "better", "better", "undecided"] in lines
    assert any(line[:1] == ["densepolicy"] for line in lines)
    assert "…" not in text
    assert max(map(len, map(str.rstrip, text.splitlines()))) <= 80


def test_where_nothing_is_tried_twice_nothing_is_said_of_tries(runs):
    assert tries_tables(runs) == []
    assert tries_section(rows(runs)) is None
    assert 'id="tries"' not in render(runs)


def test_runs_of_which_one_has_no_tries_are_not_compared_in_them(runs, answering_runs):
    assert tries_tables([runs[0], answering_runs[0]]) == []
    assert tries_section(rows([runs[0], answering_runs[0]])) is not None


def test_attempts_that_know_nothing_of_each_other_are_tries_too(runs):
    class Twice(ImaginedRun):
        def test(self, seed):
            for episode in super().test(seed):
                yield from (replace(episode, attempt=i) for i in range(2))

    (table,) = tries_tables([Twice("twice", 0.5)])
    assert "Solved within k attempts" in printed(table, 120)


def test_the_page_shows_a_curve_with_a_band_for_each_run(answering_runs):
    (figure,) = tries_section(rows(answering_runs)).figures
    assert figure.svg.count('class="band') == 2
    assert figure.svg.count("<circle") == 20
    page = render(answering_runs)
    assert 'id="tries"' in page
    assert "Accuracy within k answers" in page


def test_the_first_and_the_last_number_of_tries_are_always_shown():
    assert chosen(range(1, 11)) == [1, 2, 4, 8, 10]
    assert chosen([1]) == [1]
    assert chosen(range(1, 31)) == [1, 4, 8, 16, 30]
