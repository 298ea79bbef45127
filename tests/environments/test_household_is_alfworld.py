"""Household against the real alfworld package: the same world in both, driven side by side.

Every game is played with expert, random admissible, well-formed but mostly impossible, and nonsensical commands.
Observation, admissible commands, reward and done must agree at every step, in the dialects of 0.4 and of 0.3.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.environments.real_games import write_game
from worldlore.environments.household import Household
from worldlore.environments.household.goals import FAMILIES
from worldlore.experience import Observation, Task

pytestmark = pytest.mark.real
pytest.importorskip("alfworld")
GAMES = 102
NONSENSE = ("", "dance", " look ", "LOOK", "look around", "go to", "go to fridge 99", "go  to fridge 1", "open", "use",
            "take apple 1", "help me", "inventory 1", "put", "move apple 1 to", "examine", "slice apple 1")  # fmt: skip
VERBS = {"go", "open", "close", "take", "clean", "heat", "cool", "use", "slice", "examine", "look", "inventory"}


@pytest.fixture(scope="module")
def engine() -> Any:
    from worldlore.environments.alfworld import Engine

    return Engine()


def well_formed(rng: Random, env: Household) -> str:
    """A command of the language about things of this world, possible or not."""
    assert env._play is not None
    world = env._play.world
    what, tool = rng.choice(world.things).name, rng.choice(world.things).name
    where = rng.choice(world.receptacles).name
    return rng.choice((
        f"take {what} from {where}", f"move {what} to {where}", f"put {what} in/on {where}", f"use {what}",
        f"examine {what}", f"examine {where}", f"open {where}", f"close {where}", f"heat {what} with {where}",
        f"clean {what} with {where}", f"cool {what} with {where}", f"slice {what} with {tool}", f"go to {what}", "help",
    ))  # fmt: skip


def next_command(rng: Random, env: Household, seen: Observation, game: int) -> str:
    """Half of the games is mostly the expert's, the others wander more."""
    assert seen.actions is not None
    if rng.random() < (0.95 if game // 6 % 2 == 0 else 0.3):
        return env.expert() or "look"
    knives = [action for action in seen.actions if action.startswith(("slice", "take knife", "take butterknife"))]
    if knives and rng.random() < 0.3:
        return rng.choice(knives)
    hands_on = [action for action in seen.actions if not action.startswith(("go to", "examine"))]
    kinds = sorted({action.split()[0] for action in seen.actions})
    kind = rng.choice(kinds)
    pools = (seen.actions, hands_on, [a for a in seen.actions if a.split()[0] == kind], NONSENSE, ())
    pool = rng.choices(pools, (2, 3, 3, 1, 1))[0]
    return rng.choice(pool) if pool else well_formed(rng, env)


def play_both(engine: Any, env: Household, task: Task, game: int) -> tuple[bool, set[str]]:
    """Whether the game was won, and the verbs that did something."""
    rng = Random(game)
    real, ours = engine.reset(), env.reset(task, 0)
    done, verbs, history = False, set[str](), list[str]()
    for _ in range(22):
        assert real["feedback"] == ours.text, (task.id, history)
        assert tuple(real["admissible_commands"]) == ours.actions, (task.id, history)
        if done:
            break
        command = next_command(rng, env, ours, game)
        history.append(command)
        real, reward, won = engine.step(command)
        outcome = env.step(command)
        assert (reward, won, won) == (outcome.reward, outcome.done, outcome.success), (task.id, history)
        ours, done = outcome.observation, outcome.done
        if ours.text != "Nothing happens.":
            verbs.add(command.split()[0])
    return done, verbs


@pytest.mark.parametrize("dialect", ["move", "put"])
@pytest.mark.parametrize("split", ["test", "test_unseen"])
def test_the_same_commands_are_answered_with_the_same_words(
    dialect: str, split: str, engine: Any, tmp_path: Path
) -> None:
    env = Household(Household.Config(dialect=dialect))  # type: ignore[arg-type]
    won, verbs = set[str](), set[str]()
    for game, task in enumerate(env.tasks(split)[:GAMES]):
        engine.load(json.loads(write_game(task, tmp_path / str(game), dialect).read_text()))
        done, used = play_both(engine, env, task, game)
        verbs |= used
        won |= {task.data["family"]} if done else set()
    assert won == set(FAMILIES), "a kind of task was never won: the comparison would say too little"
    assert verbs == VERBS | ({"move", "help"} if dialect == "move" else {"put"})


def test_what_can_be_put_where_and_done_with_what_is_alfworlds() -> None:
    from alfworld.gen.constants import VAL_ACTION_OBJECTS, VAL_RECEPTACLE_OBJECTS

    from worldlore.environments.household import homes

    def plain(names: set[str]) -> set[str]:
        return {name.lower() for name in names if not name.endswith("Sliced")}

    theirs = {kind.lower(): plain(things) for kind, things in VAL_RECEPTACLE_OBJECTS.items()}
    for kind, things in homes.HOLDS.items():
        assert things == theirs[kind], kind
    assert plain(VAL_ACTION_OBJECTS["Cleanable"]) == homes.CLEANABLE
    assert plain(VAL_ACTION_OBJECTS["Heatable"]) == homes.HEATABLE
    assert plain(VAL_ACTION_OBJECTS["Coolable"]) == homes.COOLABLE
    assert plain(VAL_ACTION_OBJECTS["Sliceable"]) == homes.SLICEABLE
    assert plain(VAL_ACTION_OBJECTS["Toggleable"]) == homes.LAMPS
