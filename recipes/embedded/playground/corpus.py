"""What the model reads: changes in worlds that it is told theories about, asked as WorldLLM's statistician asks.

Lessons come in groups of `GROUP`, which share setting and theory and are computed once up to there; every group is a
world of its own. Of three worlds, two are playgrounds, in either wording, and one is a door.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from recipes.embedded.language import Lesson
from recipes.embedded.playground import door, physics, theories
from recipes.embedded.playground.physics import Physics
from recipes.embedded.playground.theories import Theory
from worldlore.environments.door import CLOSED, ITEMS
from worldlore.environments.playground.language import WORDINGS, read_state
from worldlore.environments.playground.things import CATEGORY, GROWN, NAMES, type_of
from worldlore.experience import Message, Transition
from worldlore.methods.worldllm.statistician import question
from worldlore.methods.worldllm.worlds import DOOR, PlaygroundWorld, World

GROUP = 24
"""Lessons that share a theory."""
DOORS = 1 / 3
"""Share of the worlds that are doors."""
EASY = 2400
"""The first groups are easy: what a theory tells is looked up, and then compared with what is given."""
NEED = "Say what it needs to grow."
"""What is asked besides changes: it is learned sooner, and helps to learn the rest."""
BEGIN = "Say how the change begins when these come together."
BRIDGE = 5400
"""Most of the groups after those are worlds of which all is told and true."""
_ASKED, _BROUGHT = (0.5, 0.5), (0.1, 0.7)
_SECOND, _THEN = (0.1, 0.35), (0.05, 0.2)
_WORLDS = tuple(PlaygroundWorld(wording.setting, wording=wording) for wording in WORDINGS.values())


class Changes:
    """Lessons without end, the same ones in the same order for a seed."""

    def __init__(self, seed: int, doors: float = DOORS, easy: int = EASY):
        self._seed, self._doors, self._easy = seed, doors, easy

    def read(self, first: int, count: int) -> Iterator[Lesson]:
        """The lessons `first` to `first + count` - 1."""
        for group in range(first // GROUP, -(-(first + count) // GROUP)):
            lessons = self.group(group)
            yield from lessons[max(0, first - group * GROUP) : first + count - group * GROUP]

    def group(self, index: int) -> list[Lesson]:
        """The lessons of one world."""
        rng = Random(f"{self._seed} {index}")
        told = index < self._easy + BRIDGE and rng.random() < 0.85
        if index < self._easy:
            if rng.random() < self._doors:
                return _doors(rng, door.simple(rng, 1, ("any",) if index < self._easy // 2 else ("any", "not")), "")
            return self._first(rng, _ASKED if index < self._easy // 2 else _BROUGHT)
        if rng.random() < self._doors:
            plain = told or rng.random() < 0.6
            return _doors(rng, door.simple(rng, rng.choice((1, 1, 2, 3))) if plain else door.draw(rng))
        return self._second(rng) if told else self._playground(rng)

    def _first(self, rng: Random, shares: tuple[float, float]) -> list[Lesson]:
        """Each of another world, in few words, and nothing asks for more than one supply."""
        return [_short(rng, *shares) for _ in range(GROUP)]

    def _second(self, rng: Random) -> list[Lesson]:
        """A world of which all is told and true."""
        world = rng.choice(_WORLDS)
        assert world.wording is not None
        rules = physics.rules(rng) if rng.random() < 0.5 else physics.simple(rng)
        true, lines = Physics(rules, (True, True, True), world.wording), list(rules.sentences)
        lines = [*theories.MECHANICS, *lines] if rng.random() < 0.5 else rng.sample(lines, len(lines))
        theory = Theory("\n".join(lines), rules.recipes)
        seen = [physics.moment(rng, true, theory.recipes) for _ in range(GROUP)]
        return [_told(rng, world, theory, t, _SECOND) for t in seen]

    def _playground(self, rng: Random) -> list[Lesson]:
        world = rng.choice(_WORLDS)
        assert world.wording is not None
        true = physics.draw(rng, world.wording)
        theory = theories.draw(rng, true)
        seen = [physics.moment(rng, true, theory.recipes) for _ in range(GROUP)]
        return [_told(rng, world, theory, t, _THEN) for t in seen]


def _doors(rng: Random, own: door.Door, setting: str = DOOR.setting) -> list[Lesson]:
    """Most items at one door."""
    world = replace(DOOR, setting=setting)
    seen = [own.true.change(item) for item in rng.sample(ITEMS, GROUP)]
    return [_lesson(world, own.theory, world.moment(CLOSED, t.action, own.outcomes), t.change) for t in seen]


def _short(rng: Random, needs: float, brought: float) -> Lesson:
    """What something needs, how a change begins when two things come together, or a change."""
    world = replace(_WORLDS[0], setting="")
    assert world.wording is not None
    true = Physics(physics.simple(rng), (True, True, True), world.wording)
    told = rng.sample(true.rules.recipes, rng.choice((1, 1, 2, 3)))
    theory, seen = Theory("\n".join(r.sentence for r in told), tuple(told)), physics.given(rng, true, told)
    if rng.random() < needs:
        young = _young(seen)
        return _lesson(replace(world, task=NEED), theory.text, f"The {NAMES[young[0]]}:", _need(young, theory))
    return _told(rng, world, theory, seen, (0.0, brought))


def _told(rng: Random, world: World, theory: Theory, seen: Transition, asked: tuple[float, float]) -> Lesson:
    """What changes; or now and then what is needed, where a theory tells it, or how a change begins."""
    moment, lot = world.moment(seen.state, seen.action, ()), rng.random()
    if " give " in seen.action and lot < asked[0]:
        need = _need(_young(seen), theory)
        if need:
            return _lesson(replace(world, task=NEED), theory.text, moment.removesuffix(world.cue) + "Needed:", need)
    elif " give " in seen.action and lot < sum(asked):
        return _lesson(replace(world, task=BEGIN), theory.text, _together(seen), seen.change.split()[0])
    return _lesson(world, theory.text, moment, seen.change)


def _together(seen: Transition) -> str:
    """What is brought together."""
    view, given = read_state(seen.state), seen.action.removeprefix("You give the ")
    both = " and the ".join(NAMES[code] for code in view.held)
    return f"The {NAMES[view.on]} and the {both if 'all' in seen.action else given.rstrip('.')}."


def _young(seen: Transition) -> list[int]:
    """The young things at hand."""
    view = read_state(seen.state)
    return [code for code in (view.on, *view.held) if 0 < code < GROWN]


def _need(young: Sequence[int], theory: Theory) -> str:
    """What the only young thing at hand needs, as the theory tells it; nothing where it does not or there are more."""
    kinds = [type_of(code) for code in young] if len(young) == 1 else []
    told = {recipe.subject: recipe.sentence for recipe in theory.recipes}
    sentence = told.get(kinds[0]) or told.get(CATEGORY[kinds[0]]) if kinds else None
    return "It needs" + sentence.partition(", give it")[2] if sentence else ""


def _lesson(world: World, theory: str, moment: str, change: str) -> Lesson:
    return Lesson((*question(world, theory, moment), Message("assistant", change)))
