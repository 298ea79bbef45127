"""The trees of practice in numbers, and the density study."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.reports.conftest import ImaginedRun
from tests.reports.test_tables import printed
from worldlore.experience import Lesson
from worldlore.reports.base import rows
from worldlore.reports.forest import _bins, density, forest_table, forests
from worldlore.reports.page import render
from worldlore.reports.published import of_study


@dataclass(frozen=True)
class Grower(ImaginedRun):
    """A run that logged what its forest was like, and trained on so many pairs of so many tasks."""

    pairs: int = 60
    tasks: int = 6

    def lesson(self):
        return Lesson(metrics={"trained_pairs": self.pairs, "trained_tasks": self.tasks})

    def metrics(self):
        told = {"trees": 10, "rollouts": 240, "usable_pairs": 80, "pairs_per_task": 8.0, "tasks_with_pairs": 7}
        told |= {"value_spread": 0.4, "duplicate_rate": 0.25}
        cost = {"episodes": 240, "steps": 4000, "calls": 4400, "prompt_tokens": 800_000, "seconds": 160.0}
        for seed in self.seeds:
            yield {"phase": "practice", "seed": seed, **told, "trees": 5, "cost": {**cost, "steps": 2000}}
            yield {"phase": "practice", "seed": seed, **told, "cost": cost}


@pytest.fixture
def study():
    arms = [("none", 0, 0), ("dense", 60, 6), ("half", 60, 12), ("quarter", 60, 24)]
    return [Grower(f"density/{name}", 0.5 + 0.1 * i, i > 0, pairs=p, tasks=t) for i, (name, p, t) in enumerate(arms)]


def test_a_forest_is_told_with_the_price_of_a_pair(study):
    (forest,) = forests(study[1:2], rows(study[1:2]))
    assert forest.cells() == ["10", "240", "80", "8.0", "3", "0.40", "25 %", "50", "55", "10.0k", "2.0 s"]
    text = " ".join(printed(forest_table(study[1:2], rows(study[1:2]))).split())
    assert "pairs a task" in text
    assert "trees with 0 pairs" in text


def test_a_run_that_grew_no_tree_has_no_forest(runs):
    assert forests(runs[:1], rows(runs[:1])) == []
    assert forest_table(runs[:1], rows(runs[:1])) is None


def test_a_run_that_logged_less_is_told_with_what_it_has(runs):
    (forest,) = forests(runs[1:2], rows(runs[1:2]))
    assert forest.cells()[3:] == ["—"] * 8
    assert density(runs, rows(runs)) is None


def test_tasks_without_a_pair_have_a_bin_of_their_own():
    assert _bins([0, 0, 1, 3]) == [("0", 2), ("1", 1), ("2", 0), ("3", 1)]
    assert _bins([0]) == [("0", 1)]
    wide = _bins([0, 1, 2, 3, 24])
    assert wide[:3] == [("0", 1), ("1 to 2", 2), ("3 to 4", 1)]
    assert wide[-1] == ("23 to 24", 1)
    assert sum(n for _, n in wide) == 5


def test_runs_at_different_densities_are_a_study_the_densest_first(study):
    found = density(study, rows(study))
    assert [cells[:4] for _, cells in found.lines] == [
        ("dense", "60", "6", "10.0"),
        ("half", "60", "12", "5.0"),
        ("quarter", "60", "24", "2.5"),
    ]
    assert found.caution == ""
    assert found.figure.svg.count("<circle") == 3
    assert 'class="band' in found.figure.svg


def test_runs_of_one_density_are_no_study(study):
    same = [study[0], study[1], replace(study[1], name="density/again")]
    assert density(same, rows(same)) is None
    assert 'id="density"' not in render(same)


def test_what_differs_beside_density_is_told(study):
    record = {"experiment": {"method": {"balance": {"tasks": 2, "tasks_by": "pairs"}}}}
    uneven = [study[1], replace(study[2], pairs=40, record=record)]
    said = density(uneven, rows(uneven)).caution
    assert "trained on 40 to 60 pairs" in said
    assert "chooses their difficulty" in said


def test_the_page_shows_the_study_the_published_figures_and_the_histograms(study):
    page = render(study)
    assert 'id="density"' in page
    assert "45.42" in page
    assert page.count('<rect class="column') >= 6
    ((paper, table),) = of_study("density")
    assert "DensePolicy" in paper
    assert table.rows["density 1: 347 tasks, 64.4 pairs each"] == (83.09, 85.6, 40.6, 45.42)
