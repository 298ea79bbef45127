"""The published formats of conversations to imitate, each as a function from a record to one conversation's turns.

    codeact          CodeActInstruct: turns of user and assistant, actions as code (arXiv 2402.01030)
    ultrainteract    UltraInteract_sft: an instruction and the response to it (arXiv 2404.02078)
    llamafactory     LLaMA-Factory's: Alpaca columns with a history, or ShareGPT conversations
    trl              TRL's: messages, or a prompt and its completion; what the prompt holds is not learned

All that the assistant says is learned, where nothing else is said; what it says before anybody else is not. A record
in which nothing can be learned is malformed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from worldlore.experience import Message
from worldlore.methods.mixes.fields import Malformed, Messages, Record, opened, said, text_of, turns_of
from worldlore.training import Turn

Name = Literal["codeact", "ultrainteract", "llamafactory", "trl"]
Talk = tuple[Turn, ...]
"""The replies of one conversation, each with all that was said before it."""


def codeact(record: Record) -> Talk:
    """Every reply of a conversation."""
    return _learned(turns_of(record, "conversations"))


def ultrainteract(record: Record) -> Talk:
    """The response alone."""
    return _learned(
        (Message("user", text_of(record, "instruction")), Message("assistant", text_of(record, "response")))
    )


def llamafactory(record: Record) -> Talk:
    """Every reply of a conversation, or of a history and the output after it."""
    told = opened(record)
    return _learned(told if "conversations" in record else (*told, Message("assistant", text_of(record, "output"))))


def trl(record: Record) -> Talk:
    """Every reply of the messages, or of the completion."""
    if "messages" in record:
        return _learned(turns_of(record, "messages"))
    prompt = said(record, "prompt", "user")
    return _learned((*prompt, *said(record, "completion", "assistant")), len(prompt))


FORMATS: Mapping[Name, Callable[[Record], Talk]] = {
    "codeact": codeact,
    "ultrainteract": ultrainteract,
    "llamafactory": llamafactory,
    "trl": trl,
}
"""All formats by name."""


def _learned(messages: Messages, start: int = 0) -> Talk:
    """What the assistant says from a place on, as an answer to something."""
    first = next((i for i, message in enumerate(messages) if message.role == "user"), len(messages))
    talk = tuple(
        Turn(messages[:i], message.content)
        for i, message in enumerate(messages)
        if message.role == "assistant" and i >= max(first, start) and message.content.strip()
    )
    if not talk:
        raise Malformed("a turn of the assistant after one of the user's")
    return talk
