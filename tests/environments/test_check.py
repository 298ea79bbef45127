"""The conformance checker: a world that keeps the contract passes, and each way to break it is found by its name."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import pytest

from worldlore.environments import Branching, Environment, Outcome
from worldlore.environments.check import check
from worldlore.environments.walks import NONSENSE
from worldlore.errors import ConfigError
from worldlore.experience import Observation, Task


class Corridor(Branching):
    """Walk to the end of a corridor."""

    name: ClassVar[str] = "corridor"
    lengths: ClassVar[dict[str, range]] = {"train": range(2, 6), "dev": range(6, 9)}

    def __init__(self) -> None:
        self.at, self.length = 0, 0

    def tasks(self, split: str) -> Sequence[Task]:
        if split not in self.lengths:
            raise ConfigError(f"no split {split!r}")
        return [Task(f"{n}", "corridor", split, "walk to the end", {"length": n}) for n in self.lengths[split]]

    def reset(self, task: Task, seed: int) -> Observation:
        self.at, self.length = 0, task.data["length"]
        return self.look("You are in a corridor.")

    def look(self, text: str) -> Observation:
        return Observation(f"{text} Door {self.at} of {self.length}.", ("back", "forth"))

    def step(self, action: str) -> Outcome:
        if action not in ("forth", "back"):
            return Outcome(Observation("You cannot do that.", ("back", "forth")))
        self.at = max(0, self.at + (1 if action == "forth" else -1))
        done = self.at == self.length
        return Outcome(self.look(f"You go {action}."), float(done), done, done)

    def expert(self) -> str | None:
        return "forth"

    def snapshot(self) -> Any:
        return self.at, self.length

    def restore(self, snapshot: Any) -> None:
        self.at, self.length = snapshot


class Replayed(Environment):
    """The same corridor without snapshots."""

    name = "corridor"

    def __init__(self) -> None:
        self.inner = Corridor()
        self.tasks, self.reset, self.step = self.inner.tasks, self.inner.reset, self.inner.step  # type: ignore

    def tasks(self, split: str) -> Sequence[Task]:
        raise NotImplementedError

    def reset(self, task: Task, seed: int) -> Observation:
        raise NotImplementedError

    def step(self, action: str) -> Outcome:
        raise NotImplementedError


class SameTaskTwice(Corridor):
    lengths: ClassVar = {"train": range(2, 6), "dev": range(5, 8)}


class OtherTasksElsewhere(Corridor):
    def tasks(self, split: str) -> Sequence[Task]:
        tasks = super().tasks(split)
        return [replace(task, data={**task.data, "salt": hash(task.id)}) for task in tasks]


class Moody(Corridor):
    def look(self, text: str) -> Observation:
        return replace(super().look(text), text=f"{text} {random.random()}")


class Forgetful(Corridor):
    def reset(self, task: Task, seed: int) -> Observation:
        self.length = task.data["length"]
        return self.look("You are in a corridor.")


class Generous(Corridor):
    def step(self, action: str) -> Outcome:
        outcome = super().step(action)
        return replace(outcome, reward=2.0 * outcome.reward)


class Hasty(Corridor):
    def step(self, action: str) -> Outcome:
        return replace(super().step(action), success=True)


class Promising(Corridor):
    def look(self, text: str) -> Observation:
        return replace(super().look(text), actions=("dance", "sing"))

    def expert(self) -> str | None:
        return None


class Touchy(Corridor):
    def step(self, action: str) -> Outcome:
        if not action:
            raise ValueError("no action")
        return super().step(action)


class Secretive(Corridor):
    def step(self, action: str) -> Outcome:
        return replace(super().step(action), info={"seen": {1, 2}})


class Aliasing(Corridor):
    def snapshot(self) -> Any:
        return self

    def restore(self, snapshot: Any) -> None:
        self.at, self.length = snapshot.at, snapshot.length


class Private(Corridor):
    def restore(self, snapshot: Any) -> None:
        self.at = snapshot[0]


def found(factory: Callable[[], Environment]) -> dict[str, bool | None]:
    return {f.name: f.passed for f in check(factory, ("train", "dev"), tasks=3, seed=1)}


def test_a_world_that_keeps_the_contract_passes_every_check() -> None:
    findings = list(check(Corridor, ("train", "dev")))
    assert [f for f in findings if not f.passed] == []
    assert {f.name for f in findings} == {
        "tasks", "processes", "replay", "reset", "rewards", "actions", "nonsense", "records", "branching",
    }  # fmt: skip
    assert all(f.detail for f in findings)


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (SameTaskTwice, "tasks"), (OtherTasksElsewhere, "processes"), (Moody, "replay"), (Forgetful, "reset"),
        (Generous, "rewards"), (Hasty, "rewards"), (Promising, "actions"), (Touchy, "nonsense"),
        (Secretive, "records"), (Aliasing, "branching"), (Private, "branching"),
    ],
)  # fmt: skip
def test_each_breach_is_found_and_nothing_else(broken: type[Environment], name: str) -> None:
    assert [check for check, passed in found(broken).items() if passed is False] == [name]


def test_an_environment_without_snapshots_is_not_asked_for_them() -> None:
    findings = found(Replayed)
    assert "branching" not in findings
    assert all(findings.values())


def test_a_factory_that_cannot_travel_is_told_what_to_be() -> None:
    class Local(Corridor):
        pass

    findings = {f.name: f for f in check(Local, ("train",), tasks=1)}
    assert not findings["processes"].passed
    assert "partial" in findings["processes"].detail


def test_an_unknown_split_is_the_users_to_fix() -> None:
    with pytest.raises(ConfigError, match="no split 'tset'"):
        list(check(partial(Corridor), ("tset",)))


def test_an_environment_that_throws_is_a_finding_and_no_crash() -> None:
    class Exploding(Corridor):
        def step(self, action: str) -> Outcome:
            raise RuntimeError("boom")

    findings = {f.name: f for f in check(Exploding, ("train",), tasks=1)}
    assert not findings["replay"].passed
    assert "boom" in findings["replay"].detail


def test_the_nonsense_of_the_checker_is_no_command_of_the_corridor() -> None:
    env = Corridor()
    env.reset(env.tasks("train")[0], 0)
    assert env.step(NONSENSE).observation.text == "You cannot do that."


class Wordy(Corridor):
    def reset(self, task: Task, seed: int) -> Observation:
        return "a corridor"  # type: ignore[return-value]


class Terse(Corridor):
    def step(self, action: str) -> Outcome:
        return Observation("You walk.")  # type: ignore[return-value]


class Empty(Corridor):
    def tasks(self, split: str) -> Sequence[Task]:
        return None  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("broken", "name", "told"),
    [
        (Wordy, "replay", "reset must return an Observation, and it returned 'a corridor' (str)"),
        (Terse, "replay", "step must return an Outcome, and it returned 'You walk.' (Observation)"),
        (Empty, "tasks", "tasks('train') raises TypeError"),
    ],
)
def test_what_a_method_must_return_is_said_and_later_checks_are_told_as_not_tried(
    broken: type[Environment], name: str, told: str
) -> None:
    findings = {f.name: f for f in check(broken, ("train",), tasks=1)}
    assert len(findings) == 9
    assert findings[name].passed is False
    assert told in findings[name].detail
    assert findings["branching"].passed is None
    assert f"{name} failed" in findings["branching"].detail
