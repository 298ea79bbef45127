"""A grammar of theories: a theorist that needs no language model and knows its own densities exactly.

A theory says something, or nothing, about each of several slots ("what plants need", "what pigs need", …): one of the
slot's sentences. Its prior probability is a product over slots: that the slot is spoken of at all, times that of the
sentence. From a given theory, a proposal picks one slot and says something else of it, or nothing: rules are added,
dropped and changed. What is said is drawn from the prior, mixed with what the evidence hints at, a hint being a
sentence that would explain something that was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from random import Random

import numpy as np

from worldlore.errors import ConfigError
from worldlore.methods.worldllm.statistician import Array
from worldlore.methods.worldllm.theorist import Basis, Proposal, Theorist

Choice = tuple[int | None, ...]
"""For each slot which of its sentences is said; None for none."""


@dataclass(frozen=True)
class Slot:
    """Something that a theory may speak of."""

    sentences: tuple[str, ...]
    """What it may say of it."""
    weights: tuple[float, ...]
    """How probable each is, if any is said; they sum to 1."""
    said: float
    """How probable it is that one is said."""

    @staticmethod
    def of(weights: Mapping[str, float], said: float) -> Slot:
        """From sentences and how much each weighs."""
        total = sum(weights.values())
        return Slot(tuple(weights), tuple(weight / total for weight in weights.values()), said)

    @cached_property
    def prior(self) -> Array:
        """Probability of each sentence and, last, of none."""
        return np.array([self.said * weight for weight in self.weights] + [1 - self.said])

    def tilted(self, hints: Mapping[str, float], share: float) -> Array:
        """The same mixed with hints, where some are about this slot."""
        hinted = np.array([hints.get(sentence, 0.0) for sentence in self.sentences] + [0.0])
        if not hinted.any():
            return self.prior
        return (1 - share) * self.prior + share * hinted / hinted.sum()


@dataclass(frozen=True)
class Space:
    """All theories that can be told with some slots."""

    slots: tuple[Slot, ...]
    """Slots, in the order in which a theory speaks of them; no sentence stands in two."""

    def text(self, choice: Choice) -> str:
        """A theory in words, a sentence a line."""
        told = zip(self.slots, choice, strict=True)
        return "\n".join(slot.sentences[said] for slot, said in told if said is not None)

    def read(self, text: str) -> Choice | None:
        """What a theory says; None where it says anything else, or two things of one slot."""
        choice: list[int | None] = [None] * len(self.slots)
        for sentence in filter(None, text.split("\n")):
            slot, said = self._places.get(sentence, (-1, -1))
            if slot < 0 or choice[slot] is not None:
                return None
            choice[slot] = said
        return tuple(choice)

    def prior(self, choice: Choice) -> float:
        """Log-probability of a theory."""
        return _logsum(slot.prior[_place(said)] for slot, said in zip(self.slots, choice, strict=True))

    def draw(self, rng: Random) -> Choice:
        """A theory from the prior."""
        return tuple(_drawn(slot.prior, rng) for slot in self.slots)

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        told = [(s, place) for place, slot in enumerate(self.slots) for s in enumerate(slot.sentences)]
        return {sentence: (place, said) for (said, sentence), place in told}


@dataclass(frozen=True)
class Grammar(Theorist):
    """Draws first theories from the prior, and others by saying something else of one slot."""

    space: Space
    """The theories there are."""
    hints: Mapping[str, float]
    """Sentences that the evidence hints at, with weights."""
    share: float = 0.5
    """How much of what is proposed follows the hints, where there are some."""

    def told(self, hints: Mapping[str, float]) -> Grammar:
        """The same with other hints."""
        return replace(self, hints=hints)

    def propose(self, bases: Sequence[Basis], rng: Random) -> list[Proposal]:
        """As above; the density is exact."""
        found: list[Proposal] = []
        for basis in bases:
            choice = self.space.draw(rng) if basis.given is None else self._changed(self._read(basis.given), rng)
            found.append(Proposal(self.space.text(choice), self._density(choice, basis)))
        return found

    def density(self, texts: Sequence[str], bases: Sequence[Basis]) -> Array:
        """Exact; minus infinity for what cannot be told, or not in one move."""
        choices = [self.space.read(text) for text in texts]
        pairs = zip(choices, bases, strict=True)
        return np.array([-np.inf if choice is None else self._density(choice, basis) for choice, basis in pairs])

    @property
    def longest(self) -> str:
        """The longest sentence of every slot."""
        return "\n".join(max(slot.sentences, key=len) for slot in self.space.slots)

    def _read(self, text: str) -> Choice:
        choice = self.space.read(text)
        if choice is None:
            raise ConfigError(f"theorist 'grammar' cannot go on from {text!r}: not all its lines are of this world")
        return choice

    def _changed(self, choice: Choice, rng: Random) -> Choice:
        place = _drawn(self._picks, rng, none=False)
        assert place is not None
        return (*choice[:place], _drawn(self._tilted[place], rng), *choice[place + 1 :])

    def _density(self, to: Choice, basis: Basis) -> float:
        if basis.given is None:
            return self.space.prior(to)
        given = self._read(basis.given)
        different = [place for place, pair in enumerate(zip(given, to, strict=True)) if pair[0] != pair[1]]
        if len(different) > 1:
            return -np.inf
        ways = different or range(len(to))
        return _logsum([sum(self._picks[place] * self._tilted[place][_place(to[place])] for place in ways)])

    @cached_property
    def _tilted(self) -> list[Array]:
        return [slot.tilted(self.hints, self.share) for slot in self.space.slots]

    @cached_property
    def _picks(self) -> Array:
        """How probable each slot is to be changed: those that are hinted at, and those mostly spoken of, more."""
        weights = np.array([1 - tilted[-1] for tilted in self._tilted]) + 0.05
        return weights / weights.sum()


def _place(said: int | None) -> int:
    return -1 if said is None else said


def _drawn(weights: Array, rng: Random, none: bool = True) -> int | None:
    """An index by weight; where `none`, the last one stands for None."""
    place = int(np.searchsorted(np.cumsum(weights), rng.random() * float(weights.sum()), side="right"))
    place = min(place, len(weights) - 1)
    return None if none and place == len(weights) - 1 else place


def _logsum(factors: Iterable[float]) -> float:
    """Logarithm of a product; minus infinity where a factor is 0."""
    found = [float(factor) for factor in factors]
    return sum(map(log, found)) if all(found) else -np.inf
