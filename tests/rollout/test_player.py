"""What goes on in an actor, without one: items in, results out, between one message and the next."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.toys import Crowd, Faulty, Walk, tasks, walker, wanderer
from worldlore.errors import ConfigError
from worldlore.rollout import player
from worldlore.rollout.loop import Episode, Limits, Stage, _play
from worldlore.rollout.player import Part, Player

LIMITS = Limits(steps=6)


class Armed(Crowd):
    """A model that can take weights; notes what is closed."""

    closed: list[str] = []

    def __init__(self, identity: str = "bare") -> None:
        super().__init__(0)
        self.identity = identity

    def with_weights(self, folder):
        return Armed(f"{self.identity}+{folder.name}")

    def close(self):
        self.closed.append(self.identity)


def opened(model, folder: Path) -> Player:
    made = Player(str(folder), lambda: {"policy": model})
    made.open()
    return made


def part(environment=Walk, weights: tuple[Mapping[str, Path], ...] = (), identity: str = "bare") -> Part:
    return Part(environment, LIMITS, weights, {"policy": identity})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["x"])
    return tmp_path


def heard(actor: Player, dealt, least: int):
    """All results, however many messages it takes."""
    found, _ = actor.exchange(dealt)
    while len(found) < least:
        more, _ = actor.exchange([])
        assert more
        found += more
    return dict(found)


def episodes(n: int) -> list[Episode]:
    return [Episode(task, 0, k) for task in tasks(n) for k in range(2)]


@pytest.mark.parametrize("gather", [0.0, 1.0])
def test_an_actor_plays_as_the_serial_loop_does(folder, monkeypatch, gather):
    monkeypatch.setattr(player, "GATHER", gather)
    actor, agent = opened(wanderer(), folder), walker(temperature=1.0)
    actor.begin((part(), partial(_play, agent)), 3)
    found = heard(actor, list(enumerate(episodes(5))), 10)
    serial = Stage(Walk, {"policy": wanderer()}, LIMITS).play(agent, episodes(5))
    assert [found[i] for i in range(10)] == list(serial)


def test_new_items_join_what_is_going_on(folder, monkeypatch):
    monkeypatch.setattr(player, "GATHER", 0.0)
    actor = opened(wanderer(), folder)
    actor.begin((part(), partial(_play, walker())), 2)
    items = list(enumerate(episodes(3)))
    first, _ = actor.exchange(items[:2])
    assert len(first) == 1
    assert heard(actor, items[2:], 5).keys() == set(range(6)) - dict(first).keys()


def test_an_actor_with_nothing_to_do_says_so_at_once(folder):
    actor = opened(wanderer(), folder)
    actor.begin((part(), partial(_play, walker())), 2)
    assert actor.exchange([]) == ([], {"policy": 0})


def test_other_work_takes_the_place_of_what_was_going_on(folder, monkeypatch):
    monkeypatch.setattr(player, "GATHER", 0.0)
    actor = opened(wanderer(), folder)
    actor.begin((part(), partial(_play, walker())), 1)
    actor.exchange(list(enumerate(episodes(4))))
    actor.begin((part(), partial(_play, walker())), 1)
    assert heard(actor, [(70, episodes(1)[0])], 1).keys() == {70}
    assert actor.exchange([])[0] == []


def test_a_world_that_throws_is_written_on_its_own_episode(folder):
    actor = opened(wanderer(), folder)
    broken, sound = tasks(1, reset="throw")[0], tasks(1)[0]
    actor.begin((part(Faulty), partial(_play, walker())), 2)
    found = heard(actor, [(0, Episode(broken)), (1, Episode(sound))], 2)
    assert "RuntimeError in reset: the floor gave way" in found[0].error
    assert found[1].success


def test_weights_are_taken_once_and_let_go_with_the_next_ones(folder):
    Armed.closed = []
    actor = opened(Armed(), folder)
    work = partial(_play, walker())
    first = ({"policy": Path("a")},)
    actor.begin((part(weights=first, identity="bare+a"), work), 1)
    taken = actor.models["policy"]
    actor.begin((part(weights=first, identity="bare+a"), work), 1)
    assert actor.models["policy"] is taken
    actor.begin((part(weights=(*first, {"policy": Path("b")}), identity="bare+a+b"), work), 1)
    assert actor.models["policy"].identity == "bare+a+b"
    actor.begin((part(), work), 1)
    assert actor.models["policy"].identity == "bare"
    assert Armed.closed == ["bare+a", "bare+a+b"]


def test_a_machine_without_the_folder_is_told():
    with pytest.raises(ConfigError, match="no folder /nowhere/at/all"):
        Player("/nowhere/at/all", dict).open()
