"""Trees: each step once, nothing forgotten."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.experience import strategies as any_
from worldlore.experience import (
    ROOT,
    Call,
    Decision,
    Failure,
    Generate,
    Observation,
    Step,
    Stop,
    Task,
    Trajectory,
    Tree,
    dumps,
    loads,
)

TASK = Task("a", "walk", "train", "go")


def walked(*actions: str, attempt: int = 0, **keys) -> Trajectory:
    steps = tuple(Step(Observation(" ".join(actions[:i])), Decision(a)) for i, a in enumerate(actions))
    return Trajectory(TASK, 0, attempt, steps, Observation(" ".join(actions)), Stop.MAX_STEPS, False, **keys)


@given(any_.forests())
def test_growing_a_tree_forgets_nothing(trajectories):
    tree = Tree.grow(trajectories)
    assert list(tree.branches()) == trajectories
    back = loads(dumps(tree), Tree)
    assert back == tree
    assert list(back.branches()) == trajectories


@given(any_.forests())
def test_no_step_is_stored_twice_under_one_history(trajectories):
    tree = Tree.grow(trajectories)
    histories = {tuple(map(repr, t.steps[: k + 1])) for t in trajectories for k in range(len(t.steps))}
    assert len(tree.nodes) == len(histories)


@given(any_.forests())
def test_a_parent_stands_before_its_child(trajectories):
    tree = Tree.grow(trajectories)
    assert all(ROOT <= node.parent < i for i, node in enumerate(tree.nodes))
    assert [tree.path(i)[-1] for i in range(len(tree.nodes))] == list(range(len(tree.nodes)))


@given(any_.forests(), st.randoms(use_true_random=False))
def test_the_order_of_trajectories_changes_no_step(trajectories, draw):
    shuffled = draw.sample(trajectories, len(trajectories))
    assert len(Tree.grow(shuffled).nodes) == len(Tree.grow(trajectories).nodes)


def test_branches_part_where_steps_do():
    tree = Tree.grow([walked("a", "b", "c"), walked("a", "b", "d"), walked("x"), walked(), walked("a", "b", "c")])
    assert [node.step.decision.action for node in tree.nodes] == ["a", "b", "c", "d", "x"]
    assert [node.parent for node in tree.nodes] == [ROOT, 0, 1, 1, ROOT]
    assert [leaf.node for leaf in tree.leaves] == [2, 3, 4, ROOT, 2]
    assert tree.children() == {ROOT: [0, 4], 0: [1], 1: [2, 3]}
    assert list(tree.siblings()) == [[0, 4], [2, 3]]
    assert tree.path(3) == (0, 1, 3)
    assert tree.path(ROOT) == ()


def test_what_was_asked_after_the_last_step_is_kept():
    asked = (Call(Generate(()), Failure("the server is gone")),)
    failed = replace(walked("a"), stop=Stop.FAILED, success=None, error="the server is gone", unfinished=asked)
    assert Tree.grow([failed, walked("a", "b")]).branches()[0] == failed


def test_the_same_action_with_another_outcome_is_another_step():
    one, other = walked("a"), walked("a")
    other = replace(other, steps=(replace(other.steps[0], reward=1.0),))
    assert len(Tree.grow([one, other]).nodes) == 2


def test_a_tree_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one trajectory"):
        Tree.grow([])


@pytest.mark.parametrize("other", [replace(walked("a"), seed=1), replace(walked("a"), task=replace(TASK, goal="stay"))])
def test_a_tree_of_two_tasks_or_seeds_is_refused(other):
    with pytest.raises(ValueError, match="one task and seed"):
        Tree.grow([walked("a"), other])
