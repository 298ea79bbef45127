"""Many scenes stepped at once in numpy: the same worlds as in words, for learning agents.

    observations    (scenes, 416) int8: how often each thing is there; see `OFFSET`
    masks           (scenes, 30) bool: the actions of `world.py` that are possible

An observation counts, in this order, over (4, 13, 2, 4): where (around, under the feet, first and second slot), type,
whether grown, and category. A scene that ends is followed by the next one of its source; a step gives the
observations before that, so that a value can still be read off where only time was up. Steps remember the moments
they left, a few bytes each; their words are made when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from worldlore.environments.playground.goals import Wish
from worldlore.environments.playground.language import WORDINGS, Wording, action_text, state_text
from worldlore.environments.playground.rules import Rules
from worldlore.environments.playground.scene import SIZE, Scene
from worldlore.environments.playground.things import (
    CATEGORIES,
    CATEGORY,
    CODES,
    GROWN,
    NAMES,
    RANK,
    type_of,
)
from worldlore.environments.playground.world import ACTIONS, ALL, FIRST, GRASP, KINDS, TRANSFORM, State, act
from worldlore.errors import ConfigError
from worldlore.experience import Transition

COUNTS = 416
"""Numbers in an observation."""
_SLOT = COUNTS // 4
_ORDER = (*sorted(CATEGORIES), "supply")
OFFSET = np.array(
    [
        (code % GROWN if name != "water" else 12) * 8 + (code >= GROWN) * 4 + _ORDER.index(CATEGORY[type_of(code)])
        if name
        else 0
        for code, name in enumerate(NAMES)
    ]
)
"""Code -> its place among the 104 counts of each "where"."""
_KIND = np.array(
    [KINDS.index(TRANSFORM.get(CATEGORY[type_of(code)], "nothing")) if name else 0 for code, name in enumerate(NAMES)],
    np.int8,
)
_RANK = np.array(RANK)
_FAR = 1000


@dataclass(frozen=True)
class Steps:
    """One step of every scene."""

    codes: np.ndarray
    """(scenes, 8) int8: the things before the step, by place."""
    held: np.ndarray
    """(scenes, 8) bool: what was held before."""
    on: np.ndarray
    """(scenes,) what was under the feet before; -1 for nothing."""
    actions: np.ndarray
    """(scenes,) what was done."""
    kinds: np.ndarray
    """(scenes,) int8: sort of change, as a place in KINDS."""
    rewards: np.ndarray
    """(scenes,) float32: 1 where the goal was reached."""
    terminated: np.ndarray
    """(scenes,) bool: the goal was reached, or nothing can be done any more."""
    truncated: np.ndarray
    """(scenes,) bool: time was up before."""
    observations: np.ndarray
    """(scenes, 416) int8: what is seen after the step, before another scene begins."""
    rules: tuple[Rules, ...]
    """Of each scene."""

    def state(self, scene: int) -> State:
        """The moment before the step."""
        held = tuple(int(place) for place in np.flatnonzero(self.held[scene]))
        return State(tuple(self.codes[scene].tolist()), held, int(self.on[scene]))

    def transition(self, scene: int, wording: Wording = WORDINGS["published"]) -> Transition:
        """What happened in one scene, in words."""
        before, action = self.state(scene), int(self.actions[scene])
        _, change = act(before, action, self.rules[scene])
        return Transition(state_text(before), action_text(action, before), wording.change(change), change.kind)


class Scenes:
    """Scenes in play, side by side."""

    def __init__(self, source: Iterator[Scene], count: int, max_steps: int = 30) -> None:
        self.source, self.count, self.max_steps = source, count, max_steps
        self._rows = np.arange(count)
        self._codes = np.zeros((count, SIZE), np.int8)
        self._held = np.zeros((count, SIZE), bool)
        self._on = np.full(count, -1)
        self._time = np.zeros(count, int)
        self._single = np.zeros((count, CODES, CODES), np.int8)
        self._double = np.zeros((count, CODES, CODES, CODES), np.int8)
        self._rules: list[Rules | None] = [None] * count
        self._wishes = _Wishes(count)
        self.observations = np.zeros((count, COUNTS), np.int8)
        """What is seen now."""
        self.masks = np.zeros((count, ACTIONS), bool)
        """What is possible now."""
        self.reset()

    def reset(self) -> None:
        """Begin a new scene everywhere."""
        self._begin(self._rows)
        self._look()

    def step(self, actions: np.ndarray) -> Steps:
        """Do one action in every scene; ConfigError where one is not possible."""
        actions = np.asarray(actions)
        if actions.shape != (self.count,):
            raise ConfigError(f"{self.count} scenes take {self.count} actions, got an array of shape {actions.shape}")
        if not ((actions >= 0) & (actions < ACTIONS)).all() or not self.masks[self._rows, actions].all():
            at = next(i for i, a in enumerate(actions.tolist()) if not (0 <= a < ACTIONS and self.masks[i, a]))
            raise ConfigError(f"scene {at} does not allow action {actions[at]}; choose where `masks` is true")
        before = self._codes.copy(), self._held.copy(), self._on.copy()
        rules = tuple(rules for rules in self._rules if rules)
        kinds, events = self._act(actions)
        won = self._wishes.meet(events)
        self._time += 1
        self._look()
        seen, ended = self.observations, won | ~self.masks.any(1)
        late = (self._time >= self.max_steps) & ~ended
        if (over := ended | late).any():
            self._begin(np.flatnonzero(over))
            self._look()
        return Steps(*before, actions, kinds, won.astype(np.float32), ended, late, seen, rules)

    def state(self, scene: int) -> State:
        """The moment a scene is in."""
        held = tuple(int(place) for place in np.flatnonzero(self._held[scene]))
        return State(tuple(self._codes[scene].tolist()), held, int(self._on[scene]))

    def _begin(self, rows: np.ndarray) -> None:
        for row in rows.tolist():
            scene = next(self.source)
            self._codes[row], self._held[row], self._on[row] = scene.opening.codes, False, scene.opening.on
            if scene.rules is not self._rules[row]:
                self._rules[row] = scene.rules
                self._single[row], self._double[row] = scene.rules.single, scene.rules.double
            self._wishes.begin(row, scene.goal)
        self._time[rows] = 0

    def _act(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Carry out the actions; sorts of change, and what happened to which thing as a number for wishes."""
        kinds, events = np.ones(self.count, np.int8), np.zeros(self.count, int)
        there = np.argmax((self._codes == actions[:, None]) & ~self._held, axis=1)
        going, picking = actions < GRASP, np.flatnonzero(actions == GRASP)
        if picking.size:
            on = self._on[picking]
            kinds[picking] = 2 + self._held[picking].sum(1)
            events[picking] = self._codes[picking, on]
            self._held[picking, on] = True
        giving = np.flatnonzero(actions > GRASP)
        if giving.size:
            codes = self._release(giving, actions[giving])
            kinds[giving], events[giving] = _KIND[codes], CODES + codes
        self._on = np.where(going, there, self._on)
        self._on[picking] = -1
        return kinds, events

    def _release(self, rows: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """Let go where it makes something grow, which then lies underfoot; the codes of what has grown."""
        first, second = (slot[rows] for slot in self._slots)
        one = np.where(actions == FIRST + 1, second, first)
        codes, on, both = self._codes[rows], self._on[rows], actions == ALL
        at = np.arange(rows.size)
        beneath, given, other = codes[at, on], codes[at, one], codes[at, second]
        grows = np.where(both, self._double[rows, beneath, given, other], self._single[rows, beneath, given])
        place = np.select([grows == 1, grows == 2], [on, one], second)
        code = codes[at, place] + GROWN
        for used, where in ((on, at), (one, at), (second, np.flatnonzero(both))):
            self._codes[rows[where], used[where]] = 0
            self._held[rows[where], used[where]] = False
        self._codes[rows, place] = code
        self._on[rows] = place
        return code

    def _look(self) -> None:
        """Bring observations and masks up to date."""
        keys = np.where(self._held, _RANK[self._codes] * SIZE + np.arange(SIZE), _FAR)
        order = np.argsort(keys, axis=1)[:, :2]
        count = self._held.sum(1)
        self._slots = order[:, 0], order[:, 1]
        rows, codes = self._rows, self._codes
        one, two, stands = count > 0, count > 1, self._on >= 0
        base = rows * COUNTS
        around = (codes > 0) & ~self._held
        cells = (base[:, None] + OFFSET[codes])[around]
        beneath, first, second = codes[rows, self._on], codes[rows, self._slots[0]], codes[rows, self._slots[1]]
        placed = [cells]
        for where, (code, there) in enumerate(((beneath, stands), (first, one), (second, two)), start=1):
            placed.append((base + where * _SLOT + OFFSET[code])[there])
        counts = np.bincount(np.concatenate(placed), minlength=self.count * COUNTS)
        self.observations = counts.astype(np.int8).reshape(self.count, COUNTS)
        self.masks = np.zeros((self.count, ACTIONS), bool)
        self.masks[np.nonzero(around)[0], codes[around]] = True
        self.masks[:, GRASP] = stands & ~two
        single, double = self._single, self._double
        self.masks[:, FIRST] = one & stands & (single[rows, beneath, first] > 0)
        alike = first == second  # as published: of two that are alike only the first slot is offered
        self.masks[:, FIRST + 1] = two & stands & ~alike & (single[rows, beneath, second] > 0)
        self.masks[:, ALL] = two & stands & (double[rows, beneath, first, second] > 0)


class _Wishes:
    """Which parts of its goal each scene has reached."""

    def __init__(self, count: int) -> None:
        self._numbers: dict[Wish, int] = {}
        self._met = np.zeros((1, 2 * CODES), bool)
        self._wished = np.zeros((count, SIZE), int)
        self._open = np.zeros((count, SIZE), bool)

    def begin(self, row: int, goal: tuple[Wish, ...]) -> None:
        """Nothing of a goal is reached yet."""
        self._open[row] = False
        for place, wish in enumerate(goal):
            self._wished[row, place], self._open[row, place] = self._number(wish), True

    def meet(self, events: np.ndarray) -> np.ndarray:
        """Note what happened; (scenes,) bool: nothing is left to reach."""
        self._open &= ~self._met[self._wished, events[:, None]]
        return np.logical_not(self._open.any(1))

    def _number(self, wish: Wish) -> int:
        if wish not in self._numbers:
            self._numbers[wish] = len(self._met)
            told = ("holding1", "transform")
            row = [bool(NAMES[e % CODES]) and wish.met(told[e // CODES], e % CODES) for e in range(2 * CODES)]
            self._met = np.vstack([self._met, row])
        return self._numbers[wish]
