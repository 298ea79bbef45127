"""Recorded trajectories: read, written, classified and played again."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.environments.playground import KINDS, Playground, PlaygroundConfig
from worldlore.environments.playground.hidden import draw as hidden
from worldlore.environments.playground.language import WORDINGS
from worldlore.environments.playground.published import Episode, kind_of, load, replay, save
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Decision, Step, Stop, Transition
from worldlore.experience.trajectory import Trajectory

RECORDED = Episode(
    (
        "You see the baby pig, the water, the berry seed. In your inventory, there is nothing.",
        "You see the baby pig, the water, the berry seed. You are next to the water. "
        "In your inventory, there is nothing.",
        "You see the baby pig, the berry seed. In your inventory, there is the water.",
        "You see the baby pig, the berry seed. You are next to the berry seed. In your inventory, there is the water.",
        "You see the baby pig, the berry. You are next to the berry. In your inventory, there is nothing.",
        "You see the baby pig. In your inventory, there is the berry.",
    ),
    (
        "You go to the water.",
        "You pick up the object.",
        "You go to the berry seed.",
        "You give the water.",
        "You pick up the object.",
    ),
    (
        "You are standing on the water.",
        "In your inventory, there is the water.",
        "You are standing on the berry seed.",
        "The objects transform into the berry.",
        "In your inventory, there is the berry.",
    ),
)


def played(seed: int, steps: int, **keys: object) -> tuple[Playground, Trajectory]:
    """An episode of random commands, a few of them nonsense."""
    env, rng = Playground(PlaygroundConfig(goal="standard", **keys)), Random(seed)  # type: ignore[arg-type]
    task = env.tasks("train")[seed % 100]
    seen, done = env.reset(task, 0), list[Step]()
    for _ in range(steps):
        action = rng.choice((*(seen.actions or ()), "sing"))
        outcome = env.step(action)
        done.append(Step(seen, Decision(action), outcome.reward, outcome.info))
        seen = outcome.observation
        if outcome.done:
            break
    return env, Trajectory(task, 0, 0, tuple(done), seen, Stop.MAX_STEPS, False)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.sampled_from(("published", "reworded")), st.booleans())
def test_what_was_played_is_written_read_and_played_again_as_it_was(
    seed: int, steps: int, wording: str, random: bool
) -> None:
    keys = {"rules": "random", "world": 3} if random else {}
    env, trajectory = played(seed, steps, wording=wording, **keys)
    episode = Episode.of(trajectory)
    assert len(episode.obs) == len(episode.act) + 1 == len(episode.diff) + 1
    assert replay(episode, env.scene.rules, WORDINGS[wording]) is None
    told = [step.info["transition"] for step in trajectory.steps if step.info["valid"]]
    kinds = [step.info["kind"] for step in trajectory.steps if step.info["valid"]]
    assert list(episode.transitions(kind_of)) == [
        Transition(kind=kind, **step) for kind, step in zip(kinds, told, strict=True)
    ]


def test_a_file_holds_what_was_put_there(tmp_path: Path) -> None:
    episodes = [RECORDED, *(Episode.of(played(seed, 12)[1]) for seed in range(3))]
    save(tmp_path / "some.json", episodes)
    assert load(tmp_path / "some.json") == episodes
    assert set(json.loads((tmp_path / "some.json").read_text())[0]) == {"obs", "act", "diff"}


def test_the_record_of_a_run_gives_the_trajectories_of_all_its_collections(tmp_path: Path) -> None:
    one = {"obs": list(RECORDED.obs), "act": list(RECORDED.act), "diff": list(RECORDED.diff)}
    record = {"rules": [], "likelihoods": [], "metrics": {"transitions": [[one, one], [one]]}}
    (tmp_path / "all.json").write_text(json.dumps(record))
    assert load(tmp_path / "all.json") == [RECORDED] * 3


def test_a_recorded_trajectory_is_what_our_world_does() -> None:
    assert replay(RECORDED) is None
    assert [t.kind for t in RECORDED.transitions(kind_of)] == [KINDS[i] for i in (1, 2, 1, 4, 2)]


def test_in_a_world_with_other_rules_the_first_difference_is_told() -> None:
    thirsty = next(rules for rules in map(hidden, range(100)) if rules.needs["berry"] == ("water", "water"))
    assert replay(RECORDED, thirsty) == (
        "step 3: 'You give the water.' cannot be done: "
        "Nothing happens: releasing that here changes nothing, so you keep it."
    )
    changed = Episode(RECORDED.obs, RECORDED.act, (*RECORDED.diff[:4], "In your inventory, there is the pea."))
    assert "step 4: 'You pick up the object.' brings 'In your inventory, there is the berry.'" in str(replay(changed))
    assert "recorded is 'You are standing on the water.'" in str(replay(RECORDED, wording=WORDINGS["reworded"]))


def test_a_beginning_on_one_of_several_things_alike_is_tried_on_each() -> None:
    obs = (
        "You see the water, the baby pig, the water. You are next to the water. In your inventory, there is nothing.",
        "You see the water, the baby pig. In your inventory, there is the water.",
        "You see the baby pig. In your inventory, there are the water and the water.",
    )
    acts = ("You pick up the object.", "You pick up the object.")
    diffs = ("In your inventory, there is the water.", "In your inventory, there are the water and the water.")
    assert "step 1" in str(replay(Episode(obs, acts, diffs)))
    assert replay(Episode(obs[:2], acts[:1], diffs[:1])) is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "no JSON can be read"),
        ('"a"', "should hold a list of trajectories"),
        ('[{"obs": []}]', r"trajectory 0: expected the keys obs, act, diff, got \['obs'\]"),
        ("[[]]", "trajectory 0: expected the keys obs, act, diff, got list"),
        ('[{"obs": [1], "act": [], "diff": []}]', "must be lists of sentences"),
        ('[{"obs": ["a"], "act": ["b"], "diff": ["c"]}]', "got 1 obs, 1 act, 1 diff"),
    ],
)
def test_a_file_of_another_form_is_refused_with_what_is_wrong(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(StoreError, match=complaint):
        load(tmp_path / "bad.json")
    with pytest.raises(StoreError, match="no JSON can be read"):
        load(tmp_path / "missing.json")


def test_texts_of_another_form_are_refused_with_the_form() -> None:
    with pytest.raises(ConfigError, match=r"no change is told by 'Boom\.'"):
        kind_of("Boom.")
    with pytest.raises(ConfigError, match="a state is"):
        replay(Episode(("You see a moon.",), (), ()))
    with pytest.raises(ConfigError, match="no thing is called 'moon'"):
        replay(Episode(("You see the moon. In your inventory, there is nothing.",), (), ()))
    with pytest.raises(ConfigError, match="an action is"):
        replay(Episode(RECORDED.obs[:2], ("Go to water",), RECORDED.diff[:1]))
