"""A crew without Ray: what is done of several pieces of work, whoever is lost and whatever comes between."""

from itertools import islice

import pytest

from tests.rollout import standin_ray
from tests.toys import Crowd, Walk, tasks, walker, wanderer
from worldlore.errors import ConfigError
from worldlore.experience import Generate, Message, Sampling
from worldlore.rollout import crew, player
from worldlore.rollout.cluster import Cluster
from worldlore.rollout.crew import Crew
from worldlore.rollout.distribute import Distributed
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.practice import _asking

LIMITS = Limits(steps=6, width=4)
AGENT = walker(temperature=1.0)


@pytest.fixture
def ray(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["x"])
    monkeypatch.setattr(player, "GATHER", 0.0)
    return standin_ray.install(monkeypatch)


@pytest.fixture
def stage(ray):
    models = {"policy": wanderer()}
    with Crew(Cluster(actors=2), lambda: {"policy": wanderer()}) as crew:
        yield Distributed(Walk, models, LIMITS, crew=crew)


def episodes(n: int, seed: int = 0) -> list[Episode]:
    return [Episode(task, seed, k) for task in tasks(n) for k in range(2)]


def alone(n: int, seed: int = 0):
    return list(Stage(Walk, {"policy": wanderer()}, LIMITS).play(AGENT, episodes(n, seed)))


def test_a_crew_plays_as_the_serial_loop_does(stage):
    assert list(stage.play(AGENT, episodes(8))) == alone(8)


def test_other_work_may_be_done_between_two_results_and_neither_loses_or_doubles_any(stage):
    outer, inner = [], []
    for trajectory in stage.play(AGENT, episodes(8)):
        outer.append(trajectory)
        inner.append(list(stage.play(AGENT, episodes(2, seed=5))))
        assert len(outer) <= 16
    assert outer == alone(8)
    assert inner == [alone(2, seed=5)] * 16


def test_work_that_is_left_unfinished_leaves_no_result_in_other_work(stage):
    outer = stage.play(AGENT, episodes(8))
    first = list(islice(outer, 3))
    for _ in range(3):
        left = stage.play(AGENT, episodes(8, seed=5))
        next(left)
        left.close()
        first += list(islice(outer, 2))
    assert first + list(outer) == alone(8)


@pytest.mark.parametrize("error", [standin_ray.RayActorError("killed"), standin_ray.ObjectLostError("its machine")])
def test_an_actor_or_the_machine_that_held_its_answer_is_lost_and_its_pieces_are_played_again(ray, stage, error):
    for n in (1, 4, 9):
        ray.break_next(n, error)
    assert list(stage.play(AGENT, episodes(8))) == alone(8)
    assert len(ray.made) == 5


def test_what_an_actor_throws_is_the_runs(stage):
    with pytest.raises(ConfigError, match="no such world"):
        list(Distributed(_none, stage.models, LIMITS, crew=stage.crew).play(AGENT, episodes(2)))


def _none():
    raise ConfigError("no such world")


def test_an_actor_that_finds_no_room_is_waited_for_aloud_and_not_for_ever(ray, monkeypatch, caplog):
    ray.full = True
    monkeypatch.setattr(crew, "SOON", 0.0)
    monkeypatch.setattr(crew, "PLACING", 0.05)
    lack = "each takes 4 CPU, 1 disk, and free are 2 CPU"
    with (
        pytest.raises(ConfigError, match=f"placed within 0.05 s: {lack}; ask for less"),
        Crew(Cluster(actors=2, cpus=4, resources={"disk": 1}, address="auto"), dict),
    ):
        pass
    assert [message for message in caplog.messages if lack in message]
    assert len(ray.killed) == 2


def test_actors_made_before_another_one_could_not_be_are_ended(ray, monkeypatch):
    hire = Crew._hire

    def hire_one(made: Crew):
        if made.hands:
            raise KeyboardInterrupt
        return hire(made)

    monkeypatch.setattr(Crew, "_hire", hire_one)
    with pytest.raises(KeyboardInterrupt), Crew(Cluster(actors=2), dict):
        pass
    assert ray.killed == ray.made
    assert len(ray.made) == 1


def test_nothing_to_do_is_done_at_once(stage):
    assert list(stage.play(AGENT, [])) == []


class Counting(Crowd):
    """Remembers everything it is asked."""

    identity = "bare"

    def __init__(self) -> None:
        super().__init__(0)

    def generate(self, requests):
        self.hits += len(requests)
        return super().generate(requests)

    def with_weights(self, folder):
        taught = Counting()
        taught.identity = f"bare+{folder.name}"
        return taught


def test_what_actors_remembered_is_counted_once_whatever_weights_come_and_go(ray, tmp_path):
    models = {role: Counting() for role in ("policy", "world")}
    ask = [(Generate((Message("user", str(i)),), Sampling(), role),) for role in models for i in range(3)]
    with Crew(Cluster(actors=1), lambda: {role: Counting() for role in models}) as crew:
        bare = Distributed(Walk, models, LIMITS, crew=crew)
        taught = Distributed(
            Walk, {**models, "policy": models["policy"].with_weights(tmp_path)}, LIMITS, crew=crew,
            weights=({"policy": tmp_path},),
        )  # fmt: skip
        for stage in (bare, taught, bare):
            list(stage.perform(_asking, ask, 10))
    assert {role: model.hits for role, model in models.items()} == {"policy": 6, "world": 9}
    assert taught.models["policy"].hits == 3
