from __future__ import annotations

import html
import io
from dataclasses import replace

import pytest
from rich.console import Console

from worldlore.experience import Call, Failure, Generate, Message, Score, Scores
from worldlore.reports.base import labels, rows, title
from worldlore.reports.page import render
from worldlore.reports.tables import comparison_table, run_table
from worldlore.reports.transcript import episode_text
from worldlore.reports.words import count, duration


def printed(thing, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(thing)
    return console.file.getvalue()


def test_a_comparison_fits_eighty_columns_with_verdict_interval_and_cost(runs):
    text = printed(comparison_table([replace(run, episodes=120) for run in runs]))
    assert "…" not in text
    lines = text.splitlines()
    policy = next(i for i, line in enumerate(lines) if line.strip().startswith("densepolicy"))
    assert "better +" in lines[policy]
    assert "[+" in lines[policy + 1]
    assert "3,801" in lines[policy]
    assert "1.62M" in lines[policy]
    assert "episodes failed and are left out" in text


def alike(run, name, change):
    """The same run with another name and every test episode changed."""

    class Changed(type(run)):
        def test(self, seed):
            return map(change, type(run).test(run, seed))

    return Changed(name, run.skill, seeds=run.seeds)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: replace(t, success=None), "no test episode of other has a measured success"),
        (lambda t: replace(t, task=replace(t.task, goal=f"{t.task.goal}!")), "it shares no test task with demo/none"),
        (lambda t: replace(t, attempt=1), "it played no task with the same seed and try as demo/none"),
    ],
)
def test_a_change_that_cannot_be_told_says_why(runs, change, why):
    text = " ".join(printed(comparison_table([runs[0], alike(runs[0], "other", change)])).split())
    assert f"other: no change, for {why}" in text


def test_a_run_that_is_not_finished_says_so_and_how_to_go_on(runs):
    begun = replace(runs[1], episodes=0, unfinished="worldlore run home.toml")
    text = " ".join(printed(comparison_table([runs[0], begun]), 300).split())
    assert "is not finished, and its numbers are of what was played so far; to go on: worldlore run home.toml" in text
    assert "no change, for the test of" in text
    assert "is still to be played" in text
    assert "not finished" not in printed(comparison_table(runs), 300)


def test_what_a_page_says_of_itself_is_told_with_its_numbers(runs):
    noted = replace(runs[1], record={"experiment": {"note": "a smoke test"}})
    text = printed(comparison_table([runs[0], noted]))
    assert text.count("says of itself: a smoke test") == 1
    assert "says of itself: a smoke test" in printed(run_table(noted))


def test_time_that_the_response_cache_saved_is_told(runs):
    class Recalled(type(runs[1])):
        def metrics(self):
            for record in type(runs[1]).metrics(self):
                yield {**record, "from_cache": record["cost"]["calls"] // 4}

    text = " ".join(printed(comparison_table([runs[0], Recalled("again", 0.5)])).split())
    said = "again had 25 % of its calls answered from the response cache: its time by the clock leaves them out"
    assert text.count(said) == 1
    assert "! again" not in text
    page = html.unescape(render([runs[0], Recalled("again", 0.5)]))
    assert page.count(said) == 1
    assert page.index('<section id="cost"') < page.index(said)
    assert "Caution" not in page
    assert "response cache" not in printed(comparison_table(runs)) + render(runs)


def test_learners_without_a_common_seed_are_not_compared(runs):
    twice, other = replace(runs[0], seeds=(0, 1)), replace(runs[1], seeds=(2, 3))
    assert [row.unpaired for row in rows([twice, other])] == ["", "it shares no learning seed with none"]
    assert rows([twice, replace(other, seeds=(3,))])[1].comparison is not None


def test_the_score_has_a_column_only_where_it_says_more_than_success(runs):
    assert "score" not in printed(comparison_table(runs))

    def half(run):
        return [replace(t, steps=(replace(t.steps[0], reward=0.25), *t.steps[1:])) for t in type(run).test(run, 0)]

    class Graded(type(runs[0])):
        def test(self, seed):
            yield from half(runs[0])

    assert "score" in printed(comparison_table([Graded("graded", 0.5)]))


def test_what_makes_a_run_doubtful_is_told_wherever_its_numbers_are(runs):
    record = {"experiment": {"train": {"split": "dev", "evaluation": True}, "test": {"split": "test"}}}
    marked = [runs[0], replace(runs[1], record=record)]
    said = "imitation practised on the evaluation split 'dev', by leave of train.evaluation: its success may be memory"
    assert f"! {said}" in " ".join(printed(comparison_table(marked)).split())
    assert "practised on the evaluation split" in " ".join(printed(run_table(marked[1])).split())
    assert said in html.unescape(render(marked))
    assert "evaluation split" not in printed(comparison_table(runs)) + printed(run_table(runs[1])) + render(runs)


def test_a_run_is_shown_with_every_metric_it_measured(runs):
    text = printed(run_table(runs[2]))
    for name in ("success", "steps of successes", "invalid actions", "success/pick heat then place"):
        assert name in text


def test_an_episode_reads_as_a_conversation(runs):
    played = next(t for t in runs[2].test(0) if t.success)
    text = printed(episode_text(played))
    assert played.task.goal in text
    assert "You are in the middle of a room." in text
    assert all(f"> {action}" in text for action in played.actions)
    assert f"success after {len(played.steps)} steps: the world ended it" in text
    assert "[system]" not in text
    assert "[system] You act in a household." in printed(episode_text(played, calls=True))


def test_texts_that_look_like_markup_are_printed_as_they_are(runs):
    played = next(runs[0].test(0))
    odd = replace(played, task=replace(played.task, goal="[bold]put[/bold] it [/nowhere]"))
    assert "[bold]put[/bold] it [/nowhere]" in printed(episode_text(odd))
    printed(comparison_table([replace(runs[0], name="[/x]")]))


def test_scores_and_failures_are_shown_among_the_calls(runs):
    played = next(runs[0].test(0))
    asked = (Message("user", "hm?"),)
    calls = (
        Call(Score(asked, ("go", "stay")), Scores(((-1.0, -0.5), (-3.0,)))),
        Call(Generate(asked), Failure("no server; start one")),
    )
    text = printed(episode_text(replace(played, unfinished=calls), calls=True))
    assert "-1.50 go" in text
    assert "no server; start one" in text


def test_runs_of_one_folder_are_told_by_what_differs(runs):
    assert title(runs) == "demo"
    assert labels(runs) == ["none", "imitation", "densepolicy"]
    assert labels(runs[:1]) == ["demo/none"]
    assert labels([runs[0], runs[0]]) == ["none (1)", "none (2)"]


def test_costs_of_learning_are_what_each_phase_adds_per_learning_seed(runs):
    (row,) = rows([replace(runs[2], seeds=(0, 1))])
    assert list(row.costs) == ["practice", "training", "learned", "test"]
    assert row.costs["learned"].seconds == pytest.approx(0.5)
    assert row.costs["practice"].steps == 3801
    assert (row.costs["training"].steps, row.costs["training"].trained_tokens) == (0, 420_000)
    assert row.costs["training"].seconds == pytest.approx(27)
    assert row.learning.steps == 3801
    played = [t for seed in (0, 1) for t in runs[2].test(seed)]
    assert row.costs["test"].steps == round(sum(len(t.steps) for t in played) / 2)


def test_a_phase_that_costs_only_time_is_counted(runs, monkeypatch):
    records = [
        {"phase": "practice", "seed": 0, "cost": {"steps": 10, "seconds": 5.0}},
        {"phase": "training", "seed": 0, "cost": {"steps": 10, "seconds": 65.0}},
        {"phase": "learned", "seed": 0, "cost": {"steps": 10, "trained_tokens": 7, "seconds": 66.0}},
    ]
    monkeypatch.setattr(type(runs[2]), "metrics", lambda run: iter(records))
    (row,) = rows(runs[2:])
    assert row.costs["training"].seconds == pytest.approx(60)
    assert row.learning.seconds == pytest.approx(66)


def test_phases_that_take_turns_are_counted_once(runs, monkeypatch):
    records = [
        {"phase": "training", "seed": 0, "cost": {"steps": 10, "trained_tokens": 3, "seconds": 5.0}},
        {"phase": "practice", "seed": 0, "cost": {"steps": 30, "trained_tokens": 3, "seconds": 9.0}},
        {"phase": "training", "seed": 0, "cost": {"steps": 30, "trained_tokens": 8, "seconds": 20.0}},
        {"phase": "practice", "seed": 0, "cost": {"steps": 30, "trained_tokens": 3, "seconds": 9.0}},
        {"phase": "learned", "seed": 0, "cost": {"steps": 30, "trained_tokens": 8, "seconds": 21.0}},
    ]
    monkeypatch.setattr(type(runs[1]), "metrics", lambda run: iter(records))
    (row,) = rows([runs[1]])
    assert (row.learning.steps, row.learning.trained_tokens, row.learning.seconds) == (30, 8, 21.0)
    assert (row.costs["training"].seconds, row.costs["practice"].seconds) == (16.0, 4.0)


def test_what_learned_nothing_cost_nothing(runs):
    (row,) = rows(runs[:1])
    assert list(row.costs) == ["test"]
    assert row.comparison is None


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (3801, "3,801"), (18_240, "18.2k"), (182_400, "182k"), (3.41e6, "3.41M")]
)
def test_large_numbers_are_shortened(value, words):
    assert count(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "—"), (0.42, "0.4 s"), (25, "25 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_time_is_told_as_people_do(seconds, words):
    assert duration(seconds) == words
