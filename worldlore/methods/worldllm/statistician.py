"""The Statistician: how likely a language model finds what happened, told a theory.

    system    how to answer
    user      setting · known facts: the theory (left out for none) · the question · state · action
    answer    the change, its end of turn counted; natural logarithm, temperature 1, not divided by its length

What stays the same for many transitions stands first, so a model in process reads setting and theory once. The same
question is asked once in a run (`Practice.score`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray

from worldlore.agents.weighing import MANNER
from worldlore.errors import ConfigError, ModelError
from worldlore.experience import Failure, Message, Prediction, Score, Transition
from worldlore.methods.worldllm.worlds import World
from worldlore.rollout.practice import Practice
from worldlore.rollout.scorebook import Worth

ROLE = "world"
ROOM = 50_000
"""Answers at hand, the latest ones; the others are read again from the run."""
Array = NDArray[np.float64]
_Asked = tuple[str, Transition, tuple[str, ...], tuple[str, ...]]


class Statistician:
    """Weighs theories by what they make of transitions."""

    def __init__(self, practice: Practice, world: World) -> None:
        self.practice = practice
        self.world = world
        self.role = role_of(practice, ROLE, "score")
        self.outcomes: tuple[str, ...] = ()
        """The changes that the prompt may name: those discovered, where the world has few (door)."""
        self._known: dict[_Asked, Worth] = {}

    def discover(self, transitions: Sequence[Transition]) -> None:
        """Note the outcomes that were seen; only door's prompt names them."""
        if self.world.names_outcomes:
            self.outcomes = tuple(sorted({*self.outcomes, *(t.change for t in transitions)}))

    def weigh(self, theories: Sequence[str], transitions: Sequence[Transition]) -> Array:
        """Log-probability of each change under each theory, [theories, transitions]; "" is no theory."""
        asked = [self._asked(*pair) for pair in product(theories, transitions)]
        found = [worth.totals[0] for worth in self._worths(asked)]
        return np.array(found, np.float64).reshape(len(theories), len(transitions))

    def fluency(self, theory: str, transitions: Sequence[Transition]) -> float:
        """Mean log-probability (nats) of a token of these changes."""
        worths = self._worths([self._asked(theory, t) for t in transitions])
        return sum(worth.totals[0] for worth in worths) / max(1, sum(worth.lengths[0] for worth in worths))

    def predict(self, theory: str, transitions: Sequence[Transition]) -> list[Prediction]:
        """What it thinks of each change, and of all that might have been told instead."""
        choices = [self.world.candidates(t) or (t.change,) for t in transitions]
        asked = [self._asked(theory, t, among) for t, among in zip(transitions, choices, strict=True)]
        return [self._prediction(one, worth) for one, worth in zip(asked, self._worths(asked), strict=True)]

    def request(self, theory: str, transition: Transition, changes: tuple[str, ...]) -> Score:
        """The conversation, and the changes to be weighed."""
        moment = self.world.moment(transition.state, transition.action, self.outcomes)
        return Score(question(self.world, theory, moment), changes, self.role)

    def _prediction(self, asked: _Asked, worth: Worth) -> Prediction:
        _, transition, changes, _ = asked
        true = changes.index(transition.change)
        if len(changes) == 1:
            return Prediction(transition, worth.totals[true], "", worth.lengths[true])
        real = self.world.possible(transition)
        possible = tuple(change in real for change in changes) if real else ()
        return Prediction(
            transition, worth.totals[true], "", worth.lengths[true], changes, worth.totals, worth.lengths, possible
        )

    def _asked(self, theory: str, transition: Transition, changes: tuple[str, ...] = ()) -> _Asked:
        return theory, transition, changes or (transition.change,), self.outcomes

    def _worths(self, asked: Sequence[_Asked]) -> list[Worth]:
        found = {one: self._known.pop(one) for one in dict.fromkeys(asked) if one in self._known}
        new = list(dict.fromkeys(one for one in asked if one not in found))
        replies = self.practice.score([self.request(*one[:3]) for one in new]) if new else []
        found |= {one: _checked(reply) for one, reply in zip(new, replies, strict=True)}
        self._known |= found
        for one in list(islice(self._known, max(0, len(self._known) - ROOM))):
            del self._known[one]
        return [found[one] for one in asked]


def question(world: World, theory: str, moment: str) -> tuple[Message, ...]:
    """The conversation; `moment` is as the world tells it."""
    facts = [f"What is known about this world:\n{theory}"] if theory else []
    parts = [world.setting, *facts, f"{world.task}\n{moment}"]
    text = "\n\n".join(part for part in parts if part)
    return Message("system", MANNER), Message("user", text)


def role_of(practice: Practice, role: str, verb: str) -> str:
    """The role, or "policy" where nobody plays it; ConfigError unless its model can do what is asked."""
    models = practice.stage.models
    chosen = role if role in models else "policy"
    if chosen not in models:
        raise ConfigError(f"worldllm asks a model in the role {role!r}; add it as [models.{role}] or [models.policy]")
    if verb not in models[chosen].can:
        raise models[chosen].cannot(verb)
    return chosen


def _checked(reply: Worth | Failure) -> Worth:
    if isinstance(reply, Worth):
        return reply
    if reply.kind == "context":
        raise ConfigError(f"a theory and a state do not fit together: {reply.error}; or allow shorter theories")
    raise ModelError(f"the statistician's model could not answer: {reply.error}")
