"""Knowledge written by a language model: about a pair, about each moment of the course to follow, about a whole world.

Temperature 0.5, at most 512 and 128 tokens, observations in transcripts cut to 1,000 characters (WKM, appendix and
released data). An answer that fails or is empty stays empty and is counted; it is never replaced by another one's.
The exchanges are in the run, word for word; of those that failed, metrics tell the number and the first reason.
Where the budget ends before everything is written, what is written stays, and `ended` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from worldlore.agents import primer
from worldlore.errors import BudgetSpent
from worldlore.experience import Completion, Failure, Generate, Message, Reply, Request, Sampling, Step, Trajectory
from worldlore.methods.wkm.pairs import Pair

TASK_TOKENS, STATE_TOKENS, TEMPERATURE = 512, 128, 0.5
CUT = 1000
"""Characters of an observation that a transcript keeps."""
MOST = 40
"""Task knowledge of so many tasks, at most, is summed up for a whole world."""
EXAMPLE = (
    "When you have to bring a thing from one place to another, you should look for it where such things are kept and "
    "take it as soon as you see it. You should not search a place twice. The action workflows are: find the thing, "
    "take it, go to the place, put it there."
)
"""Shown where a world has no example of its own."""
Ask = Callable[[Sequence[Request]], Sequence[Reply]]


@dataclass(frozen=True)
class Known:
    """What is known of one task's course."""

    pair: Pair
    """The courses it was learned from."""
    task: str
    """Task knowledge; "" where there is none."""
    states: tuple[str, ...]
    """State knowledge at each step's moment; "" where there is none."""


@dataclass
class Author:
    """A language model that writes knowledge."""

    ask: Ask
    """Asks models."""
    role: str
    """Which one."""
    seed: int = 0
    """Of its sampling."""
    file: str = ""
    """Which file has its examples; "" takes the world's own."""
    ended: str = ""
    """Why it could not finish; "" where it could."""
    failures: list[str] = field(default_factory=list[str])
    """Why questions were not answered, one after the other."""

    def written(self, pairs: Sequence[Pair], tasks: bool = True, states: bool = True) -> list[Known]:
        """The kinds of knowledge wanted, for every pair; one question a pair, then one a moment, pairs side by side."""
        prompts = [task_prompt(pair, self.file) for pair in pairs] if tasks else []
        texts = map(_bare, self._answers(prompts, TASK_TOKENS)) if tasks else [""] * len(pairs)
        moments = self._moments(pairs) if states else [()] * len(pairs)
        return [Known(*found) for found in zip(pairs, texts, moments, strict=True)]

    def _moments(self, pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
        states: list[list[str]] = [[] for _ in pairs]
        for place in range(max((len(pair.chosen.steps) for pair in pairs), default=0)):
            live = [i for i, pair in enumerate(pairs) if place < len(pair.chosen.steps)]
            prompts = [state_prompt(pairs[i].chosen, states[i], self.file) for i in live]
            for i, text in zip(live, self._answers(prompts, STATE_TOKENS, ("\n",)), strict=True):
                states[i].append(text.removeprefix("State knowledge:").strip())
        return list(map(tuple, states))

    def summed_up(self, texts: Sequence[str]) -> str:
        """Task knowledge of single tasks as one text about their world; "" where there is none."""
        told = "\n".join(f"- {text}" for text in texts[:MOST] if text)
        (text,) = self._answers([_prompt("general").format(texts=told)], TASK_TOKENS) if told else ("",)
        return text.removeprefix("Knowledge:").strip()

    def _answers(self, prompts: Sequence[str], tokens: int, stop: tuple[str, ...] = ()) -> list[str]:
        if self.ended:
            return [""] * len(prompts)
        sampling = Sampling(TEMPERATURE, max_tokens=tokens, stop=stop, seed=self.seed)
        try:
            replies = self.ask([Generate((Message("user", prompt),), sampling, to=self.role) for prompt in prompts])
        except BudgetSpent as spent:
            self.ended = str(spent)
            return [""] * len(prompts)
        return [self._text(reply) for reply in replies]

    def _text(self, reply: Reply) -> str:
        if isinstance(reply, Failure):
            self.failures.append(reply.error)
        return reply.text.strip() if isinstance(reply, Completion) else ""

    def told(self) -> dict[str, Any]:
        """What did not go well, as metrics."""
        ended = {"ended": self.ended} if self.ended else {}
        return {**ended, **({"failed": len(self.failures), "failure": self.failures[0]} if self.failures else {})}


def task_prompt(pair: Pair, file: str = "") -> str:
    """The question about a pair."""
    task = pair.chosen.task
    compared = f"A course that was tried:\n{_transcript(pair.rejected)}" if pair.rejected else "Nobody else tried it."
    example = primer.task_example(file or task.environment, task) or EXAMPLE
    return _prompt("task").format(success=_transcript(pair.chosen), compared=compared, example=example)


def state_prompt(course: Trajectory, states: Sequence[str], file: str = "") -> str:
    """The question about the moment after as many steps as there are states."""
    lines = list[str]()
    for step, state in zip(course.steps, states, strict=False):
        lines += [step.observation.text, f"State knowledge: {state}", f"> {step.decision.action}"]
    lines.append(course.steps[len(states)].observation.text)
    example = primer.known(file or course.task.environment, "state knowledge")
    shown = f"An example, of another episode:\n{example}\n\n" if example else ""
    return _prompt("state").format(example=shown, transcript="\n".join(lines))


def _transcript(course: Trajectory) -> str:
    lines = [line for step in course.steps for line in _lines(step)]
    return "\n".join([*lines, *([course.final.text[:CUT]] if course.final else [])])


def _lines(step: Step) -> tuple[str, str]:
    return step.observation.text[:CUT], f"> {step.decision.action}"


def _bare(text: str) -> str:
    return text.removeprefix("Task knowledge:").strip()


@cache
def _prompt(name: str) -> str:
    return files("worldlore.methods.wkm").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8").strip()
