"""Where an author asks its model: several at once, again where a reply is of no use, in an order that never changes.

Each request carries a seed that depends on where it stands and on nothing else, so that samples differ and a resumed
run asks the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from worldlore.errors import ConfigError
from worldlore.experience import Completion, Failure, Generate, Message, Reply, Sampling
from worldlore.methods.learnact.replies import Fault
from worldlore.rollout.loop import seeded
from worldlore.rollout.practice import Practice

T = TypeVar("T")


@dataclass
class Draft(Generic[T]):
    """One sample: what was said about it, and what became of it."""

    messages: list[Message]
    """The conversation."""
    value: T | None = None
    """What was read from the last reply; None: nothing yet."""
    faults: list[str] = field(default_factory=list[str])
    """Why the replies before could not be used."""
    lost: bool = False
    """The model failed, and nothing more is asked."""


class Desk:
    """Asks the learner."""

    def __init__(self, practice: Practice, attempts: int, sampling: Sampling) -> None:
        self._practice = practice
        self._attempts = attempts
        self._sampling = sampling
        self.role = _role(practice)
        self.asked = 0
        """Requests so far."""

    def drafts(self, prompt: str, samples: int, read: Callable[[str], T]) -> list[Draft[T]]:
        """Samples of a reply that `read` can use; one it refuses is sent back with the reason, a few times."""
        drafts = [Draft[T]([Message("user", prompt)]) for _ in range(samples)]
        for _ in range(self._attempts):
            waiting = [draft for draft in drafts if draft.value is None and not draft.lost]
            replies = self._ask([draft.messages for draft in waiting], self._sampling)
            for draft, reply in zip(waiting, replies, strict=True):
                self._take(draft, reply, read)
        for place, draft in enumerate(drafts):
            if draft.value is None:
                self._practice.log(phase="practice", dropped=place, faults=draft.faults)
        return [draft for draft in drafts if draft.value is not None]

    def answers(self, prompts: Sequence[str]) -> list[str]:
        """The likeliest reply to each prompt; empty where the model failed."""
        plain = Sampling(max_tokens=self._sampling.max_tokens)
        replies = self._ask([[Message("user", prompt)] for prompt in prompts], plain)
        return [reply.text if isinstance(reply, Completion) else "" for reply in replies]

    def _ask(self, conversations: Sequence[Sequence[Message]], sampling: Sampling) -> list[Reply]:
        fill = seeded("learnact", self._practice.seed, self.asked)
        requests = [fill(Generate(tuple(told), sampling, self.role), k) for k, told in enumerate(conversations)]
        self.asked += len(requests)
        return self._practice.ask(requests) if requests else []

    def _take(self, draft: Draft[T], reply: Reply, read: Callable[[str], T]) -> None:
        if not isinstance(reply, Completion):
            draft.lost = True
            draft.faults.append(reply.error if isinstance(reply, Failure) else "the reply is no text")
            return
        try:
            draft.value = read(reply.text)
        except Fault as fault:
            told = f"{fault} The reply was cut off: be brief." if reply.finish == "length" else str(fault)
            draft.faults.append(told)
            draft.messages += [Message("assistant", reply.text or "(nothing)"), Message("user", again(told))]


def _role(practice: Practice) -> str:
    """Who is asked; ConfigError where nobody can answer."""
    models = practice.stage.models
    role = "learner" if "learner" in models else "policy"
    if role not in models:
        raise ConfigError(
            "learnact asks a model in the role 'learner' or 'policy'; add [models.learner], or take author = \"mined\""
        )
    if "generate" not in models[role].can:
        raise ConfigError(f"learnact asks for code in words: {models[role].cannot('generate')}")
    return role


def again(fault: str) -> str:
    """What is said of a reply that cannot be used."""
    return f"{fault}\n\nSay briefly what was wrong, then give the whole answer again, put right."
