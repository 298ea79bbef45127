"""The one loop: how each episode ends, and that none ends another."""

import time
from dataclasses import dataclass, replace

import pytest

from tests.toys import ACTIONS, Crowd, Faulty, Plain, Walk, failing, saying, tasks, walker, wander, wanderer
from worldlore.agents.act import Act, ActConfig
from worldlore.agents.base import Agent
from worldlore.agents.expert import Expert
from worldlore.agents.random import Random as Blind
from worldlore.config import parse
from worldlore.environments.household import Household
from worldlore.errors import ConfigError, ModelError, Unparsed
from worldlore.experience import (
    Action,
    Completion,
    Decision,
    Failure,
    Generate,
    Lesson,
    Message,
    Observation,
    Sampling,
    Score,
    Scores,
    Stop,
    dumps,
)
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Episode, Limits, Stage, heated, seeded

(TASK,) = tasks(1)
PATIENCE = Limits(steps=6, step_seconds=5)


def stage(model=None, world=Walk, **limits) -> Stage:
    models = {} if model is None else {"policy": model}
    return Stage(world, models, PATIENCE.model_copy(update=limits))


def play(agent, model, episodes=None, world=Walk, **limits):
    return list(stage(model, world, **limits).play(agent, episodes or [Episode(TASK)]))


def always(text: str) -> Scripted:
    return Scripted.of([text], repeat=True)


def test_an_episode_ends_when_the_world_says_it_is_won():
    (t,) = play(walker(), always("right"))
    assert (t.stop, t.success, t.score, t.error) == (Stop.TERMINATED, True, 1.0, None)
    assert t.actions == ("right", "right")
    assert [s.observation.text for s in t.steps] == ["place 0, goal 2", "place 1, goal 2"]
    assert t.final == Observation("place 2, goal 2", ACTIONS)
    assert [s.reward for s in t.steps] == [0, 1]
    assert t.steps[0].info == {"valid": True}
    assert [len(s.calls) for s in t.steps] == [1, 1]


def test_an_episode_ends_when_the_world_says_it_is_lost():
    (t,) = play(walker(), always("left"))
    assert (t.stop, t.success, t.score, len(t.steps)) == (Stop.TERMINATED, False, 0, 2)


def test_an_episode_ends_when_patience_does():
    (t,) = play(walker(), always("stay"))
    assert (t.stop, t.success, t.score, len(t.steps), t.error) == (Stop.MAX_STEPS, False, 0, 6, None)


def test_winning_with_the_last_step_is_winning():
    (t,) = play(walker(), always("right"), steps=2)
    assert (t.stop, t.success) == (Stop.TERMINATED, True)


def test_a_reply_without_an_action_ends_the_episode_as_not_done():
    (t,) = play(walker(again=1), saying(lambda r: "right" if len(r.messages) == 1 else " "))
    assert (t.stop, t.success, len(t.steps)) == (Stop.UNPARSED, False, 1)
    assert "no action in the reply" in t.error
    assert len(t.unfinished) == 2
    assert t.calls[-1].request.messages[-1].content == walker().reminder


def test_a_conversation_that_outgrows_the_context_ends_the_episode_as_not_done():
    (t,) = play(walker(), failing("place 1", "context"))
    assert (t.stop, t.success, t.error, len(t.steps)) == (Stop.MAX_TOKENS, False, "the server is gone", 1)
    assert [type(c.reply) for c in t.unfinished] == [Failure]


def test_a_failed_request_ends_its_own_episode_only_and_measures_nothing():
    model = saying(lambda r: Failure("the server is gone") if "goal 3" in r.messages[-1].content else "right")
    first, second, third = play(walker(), model, [Episode(t) for t in tasks(3)])
    assert (second.stop, second.success, second.score, second.error) == (Stop.FAILED, None, None, "the server is gone")
    assert second.final is not None
    assert len(second.unfinished) == 1
    assert first.success
    assert third.success


@pytest.mark.parametrize("harm", ["throw", "exit", "time out", "tuple", "numbers", "hang"])
def test_an_environment_that_breaks_ends_its_own_episode_only(harm):
    def say(request):
        return harm if "place 1, goal 3" in request.messages[-1].content else "right"

    played = play(walker(), saying(say), [Episode(t) for t in tasks(6)], Faulty, step_seconds=0.2, width=2)
    assert [t.stop for t in played] == [Stop.TERMINATED, Stop.FAILED, Stop.TERMINATED] * 2
    broken = played[1]
    assert (broken.success, broken.actions, len(broken.unfinished)) == (None, ("right",), 1)
    assert "the environment" in broken.error
    for t in played:
        assert dumps(t)


@pytest.mark.parametrize("harm", ["throw", "none", "hang"])
def test_an_environment_that_cannot_begin_ends_its_own_episode_only(harm):
    episodes = [Episode(tasks(1, reset=harm)[0]), *map(Episode, tasks(2))]
    first, *others = play(walker(), always("right"), episodes, Faulty, step_seconds=0.2)
    assert (first.stop, first.success, first.steps, first.final) == (Stop.FAILED, None, (), None)
    assert all(t.success for t in others)


def test_an_environment_that_cannot_be_made_fails_each_episode_in_words():
    class Unmade(Walk):
        def __init__(self, config=None):
            raise OSError("no such display")

    played = play(walker(), always("right"), [Episode(TASK)] * 2, Unmade)
    assert [t.stop for t in played] == [Stop.FAILED] * 2
    assert "no such display" in played[0].error


def test_a_hanging_environment_costs_no_more_than_the_patience():
    began = time.monotonic()
    play(walker(), always("hang"), [Episode(TASK)] * 3, Faulty, step_seconds=0.1)
    assert time.monotonic() - began < 3


def test_an_agent_that_throws_ends_its_episode_in_words():
    @dataclass(frozen=True)
    class Clumsy(type(walker())):
        def read(self, text):
            return {}[text]

    (t,) = play(Clumsy(walker().config), always("right"))
    assert (t.stop, t.success) == (Stop.FAILED, None)
    assert t.error == "agent 'act' threw KeyError: 'right'"
    assert len(t.unfinished) == 1


def test_what_is_the_users_to_fix_is_raised():
    class Locked(Crowd):
        def generate(self, requests):
            raise ConfigError("the key is wrong")

    with pytest.raises(ConfigError, match="the key is wrong"):
        play(walker(), Locked(0))


@dataclass(frozen=True)
class Careful(Agent):
    """Asks twice for a decision, and goes on when the first request failed."""

    name = "careful"
    needs = {"policy": frozenset({"generate", "score"})}

    def act(self, seen):
        try:
            reply = yield Score((), ("left", "right"))
            assert isinstance(reply, Scores)
            action = ("left", "right")[reply.totals.index(max(reply.totals))]
        except ModelError:
            action = "stay"
        told = yield Generate((Message("user", action),), Sampling(seed=7))
        return Decision(told.text)

    def with_lesson(self, lesson):
        return self


def test_an_agent_may_ask_more_than_once_and_survive_a_failure():
    def script(request):
        if isinstance(request, Generate):
            return request.messages[0].content
        return Scores(((-2.0,), (-1.0,)))

    (t,) = play(Careful(), Scripted.of(script))
    assert t.actions == ("right", "right")
    assert [type(c.request) for c in t.calls] == [Score, Generate] * 2
    assert t.calls[1].request.sampling.seed == 7

    def half(request):
        return Failure("no") if isinstance(request, Score) else script(request)

    (t,) = play(Careful(), Scripted.of(half))
    assert set(t.actions) == {"stay"}
    assert t.stop is Stop.MAX_STEPS


def test_the_expert_is_the_worlds_own():
    (t,) = play(Expert(), None)
    assert (t.success, t.actions) == (True, ("right", "right"))
    assert t.calls[0].reply == Completion("right")
    (mute,) = play(Expert(), None, [Episode(tasks(1, mute=True)[0])])
    assert mute.stop is Stop.FAILED
    assert "no expert" in mute.error


# what an episode is played with


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (None, r"asks a model in the role 'policy'; add it as \[models\.policy\]"),
        (always("a"), "needs a model that can score: model 'scripted' cannot score"),
    ],
)
def test_a_missing_role_or_skill_is_told_before_the_first_episode(model, told):
    Walk.made = 0
    with pytest.raises(ConfigError, match=told):
        play(Careful(), model)
    assert Walk.made == 0


@pytest.mark.parametrize("key", ["steps", "width", "trees", "step_seconds"])
def test_limits_that_allow_nothing_are_refused(key):
    with pytest.raises(ConfigError, match=key):
        parse(Limits, {key: 0}, "limits")


def test_every_generation_gets_a_seed_of_its_own_and_other_requests_none():
    played = play(walker(), wanderer(), [Episode(t, seed, k) for t in tasks(2) for seed in (0, 1) for k in (0, 1)])
    seeds = [c.request.sampling.seed for t in played for c in t.calls]
    assert len(set(seeds)) == len(seeds)
    assert all(seed is not None and 0 <= seed < 2**31 for seed in seeds)
    score = Score((), ("a",))
    assert seeded("a")(score, 0) is score
    mine = Generate((), Sampling(seed=3))
    assert seeded("a")(mine, 0) is mine


def test_a_seed_is_pinned_across_versions():
    """Changing how seeds are made changes every run ever published."""
    fill = seeded("task", 0, 1, 2)
    assert fill(Generate(()), 0).sampling.seed == 40780062
    assert fill(Generate(()), 1).sampling.seed != 40780062


@pytest.mark.parametrize("concurrency", [0, 3])
@pytest.mark.parametrize("width", [1, 2, 5, 9])
def test_trajectories_depend_on_nothing_they_are_played_beside(width, concurrency):
    episodes = [Episode(t, 1, k, 1.0) for t in tasks(3) for k in range(2)]
    alone = [play(walker(), wanderer(), [e])[0] for e in episodes]
    assert play(walker(), Crowd(concurrency), episodes, width=width) == alone
    assert play(walker(), Crowd(concurrency), episodes, Plain, width=width) == alone


def test_attempts_vary_the_sampling_and_not_the_world():
    played = play(walker(), wanderer(), [Episode(TASK, 0, k, 1.0) for k in range(12)])
    assert len({t.actions for t in played}) > 4
    assert {t.attempt for t in played} == set(range(12))
    jumps = play(walker(), always("jump"), [Episode(TASK, 0, k) for k in range(3)])
    assert len({tuple(s.observation for s in t.steps) for t in jumps}) == 1
    others = play(walker(), always("jump"), [Episode(TASK, seed) for seed in range(8)])
    assert len({tuple(s.observation for s in t.steps) for t in others}) > 1


def test_an_episode_may_be_played_hotter_than_the_agent_would():
    model = wanderer()
    (cold,) = play(walker(), model)
    (hot,) = play(walker(), model, [Episode(TASK, temperature=0.7)])
    assert {c.request.sampling.temperature for c in cold.calls} == {0.0}
    assert {c.request.sampling.temperature for c in hot.calls} == {0.7}
    (zero,) = play(walker(temperature=1.0), model, [Episode(TASK, temperature=0.0)])
    assert zero.actions == cold.actions
    assert heated(Generate(()), 0.3) == Generate((), Sampling(temperature=0.3))


def test_environments_are_used_again_and_let_go():
    closed = []

    class Noting(Walk):
        def close(self):
            closed.append(self)

    Walk.made = Noting.made = 0
    play(walker(), wanderer(), [Episode(TASK, 0, k) for k in range(20)], Noting, width=4)
    assert Noting.made <= 5
    assert len(closed) == Noting.made


def test_whoever_stops_listening_lets_go_of_every_environment():
    closed = []

    class Noting(Walk):
        def close(self):
            closed.append(self)

    Noting.made = 0
    listening = stage(always("stay"), Noting, width=3).play(walker(), [Episode(TASK, 0, k) for k in range(9)])
    next(listening)
    listening.close()
    assert len(closed) == Noting.made > 0


def test_the_blind_agent_is_the_same_one_every_time():
    episodes = [Episode(t, 0, k) for t in tasks(2) for k in range(3)]
    played = play(Blind(), None, episodes)
    assert played == [play(Blind(), None, [e])[0] for e in episodes]
    assert len({t.actions for t in played}) > 2


def test_household_is_played_by_its_expert():
    world = Household()
    episodes = [Episode(t) for t in world.tasks("train")[:6]]
    played = play(Expert(), None, episodes, Household, steps=50)
    assert sum(t.success is True for t in played) >= 5
    assert all(t.task == e.task for t, e in zip(played, episodes, strict=True))


def test_unparsed_is_no_fault_of_the_models():
    assert not issubclass(Unparsed, ModelError)
    assert wander(replace(Generate(()), sampling=Sampling(seed=1))) == "right"


class Quitter(Act):
    """Gives up after one step."""

    def act(self, seen):
        decision = yield from super().act(seen)
        return None if seen.steps else decision


def test_an_agent_may_resign():
    (played,) = stage(wanderer()).play(Quitter(ActConfig(manual="none")), [Episode(tasks(1)[0])])
    assert (played.stop, played.success, len(played.steps)) == (Stop.RESIGNED, False, 1)
    assert len(played.unfinished) == 1 and played.error is None


class Programmed(Walk):
    """Can be taught actions."""

    def equip(self, actions):
        self.known = [action.name for action in actions]

    def reset(self, task, seed):
        seen = super().reset(task, seed)
        return replace(seen, text=f"{seen.text}, knows {getattr(self, 'known', [])}")


def test_a_lessons_actions_reach_every_environment():
    lesson = Lesson(actions=(Action.of("def twice():\n    right()\n    right()\n"),))
    taught = stage(wanderer(), Programmed).with_lesson(lesson)
    played = list(taught.play(walker(), [Episode(task) for task in tasks(3)]))
    assert all("knows ['twice']" in t.steps[0].observation.text for t in played)


def test_a_world_of_commands_refuses_learned_actions_with_the_remedy():
    lesson = Lesson(actions=(Action.of("def twice():\n    right()\n"),))
    with pytest.raises(ConfigError, match=r'let it take programs: .*name = "programs"'):
        list(stage(wanderer()).with_lesson(lesson).play(walker(), [Episode(tasks(1)[0])]))
