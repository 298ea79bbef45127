from __future__ import annotations

import tomllib
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from tests.reports.test_tables import printed
from worldlore.environments import ENVIRONMENTS
from worldlore.reports.base import rows
from worldlore.reports.beside import beside
from worldlore.reports.page import render
from worldlore.reports.published import Table, papers, published
from worldlore.reports.radar import left_out, places, radar
from worldlore.reports.tables import conduct_table


def on_world(runs, environment: dict, split: str = "valid_unseen"):
    record = {"experiment": {"environment": environment, "test": {"split": split}}}
    return [replace(run, record=record, episodes=60) for run in runs]


def test_every_published_table_is_whole_and_of_a_world_that_is_here_or_will_be():
    tables = [table for paper in papers() for table in paper.tables]
    assert len(tables) >= 9
    known = {*ENVIRONMENTS.names, "babyai"}
    assert {column.environment for table in tables for column in table.columns} <= known
    assert all(0 <= number <= 100 for table in tables for row in table.rows.values() for number in row)


def test_a_row_of_another_length_is_refused():
    column = {"environment": "webshop", "name": "x"}
    with pytest.raises(ValidationError, match="row 'ours' has 2 numbers and the table 1 columns"):
        Table.model_validate(
            {"title": "t", "source": "s", "metric": "score", "columns": [column], "rows": {"ours": [1, 2]}}
        )


def test_a_world_is_shown_its_own_columns_only():
    found = published({"webshop"})
    assert {column.environment for _, table in found for column in table.columns} == {"webshop"}
    assert dict(found[0][1].rows)["Mistral-7B, WKM"] == (65.48,)
    assert published({"household"}) == []


def test_ours_stand_in_the_column_of_the_split_they_were_tested_on(runs):
    given = on_world(runs, {"name": "alfworld"})
    found = {one.table.source: one for one in beside(given, rows(given))}
    reward = found["Table 1"]
    assert [column.name for column in reward.table.columns] == ["seen", "unseen"]
    assert [seen for seen, _ in reward.ours] == ["—"] * len(runs)
    assert all("[" in unseen for _, unseen in reward.ours)
    wins = [float(unseen.partition(" ")[0]) for _, unseen in found["Figure 9"].ours]
    assert sum(wins) == pytest.approx(100, abs=0.2)


def test_a_world_played_in_python_is_known_by_what_is_inside(runs):
    given = on_world(runs, {"name": "programs", "inner": {"name": "alfworld"}})
    assert beside(given, rows(given))
    assert beside(runs, rows(runs)) == []


def test_the_page_labels_the_published_and_ours(runs):
    page = render(on_world(runs, {"name": "alfworld"}))
    assert 'id="published"' in page
    assert page.count(">published</td>") > 30
    assert page.count(">ours</td>") == len(runs) * len(published({"alfworld"}))
    assert 'id="published"' not in render(runs)


def test_a_radar_has_an_axis_for_each_kind_of_task(runs):
    found = rows([replace(run, episodes=60) for run in runs])
    axes = places(found)
    assert len(axes) >= 3
    assert all(min(axis.values()) == 0 and max(axis.values()) == 1 for axis in axes.values())
    drawn = radar(found)
    assert drawn is not None
    assert drawn.count('class="area') == len(runs)
    drawing = ElementTree.fromstring(str(drawn))
    assert {" ".join(text.itertext()) for text in drawing.iter("text")} == set(axes)


def test_one_run_or_two_have_no_radar(runs):
    """Of two, one would be the rim and the other the centre."""
    many = [replace(run, episodes=60) for run in runs]
    assert len(places(rows(many[:2]))) >= 3
    assert radar(rows(many[:1])) is radar(rows(many[:2])) is None
    assert "Relative success" not in render(many[:2])


def test_a_radar_s_labels_lie_within_it(runs):
    found = rows([replace(run, episodes=60) for run in runs])
    long = "success/pick a very long thing and put it into the second drawer of a cabinet that is never open"
    named = [replace(row, metrics={f"{long} {name}": m for name, m in row.metrics.items()}) for row in found]
    for text in ElementTree.fromstring(str(radar(named))).iter("text"):
        lines = [(float(line.get("x", "nan")), len(line.text or "") * 6.2) for line in text]
        assert 1 < len(lines) <= 3
        for x, width in lines:
            left = {"start": x, "middle": x - width / 2, "end": x - width}[text.get("text-anchor")]
            assert 0 <= left < left + width <= 560


def test_kinds_without_an_axis_are_counted(runs):
    many = [replace(run, episodes=60) for run in runs]
    found = rows(many)
    kind = next(iter(found[0].metrics[name] for name in found[0].metrics if name.startswith("success/")))
    equal = [replace(row, metrics={**row.metrics, "success/alike": kind}) for row in found]
    assert left_out(equal) == left_out(found) + 1


def test_how_tasks_were_done_fits_eighty_columns(runs):
    text = printed(conduct_table([replace(run, episodes=120) for run in runs]))
    assert "…" not in text
    assert "fewest" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_published_files_name_their_paper(request):
    home = request.config.rootpath / "worldlore" / "reports" / "published"
    files = list(home.glob("*.toml"))
    assert len(files) == len(papers())
    assert all(tomllib.loads(file.read_text())["paper"] for file in files)
