"""Knowledge written by a language model: about a pair, and about each moment of the course to follow.

Temperature 0.5, at most 512 and 128 tokens, observations in transcripts cut to 1,000 characters (WKM, appendix and
released data). An answer that fails or is empty stays empty and is counted; it is never replaced by another one's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from worldlore.experience import Completion, Generate, Message, Reply, Request, Sampling, Step, Trajectory
from worldlore.methods.wkm.pairs import Pair

TASK_TOKENS, STATE_TOKENS, TEMPERATURE = 512, 128, 0.5
CUT = 1000
"""Characters of an observation that a transcript keeps."""
EXAMPLE = (
    "When you have to put a clean fork in a drawer, you should look for the fork on countertops and tables first. "
    "You should not go to the drawer before the fork is clean. The action workflows are: find and take the fork, "
    "clean it with the sink, go to the drawer and open it, put the fork in."
)
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


def written(pairs: Sequence[Pair], ask: Ask, role: str, seed: int = 0) -> list[Known]:
    """Both kinds of knowledge for every pair; one question a pair, then one a moment, all pairs side by side."""
    texts = [_text(reply) for reply in ask([_asked(task_prompt(pair), role, TASK_TOKENS, seed) for pair in pairs])]
    states: list[list[str]] = [[] for _ in pairs]
    for place in range(max((len(pair.chosen.steps) for pair in pairs), default=0)):
        live = [i for i, pair in enumerate(pairs) if place < len(pair.chosen.steps)]
        prompts = [state_prompt(pairs[i].chosen, states[i]) for i in live]
        replies = ask([_asked(prompt, role, STATE_TOKENS, seed, ("\n",)) for prompt in prompts])
        for i, reply in zip(live, replies, strict=True):
            states[i].append(_text(reply).removeprefix("State knowledge:").strip())
    return [Known(*found) for found in zip(pairs, map(_bare, texts), map(tuple, states), strict=True)]


def task_prompt(pair: Pair) -> str:
    """The question about a pair."""
    compared = f"A course that was tried:\n{_transcript(pair.rejected)}" if pair.rejected else "Nobody else tried it."
    return _prompt("task").format(success=_transcript(pair.chosen), compared=compared, example=EXAMPLE)


def state_prompt(course: Trajectory, states: Sequence[str]) -> str:
    """The question about the moment after as many steps as there are states."""
    lines = list[str]()
    for step, state in zip(course.steps, states, strict=False):
        lines += [step.observation.text, f"State knowledge: {state}", f"> {step.decision.action}"]
    lines.append(course.steps[len(states)].observation.text)
    return _prompt("state").format(transcript="\n".join(lines))


def _transcript(course: Trajectory) -> str:
    lines = [line for step in course.steps for line in _lines(step)]
    return "\n".join([*lines, *([course.final.text[:CUT]] if course.final else [])])


def _lines(step: Step) -> tuple[str, str]:
    return step.observation.text[:CUT], f"> {step.decision.action}"


def _asked(prompt: str, role: str, tokens: int, seed: int, stop: tuple[str, ...] = ()) -> Generate:
    return Generate((Message("user", prompt),), Sampling(TEMPERATURE, max_tokens=tokens, stop=stop, seed=seed), to=role)


def _text(reply: Reply) -> str:
    return reply.text.strip() if isinstance(reply, Completion) else ""


def _bare(text: str) -> str:
    return text.removeprefix("Task knowledge:").strip()


@cache
def _prompt(name: str) -> str:
    return files("worldlore.methods.wkm").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8").strip()
