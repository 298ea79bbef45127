"""How a playground is spoken of, in both directions.

State, action and change have the published forms word for word, so that what others recorded can be read, and ours by
others. Commands are the published ones ("Go to X", "Grasp", "Release X", "Release all"); any letter case does, and
"the" may be said. The wording "reworded" is that of the generalisation test: changes, and the description of the
world, say the same in other words; states, actions and commands stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from worldlore.environments.base import Primitive
from worldlore.environments.playground.rules import Rules
from worldlore.environments.playground.things import CATEGORY, CODE, NAMES, type_of
from worldlore.environments.playground.world import (
    ALL,
    FIRST,
    GRASP,
    TRANSFORM,
    Change,
    State,
    allowed,
    around,
    slots,
)
from worldlore.errors import ConfigError

WordingName = Literal["published", "reworded"]
"""Name of a wording."""


@dataclass(frozen=True)
class Wording:
    """How changes and the world are told."""

    setting: str
    """What the world is, for prompts."""
    standing: str
    """Change: one has gone to a thing."""
    holding: str
    """Change: one has picked up a thing, and holds nothing else."""
    holding_two: str
    """Change: one has picked up a second thing."""
    transform: str
    """Change: things have become another."""
    nowhere: str
    """What no change is, told as one: a decoy."""

    def change(self, change: Change) -> str:
        """A change as a sentence; of no things, that one stands on nothing, which never happens."""
        if not change.codes:
            return self.nowhere
        return self._form(change.kind).format(*(NAMES[code] for code in change.codes))

    def _form(self, kind: str) -> str:
        forms = {"standing": self.standing, "holding1": self.holding, "holding2": self.holding_two}
        return forms.get(kind, self.transform)

    def read(self, sentence: str) -> Change | None:
        """The change that a sentence tells; None where it tells none of this wording."""
        if sentence == self.nowhere:
            return Change("standing", ())
        for kind, form in (("holding2", self.holding_two), ("holding1", self.holding), ("standing", self.standing)):
            codes = _fitting(form, sentence)
            if codes:
                return Change(kind, codes)
        codes = _fitting(self.transform, sentence)
        kind = TRANSFORM.get(CATEGORY[type_of(codes[0])]) if codes else None
        return Change(kind, codes) if kind and codes else None


def _fitting(form: str, sentence: str) -> tuple[int, ...]:
    pattern = re.escape(form).replace(r"\{0\}", "(.+?)").replace(r"\{1\}", "(.+)")
    found = re.fullmatch(pattern, sentence)
    codes = tuple(CODE.get(name, 0) for name in found.groups()) if found else ()
    return codes if all(codes) else ()


WORDINGS: dict[str, Wording] = {
    "published": Wording(
        "You are in a room. There may be water in it, seeds of plants (carrot, potato, beet, berry, pea), small "
        "herbivores (pig, cow, sheep) and large herbivores (elephant, giraffe, rhinoceros). You can carry objects, "
        "and release them on other objects to combine them.",
        "You are standing on the {0}.",
        "In your inventory, there is the {0}.",
        "In your inventory, there are the {0} and the {1}.",
        "The objects transform into the {0}.",
        "You are standing on nothing.",
    ),
    "reworded": Wording(
        "Around you may be water, what plants grow from (seeds of carrot, potato, beet, berry and pea), animals that "
        "stay small (pig, cow, sheep) and animals that become large (elephant, giraffe, rhinoceros). What you have "
        "lifted can be brought to something else and joined with it.",
        "Beneath you is the {0}.",
        "In your grasp is the {0}.",
        "In your grasp are the {0} and the {1}.",
        "The {0} results from combining the objects.",
        "Beneath you is nothing.",
    ),
}
"""The two wordings. How the published branch words the second one exactly was not recorded; its forms were."""


@lru_cache(maxsize=65536)
def state_text(state: State) -> str:
    """A moment in words, as published."""
    codes, held, on = state
    seen = ", ".join(f"the {NAMES[codes[place]]}" for place in around(state)) or "nothing"
    beneath = f" You are next to the {NAMES[codes[on]]}." if on >= 0 else ""
    return f"You see {seen}.{beneath} In your inventory, {_inventory([NAMES[codes[place]] for place in held])}."


def _inventory(names: Sequence[str]) -> str:
    if not names:
        return "there is nothing"
    return f"there is the {names[0]}" if len(names) == 1 else f"there are the {names[0]} and the {names[1]}"


_STATE = re.compile(
    r"You see (?P<seen>.+?)\.(?: You are next to the (?P<on>.+?)\.)?"
    r" In your inventory, there (?:is nothing|is the (?P<one>.+?)|are the (?P<first>.+?) and the (?P<two>.+?))\."
)


@dataclass(frozen=True, slots=True)
class View:
    """What a state text tells."""

    seen: tuple[int, ...]
    """The things around, in the order of their places."""
    on: int
    """What one stands on; 0 for nothing."""
    held: tuple[int, ...]
    """The things in the inventory, in the order of their places."""


def read_state(text: str) -> View:
    """What a state text tells; ConfigError for other forms."""
    found = _STATE.fullmatch(text)
    if not found:
        raise ConfigError(f'a state is "You see the X, the Y. In your inventory, there is nothing.", got {text!r}')
    seen = [] if found["seen"] == "nothing" else [name.removeprefix("the ") for name in found["seen"].split(", ")]
    held = [name for name in (found["one"], found["first"], found["two"]) if name]
    unknown = [name for name in (*seen, *held, found["on"]) if name and name not in CODE]
    if unknown:
        raise ConfigError(f"no thing is called {unknown[0]!r}; known: {', '.join(CODE)}")
    return View(tuple(CODE[n] for n in seen), CODE.get(found["on"] or "", 0), tuple(CODE[n] for n in held))


def command(action: int, state: State) -> str:
    """The command of an action."""
    if action < GRASP:
        return f"Go to {NAMES[action]}"
    if action in (GRASP, ALL):
        return "Grasp" if action == GRASP else "Release all"
    return f"Release {NAMES[state.codes[slots(state)[action - FIRST]]]}"


def action_text(action: int, state: State) -> str:
    """An action as a sentence, as published."""
    if action < GRASP:
        return f"You go to the {NAMES[action]}."
    if action in (GRASP, ALL):
        return "You pick up the object." if action == GRASP else "You give all the objects you hold."
    return f"You give the {NAMES[state.codes[slots(state)[action - FIRST]]]}."


@lru_cache(maxsize=65536)
def commands(state: State, rules: Rules) -> tuple[str, ...]:
    """The admissible commands, in the published order."""
    return tuple(command(action, state) for action in allowed(state, rules))


class Refusal(Exception):
    """A command that cannot be carried out; the message says why, in the world's words."""


_COMMAND = re.compile(r"(go to|grasp|release)(?: (?:the )?(.+))?")


def understand(said: str, state: State, rules: Rules) -> int:
    """The action that a command means; Refusal where there is none or it cannot be done now."""
    found = _COMMAND.fullmatch(" ".join(said.lower().split()).rstrip("."))
    verb, name = (found[1], found[2] or "") if found else ("", "")
    if verb == "grasp" and not name:
        return _grasp(state)
    if not verb or verb == "grasp" or not name:
        raise Refusal("That is not something you can do. You can: Go to X, Grasp, Release X, Release all.")
    return _go(name, state) if verb == "go to" else _release(name, state, rules)


def _grasp(state: State) -> int:
    if state.on < 0:
        raise Refusal("There is nothing here to grasp: go to an object first.")
    if len(state.held) == 2:
        raise Refusal("Your hands are full.")
    return GRASP


def _go(name: str, state: State) -> int:
    code = CODE.get(name, 0)
    if code not in [state.codes[place] for place in around(state)]:
        raise Refusal(f"You see no {name}.")
    return code


def _release(name: str, state: State, rules: Rules) -> int:
    if not state.held:
        raise Refusal("You hold nothing.")
    if name != "all" and name not in [NAMES[state.codes[place]] for place in state.held]:
        raise Refusal(f"You hold no {name}.")
    wanted = f"release {name}"
    for action in allowed(state, rules):
        if command(action, state).lower() == wanted:
            return action
    raise Refusal("Nothing happens: releasing that here changes nothing, so you keep it.")


_SENTENCE = re.compile(r"You (?:go to the (?P<go>.+)|give the (?P<give>.+)|(?P<all>give all the objects you hold))\.")


def command_of(sentence: str) -> str:
    """The command that a published action sentence tells; ConfigError for other forms."""
    if sentence == "You pick up the object.":
        return "Grasp"
    found = _SENTENCE.fullmatch(sentence)
    if not found:
        raise ConfigError(f'an action is "You go to the X.", "You pick up the object.", "You give …", got {sentence!r}')
    if found["all"]:
        return "Release all"
    return f"Go to {found['go']}" if found["go"] else f"Release {found['give']}"


PRIMITIVES = (
    Primitive("go_to", ("thing",), "Go to {thing}", "go and stand on a thing you see"),
    Primitive("grasp", (), "Grasp", "pick up the thing you stand on; you can hold two"),
    Primitive("release_all", (), "Release all", "let go of both things you hold, on what you stand on"),
    Primitive("release", ("thing",), "Release {thing}", "let go of a thing you hold, on what you stand on"),
)
"""The commands as functions that a program may call."""
