"""Scores in bulk: asked once, counted once, kept small, and the same after an interruption."""

import tracemalloc
from itertools import count

import pytest

from tests.toys import Pages, Walk, tasks
from worldlore.errors import BudgetSpent, StoreError
from worldlore.experience import Cost, Failure, Message, Score, Scores, Usage
from worldlore.models.scripted import Scripted
from worldlore.rollout import practice as room
from worldlore.rollout.loop import Stage
from worldlore.rollout.practice import Budget, Ledger, Practice
from worldlore.rollout.scorebook import Scorebook, Worth


def counting(calls, value=None):
    """A model that scores by the length of what it is asked; it notes each request."""

    def script(request):
        calls.append(request)
        if "long" in request.messages[0].content:
            return Failure("too long", "context")
        values = [value(request) if value else -len(c) / 3 for c in request.continuations]
        return Scores(tuple((v, -1.0) for v in values), Usage(7))

    return Scripted.of(script, identity="counting")


def practice(folder, model, **budget) -> Practice:
    pages = Pages(folder=folder)
    return Practice(tasks(1), Stage(Walk, {"policy": model}), Budget(**budget), 0, pages, Ledger(pages))


def ask(text, *changes) -> Score:
    return Score((Message("user", text),), changes or ("yes",))


def test_equal_requests_are_asked_and_counted_once(tmp_path):
    calls = []
    here = practice(tmp_path, counting(calls))
    first, second, again = here.score([ask("a"), ask("b", "no", "maybe"), ask("a")])
    assert first == again
    assert (second.totals, second.lengths, second.tokens) == ((-2 / 3 - 1, -5 / 3 - 1), (2, 2), 7)
    assert here.score([ask("b", "no", "maybe")]) == [second]
    assert len(calls) == 2
    assert here.cost == Cost(calls=2, prompt_tokens=14)
    assert list(here.out.exchanges()) == []


def test_many_scores_are_several_pieces_of_work_that_a_crew_can_share(tmp_path, monkeypatch):
    calls, sizes = [], []
    perform = Stage.perform

    def noted(stage, doing, items, width):
        sizes.append([len(item) for item in items])
        return perform(stage, doing, items, width)

    monkeypatch.setattr(Stage, "perform", noted)
    worths = practice(tmp_path, counting(calls)).score([ask(str(i), "x" * i) for i in range(150)])
    assert sizes == [[64, 64, 22]]
    assert [worth.totals for worth in worths] == [(-i / 3 - 1,) for i in range(150)]


def test_a_resumed_run_hears_the_same_numbers_and_counts_the_same_cost(tmp_path):
    turns = count()
    calls = []
    model = counting(calls, lambda request: -next(turns) / 7)
    before = practice(tmp_path, model)
    heard = before.score([ask(t) for t in "abc"])
    after = practice(tmp_path, model)
    assert after.score([ask(t) for t in "abc"]) == heard
    assert (len(calls), after.cost) == (3, before.cost)


def test_a_damaged_file_is_told_with_the_remedy(tmp_path):
    practice(tmp_path, counting([])).score([ask("a")])
    path = tmp_path / "scores" / "scores.sqlite"
    path.write_bytes(b"no database" * 500)
    with pytest.raises(StoreError, match="delete it, and scores are asked for anew"):
        practice(tmp_path, counting([])).score([ask("a")])


def test_a_portion_that_was_not_written_whole_is_asked_again(tmp_path, monkeypatch):
    calls = []
    here = practice(tmp_path, counting(calls))
    here.score([ask("a")])
    monkeypatch.setattr(room.Worth, "of", lambda scores: room.Worth((object(),), (1,)))
    with pytest.raises(TypeError):
        here.score([ask("b"), ask("c")])
    monkeypatch.undo()
    practice(tmp_path, counting(calls)).score([ask("a"), ask("b"), ask("c")])
    assert len(calls) == 5


def test_millions_of_scores_fit_into_memory(tmp_path):
    """Of a published run by progress, 400 phases of 3,600 steps under two theories: less than 1 GB."""
    book, some = Scorebook(lambda: tmp_path), 20_000
    keys = [f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(some)]
    worth = Worth((-1.25,), (9,), 300)
    tracemalloc.start()
    try:
        book.add(dict.fromkeys(keys, worth))
        assert sum(map(book.first, keys)) == some
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / some * (400 * (2 * 3600 + 900)) < 5e8
    assert book.get(keys[:3]) == dict.fromkeys(keys[:3], worth)
    assert (tmp_path / "scores.sqlite").stat().st_size / some < 100


def test_a_failure_disturbs_no_other_and_is_not_kept(tmp_path):
    calls = []
    here = practice(tmp_path, counting(calls))
    good, bad = here.score([ask("a"), ask("long")])
    assert good.totals
    assert bad == Failure("too long", "context")
    here.score([ask("long")])
    assert len(calls) == 3


def test_another_model_is_asked_anew(tmp_path):
    calls = []
    practice(tmp_path, counting(calls)).score([ask("a")])
    other = Scripted.of(lambda r: Scores(((-9.0,),)), identity="other")
    assert practice(tmp_path, other).score([ask("a")])[0].totals == (-9.0,)


def test_many_requests_go_in_portions_that_are_kept_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_PORTION", 2)
    calls = []
    added, add = [], Scorebook.add
    monkeypatch.setattr(Scorebook, "add", lambda book, found: (added.append(len(found)), add(book, found)))
    here = practice(tmp_path, counting(calls))
    assert len(here.score([ask(t) for t in "abcde"])) == 5
    assert added == [2, 2, 1]


def test_the_budget_is_checked_first(tmp_path):
    here = practice(tmp_path, counting([]), calls=1)
    here.score([ask("a")])
    with pytest.raises(BudgetSpent, match="1 of 1 calls"):
        here.score([ask("b")])
