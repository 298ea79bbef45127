"""Moments of a playground: the release table, its laws, the published texts, commands, candidates."""

from __future__ import annotations

from collections import Counter
from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.environments.playground import (
    PUBLISHED,
    STANDARD,
    Playground,
    PlaygroundConfig,
    State,
    goals,
)
from worldlore.environments.playground.candidates import candidates
from worldlore.environments.playground.language import (
    WORDINGS,
    action_text,
    command,
    command_of,
    commands,
    read_state,
    state_text,
    understand,
)
from worldlore.environments.playground.scene import draw
from worldlore.environments.playground.things import CATEGORY, CODE, NAMES, type_of
from worldlore.environments.playground.world import ALL, FIRST, GRASP, act, allowed, around, slots


def wander(seed: int, steps: int, goal: str = STANDARD) -> State:
    """A moment that a random walk leads to; what can grow often does."""
    rng, state = Random(seed), draw(goals.parse(goal), seed).opening
    for _ in range(steps):
        possible = allowed(state, PUBLISHED)
        if not possible:
            break
        giving = [action for action in possible if action > GRASP]
        state, _ = act(state, rng.choice(giving or possible), PUBLISHED)
    return state


def named(*around: str, held: tuple[str, ...] = (), on: int = -1) -> State:
    """A moment from names; what is held comes after what lies around."""
    codes = tuple(CODE[name] for name in (*around, *held))
    return State(codes, tuple(range(len(around), len(codes))), on)


moments = st.builds(wander, st.integers(0, 10**6), st.integers(0, 40), st.sampled_from((STANDARD, "Grow any plant")))


SEEDS = [name for name in NAMES if name.endswith("seed")]
PLANTS = [name.removesuffix(" seed") for name in SEEDS]
SMALL, BIG = ["baby pig", "baby cow", "baby sheep"], ["baby elephant", "baby giraffe", "baby rhinoceros"]


def offered(on: str, held: tuple[str, ...]) -> list[str]:
    """The release table of the specification, read out row by row."""
    releases: list[str] = []
    if on in SEEDS and "water" in held:
        releases.append("water")
    elif on == "water":
        releases += [name for name in held if name in SEEDS]
    elif on in SMALL:
        releases += [name for name in held if name in PLANTS]
    elif on in PLANTS:
        releases += [name for name in held if name in SMALL]
    if len(held) == 2:
        plants, babies = [n for n in held if n in PLANTS], [n for n in held if n in BIG]
        if (on in BIG and len(plants) == 2) or (on in PLANTS and len(plants) == len(babies) == 1):
            releases.append("all")
    return [f"Release {name}" for name in releases]


ONE_OF_EACH = ("water", "carrot seed", "pea seed", "carrot", "pea", "baby pig", "pig", "baby giraffe", "giraffe")


def test_the_release_table_is_the_published_one_and_nothing_else_is_offered() -> None:
    for on in ONE_OF_EACH:
        for held in [(), *((name,) for name in ONE_OF_EACH), *product(ONE_OF_EACH, repeat=2)]:
            state = named(on, held=held, on=0)
            told = [c for c in commands(state, PUBLISHED) if c.startswith("Release")]
            assert told == offered(on, held), (on, held)


def test_each_row_of_the_release_table_uses_up_the_supply_and_leaves_the_result_underfoot() -> None:
    rows = [
        (("carrot seed",), ("water",), "carrot"),
        (("water",), ("carrot seed",), "carrot"),
        (("baby pig",), ("pea",), "pig"),
        (("pea",), ("baby pig",), "pig"),
        (("baby giraffe",), ("pea", "beet"), "giraffe"),
        (("pea",), ("beet", "baby giraffe"), "giraffe"),
    ]
    for on, held, product_name in rows:
        state = named(*on, held=held, on=0)
        (action,) = (a for a in allowed(state, PUBLISHED) if a > GRASP)
        after, change = act(state, action, PUBLISHED)
        assert [NAMES[code] for code in after.codes if code] == [product_name]
        assert after.held == () and NAMES[after.codes[after.on]] == product_name
        assert [NAMES[code] for code in change.codes] == [product_name]


@given(moments)
def test_things_are_conserved_as_the_release_table_says(state: State) -> None:
    for action in set(allowed(state, PUBLISHED)):
        after, change = act(state, action, PUBLISHED)
        before, now = Counter(filter(None, state.codes)), Counter(filter(None, after.codes))
        if not change.kind.startswith("transform"):
            assert before == now
            continue
        (made,) = (now - before).elements()
        used = sorted(NAMES[code] for code in (before - now).elements())
        young = {"plant": f"{NAMES[made]} seed"}.get(CATEGORY[type_of(made)], f"baby {NAMES[made]}")
        assert young in used
        used.remove(young)
        assert change.kind in ("transformP", "transformSH", "transformBH")
        supplies = ["water"] if change.kind == "transformP" else used
        assert used == supplies and len(used) == (2 if change.kind == "transformBH" else 1)
        assert change.kind == "transformP" or set(used) <= set(PLANTS)


@given(moments)
def test_a_moment_keeps_its_shape_whatever_is_done(state: State) -> None:
    assert len(state.codes) == 8 and len(state.held) <= 2
    assert list(state.held) == sorted(set(state.held)) and all(state.codes[place] for place in state.held)
    assert state.on == -1 or (state.codes[state.on] and state.on not in state.held)
    assert allowed(state, PUBLISHED) or not around(state), "as long as something lies about, one can go there"
    assert [a for a in allowed(state, PUBLISHED) if a < GRASP] == [state.codes[place] for place in around(state)]


@given(moments)
def test_a_state_text_tells_all_that_can_be_seen(state: State) -> None:
    view = read_state(state_text(state))
    assert view.seen == tuple(state.codes[place] for place in around(state))
    assert view.held == tuple(state.codes[place] for place in state.held)
    assert view.on == (state.codes[state.on] if state.on >= 0 else 0)


@given(moments)
def test_every_admissible_command_is_understood_as_the_action_it_stands_for(state: State) -> None:
    for action in allowed(state, PUBLISHED):
        said = command(action, state)
        assert understand(said, state, PUBLISHED) == action
        assert understand(f" {said.upper()}. ", state, PUBLISHED) == action
        assert command_of(action_text(action, state)) == said


def test_the_texts_are_the_published_ones_word_for_word() -> None:
    state = named("baby pig", "water", "berry seed")
    assert state_text(state) == "You see the baby pig, the water, the berry seed. In your inventory, there is nothing."
    state = state._replace(on=1)
    assert state_text(state) == (
        "You see the baby pig, the water, the berry seed. You are next to the water. "
        "In your inventory, there is nothing."
    )
    env = Playground(PlaygroundConfig(goal="standard"))
    env.reset(env.tasks("train")[0], 0)
    told: list[tuple[str, str]] = []
    while (action := env.expert()) is not None:
        step = env.step(action).info["transition"]
        told.append((step["action"], step["change"]))
    assert told[:8] == [
        ("You go to the water.", "You are standing on the water."),
        ("You pick up the object.", "In your inventory, there is the water."),
        ("You go to the berry seed.", "You are standing on the berry seed."),
        ("You give the water.", "The objects transform into the berry."),
        ("You pick up the object.", "In your inventory, there is the berry."),
        ("You go to the baby sheep.", "You are standing on the baby sheep."),
        ("You give the berry.", "The objects transform into the sheep."),
        ("You go to the water.", "You are standing on the water."),
    ]
    assert told[13] == ("You pick up the object.", "In your inventory, there are the berry and the water.")
    assert told[18] == ("You give all the objects you hold.", "The objects transform into the elephant.")


def test_a_state_lists_the_inventory_by_place_and_a_change_by_what_was_held_before() -> None:
    state = State((CODE["water"], CODE["berry"]), (1,), 0)
    after, change = act(state, GRASP, PUBLISHED)
    assert state_text(after) == "You see nothing. In your inventory, there are the water and the berry."
    assert [NAMES[code] for code in change.codes] == ["berry", "water"]


def test_a_name_means_that_thing_and_none_whose_name_begins_alike() -> None:
    state = named("carrot seed", "carrot")
    after, _ = act(state, CODE["carrot"], PUBLISHED)
    assert after.on == 1


def test_of_things_alike_the_lowest_place_is_meant() -> None:
    state = named("water", "pea seed", "water", "pea seed")
    assert act(state, CODE["pea seed"], PUBLISHED)[0].on == 1
    both = named("pea seed", "pea seed", held=("water", "water"), on=1)
    after, _ = act(both, FIRST, PUBLISHED)
    assert after.held == (3,)
    assert slots(both) == [2, 3] and ALL not in allowed(both, PUBLISHED)


@settings(max_examples=40)
@given(moments, st.sampled_from(("published", "reworded")))
def test_the_true_change_is_among_the_candidates_and_only_what_can_happen_is_called_possible(
    state: State, name: str
) -> None:
    wording = WORDINGS[name]
    listed = candidates(state, PUBLISHED, wording)
    true = {wording.change(act(state, action, PUBLISHED)[1]) for action in allowed(state, PUBLISHED)}
    assert {c.text for c in listed if c.possible} == true
    assert len({c.text for c in listed}) == len(listed) and [c.text for c in listed] == sorted(c.text for c in listed)
    assert all(wording.read(c.text) is not None and wording.read(c.text).kind == c.kind for c in listed)  # type: ignore[union-attr]


def test_standard_openings_have_24_to_47_candidates_with_one_decoy_that_is_always_false() -> None:
    env, counts = Playground(PlaygroundConfig(goal="standard")), set[int]()
    for task in env.tasks("test")[:60]:
        env.reset(task, 0)
        listed = candidates(env.state)
        counts.add(len(listed))
        assert [c.possible for c in listed if c.text == "You are standing on nothing."] == [False]
        assert {c.kind for c in listed} == {"standing", "holding1", "holding2", "transformP"}
    assert counts == {24, 35, 47}


def test_the_names_of_things_are_all_different() -> None:
    assert len(CODE) == 23 == len({name for name in NAMES if name})
