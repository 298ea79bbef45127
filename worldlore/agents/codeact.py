"""CodeAct: the agent acts by programs in an interpreter that remembers (Wang et al., arXiv 2402.01030).

A reply is a thought and a block of Python; what the block prints, and how it fails, is the next observation. Where the
world asks a question (its first observation tells how an answer is written), a reply may also be an answer, and the
work goes on if that is wrong. How replies are read is in `grammar.py`. The first turns are, in order:

    world and form of a reply · functions · what was learned · solved tasks as turns (`dialogues.py`) · the task

Worlds of maths problems are played as they are; others are "programs" with session = "persistent" (without that key
each block begins with nothing defined).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import Field

from worldlore.agents import dialogues, grammar
from worldlore.agents.act import Act, ActConfig, Form
from worldlore.agents.base import Acting
from worldlore.agents.telling import Telling, first, joined, must_program
from worldlore.experience import Decision, Message, Step, Trajectory


class CodeActConfig(ActConfig):
    """Keys of agent "codeact": those of "act", with room for programs."""

    max_tokens: int | None = 768
    """Longest reply, thought and block together."""
    resign: str = ""
    """Words that end the episode when a reply without a block holds them, as "I give up"; "": it never resigns."""
    style: grammar.Style = "fenced"
    """How a block stands in a reply: "fenced" by ```python and ```, or "labelled" by Action: and End Action."""
    malformed: Literal["ask", "step"] = "ask"
    """What becomes of a reply that holds no block and no answer, or both: it is asked again, as often as `again` says;
    or it is a step that the world answers in its own words, so that a tree holds it (published)."""
    shots: int = Field(default=0, ge=0)
    """Solved tasks of the prompt file that are shown as turns before the task (published: gsm8k 8, math 1)."""
    instruction: str | None = None
    """Said at the beginning in place of what world and reply are like; "": nothing. Unset: the whole instruction."""


ASKED = (
    "In each turn write either one block of Python {block}, or one answer, never both:\n{example}\nor\n{answer}\n"
    "You may put a short thought before it. Write a few lines of Python at a time; variables and functions are kept "
    "for the next block, and you see what a block prints. Answer once the value is known. If you are told that an "
    "answer is incorrect, look for the mistake and answer again."
)
REMIND = (
    "That was neither one block of Python {block} nor one answer after 'Answer:', or it was both. Give one of them."
)
BETWEEN = {"fenced": "between ```python and ```", "labelled": "between a line 'Action:' and a line 'End Action'"}
EXAMPLE = Decision("total = 3 * 14\nprint(total)")


@dataclass(frozen=True)
class CodeAct(Act):
    """Observation in, thought and program out."""

    config: ActConfig = CodeActConfig()
    """Its keys."""
    answer: str = ""
    """How the world at hand wants an answer written; "" where it wants none."""

    name = "codeact"
    Config = CodeActConfig
    programs: ClassVar[Form] = Form(
        "Answer with a short thought and then one block of Python between ```python and ``` that calls these "
        "functions. Variables and functions you define are kept for the next block; you see what a block prints.",
        "That held no block of Python. Answer with a thought and one block between ```python and ```.",
        ("\nObservation:",),
        768,
    )

    def act(self, seen: Trajectory) -> Acting:
        """One request, or a few where the reply holds no block; ConfigError where actions are commands."""
        must_program(self.name, seen)
        return (yield from super(CodeAct, self._suited(seen)).act(seen))

    def conversation(self, seen: Trajectory) -> tuple[Message, ...]:
        """What the model is shown before it decides."""
        return super(CodeAct, self._suited(seen)).conversation(seen)

    def read_program(self, text: str) -> Decision | None:
        """The block, or the answer, of a reply and the thought before it."""
        decision = self._read(text).decision
        if decision is None and self._keys.malformed == "step" and not self.resigns(text):
            return Decision("")
        return decision

    def resigns(self, text: str) -> bool:
        """Whether it says so in the agreed words."""
        words = self._keys.resign
        return bool(words) and words.lower() in text.lower()

    def reply_for(self, decision: Decision) -> str:
        """The thought, where there is one, and the block or the answer."""
        return grammar.written(decision, self._keys.style)

    @property
    def _keys(self) -> CodeActConfig:
        return self.config if isinstance(self.config, CodeActConfig) else CodeActConfig()

    def _suited(self, seen: Trajectory) -> CodeAct:
        """The agent as this world wants it."""
        told = first(seen).functions or ()
        return replace(self, answer=next((line for line in told if line.startswith(grammar.LABEL)), ""))

    def _read(self, text: str) -> grammar.Reading:
        return grammar.read(text, self._keys.style, answers=bool(self.answer))

    def _opening(self, seen: Trajectory, telling: Telling) -> str:
        if self._keys.instruction is not None:
            return joined([self._keys.instruction, *self.memory.texts])
        functions = tuple(line for line in telling.functions or () if not line.startswith(grammar.LABEL))
        return super()._opening(seen, replace(telling, functions=functions))

    def _begun(self, opening: str, task: str, seen: Trajectory) -> tuple[Message, ...]:
        c = self._keys
        if not c.shots:
            return super()._begun(opening, task, seen)
        file = c.manual if c.manual not in ("", "none") else seen.task.environment
        return dialogues.before(opening, dialogues.drawn(file, c.shots, seen.task.key, c.style), task)

    def _seen_after(self, step: Step, text: str) -> str:
        """What is seen after a step, and what the agent should know about its reply."""
        return "\n".join(filter(None, [text, self._read(self._said(step)).reminder if self.answer else ""]))

    def _form(self, programs: bool) -> Form:
        form, words = self._asking(programs), self._keys.resign
        if not words:
            return form
        leave = f" If there is nothing more that you can do, answer '{words}' instead."
        return replace(form, request=form.request + leave, reminder=form.reminder + leave)

    def _asking(self, programs: bool) -> Form:
        form, style = super()._form(programs), self._keys.style
        block = BETWEEN[style]
        if self.answer:
            example = grammar.written(EXAMPLE, style)
            request = ASKED.format(block=block, example=example, answer=self.answer)
            return replace(form, request=request, reminder=REMIND.format(block=block))
        fenced = BETWEEN["fenced"]
        return replace(form, request=form.request.replace(fenced, block), reminder=form.reminder.replace(fenced, block))
