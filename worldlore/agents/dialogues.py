"""Solved tasks shown as turns of the conversation, before the task itself: few-shot dialogues.

A prompt file holds them under "codeact dialogues": each begins with a task, a line that begins with `> ` begins a
reply, one that begins with `< ` what was seen then, and a line of three dashes ends it. Replies are written with fenced
blocks there and put into the agent's own style. In the conversation they stand between two sentences, so that they can
be taken out again where a model is trained on what it replied, and not on the examples it was shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from worldlore.agents.grammar import Style, read, written
from worldlore.agents.manual import DIALOGUES, section
from worldlore.agents.telling import joined
from worldlore.errors import ConfigError
from worldlore.experience import Message
from worldlore.experience.messages import Role

BEGIN = "First, some tasks that were solved in this way."
NEXT = "Now the next task; all that was said at the beginning holds for it."
TURN = re.compile(r"^([<>]) ", re.M)
ROLES: dict[str, Role] = {">": "assistant", "<": "user"}
Dialogue = tuple[Message, ...]


def drawn(file: str, shots: int, key: str, style: Style) -> list[Dialogue]:
    """So many dialogues of a prompt file, in their order; which, if not all, is drawn by the task's key."""
    pool = dialogues(file)
    if shots > len(pool):
        have = f"holds {len(pool)}" if pool else "holds none"
        raise ConfigError(
            f"agent.shots = {shots}, and the prompt file {file!r} {have} under '## {DIALOGUES}'; give fewer, or name "
            "a file of your own as agent.manual"
        )
    chosen = sorted(Random(f"{key} dialogues").sample(range(len(pool)), shots))
    return [tuple(_styled(message, style) for message in pool[at]) for at in chosen]


def dialogues(file: str) -> list[Dialogue]:
    """All dialogues of a prompt file."""
    return [_parsed(text.strip()) for text in re.split(r"^---$", section(file, DIALOGUES), flags=re.M) if text.strip()]


def before(opening: str, shown: Sequence[Dialogue], task: str) -> tuple[Message, ...]:
    """The conversation up to the task: the opening, the dialogues, the task."""
    turns, words = list[Message](), [opening, BEGIN]
    for dialogue in shown:
        turns += [Message("user", joined([*words, dialogue[0].content])), *dialogue[1:]]
        words = [turns.pop().content if turns[-1].role == "user" else "", NEXT]
    return (*turns, Message("user", joined([*words, task])))


def without_examples(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The same conversation as if no dialogues had been shown; doing it twice changes nothing more."""
    places = [at for at, message in enumerate(messages) if message.role == "user" and NEXT in message.content]
    if not places or BEGIN not in messages[0].content:
        return tuple(messages)
    opening = messages[0].content.partition(BEGIN)[0].strip()
    task = messages[places[-1]].content.partition(NEXT)[2].strip()
    return (Message("user", joined([opening, task])), *messages[places[-1] + 1 :])


def _parsed(text: str) -> Dialogue:
    task, *rest = TURN.split(text)
    turns = [Message(ROLES[mark], said.strip()) for mark, said in zip(rest[::2], rest[1::2], strict=True)]
    return (Message("user", task.strip()), *turns)


def _styled(message: Message, style: Style) -> Message:
    """A reply of a prompt file as the agent itself would write it."""
    decision = read(message.content, "fenced", answers=True).decision if message.role == "assistant" else None
    return message if decision is None else Message("assistant", written(decision, style))
