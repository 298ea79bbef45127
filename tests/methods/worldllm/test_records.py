"""What happened as records: the published form that plays again, and conversations to tune a world model on."""

from collections import Counter
from dataclasses import asdict, replace
from random import Random

import pytest

from tests.methods.theorising import DOOR, PLAYGROUND, practice
from tests.toys import walker
from worldlore.environments.playground import scene
from worldlore.environments.playground.published import Episode, replay
from worldlore.environments.playground.world import act, allowed
from worldlore.errors import ConfigError
from worldlore.experience import Transition, append_jsonl, transitions
from worldlore.methods.worldllm.corpus import Corpus, Gathering
from worldlore.methods.worldllm.experimenters import Collection, collect
from worldlore.methods.worldllm.explorers import rollout
from worldlore.methods.worldllm.records import Lived, lived, records
from worldlore.methods.worldllm.worlds import DOOR as DOOR_WORLD
from worldlore.methods.worldllm.worlds import world_in


def oracle(here):
    count = len(here.tasks)
    return list(collect("oracle", here, world_in(here), walker(), Collection(0, 0.0, count, "", count)))


def explored(folder, here, steps=12):
    """A rollout as an explorer would have kept it."""
    rng, episodes = Random(0), []
    for place, task in enumerate(here.tasks):
        drawn, actions = scene(task.data), []
        state = drawn.opening
        for _ in range(steps):
            actions.append(rng.choice(allowed(state, drawn.rules)))
            state, _ = act(state, actions[-1], drawn.rules)
        episodes.append(rollout.Episode(task.id, place, tuple(actions), "cut"))
    (folder / "explorer").mkdir(parents=True)
    append_jsonl(folder / "explorer" / "rollouts.jsonl", rollout.Rollout(0, tuple(episodes)))


def test_what_practice_and_explorers_saw_is_written_so_that_it_plays_again(tmp_path):
    here = practice(tmp_path / "now", PLAYGROUND, tasks=3)
    played = oracle(here)
    explored(tmp_path / "seed-0", here)
    for trajectory in played:
        append_jsonl(tmp_path / "seed-0" / "train.jsonl", trajectory)
    found = lived(tmp_path / "seed-0", here.tasks, world_in(here))
    assert len(found) == 6
    assert all(Lived.of(trajectory).course == () for trajectory in here.rollouts(walker()))
    assert [one.record for one in found[:3]] == [
        {key: list(value) for key, value in asdict(Episode.of(t)).items()} for t in played
    ]
    assert [one.task for one in found] == [task.key for task in here.tasks] * 2
    for one in found:
        assert replay(Episode(*(tuple(one.record[key]) for key in ("obs", "act", "diff")))) is None


def test_conversations_are_what_the_statistician_asks_and_what_happened_each_once(tmp_path):
    here = practice(tmp_path, PLAYGROUND, tasks=2)
    found = [t for trajectory in oracle(here) for t in transitions(trajectory)]
    told = list(records(found * 2, world_in(here)))
    turns = Corpus(Gathering(), here).turns(found)
    assert [tuple(m["content"] for m in one["messages"]) for one in told] == [
        (*(m.content for m in turn.messages), turn.reply) for turn in turns
    ]
    assert all([m["role"] for m in one["messages"]] == ["system", "user", "assistant"] for one in told)


def test_of_a_door_all_outcomes_that_were_seen_are_named():
    seen = [Transition("The door is closed.", "You are holding a small red key.", f"The door is {k}.") for k in "ab"]
    assert all('"The door is a." or "The door is b."' in r["messages"][1]["content"] for r in records(seen, DOOR_WORLD))
    assert not any("Answer with" in one["messages"][1]["content"] for one in records(seen))


def test_a_model_can_be_tuned_on_what_an_explorer_of_another_run_saw(tmp_path):
    here = practice(tmp_path / "now", PLAYGROUND, tasks=3)
    explored(tmp_path / "run" / "seed-0", here)
    made = Corpus(Gathering(run=tmp_path / "run"), here)
    found = made.gather(walker())
    assert Counter(t.kind for t in found)["standing"] > 20
    assert (here.cost.steps, here.cost.episodes) == (36, 3)
    assert len(made.turns(found)) <= 36
    few = Corpus(Gathering(run=tmp_path / "run", most=2), practice(tmp_path / "few", PLAYGROUND, tasks=3))
    assert len(few.gather(walker())) == few.practice.cost.steps == 24


@pytest.mark.parametrize(
    ("environment", "seed", "said"),
    [
        (PLAYGROUND, 7, "holds no learning seed 0; there: seed-7"),
        (PLAYGROUND, None, "nothing was seen in"),
        (DOOR, 0, "those are of a playground"),
    ],
)
def test_a_run_that_does_not_fit_is_refused(tmp_path, environment, seed, said):
    if seed is None:
        (tmp_path / "run" / "seed-0").mkdir(parents=True)
    else:
        explored(tmp_path / "run" / f"seed-{seed}", practice(tmp_path / "there", PLAYGROUND, tasks=2))
    corpus = Corpus(Gathering(run=tmp_path / "run"), practice(tmp_path / "now", environment, tasks=2))
    with pytest.raises(ConfigError, match=said):
        corpus.gather(walker())


def test_a_run_that_is_not_there_is_to_be_made_first(tmp_path):
    corpus = Corpus(Gathering(run=tmp_path / "absent"), practice(tmp_path / "now", PLAYGROUND, tasks=2))
    with pytest.raises(ConfigError, match=r"there is no run .*absent; run the page that makes it first"):
        corpus.gather(walker())


def test_what_was_seen_in_the_tests_tasks_is_refused(tmp_path):
    here = practice(tmp_path / "now", PLAYGROUND, tasks=2)
    explored(tmp_path / "run" / "seed-0", here)
    tested = replace(here, tested=frozenset({here.tasks[0].key}))
    with pytest.raises(ConfigError, match="saw a task of the test"):
        Corpus(Gathering(run=tmp_path / "run"), tested).gather(walker())
