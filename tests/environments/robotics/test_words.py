"""What the four robotic worlds say, and how they take what is said to them."""

from __future__ import annotations

from random import Random

import pytest

from tests.environments.robotics.worlds import WORLDS, each, make, solve
from worldlore.environments.robotics import Barman, Blockworld, Gripper, Robotics, Tyreworld

GOLDEN = {
    "gripper": (
        5,
        "Ball1 is a ball. Ball1 is at rooma. Ball2 is a ball. Ball2 is at rooma. Ball3 is a ball. Ball3 is at roomb. "
        "Ball4 is a ball. Ball4 is at roomb. Left is a gripper. Left is free. Right is a gripper. Right is free. "
        "Robby is at rooma. Rooma is a room. Roomb is a room.\n"
        "The goal is to make all of this true: ball1 is at roomb, ball2 is at roomb, ball3 is at rooma, "
        "ball4 is at rooma.",
    ),
    "blockworld": (
        0,
        "B1 is on the table. B2 is on b3. B3 is on b1. The b2 is clear. Your arm is empty.\n"
        "The goal is to make all of this true: b2 is on b1, b3 is on b2.",
    ),
    "barman": (
        13,
        "Dispenser1 dispenses ingredient1. Dispenser2 dispenses ingredient2. Dispenser3 dispenses ingredient3. "
        "Shaker1 is clean. Shaker1 is empty. Shaker1 is on the table. Shot1 is clean. Shot1 is empty. "
        "Shot1 is on the table. Shot2 is clean. Shot2 is empty. Shot2 is on the table. Shot3 is clean. "
        "Shot3 is empty. Shot3 is on the table. Shot4 is clean. Shot4 is empty. Shot4 is on the table. "
        "The first ingredient of cocktail1 is ingredient1. The first ingredient of cocktail2 is ingredient2. "
        "The first ingredient of cocktail3 is ingredient1. The level after l0 is l1. The level after l1 is l2. "
        "The level of shaker1 is l0. The level of shaker1 when it is empty is l0. "
        "The second ingredient of cocktail1 is ingredient3. The second ingredient of cocktail2 is ingredient3. "
        "The second ingredient of cocktail3 is ingredient2. Your left hand is empty. Your right hand is empty.\n"
        "The goal is to make all of this true: shot1 contains ingredient1.",
    ),
    "tyreworld": (
        4,
        "Boot is open. Boot is unlocked. Jack is in boot. Pump is in boot. R1 is in boot. The hub hub1 is fastened. "
        "The hub hub1 is on the ground. The nut nut1 on the hub hub1 is loose. The wheel r1 is inflated. "
        "The wheel r1 is intact. W1 is on hub1. Wrench is in boot.\n"
        "The goal is to make all of this true: r1 is on hub1, w1 is in boot.",
    ),
}


@each
def test_a_world_is_told_in_these_words(world: type[Robotics]) -> None:
    env, (index, text) = make(world), GOLDEN[world.name]
    assert env.reset(env.tasks("published")[index], 0).text == text


def test_every_command_of_a_whole_plan_is_answered_with_the_new_state() -> None:
    env = make(Tyreworld)
    task = env.tasks("published")[0]
    plan = solve(env, task)
    assert plan == [
        "open boot", "fetch wrench boot", "loosen nut1 hub1", "fetch jack boot", "jack-up hub1", "undo nut1 hub1",
        "remove-wheel w1 hub1", "put-away w1 boot", "fetch r1 boot", "put-on-wheel r1 hub1", "fetch pump boot",
        "inflate r1",
    ]  # fmt: skip
    env.reset(task, 0)
    texts = [env.step(command).observation.text for command in plan]
    assert "You have wrench." in texts[1] and "The nut nut1 on the hub hub1 is loose." in texts[2]
    assert "The hub hub1 is jacked up." in texts[4] and "You have jack." not in texts[4]
    assert "The hub hub1 is free." in texts[6] and "The hub hub1 is unfastened." in texts[6]
    assert texts[-1].endswith(" The goal is satisfied.") and "The goal" not in texts[-2]


def test_a_brief_state_tells_types_never_and_what_stays_only_once() -> None:
    env = make(Gripper, state="brief")
    first = env.reset(env.tasks("published")[5], 0).text
    assert first.startswith("Ball1 is at rooma. Ball2 is at rooma. Ball3 is at roomb.") and "is a ball" not in first
    env = make(Barman, state="brief")
    first = env.reset(env.tasks("published")[0], 0).text
    then = env.step("grasp left shot1").observation.text
    assert "Dispenser1 dispenses ingredient1." in first and "dispenses" not in then
    assert "Your left hand is holding shot1." in then
    assert "Dispenser1 dispenses ingredient1." in env.step("look around").observation.text


def test_a_grouped_state_tells_together_what_is_said_of_several_objects() -> None:
    env = make(Gripper, state="grouped")
    first = env.reset(env.tasks("published")[5], 0).text.splitlines()[0]
    assert first == "Is at rooma: ball1, ball2. Is at roomb: ball3, ball4. Is free: left, right. Robby is at rooma."


def taken_apart(grouped: str) -> set[str]:
    sentences: set[str] = set()
    for sentence in grouped.rstrip(".").split(". "):
        said, colon, objects = sentence.partition(": ")
        sentences |= {f"{o} {said}".lower() for o in objects.split(", ")} if colon else {sentence.lower()}
    return sentences


@pytest.mark.parametrize("world", WORLDS)
def test_a_grouped_state_says_what_a_brief_one_does(world: type[Robotics]) -> None:
    brief, grouped = make(world, state="brief"), make(world, state="grouped")
    task = brief.tasks("published")[0]
    pairs = [(brief.reset(task, 0).text, grouped.reset(task, 0).text)]
    while (command := brief.expert()) is not None:
        pairs.append((brief.step(command).observation.text, grouped.step(command).observation.text))
    for told, together in pairs:
        sentences = told.splitlines()[0].rstrip(".").lower().split(". ")
        assert taken_apart(together.splitlines()[0]) == set(sentences)


def test_a_whole_state_tells_every_time_what_never_changes() -> None:
    env = make(Barman, state="whole")
    first = env.reset(env.tasks("published")[0], 0).text
    then = env.step("grasp left shot1").observation.text
    for told in ("Dispenses ingredient1: dispenser1.", "The first ingredient of cocktail1 is ingredient1."):
        assert told in first and told in then


NOT_UNDERSTOOD = "This action is not valid and therefore takes no effect. Please check valid actions."
NO_CHANGE = (
    "This action is not valid and therefore takes no effect. Please remember to satisfy the restriction of actions. "
    "You can also check valid actions."
)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("pick ball1 rooma left", None),
        ("  Pick BALL1 rooma, left. ", None),
        ("pick up ball1 in rooma with left", None),
        ("pick(ball1, rooma, left)", None),
        ("robby should pick ball1 rooma left now", None),
        ("pick ball1 rooma left right", None),
        ("pick left rooma ball1", NO_CHANGE),
        ("pick ball1 roomb left", NO_CHANGE),
        ("move roomb rooma", NO_CHANGE),
        ("move rooma rooma", NO_CHANGE),
        ("pick ball1 rooma", NOT_UNDERSTOOD),
        ("pick ball9 rooma left", NOT_UNDERSTOOD),
        ("drop ball1 rooma left", NOT_UNDERSTOOD),
        ("", NOT_UNDERSTOOD),
        ("ball1 rooma left", NOT_UNDERSTOOD),
    ],
)
def test_commands_are_understood_by_the_words_that_name_something(command: str, answer: str | None) -> None:
    env = make(Gripper)
    env.reset(env.tasks("published")[5], 0)
    outcome = env.step(command)
    assert outcome.info["valid"] == (answer is None)
    assert outcome.observation.text == answer if answer else "Left is carrying ball1." in outcome.observation.text


def test_what_can_be_done_is_told_when_asked_and_with_every_observation() -> None:
    env = make(Blockworld)
    seen = env.reset(env.tasks("published")[2], 0)
    assert seen.actions == ("Unstack b1 from b3",)
    asked = env.step("please CHECK what is possible")
    assert asked.observation.text == "Valid actions are: Unstack b1 from b3, check valid actions, look around."
    assert asked.info["valid"] and asked.reward == 0.0
    assert env.step("look around").observation.text + "\n" in seen.text
    silent = make(Blockworld, actions=False)
    assert silent.reset(silent.tasks("published")[2], 0).actions is None


@each
def test_admissible_is_exactly_what_changes_something(world: type[Robotics]) -> None:
    env = make(world)
    for index, task in enumerate(env.tasks("published")[:4]):
        rng, seen = Random(index), env.reset(task, 0)
        for _ in range(8):
            moment = env.snapshot()
            scene = env._playing().scene  # pyright: ignore[reportPrivateUsage]
            accepted = set[str]()
            for move in scene.world.moves:
                env.restore(moment)
                if env.step(scene.command(move)).info["valid"]:
                    accepted.add(scene.command(move))
            assert accepted == set(seen.actions or ())
            env.restore(moment)
            outcome = env.step(rng.choice(seen.actions or ()))
            seen = outcome.observation
            if outcome.done:
                break


@each
def test_primitives_write_the_commands_that_are_admissible(world: type[Robotics]) -> None:
    env = make(world)
    names = [primitive.name for primitive in env.primitives]
    assert len(set(names)) == len(names) and all(name.isidentifier() for name in names)
    seen = env.reset(env.tasks("published")[0], 0)
    while True:
        for command in seen.actions or ():
            read = [(p, found) for p in env.primitives if (found := p.parse(command)) is not None]
            assert len(read) == 1, command
            assert read[0][0].render(read[0][1]) == command
        outcome = env.step(env.expert() or "")
        seen = outcome.observation
        if outcome.done:
            break


def test_primitives_are_called_as_learnact_calls_them() -> None:
    signatures = {world.name: [p.signature for p in make(world).primitives] for world in WORLDS}
    assert signatures["gripper"] == ["move(r1, r2)", "pick(obj, room, gripper)", "drop(obj, room, gripper)"]
    assert signatures["blockworld"] == ["Pickup(b)", "Putdown(b)", "Stack(a, b)", "Unstack(a, b)"]
    assert signatures["barman"][6] == "pour_shot_to_clean_shaker(shot, ingr, shaker, hand, l, l1)"
    assert len(signatures["barman"]) == 12 and len(signatures["tyreworld"]) == 13
    stack = make(Blockworld).primitives[2]
    assert stack.render(["b1", "b2"]) == "Stack b1 on b2"
