"""Writing: what the pairs teach, in words; knowledge of each task and of each moment, or one text for all tasks.

It is written by a comparison in code (`contrast.py`), by a language model (`synthesis.py`), or stands already in the
file that the pairs come from (`released.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from worldlore.agents import primer
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Lesson, Trajectory
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.pairs import Pair
from worldlore.methods.wkm.synthesis import Author, Known
from worldlore.rollout.practice import Practice

GENERAL = "world"
"""Name of the one text for all tasks among the lesson's knowledge."""


class WritingConfig(Config):
    """What is written, and by whom."""

    knowledge: Literal["contrast", "model", "given"] = "contrast"
    """Who writes the knowledge to be learned: a comparison in code, or a language model; or the file of `courses`
    holds it."""
    author: str = "policy"
    """Role of that language model; as published, the backbone itself."""
    primer: str = ""
    """File with examples and with the text written by hand; "" takes the world's own in `prompts/knowledge/`."""
    tasks: bool = True
    """Make task knowledge."""
    states: bool = True
    """Make state knowledge, and a case base of it where the agent fuses."""
    general: Literal["none", "contrast", "model", "written"] = "none"
    """One text for all tasks in place of knowledge of each (dataset-level knowledge): summed up, or written by hand."""


class Writer:
    """Writes as the keys say."""

    def __init__(self, config: WritingConfig, practice: Practice) -> None:
        self.config, self.practice = config, practice
        self.author = Author(practice.ask, config.author, practice.seed, config.primer)

    def written(self, pairs: Sequence[Pair]) -> list[Known]:
        """Knowledge of every pair, of both kinds; a language model is asked for what is wanted alone."""
        c = self.config
        if c.knowledge == "given":
            return _given(pairs)
        if c.knowledge == "model":
            return self.author.written(pairs, c.tasks or c.general == "model", c.states)
        contrast = Contrast(pairs)
        return [Known(p, contrast.task_knowledge(p), _states(contrast, p.chosen)) for p in pairs]

    def wanted(self, one: Known) -> Known:
        """The kinds of knowledge that are to be learned."""
        c = self.config
        return replace(one, task=one.task if c.tasks else "", states=one.states if c.states else ())

    def general(self, pairs: Sequence[Pair], written: Sequence[Known]) -> Lesson:
        """The one text for all tasks, if there is to be one."""
        text = self._general(pairs, written)
        return Lesson(knowledge={GENERAL: text} if text else {})

    def _general(self, pairs: Sequence[Pair], written: Sequence[Known]) -> str:
        match self.config.general:
            case "contrast":
                return Contrast(pairs).general()
            case "model":
                return self.author.summed_up([one.task for one in written])
            case "written":
                here = self.practice.tasks[0].environment if self.practice.tasks else ""
                return primer.known(self.config.primer or here, "world")
            case "none":
                return ""

    def told(self, known: Sequence[Known]) -> dict[str, Any]:
        """How much was written, how much of what should have been stayed empty, and what ended it, if anything did."""
        states = [state for one in known for state in one.states]
        missing = sum(not one.task for one in known) if self.config.tasks else 0
        told = {
            "pairs": len(known),
            "task_knowledge": sum(bool(one.task) for one in known),
            "state_knowledge": sum(map(bool, states)),
            "empty": missing + sum(not state for state in states),
        }
        return {**told, **self.author.told()}


def _states(contrast: Contrast, course: Trajectory) -> tuple[str, ...]:
    return tuple(contrast.state_knowledge(seen) for seen, _ in moments(course))


def _given(pairs: Sequence[Pair]) -> list[Known]:
    """What the file knows; the states of a course are those of its observations, the last ones of its turns."""
    found = [Known(pair, pair.told.task, _last(pair)) for pair in pairs if pair.told]
    if not any(one.task or any(one.states) for one in found):
        raise ConfigError(
            'method.knowledge = "given" takes the knowledge that stands in the file of method.courses, and there is '
            'none; let it be written: knowledge = "contrast", or "model"'
        )
    return found


def _last(pair: Pair) -> tuple[str, ...]:
    course = pair.chosen
    seen = len(course.steps) + (course.final is not None)
    return pair.told.states[-seen:][: len(course.steps)] if pair.told else ()
