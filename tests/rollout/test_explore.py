"""Growing trees: what rollouts share is drawn once, and nothing a tree is grown beside changes it."""

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toys import Crowd, Faulty, Plain, Walk, failing, saying, tasks, walker, wander, wanderer
from worldlore.agents.act import Act, ActConfig
from worldlore.experience import (
    ROOT,
    Completion,
    Cost,
    Failure,
    Generate,
    Stop,
    Task,
    Tree,
    dumps,
    loads,
)
from worldlore.rollout.dispatch import drive
from worldlore.rollout.explore import Branch, Growing, grow, plainly
from worldlore.rollout.loop import heated
from worldlore.rollout.watch import Pool

(TASK,) = tasks(1)
HEAT = (0.0, 1.0, 0.5, 0.7)
DEPTH = 4


def trying(*windows):
    """A search that tries some windows of addresses."""

    def search(growth, draw):
        yield from windows
        return "all tried"

    return search


@plainly
def vary(branch: Branch, request: Generate) -> Generate:
    return heated(request, HEAT[branch.label % 4])


def growing(*windows, depth: int = DEPTH, merge: bool = False, agent=None) -> Growing:
    return Growing(agent or walker(), trying(*windows), vary, depth, merge)


def grown(*windows, task: Task = TASK, model=None, world=Walk, seconds: float = 5.0, seed: int = 0, **keys):
    pool = Pool(world, seconds)
    (tree,) = drive([grow(task, seed, growing(*windows, **keys), pool)], {"policy": model or wanderer()}, 1)
    pool.close()
    return tree


addresses = st.lists(st.lists(st.integers(0, 3), min_size=DEPTH, max_size=DEPTH).map(tuple), min_size=1, max_size=5)
plans = st.lists(addresses, min_size=1, max_size=3)


class Counting(Crowd):
    """Notes every request, and answers in batches."""

    def __init__(self, say=wander) -> None:
        super().__init__(0, say)
        self.asked: list[Generate] = []

    def generate(self, requests):
        self.asked += requests
        return super().generate(requests)


@settings(max_examples=15)
@given(plans)
def test_each_step_is_drawn_once_and_shared_by_all_rollouts_through_it(plan):
    model = Counting()
    tree = grown(*plan, model=model)
    assert len(model.asked) == len(tree.tree.nodes) == tree.cost.calls
    assert len({r.sampling.seed for r in model.asked}) == len(model.asked)
    asked = [node.step.calls[-1].request for node in tree.tree.nodes]
    assert Counter(map(repr, asked)) == Counter(map(repr, model.asked))


def test_rollouts_with_a_common_address_have_common_steps():
    one, other = grown([(1, 2, 3, 0)], [(1, 2, 1, 0)], model=saying(lambda r: "stay")).tree.branches()
    assert all(a is b for a, b in zip(one.steps[:2], other.steps[:2], strict=True))
    assert one.steps[2] != other.steps[2]


@cache
def alone(address):
    (branch,) = grown([address]).tree.branches()
    return branch


@settings(max_examples=15)
@given(plans)
def test_a_rollouts_steps_do_not_depend_on_the_rest_of_the_tree(plan):
    tree = grown(*plan).tree
    branches = [replace(b, attempt=0) for b in tree.branches()]
    runs = list(dict.fromkeys(a for window in plan for a in window))
    expected = [alone(a) for a in runs]
    assert all(e in branches for e in expected)
    assert all(b in expected for b in branches)


@settings(max_examples=5)
@given(plans, st.sampled_from([0, 3]), st.booleans())
def test_a_tree_is_the_same_whatever_is_grown_beside_it(plan, concurrency, merge):
    pool, how = Pool(Walk, 5), growing(*plan, merge=merge)
    jobs = [grow(t, seed, how, pool) for t in tasks(3) for seed in (0, 1)]
    beside = list(drive(jobs, {"policy": Crowd(concurrency)}, 4))
    assert beside == [grown(*plan, task=t, seed=s, merge=merge) for t in tasks(3) for s in (0, 1)]


@settings(max_examples=15)
@given(plans, st.booleans())
def test_putting_back_and_replaying_give_the_same_tree(plan, merge):
    by_snapshot, by_replay = grown(*plan, merge=merge), grown(*plan, world=Plain, merge=merge)
    assert replace(by_replay, cost=by_snapshot.cost) == by_snapshot
    assert by_replay.cost.steps >= by_snapshot.cost.steps
    assert replace(by_replay.cost, steps=0) == replace(by_snapshot.cost, steps=0)


@settings(max_examples=15)
@given(plans, st.booleans())
def test_a_rollout_costs_no_more_steps_than_its_address_is_long_even_replayed(plan, merge):
    made = []

    class Noting(Plain):
        def __init__(self, config=None):
            super().__init__(config)
            made.append(self)

    tree = grown(*plan, world=Noting, merge=merge)
    assert tree.cost.steps == sum(world.steps for world in made)
    assert tree.cost.steps <= DEPTH * len(tree.tree.leaves)
    assert tree.cost.episodes == len(tree.tree.leaves) <= sum(map(len, plan))


@settings(max_examples=15)
@given(plans, st.booleans())
def test_a_grown_tree_is_a_tree(plan, merge):
    found = grown(*plan, merge=merge)
    tree = found.tree
    assert loads(dumps(tree), Tree) == tree
    assert [leaf.attempt for leaf in tree.leaves] == list(range(len(tree.leaves)))
    regrown = Tree.grow(tree.branches())
    assert regrown.branches() == tree.branches()
    assert len(found.draws) == len(tree.nodes)
    assert found.reason == "all tried"
    assert found.mismatches == 0
    for branch in tree.branches():
        assert branch.final is not None
        assert (branch.stop is Stop.TERMINATED) == (branch.final.text.split()[1] in ("2,", "-2,"))


def test_a_label_says_how_its_step_is_sampled():
    model = Counting(lambda r: "stay")
    grown([(0, 1, 2, 3)], model=model)
    assert [r.sampling.temperature for r in model.asked] == [0.0, 1.0, 0.5, 0.7]


def test_the_instruction_of_a_label_is_kept_with_the_request():
    tree = grown([(1, 2, 3, 0)], model=saying(lambda r: "stay")).tree
    assert [n.step.calls[0].request.sampling.temperature for n in tree.nodes] == [1.0, 0.5, 0.7, 0.0]


def test_a_window_shares_prefixes_while_they_are_being_drawn():
    model = Counting(lambda r: "stay")
    tree = grown([(1, 2, 3, 0), (1, 2, 3, 1), (1, 0, 0, 0)], model=model).tree
    assert [n.parent for n in tree.nodes] == [ROOT, 0, 0, 1, 2, 3, 3, 4]
    assert len(model.batches) == DEPTH


def test_a_search_sees_what_its_windows_grew():
    sizes = []

    def search(growth, draw):
        assert growth.depth == DEPTH
        yield [(0, 0, 0, 0)]
        sizes.append((len(growth.nodes), len(growth.leaves), growth.follow((0, 1, 0, 0))))
        yield [(0, 1, 0, 0)]
        sizes.append((len(growth.nodes), len(growth.leaves), growth.follow((0, 1, 0, 0))[1]))
        return f"drew {draw.random():.3f}"

    pool = Pool(Walk, 5)
    model = saying(lambda r: "stay")
    (tree,) = drive([grow(TASK, 7, Growing(walker(), search, vary, DEPTH), pool)], {"policy": model}, 1)
    assert sizes == [(4, 1, (0, 1)), (7, 2, 4)]
    assert tree.reason == f"drew {Random(f'{TASK.key}:7').random():.3f}"


# ends


def test_nothing_grows_where_the_task_has_ended():
    model = Counting(lambda r: "right")
    found = grown([(0, 0, 1, 1)], [(0, 0, 2, 2), (0, 1, 0, 0)], model=model)
    assert [len(b.steps) for b in found.tree.branches()] == [2, 2]
    assert [leaf.stop for leaf in found.tree.leaves] == [Stop.TERMINATED] * 2
    assert all(leaf.success for leaf in found.tree.leaves)
    assert len(model.asked) == 3


def test_two_rollouts_of_a_window_that_end_alike_are_one():
    found = grown([(0, 0, 1, 1), (0, 0, 2, 2), (0, 0, 1, 1)], model=saying(lambda r: "right"))
    assert [(leaf.node, leaf.attempt) for leaf in found.tree.leaves] == [(1, 0)]
    assert found.cost == Cost(episodes=1, steps=2, calls=2, prompt_tokens=found.cost.prompt_tokens, completion_tokens=2)


def test_a_lost_task_ends_a_rollout_as_lost():
    (leaf,) = grown([(0,) * DEPTH], model=saying(lambda r: "left")).tree.leaves
    assert (leaf.stop, leaf.success) == (Stop.TERMINATED, False)


def test_a_rollout_that_reaches_the_limit_has_failed():
    (leaf,) = grown([(0,) * DEPTH], model=saying(lambda r: "stay")).tree.leaves
    assert (leaf.stop, leaf.success, leaf.error) == (Stop.MAX_STEPS, False, None)


@pytest.mark.parametrize(
    ("kind", "stop", "success"), [("model", Stop.FAILED, None), ("context", Stop.MAX_TOKENS, False)]
)
def test_a_failed_request_ends_the_rollouts_through_it_and_no_other(kind, stop, success):
    def say(request):
        deep = len(request.messages) == 3 and request.sampling.temperature == 1.0
        return Failure("the server is gone", kind) if deep else "stay"

    found = grown([(0, 1, 0, 0), (0, 1, 2, 0), (0, 0, 0, 0), (2, 2, 2, 2)], model=saying(say))
    first, second, third = found.tree.leaves
    assert (first.node, first.stop, first.success, first.error) == (0, stop, success, "the server is gone")
    assert [type(c.reply) for c in first.unfinished] == [Failure]
    assert [second.stop, third.stop] == [Stop.MAX_STEPS] * 2
    assert found.tree.branches()[0].unfinished == first.unfinished
    assert found.cost.episodes == 3


class Quitter(Act):
    def act(self, seen):
        decision = yield from super().act(seen)
        return None if seen.steps else decision


def test_an_agent_that_resigns_ends_its_rollout():
    found = grown([(0, 0, 0, 0), (1, 0, 0, 0)], agent=Quitter(ActConfig(manual="none")))
    assert [(leaf.stop, leaf.success, leaf.error) for leaf in found.tree.leaves] == [(Stop.RESIGNED, False, None)] * 2
    assert len(found.tree.nodes) == 2


def test_a_reply_without_an_action_is_a_dead_end():
    model = saying(lambda r: " " if r.sampling.temperature == 1.0 else "stay")
    found = grown([(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0)], [(1, 1, 1, 1)], model=model, agent=walker(again=0))
    leaves = found.tree.leaves
    assert [(leaf.node, leaf.stop, leaf.success) for leaf in leaves] == [
        (3, Stop.MAX_STEPS, False),
        (ROOT, Stop.UNPARSED, False),
        (0, Stop.UNPARSED, False),
    ]
    assert found.cost.calls == 6


@pytest.mark.parametrize("harm", ["throw", "hang", "tuple"])
@pytest.mark.parametrize("world", [Faulty, type("PlainFaulty", (Plain,), {"inner": Faulty})])
def test_an_environment_that_breaks_ends_its_own_rollout_only(harm, world):
    model = saying(lambda r: harm if r.sampling.temperature == 1.0 else "stay")
    found = grown([(0, 0, 0, 0), (0, 1, 0, 0), (0, 0, 2, 0)], [(0, 0, 0, 2)], model=model, world=world, seconds=0.2)
    stops = [leaf.stop for leaf in found.tree.leaves]
    assert stops == [Stop.MAX_STEPS, Stop.FAILED, Stop.MAX_STEPS, Stop.MAX_STEPS]
    assert "the environment" in found.tree.leaves[1].error
    assert isinstance(found.tree.leaves[1].unfinished[0].reply, Completion)


@pytest.mark.parametrize("harm", ["throw", "hang", "none"])
def test_an_environment_that_cannot_begin_leaves_a_tree_without_steps(harm):
    (task,) = tasks(1, reset=harm)
    found = grown([(0,) * DEPTH, (1,) * DEPTH], task=task, world=Faulty, seconds=0.1)
    assert found.tree.nodes == ()
    assert [(leaf.node, leaf.stop, leaf.success, leaf.final) for leaf in found.tree.leaves] == [
        (ROOT, Stop.FAILED, None, None)
    ] * 2
    assert [b.steps for b in found.tree.branches()] == [(), ()]


def test_an_environment_that_cannot_be_put_back_ends_the_rollout():
    (task,) = tasks(1, restore="throw")
    found = grown([(0,) * DEPTH], [(0, 0, 1, 1)], task=task, world=Faulty, model=saying(lambda r: "stay"))
    assert [leaf.stop for leaf in found.tree.leaves] == [Stop.MAX_STEPS, Stop.FAILED]


def test_a_moment_that_cannot_be_kept_is_no_step():
    (task,) = tasks(1, **{"snapshot at 1": "throw"})
    found = grown([(0,) * DEPTH, (1, 0, 0, 0)], task=task, world=Faulty, model=saying(lambda r: "right"))
    assert found.tree.nodes == ()
    assert [leaf.stop for leaf in found.tree.leaves] == [Stop.FAILED] * 2


def test_a_world_that_does_not_repeat_itself_is_counted():
    class Fickle(Plain):
        steps = 0

        def step(self, action):
            outcome = super().step(action)
            Fickle.steps += 1
            return replace(outcome, observation=replace(outcome.observation, text=f"moment {Fickle.steps}"))

    found = grown([(0,) * DEPTH], [(0, 0, 1, 1)], world=Fickle, model=saying(lambda r: "stay"))
    assert found.mismatches == 2
    assert grown([(0,) * DEPTH], [(0, 0, 1, 1)], world=Plain, model=saying(lambda r: "stay")).mismatches == 0


# merging


def test_siblings_that_decide_the_same_become_one_node_where_asked():
    model = Counting(lambda r: "right" if r.sampling.temperature < 1 else "stay")
    found = grown([(0, 0, 0, 0), (1, 0, 0, 0), (2, 3, 0, 0)], model=model, merge=True)
    assert [n.step.decision.action for n in found.tree.nodes] == ["right", "stay", "right", "right", "right"]
    assert found.draws == (2, 1, 2, 1, 1)
    assert [leaf.node for leaf in found.tree.leaves] == [2, 4, 2]
    assert found.cost.steps == len(found.tree.nodes)
    assert found.cost.calls == len(model.asked) == sum(found.draws)


def test_unless_asked_equal_siblings_stay_apart():
    found = grown([(0, 0, 0, 0), (1, 0, 0, 0)], model=saying(lambda r: "stay"))
    assert len(found.tree.nodes) == 8
    assert set(found.draws) == {1}


@settings(max_examples=15)
@given(plans)
def test_every_draw_of_a_merged_tree_is_counted(plan):
    model = Counting()
    found = grown(*plan, model=model, merge=True)
    assert sum(found.draws) == len(model.asked)
    siblings = [[found.tree.nodes[i].step.decision for i in group] for group in found.tree.siblings()]
    assert all(len(set(group)) == len(group) for group in siblings)


def test_costs_of_a_tree_are_what_its_calls_cost():
    found = grown([(0, 1, 2, 3), (0, 1, 1, 1)], [(1, 1, 1, 1)], model=failing("place 1"))
    nodes = [c for n in found.tree.nodes for c in n.step.calls]
    dead = [c for leaf in found.tree.leaves for c in leaf.unfinished]
    expected = sum((Cost.of(c) for c in nodes + dead), Cost())
    assert (found.cost.calls, found.cost.tokens) == (expected.calls, expected.tokens)
