"""Trees over multi-turn Python: corrections are in them, forking or running again grows the same, examples stay out."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest

from tests.environments.maths.sums import build
from tests.toys import Pages, saying
from worldlore.agents.codeact import CodeAct, CodeActConfig
from worldlore.agents.dialogues import BEGIN
from worldlore.experience import Generate, Task, Tree
from worldlore.methods.densepolicy import Thresholds, pairs_of
from worldlore.methods.densepolicy.trees import Trees
from worldlore.methods.imitation import Imitation, ImitationConfig, turns_of
from worldlore.rollout.dispatch import drive
from worldlore.rollout.explore import grow
from worldlore.rollout.loop import Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice
from worldlore.rollout.watch import Pool

REPLIES = ("```python\nx = 6\n```", "```python\nprint(x * 7)\n```", "Answer: 42", "Answer: 13", "Hm.")


def drawn(request: Generate) -> str:
    """Any of the replies, by the request's seed and temperature."""
    return Random(f"{request.sampling.seed} {request.sampling.temperature}").choice(REPLIES)


def agent() -> CodeAct:
    return CodeAct(CodeActConfig(manual="gsm8k", shots=1, malformed="step"))


def grown(labels: str = "temperature", forks: int = 64):
    keys = Trees.model_validate({"labels": labels, "search": {"base": 4, "rollouts": 24, "window": 4}})
    pool = Pool(partial(build, forks=forks), 30)
    (found,) = drive([grow(task(), 0, keys.growing(agent(), 5), pool)], {"policy": saying(drawn)}, 1)
    pool.close()
    return found, keys.values(found)


def task() -> Task:
    return build().tasks("train")[0]


def test_wrong_answers_are_corrected_within_a_branch() -> None:
    found, _ = grown()
    assert any(
        trajectory.success and "Answer: 13" in trajectory.actions for trajectory in found.tree.branches()
    )  # the world said "incorrect", and the branch went on
    assert "" in {node.step.decision.action for node in found.tree.nodes}


@pytest.mark.parametrize("forks", [0, 2])
def test_forking_and_running_again_grow_the_same_tree(forks: int) -> None:
    assert grown(forks=forks)[0].tree == grown()[0].tree


def test_solved_tasks_are_left_out_of_pairs_unless_kept() -> None:
    found, values = grown()
    without = pairs_of(found.tree, values, Thresholds())
    kept = pairs_of(found.tree, values, Thresholds(examples=True))
    assert without and len(without) == len(kept)
    assert all(BEGIN in pair.messages[0].content for pair in kept)
    for pair in without:
        assert not any(BEGIN in message.content for message in pair.messages)
        assert pair.messages[0].content.startswith("You solve word problems")
        assert pair.messages[0].content.endswith("What is 6 times 7?")


def test_and_out_of_imitation() -> None:
    found, _ = grown()
    win = next(branch for branch in found.tree.branches() if branch.success)
    assert not any(BEGIN in m.content for turn in turns_of(win) for m in turn.messages)
    assert all(BEGIN in turn.messages[0].content for turn in turns_of(win, examples=True))


def test_a_method_practises_on_code() -> None:
    pages, stage = Pages(), Stage(build, {"policy": saying(drawn)}, Limits(steps=5))
    tasks = build().tasks("train")[:2]
    practice = Practice(tasks, stage, Budget(), 0, pages, Ledger(pages))
    played = list(Imitation(ImitationConfig())._played(agent(), practice))
    assert len(played) == 16 and {trajectory.success for trajectory in played} == {True, False}


def test_a_tree_of_code_goes_to_disk_and_back() -> None:
    from worldlore.experience import dumps, loads

    tree = grown("contrastive")[0].tree
    assert loads(dumps(tree), Tree) == tree
