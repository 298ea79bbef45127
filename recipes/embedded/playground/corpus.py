"""What the model reads: changes in worlds that it is told theories about, asked as WorldLLM's statistician asks.

Lessons come in groups of `GROUP`, which share setting and theory and are computed once up to there; every group is a
world of its own: a playground, in either wording, or a door. `stages.py` tells what comes when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from recipes.embedded.language import Lesson
from recipes.embedded.playground import door, physics, theories
from recipes.embedded.playground.physics import Physics
from recipes.embedded.playground.stages import GROUP, STAGES, Stage, stage
from recipes.embedded.playground.theories import Theory
from worldlore.environments.door import CLOSED, Item
from worldlore.environments.playground.language import WORDINGS, read_state
from worldlore.environments.playground.things import CATEGORY, GROWN, NAMES, type_of
from worldlore.experience import Message, Transition
from worldlore.methods.worldllm.statistician import question
from worldlore.methods.worldllm.worlds import DOOR, PlaygroundWorld, World

NEED = "Say what it needs to grow."
"""What is asked besides changes: it is learned sooner, and helps to learn the rest."""
BEGIN = "Say how the change begins when these come together."
FITS = "Say which words of the rule fit it."
"""The same at a door: what a rule names of an item, whether it opens the door or not."""
_SHORT = {"asked": (0.5, 0.5), "brought": (0.1, 0.7)}
_SECOND, _THEN = (0.1, 0.35), (0.05, 0.2)
_WORLDS = tuple(PlaygroundWorld(wording.setting, wording=wording) for wording in WORDINGS.values())


class Changes:
    """Lessons without end, the same ones in the same order for a seed."""

    def __init__(self, seed: int, stages: Sequence[Stage] = STAGES):
        self._seed, self._stages = seed, stages

    def read(self, first: int, count: int) -> Iterator[Lesson]:
        """The lessons `first` to `first + count` - 1."""
        for group in range(first // GROUP, -(-(first + count) // GROUP)):
            lessons = self.group(group)
            yield from lessons[max(0, first - group * GROUP) : first + count - group * GROUP]

    def group(self, index: int) -> list[Lesson]:
        """The lessons of one world."""
        rng, now = Random(f"{self._seed} {index}"), stage(self._stages, index)
        if rng.random() < now.doors:
            return _doors(rng, now.draw(rng), now.fits)
        if now.playgrounds in _SHORT:
            return [_short(rng, *_SHORT[now.playgrounds]) for _ in range(GROUP)]
        return self._second(rng) if now.told and rng.random() < now.told else self._playground(rng)

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


def _doors(rng: Random, own: door.Door, fits: float) -> list[Lesson]:
    """Most items at one door, or as many that open it as do not; what happens, or which words fit."""
    seen = [own.true.change(item) for item in door.items(rng, own.true, GROUP)]
    if own.theory == own.true.sentence and own.true.about and rng.random() < fits:
        return [_fitting(own, t) for t in seen]
    return [_lesson(DOOR, own.theory, DOOR.moment(CLOSED, t.action, own.outcomes), t.change) for t in seen]


def _fitting(own: door.Door, seen: Transition) -> Lesson:
    """Which words of a rule an item fits."""
    item = Item.parse(seen.action)
    assert item is not None
    moment = DOOR.moment(CLOSED, seen.action, own.outcomes).removesuffix(DOOR.cue) + "Fits:"
    fitting = " ".join(word for word in item if word in own.true.about)
    return _lesson(replace(DOOR, task=FITS), own.theory, moment, fitting or "nothing")


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
