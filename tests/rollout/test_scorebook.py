"""Scores in bulk: asked once, counted once, kept small, and the same after an interruption."""

from itertools import count

import pytest

from tests.toys import Pages, Walk, tasks
from worldlore.errors import BudgetSpent
from worldlore.experience import Cost, Failure, Message, Score, Scores, Usage
from worldlore.models.scripted import Scripted
from worldlore.rollout import practice as room
from worldlore.rollout.loop import Stage
from worldlore.rollout.practice import Budget, Ledger, Practice


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


def test_a_resumed_run_hears_the_same_numbers_and_counts_the_same_cost(tmp_path):
    turns = count()
    calls = []
    model = counting(calls, lambda request: -next(turns) / 7)
    before = practice(tmp_path, model)
    heard = before.score([ask(t) for t in "abc"])
    after = practice(tmp_path, model)
    assert after.score([ask(t) for t in "abc"]) == heard
    assert (len(calls), after.cost) == (3, before.cost)


def test_a_torn_line_is_asked_again(tmp_path):
    calls = []
    practice(tmp_path, counting(calls)).score([ask("a")])
    path = tmp_path / "scores" / "scores.jsonl"
    path.write_text(path.read_text()[:-20])
    practice(tmp_path, counting(calls)).score([ask("a"), ask("b")])
    assert practice(tmp_path, counting(calls)).score([ask("a")])
    assert len(calls) == 3


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
    here = practice(tmp_path, counting(calls))
    assert len(here.score([ask(t) for t in "abcde"])) == 5
    assert len((tmp_path / "scores" / "scores.jsonl").read_text().splitlines()) == 3


def test_the_budget_is_checked_first(tmp_path):
    here = practice(tmp_path, counting([]), calls=1)
    here.score([ask("a")])
    with pytest.raises(BudgetSpent, match="1 of 1 calls"):
        here.score([ask("b")])
