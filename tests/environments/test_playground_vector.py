"""Many scenes at once: the same world, step by step, as in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.environments.playground import GOALS, HELD_OUT, KINDS, PUBLISHED, STANDARD, Scene, goals, scenes
from worldlore.environments.playground.hidden import draw as hidden
from worldlore.environments.playground.language import action_text, state_text
from worldlore.environments.playground.scene import draw
from worldlore.environments.playground.things import CATEGORY, CODE, GROWN, NAMES, WATER_CODE, type_of
from worldlore.environments.playground.vector import COUNTS, Scenes
from worldlore.environments.playground.world import ALL, FIRST, GRASP, State, act, allowed, around, slots
from worldlore.errors import ConfigError

BIG, SMALL = ("elephant", "giraffe", "rhinoceros"), ("pig", "cow", "sheep")
PLANTS = ("carrot", "potato", "beet", "berry", "pea")
TYPE_ID = {name: number for number, name in enumerate((*BIG, *SMALL, *PLANTS, "water"), start=1)}
CATEGORY_ID = {"big_herbivorous": 0, "plant": 1, "small_herbivorous": 2, "supply": 3}


def counted(state: State) -> np.ndarray:
    """The observation, cell by cell from the specification."""
    seen = np.zeros((4, 13, 2, 4), np.int8)
    first_second = slots(state)
    for place, code in enumerate(state.codes):
        if code:
            kind = type_of(code)
            cell = (TYPE_ID[kind], int(" " not in NAMES[code]), CATEGORY_ID[CATEGORY[kind]])
            wheres = [2 + first_second.index(place)] if place in state.held else [0]
            for where in [*wheres, *([1] if place == state.on else [])]:
                seen[(where, *cell)] += 1
    return seen.reshape(COUNTS)


def mask(state: State, scene: Scene) -> np.ndarray:
    """What the world in words allows."""
    possible = np.zeros(30, bool)
    possible[allowed(state, scene.rules)] = True
    return possible


def mixed(seed: int) -> Iterator[Scene]:
    """Scenes of all goals, half of them in worlds with random rules."""
    wishes = [*GOALS, *HELD_OUT, STANDARD, STANDARD, STANDARD]
    rng = np.random.default_rng(seed)
    while True:
        rules = PUBLISHED if rng.random() < 0.5 else hidden(int(rng.integers(30)))
        yield draw(goals.parse(wishes[rng.integers(len(wishes))]), int(rng.integers(10**6)), rules)


def choose(masks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random possible actions; letting go is preferred, so that much grows."""
    weight = np.where(np.arange(30) >= GRASP, 3.0, 1.0)
    return (masks * rng.random(masks.shape) * weight).argmax(1)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(3, 25))
def test_scenes_side_by_side_go_step_by_step_as_in_words(seed: int, count: int, max_steps: int) -> None:
    drawn: list[Scene] = []

    def source() -> Iterator[Scene]:
        for scene in mixed(seed):
            drawn.append(scene)
            yield scene

    many, rng = Scenes(source(), count, max_steps), np.random.default_rng(seed)
    playing = list(drawn)
    states, wishes, times = [s.opening for s in playing], [s.goal for s in playing], [0] * count
    for _ in range(40):
        for row in range(count):
            assert many.state(row) == states[row]
            assert (many.observations[row] == counted(states[row])).all()
            assert (many.masks[row] == mask(states[row], playing[row])).all()
        begun, actions = len(drawn), choose(many.masks, rng)
        steps = many.step(actions)
        for row, action in enumerate(actions.tolist()):
            told = steps.transition(row)
            after, change = act(states[row], action, playing[row].rules)
            assert (told.state, told.action) == (state_text(states[row]), action_text(action, states[row]))
            assert told.kind == change.kind == KINDS[steps.kinds[row]]
            assert (steps.observations[row] == counted(after)).all()
            wishes[row] = tuple(w for w in wishes[row] if not w.met(change.kind, change.codes[-1]))
            times[row] += 1
            won, late = not wishes[row], times[row] >= max_steps
            ended = won or not allowed(after, playing[row].rules)
            assert (steps.terminated[row], steps.truncated[row]) == (ended, late and not ended)
            assert steps.rewards[row] == won
            states[row] = after
            if ended or late:
                playing[row], begun = drawn[begun], begun + 1
                states[row], wishes[row], times[row] = playing[row].opening, playing[row].goal, 0
        assert begun == len(drawn)


def test_observations_and_actions_have_the_published_numbers() -> None:
    assert (CODE["baby elephant"], CODE["pea seed"], CODE["elephant"], WATER_CODE) == (1, 11, 14, 25)
    assert CODE["carrot"] == CODE["carrot seed"] + GROWN == 20
    many = Scenes(scenes(goals.parse(STANDARD), 1), 3)
    assert many.observations.shape == (3, 416) and many.masks.shape == (3, 30)
    cells = many.observations.reshape(3, 4, 13, 2, 4)
    assert (cells[:, 0, 12, 1, 3] == 3).all(), "three waters, which count as grown"
    assert not many.masks[:, [0, 12, 13, FIRST, FIRST + 1, ALL]].any()


def test_of_two_things_alike_in_hand_only_the_first_slot_is_offered() -> None:
    water, seed = WATER_CODE, CODE["pea seed"]
    opening = State((water, water, seed, seed, 0, 0, 0, 0), (), -1)
    many = Scenes(iter([Scene(goals.parse("Grow any pig"), PUBLISHED, opening)]), 1)
    for action in (water, GRASP, water, GRASP, seed):
        many.step(np.array([action]))
    assert np.flatnonzero(many.masks[0, GRASP:]).tolist() == [FIRST - GRASP]


def test_a_scene_in_which_nothing_can_be_done_any_more_is_over_without_reward() -> None:
    left = State((WATER_CODE, CODE["pig"], 0, 0, 0, 0, 0, 0), (), -1)
    goal = goals.parse("Grow any pig")
    many = Scenes(iter([Scene(goal, PUBLISHED, left), draw(goal, 0)]), 1)
    for action in (WATER_CODE, GRASP, CODE["pig"]):
        assert not many.step(np.array([action])).terminated[0]
    steps = many.step(np.array([GRASP]))
    assert steps.terminated[0] and not steps.truncated[0] and not steps.rewards[0]
    assert many.state(0) == draw(goal, 0).opening


def test_what_is_seen_at_the_end_is_told_before_the_next_scene_begins() -> None:
    many = Scenes(scenes(goals.parse(STANDARD), 1), 2, max_steps=1)
    steps = many.step(np.array([WATER_CODE, WATER_CODE]))
    assert steps.truncated.all() and not steps.terminated.any()
    assert (steps.observations.reshape(2, 4, 104)[:, 1].sum(1) == 1).all()
    assert not (steps.observations == many.observations).all()


def test_steps_can_be_told_long_after_they_were_made() -> None:
    many, rng = Scenes(scenes(goals.parse(STANDARD), 4), 3), np.random.default_rng(0)
    steps = [many.step(choose(many.masks, rng)) for _ in range(30)]
    before = [[s.state(row) for row in range(3)] for s in steps]
    told = [[s.transition(row) for row in range(3)] for s in steps]
    assert [[state_text(state) for state in row] for row in before] == [[t.state for t in row] for row in told]


def test_an_impossible_action_is_refused_and_changes_nothing() -> None:
    many = Scenes(scenes(goals.parse(STANDARD), 1), 2)
    seen = many.observations.copy()
    for actions, complaint in (
        (np.array([WATER_CODE, ALL]), "scene 1 does not allow action 29"),
        (np.array([WATER_CODE, 99]), "scene 1 does not allow action 99"),
        (np.array([-1, WATER_CODE]), "scene 0 does not allow action -1"),
        (np.array([WATER_CODE]), "2 scenes take 2 actions"),
    ):
        with pytest.raises(ConfigError, match=complaint):
            many.step(actions)
    assert (many.observations == seen).all()


def test_the_same_seed_gives_the_same_scenes() -> None:
    one, two = (Scenes(scenes(goals.parse(STANDARD), 9), 4) for _ in range(2))
    rngs = [np.random.default_rng(1) for _ in range(2)]
    for _ in range(60):
        steps = [many.step(choose(many.masks, rng)) for many, rng in zip((one, two), rngs, strict=True)]
        assert (steps[0].observations == steps[1].observations).all()
        assert (one.observations == two.observations).all()


def test_every_thing_around_is_an_action_and_nothing_else_is() -> None:
    many = Scenes(mixed(3), 8)
    for row in range(8):
        state = many.state(row)
        assert set(np.flatnonzero(many.masks[row, :GRASP])) == {state.codes[place] for place in around(state)}
