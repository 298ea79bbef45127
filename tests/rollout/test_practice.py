"""Practice: what is spent is counted, what is limited is kept, and what was killed goes on."""

from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toys import Crowd, KilledError, Pages, Plain, Walk, failing, saying, tasks, walker, wander, wanderer
from worldlore.config import parse
from worldlore.errors import BudgetSpent, ConfigError, StoreError
from worldlore.experience import (
    Appraisal,
    Completion,
    Cost,
    Failure,
    Generate,
    Lesson,
    Message,
    Stop,
    Usage,
    dumps,
)
from worldlore.models.base import Model
from worldlore.rollout.explore import Growing, plainly
from worldlore.rollout.loop import Limits, Stage, heated
from worldlore.rollout.practice import Budget, Ledger, Practice, cost_of

DEPTH = 4


def practice(pages=None, model=None, given_=None, world=Walk, **keys) -> Practice:
    limits = Limits(steps=DEPTH, width=keys.pop("width", 4), trees=keys.pop("trees", 2), step_seconds=5)
    stage = Stage(world, {"policy": model or wanderer()}, limits)
    pages = Pages() if pages is None else pages
    budget = Budget(**keys.pop("budget", {}))
    chosen = tasks(6) if given_ is None else given_
    return Practice(chosen, stage, budget, keys.pop("seed", 0), pages, Ledger(pages), **keys)


def growing(rollouts: int = 6, agent=None, merge: bool = False) -> Growing:
    def search(growth, draw):
        fresh = count()
        while len(growth.leaves) < rollouts:
            if next(fresh) > 50:
                return "nothing new"
            room = min(3, rollouts - len(growth.leaves))
            yield [tuple(draw.randrange(4) for _ in range(growth.depth)) for _ in range(room)]
        return "enough"

    @plainly
    def vary(branch, request):
        return heated(request, branch.label / 3)

    return Growing(agent or walker(), search, vary, DEPTH, merge)


limits = st.fixed_dictionaries(
    {},
    optional={
        "episodes": st.integers(0, 30),
        "steps": st.integers(0, 80),
        "calls": st.integers(0, 80),
        "tokens": st.integers(0, 2000),
    },
)
widths = st.integers(1, 7)


def happened(pages: Pages) -> Cost:
    """What the notebook says was spent."""
    played = sum((cost_of(t) for t in pages.trajectories()), Cost())
    return sum((grown.cost for _, grown in pages.grown.values()), played)


def test_each_task_is_played_so_many_times_task_by_task():
    pages = Pages()
    played = list(practice(pages, seed=3).rollouts(walker(), 2, 1.0))
    assert [(t.task.id, t.attempt, t.seed) for t in played] == [(t.id, k, 3) for t in tasks(6) for k in (0, 1)]
    assert list(pages.trajectories()) == played
    assert {c.request.sampling.temperature for t in played for c in t.calls} == {1.0}


def test_a_trajectory_is_written_before_it_is_given():
    pages = Pages()
    for n, _ in enumerate(practice(pages).rollouts(walker()), 1):
        assert len(pages.lines) == n


def test_a_tree_is_written_before_it_is_given_and_can_be_appraised():
    pages = Pages()
    here = practice(pages)
    for n, grown in enumerate(here.explore(growing(), 6), 1):
        assert len(pages.grown) == n
        here.appraise(grown, Appraisal((), ()))
        assert len(pages.appraisals) == n
    assert [g.tree.task for _, g in pages.grown.values()] == tasks(6)


@settings(max_examples=25)
@given(limits, widths, st.integers(1, 3))
def test_steps_and_episodes_of_rollouts_never_exceed_the_budget(budget, width, attempts):
    pages = Pages()
    here = practice(pages, budget=budget, width=width)
    played = list(here.rollouts(walker(), attempts, 1.0))
    assert here.cost == happened(pages)
    assert here.cost.episodes == len(played) <= budget.get("episodes", 10**9)
    assert here.cost.steps == sum(len(t.steps) for t in played) <= budget.get("steps", 10**9)
    if len(played) < 6 * attempts:
        assert budget
    if not budget:
        assert len(played) == 6 * attempts


@settings(max_examples=20)
@given(limits, st.integers(1, 3), st.integers(1, 7), st.booleans(), st.sampled_from([Walk, Plain]))
def test_steps_and_episodes_of_trees_never_exceed_the_budget(budget, trees, rollouts, merge, world):
    pages = Pages()
    here = practice(pages, budget=budget, trees=trees, world=world)
    grown = list(here.explore(growing(rollouts, merge=merge), rollouts))
    assert here.cost == happened(pages) == sum((g.cost for g in grown), Cost())
    assert here.cost.episodes == sum(len(g.tree.leaves) for g in grown) <= budget.get("episodes", 10**9)
    assert here.cost.steps <= budget.get("steps", 10**9)


def test_calls_and_tokens_are_looked_at_between_batches():
    here = practice(budget={"calls": 1}, width=2)
    assert len(list(here.rollouts(walker(), 4))) == 2
    assert list(here.rollouts(walker(), 4)) == []
    here = practice(budget={"tokens": 1}, trees=2)
    assert len(list(here.explore(growing(), 6))) == 2


def test_seconds_are_counted_too(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("worldlore.rollout.practice.time.monotonic", lambda: now[0])
    here = practice(budget={"seconds": 60}, width=2)
    played = here.rollouts(walker(), 4)
    assert len(list(islice(played, 2))) == 2
    now[0] += 61
    assert list(played) == []
    with pytest.raises(BudgetSpent, match="61 of 60 seconds are spent"):
        here.ask([])
    assert here.so_far().seconds == 61
    assert here.cost.seconds == 0


@pytest.mark.parametrize("limit", ["episodes", "steps", "calls", "tokens", "seconds"])
def test_a_budget_of_nothing_plays_nothing(limit):
    here = practice(budget={limit: 0})
    assert list(here.rollouts(walker())) == []
    assert list(here.explore(growing(), 6)) == []
    with pytest.raises(BudgetSpent, match=f"{limit} are spent; raise the budget"):
        here.ask([])


def test_a_budget_below_nothing_is_refused():
    with pytest.raises(ConfigError, match="steps"):
        parse(Budget, {"steps": -1}, "budget")


def finish(make, work):
    """What the work gives, and the notebook, when it is not killed."""
    pages = Pages()
    return work(make(pages)), pages


def resumed(make, work, lives):
    """The same, killed after so many writes each time and run again."""
    pages = Pages()
    for life in lives:
        pages.life = life
        try:
            work(make(pages))
        except KilledError:
            continue
    pages.life = None
    return work(make(pages)), pages


def both(here: Practice):
    """Two phases of rollouts and trees between them, as a method may mix them."""
    first = [dumps(t) for t in here.rollouts(walker(), 2, 1.0)]
    trees = [g.tree for g in here.explore(growing(), 6)]
    here.ask([Generate((Message("user", "what now?"),))] if not here.budget.spent(here.cost) else [])
    second = [dumps(t) for t in here.rollouts(walker(), 1, 0.5)]
    return first, trees, second, here.cost


@settings(max_examples=12)
@given(limits, widths, st.integers(1, 3), st.lists(st.integers(0, 12), max_size=4), st.sampled_from([Walk, Plain]))
def test_killed_anywhere_and_resumed_practice_ends_the_same(budget, width, trees, lives, world):
    def make(pages):
        return practice(pages, budget=budget, width=width, trees=trees, world=world)

    def work(here):
        try:
            return both(here)
        except BudgetSpent:
            return here.cost

    whole, pages = finish(make, work)
    again, resumed_pages = resumed(make, work, lives)
    assert again == whole
    assert resumed_pages.lines == pages.lines
    assert resumed_pages.grown == pages.grown


def test_a_resumed_run_asks_for_nothing_it_already_has():
    pages, model = Pages(), Crowd(0)
    whole = list(practice(pages, model).rollouts(walker(), 2))
    asked = sum(model.batches)
    assert list(practice(pages, model).rollouts(walker(), 2)) == whole
    trees = list(practice(pages, model).explore(growing(), 6))
    grown = sum(model.batches)
    assert grown > asked
    assert list(practice(pages, model).explore(growing(), 6)) == trees
    assert sum(model.batches) == grown


def test_whoever_stops_listening_early_finds_his_place_again():
    pages = Pages()

    def work(here):
        first = list(islice(here.rollouts(walker(), 3, 1.0), 5))
        return first, list(here.rollouts(walker(), 1, 0.0))

    whole = work(practice(pages))
    assert work(practice(pages)) == whole
    pages.lines = pages.lines[:7]
    assert work(practice(pages)) == whole


def test_a_run_of_another_version_is_refused():
    pages = Pages()
    list(practice(pages).rollouts(walker()))
    with pytest.raises(StoreError, match=r"'train-0' where 'other-0' was expected; .* start a new run"):
        list(practice(pages, given_=[replace(t, id=f"other-{i}") for i, t in enumerate(tasks(2))]).rollouts(walker()))


def test_a_task_of_the_test_is_refused_whatever_it_is_called():
    tested = {tasks(6)[3].key}
    here = practice(given_=[replace(t, id=f"mine-{i}") for i, t in enumerate(tasks(6))], tested=tested)
    with pytest.raises(ConfigError, match="may not use task 'mine-3': the test asks the same task"):
        here.rollouts(walker())
    with pytest.raises(ConfigError, match="may not use task 'mine-3'"):
        next(here.explore(growing(), 6))
    assert here.cost == Cost()


@pytest.mark.parametrize("split", ["dev", "test", "test_unseen", "valid_seen", "valid_unseen"])
def test_trees_are_not_grown_on_an_evaluation_split(split):
    here = practice(given_=tasks(2) + tasks(1, split, other=1))
    with pytest.raises(ConfigError, match=f"may not be grown on the evaluation split '{split}'"):
        next(here.explore(growing(), 6))


def test_with_leave_trees_are_grown_on_an_evaluation_split():
    here = practice(given_=tasks(1, "dev", other=1), evaluation=True)
    assert next(here.explore(growing(), 6)).tree.task.split == "dev"


def test_failed_episodes_are_counted_for_what_they_spent():
    pages = Pages()
    here = practice(pages, failing("place 1"))
    played = list(here.rollouts(walker()))
    assert {t.stop for t in played} >= {Stop.FAILED}
    assert here.cost == happened(pages)
    assert here.cost.episodes == 6
    assert here.cost.calls == sum(isinstance(c.reply, Completion) for t in played for c in t.calls)


def test_asking_is_answered_in_order_and_counted():
    usage = Usage(5, 2, 0.25)
    here = practice(
        model=saying(lambda r: Failure("no") if r.messages[0].content == "1" else Completion("yes", usage=usage))
    )
    replies = here.ask([Generate((Message("user", str(i)),)) for i in range(3)])
    assert replies == [Completion("yes", usage=usage), Failure("no"), Completion("yes", usage=usage)]
    assert here.cost == Cost(calls=2, prompt_tokens=10, completion_tokens=4, money=0.5)


def asking(words: str) -> Generate:
    return Generate((Message("user", words),))


def test_what_a_method_asked_is_on_disk_and_not_asked_again():
    pages, model = Pages(), Crowd(0, lambda r: r.messages[0].content.upper())
    first = practice(pages, model).ask([asking("a"), asking("b")])
    again = practice(pages, model)
    assert again.ask([asking("a")]) == first[:1]
    assert model.batches == [2]
    assert [r.text for r in again.ask([asking("b"), asking("c")])] == ["B", "C"]
    assert model.batches == [2, 1]
    assert again.cost.calls == 3


def test_another_question_than_the_one_on_disk_is_refused():
    pages = Pages()
    practice(pages).ask([asking("a")])
    with pytest.raises(StoreError, match=r"another exchange .* start a new run"):
        practice(pages).ask([asking("b")])


def test_practice_can_be_narrowed_to_some_tasks_and_shorter_episodes():
    pages = Pages()
    here = practice(pages, saying(lambda r: "stay"))
    played = list(here.narrowed(tasks(6)[2:4], steps=2).rollouts(walker()))
    assert [(t.task.id, len(t.steps)) for t in played] == [("train-2", 2), ("train-3", 2)]
    assert here.cost.steps == 4
    assert len(next(here.narrowed(tasks(6)[:1]).rollouts(walker())).steps) == DEPTH


def test_asking_beyond_the_budget_is_refused():
    here = practice(budget={"calls": 2})
    asked = [Generate((Message("user", "a"),))] * 2
    here.ask(asked)
    with pytest.raises(BudgetSpent, match="practice may not ask more: 2 of 2 calls are spent; raise the budget"):
        here.ask(asked)


def test_progress_is_logged_with_the_cost_so_far():
    pages = Pages()
    here = practice(pages, seed=5)
    here.spend(Cost(steps=3))
    here.log(phase="practice", wins=1)
    (record,) = pages.records
    assert (record["seed"], record["phase"], record["wins"], record["cost"].steps) == (5, "practice", 1, 3)
    assert record["cost"].seconds >= 0


class Weighty(Crowd):
    def __init__(self, folder: Path) -> None:
        super().__init__(0)
        self.weights = folder

    def with_weights(self, folder: Path) -> Model:
        return Weighty(folder)


def test_practice_goes_on_with_what_was_learned_at_one_common_cost():
    pages = Pages()
    here = practice(pages, Weighty(Path("before")))
    assert here.weights() == Path("before")
    list(here.explore(growing(), 6))
    later = here.with_lesson(Lesson(weights={"policy": Path("after")}))
    assert later.weights() == Path("after")
    assert here.weights() == Path("before")
    assert later.cost == here.cost
    list(later.explore(growing(), 6))
    assert len(pages.grown) == 12
    assert here.cost == happened(pages)


def test_weights_that_are_not_at_hand_are_told():
    with pytest.raises(ConfigError, match="model 'scripted' cannot be trained: its weights are not at hand"):
        practice().weights()
    with pytest.raises(ConfigError, match="no model plays the role 'world'"):
        practice().weights("world")


def test_a_model_that_cannot_take_weights_says_so():
    with pytest.raises(ConfigError, match="cannot take the weights"):
        practice().with_lesson(Lesson(weights={"policy": Path("w")}))


def test_wandering_is_what_it_seems():
    assert wander(Generate((Message("user", "a"),))) == "right"
