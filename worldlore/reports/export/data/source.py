"""What of a run leaves: pairs from the trees of its practice, episodes, and the conversations in them.

Pairs are found anew, by the thresholds and the estimate the method was given, so a run says the same of its trees
as when it trained. Successes are exported unless told otherwise. What is left out is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from worldlore.errors import ConfigError
from worldlore.experience import Message, Trajectory
from worldlore.experiments.pages import merged
from worldlore.experiments.store import Run, SeedRun
from worldlore.methods import METHODS
from worldlore.methods.densepolicy import Balance, Pair, Trees, Values, balanced, pairs_of
from worldlore.reports.export.data.asking import Asking
from worldlore.reports.export.data.length import Length
from worldlore.rollout.growth import Grown
from worldlore.training import Turn

Messages = tuple[Message, ...]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a run is exported, and how it is told."""

    seed: int | None = None
    """Learning seed; None: the first."""
    part: Literal["train", "test"] = "train"
    """What practice played, or the test."""
    pairs: Literal["usable", "trained", "all"] = "usable"
    """Pairs that meet the method's thresholds, those it trained on, or all, with a flag."""
    episodes: Literal["wins", "all"] | None = None
    """Successes, or every episode; None: what suits the target."""
    replies: bool = False
    """Tell one record a reply instead of one a conversation."""
    examples: bool | None = None
    """Keep every example that prompts showed, or ask without any; None: as training does, without solved turns."""
    tokenizer: Path | None = None
    """Whose chat template and tokens measure a record."""
    tokens: int | None = None
    """Records with more tokens are left out."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A pair, and what its tree says of both sides."""

    pair: Pair
    """Two replies to one prompt."""
    task: str
    """Name of the task."""
    values: tuple[float, float]
    """Estimated chance of success after the better and after the worse one."""
    visits: tuple[int, int]
    """Rollouts these rest on."""
    remaining: tuple[float, float]
    """Mean number of steps that came after."""


@dataclass(frozen=True)
class Source:
    """A run on its way out."""

    run: Run
    """Where it lies."""
    selection: Selection = Selection()
    """What of it is asked for."""
    tally: Counter[str] = field(default_factory=Counter[str])
    """What was told and what was left out, in words."""

    @cached_property
    def book(self) -> SeedRun:
        """What belongs to the learning seed; ConfigError where the run has none such."""
        seeds, seed = self.run.seeds, self.selection.seed
        if not seeds or (seed is not None and seed not in seeds):
            there = ", ".join(map(str, seeds)) or "none yet"
            raise ConfigError(f"{self.run.path} has no learning seed {'' if seed is None else seed}; there: {there}")
        return self.run.seed(seeds[0] if seed is None else seed)

    @property
    def name(self) -> str:
        """What the data is called: the run's name, its learning seed and the part."""
        plain = re.sub(r"[^A-Za-z0-9]+", "_", self.run.name).strip("_")
        return f"{plain}_{self.book.seed}_{self.selection.part}"

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        what = {"train": "what practice played", "test": "what the test played"}[self.selection.part]
        return f"run {self.run.name}, learning seed {self.book.seed}, {what}"

    @property
    def page(self) -> dict[str, Any]:
        """The run's page, as it was resolved."""
        return self.run.record["experiment"]

    @property
    def environment(self) -> dict[str, Any]:
        """The world the part was played in: practice's may have keys of its own."""
        return merged(self.page["environment"], self._terms.get("environment", {}))

    @property
    def limits(self) -> dict[str, Any]:
        """The limits the part was played under."""
        return {**self.page["limits"], **self._terms.get("limits", {})}

    @property
    def _terms(self) -> dict[str, Any]:
        return self.page["train"] if self.selection.part == "train" else {}

    @cached_property
    def asking(self) -> Asking:
        """Who was asked, and with what."""
        return Asking.of(self.book, self.selection.part, self.selection.examples)

    # pairs

    def pairs(self) -> list[Ranked]:
        """The pairs asked for, task by task; ConfigError where there is none."""
        if self.selection.part == "test":
            raise ConfigError("no trees are grown in a test; pairs come from --part train")
        found = [ranked for grown in self.trees() for ranked in self._ranked(grown)]
        chosen = self._chosen(found)
        if not chosen:
            left = f"none of its {len(found)} pairs is usable; --pairs all tells all" if found else "no siblings differ"
            raise ConfigError(f"the trees of {self.origin} give no pair: {left}")
        short = [
            ranked for ranked in chosen if self.fits(ranked.pair.messages, ranked.pair.chosen, ranked.pair.rejected)
        ]
        self.tally["pairs"], self.tally["tasks"] = len(short), len({ranked.pair.task for ranked in short})
        return self._any(short)

    def trees(self) -> Iterator[Grown]:
        """The trees of practice; ConfigError where none was grown."""
        names = sorted(path.stem for path in (self.book.path / "trees").glob("*.jsonl"))
        if not names:
            raise ConfigError(
                f"{self.origin}: no tree was grown, and pairs come from trees; "
                'methods "densepolicy" and "imitation" (with source = "trees") grow some, '
                "and episodes can be told to --to trl-sft or llamafactory-sharegpt"
            )
        yield from (grown for name in names if (grown := self.book.tree(name)) is not None)

    @cached_property
    def _keys(self) -> tuple[Trees, Balance | None]:
        """How the method valued trees, and how it balanced pairs, where it did."""
        config = METHODS.build(self.page["method"]).config
        trees = config if isinstance(config, Trees) else getattr(config, "trees", Trees())
        return trees, getattr(config, "balance", None)

    def _ranked(self, grown: Grown) -> Iterator[Ranked]:
        trees, _ = self._keys
        values = trees.values(grown)
        # Whether examples stay in prompts is said by the selection, whatever the method trained on.
        thresholds = trees.pairs.model_copy(update={"examples": True})
        for pair in pairs_of(grown.tree, values, thresholds):
            yield _ranked(grown, values, self.asking.pair(grown.tree, pair))

    def _chosen(self, found: list[Ranked]) -> list[Ranked]:
        if self.selection.pairs == "all":
            return found
        if self.selection.pairs == "usable":
            return [ranked for ranked in found if ranked.pair.usable]
        _, balance = self._keys
        if balance is None:
            raise ConfigError(f"the method of {self.run.name} trained on no pairs; give --pairs usable or all")
        kept = {id(pair) for pair in balanced((ranked.pair for ranked in found), balance)}
        return [ranked for ranked in found if id(ranked.pair) in kept]

    # episodes

    def episodes(self, default: Literal["wins", "all"]) -> list[Trajectory]:
        """The episodes asked for; ConfigError where there is none."""
        played = list(self._played())
        wins = (self.selection.episodes or default) == "wins"
        chosen = [episode for episode in played if episode.success] if wins else played
        self.tally["episodes"] = len(chosen)
        if not chosen:
            left = (
                f"none of its {len(played)} episodes succeeded; --episodes all tells all" if played else "none played"
            )
            raise ConfigError(f"{self.origin} gives no episode: {left}")
        return chosen

    @cached_property
    def turns(self) -> list[list[Turn]]:
        """What the policy was asked and wrote in each episode, each way there once."""
        told = [tuple(self.asking.turns(episode)) for episode in self.episodes("wins")]
        distinct = [list(turns) for turns in dict.fromkeys(told) if turns]
        if not distinct:
            raise ConfigError(f"in {self.origin} no model was asked for anything; nothing can be imitated")
        return distinct

    def conversations(self) -> list[Messages] | None:
        """One conversation an episode, in which the assistant says these replies and nothing else.

        None where that cannot be: where prompts hold examples as turns of the assistant, forget what came before, or
        a reply was asked for again; replies must be told one by one then.
        """
        if self.selection.replies:
            return None
        found = [whole(turns) for turns in self.turns]
        if not all(found):
            return None
        kept = [said for said in found if said and self.fits(said[:-1], said[-1].content)]
        self.tally["conversations"] = len(kept)
        return self._any(kept)

    def single(self) -> list[Turn]:
        """Every reply with its prompt, equal ones once."""
        turns = dict.fromkeys(turn for turns in self.turns for turn in turns)
        kept = [turn for turn in turns if self.fits(turn.messages, turn.reply)]
        self.tally["replies"] = len(kept)
        return self._any(kept)

    def fits(self, messages: Messages, *replies: str) -> bool:
        """Whether a prompt and each of these replies are short enough; those too long are counted."""
        fits = self._length is None or all(self._length.fits(messages, reply) for reply in replies)
        self.tally["left out as too long"] += not fits
        return fits

    @cached_property
    def _length(self) -> Length | None:
        return Length.of(self.selection.tokenizer, self.selection.tokens)

    def _played(self) -> Iterator[Trajectory]:
        """Practice's trajectories and the branches of its trees, or the test's."""
        if self.selection.part == "test":
            yield from self.book.test()
            return
        yield from self.book.trajectories()
        if (self.book.path / "trees").is_dir():
            for grown in self.trees():
                yield from grown.tree.branches()

    def _any(self, kept: list[R]) -> list[R]:
        if not kept:
            raise ConfigError(
                f"every record of {self.origin} has more than {self.selection.tokens} tokens; raise --tokens"
            )
        return kept


def whole(turns: Iterable[Turn]) -> Messages | None:
    """The conversation that says all of these replies and no other; None if they are not one conversation."""
    said: Messages = ()
    for turn in turns:
        new = turn.messages[len(said) :]
        if turn.messages[: len(said)] != said or any(message.role == "assistant" for message in new):
            return None
        said = (*turn.messages, Message("assistant", turn.reply))
    return said


def _ranked(grown: Grown, values: Values, pair: Pair) -> Ranked:
    a, b = pair.better, pair.worse
    worth = (values.value[a] or 0.0, values.value[b] or 0.0)
    visits, remaining = (values.visits[a], values.visits[b]), (values.remaining[a], values.remaining[b])
    return Ranked(pair, grown.tree.task.id, worth, visits, remaining)
