"""The tasks of household: the same for ever, balanced, and none of another split."""

from __future__ import annotations

import hashlib
import time
from collections import Counter

import pytest

from worldlore.environments.household import FAMILIES, Household
from worldlore.environments.household.generate import SIZES, build, furniture, withheld
from worldlore.experience import EVALUATION_SPLITS

PINNED = {
    "train": "543013997403c7e5",
    "dev": "7f826b5b84a712da",
    "test": "9180cd9197d66694",
    "test_unseen": "0310aa246ca03c37",
}
WORLDS = "4e56c39ae167a43f"


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@pytest.mark.parametrize("split", SIZES)
def test_the_tasks_of_a_split_are_these_for_ever(split: str) -> None:
    assert digest([task.key for task in Household().tasks(split)]) == PINNED[split]


def test_the_worlds_of_the_tasks_are_these_for_ever() -> None:
    env = Household()
    worlds = [build(task.data, "move") for split in SIZES for task in env.tasks(split)[:50]]
    told = [repr((w.receptacles, w.places, w.start, w.things, w.first)) for w in worlds]
    assert digest(told) == WORLDS


def test_the_splits_are_balanced_disjoint_and_kept_for_measuring() -> None:
    env = Household()
    splits = {split: list(env.tasks(split)) for split in SIZES}
    keys = [task.key for tasks in splits.values() for task in tasks]
    assert len(set(keys)) == len(keys) == sum(SIZES.values())
    for tasks in splits.values():
        counts = Counter(task.data["family"] for task in tasks)
        assert set(counts) == set(FAMILIES)
        assert max(counts.values()) - min(counts.values()) <= 1
    assert set(SIZES) - {"train"} <= EVALUATION_SPLITS


def test_the_unseen_split_asks_in_new_homes_for_pairs_never_asked_for_in_training() -> None:
    env = Household()
    known = [*env.tasks("train"), *env.tasks("dev"), *env.tasks("test")]
    unseen = list(env.tasks("test_unseen"))
    pairs = [{(t.data["thing"], t.data["target"]) for t in tasks} for tasks in (known, unseen)]
    assert not pairs[0] & pairs[1]
    assert all(withheld(*pair) for pair in pairs[1])
    stands = [
        {
            tuple(Counter(piece.kind for piece in furniture(t.data["room"], t.data["home"]).receptacles).items())
            for t in tasks
        }
        for tasks in (known, unseen)
    ]
    assert not stands[0] & stands[1]


def test_a_split_is_listed_in_no_time() -> None:
    began = time.process_time()
    list(Household().tasks("test"))
    assert time.process_time() - began < 1


def test_tasks_are_made_when_they_are_looked_at_and_like_any_sequence() -> None:
    tasks = Household(Household.Config(train_tasks=10**6)).tasks("train")
    assert len(tasks) == 10**6
    assert tasks[-1] == tasks[10**6 - 1]
    assert tasks[3:5] == [tasks[3], tasks[4]]
    assert tasks[:2] == Household().tasks("train")[:2]
    with pytest.raises(IndexError):
        tasks[10**6]


def test_fewer_families_are_the_same_tasks_with_others_left_out() -> None:
    chosen = ("pick_heat_then_place_in_recep", "look_at_obj_in_light")
    tasks = Household(Household.Config(families=chosen)).tasks("dev")
    everything = Household().tasks("dev")
    assert list(tasks) == [task for task in everything if task.data["family"] in chosen]
