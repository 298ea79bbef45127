"""A model that says what it was told to say: for tests, demonstrations and dry runs.

A reply is a function of the request, never of how many calls were made before: a run that is killed and resumed,
or played in another order, hears the same words. So a list is read by turn: a request whose conversation holds n
assistant messages is answered with entry n. An entry is

    "go to desk 1"                                 a reply
    ["go to desk 1", "go to bed 1"]                alternatives: the request's seed picks one (seed modulo their number)
    {when = "lamp", reply = "use desklamp 1"}      a rule, outside the turns: it answers every request whose last
                                                   message matches the regular expression; the first rule wins

    [model]
    name = "scripted"
    replies = ["look", "go to desk 1"]             # or: file = "replies.jsonl"

A file ending in .json holds one list of entries, one ending in .jsonl an entry a line, any other a reply a line.
In Python, `Scripted.of` also takes a function from a request to a reply; only a function scores and embeds.
A token is a word: stop strings and `max_tokens` are honoured and usage is counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from pydantic import BaseModel, Field

from worldlore.config import Config, parse
from worldlore.errors import ConfigError, ContextOverflow
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Reply,
    Request,
    Score,
    Scores,
    Usage,
    Vectors,
    content_hash,
)
from worldlore.models.base import Model

Script = Callable[[Any], "str | Reply"]
"""From a request to what is said; a ModelError it raises becomes the Failure."""


Alternatives = Annotated[tuple[str, ...], Field(min_length=1)]


class Rule(Config):
    """A reply to whatever matches."""

    when: re.Pattern[str]
    """Searched for in the request's last message."""
    reply: str | Alternatives
    """What is said, or alternatives."""


Entry = str | Alternatives | Rule


class ScriptedConfig(Config):
    """Where the replies come from: one of the two."""

    replies: tuple[Entry, ...] = ()
    """What is said at the first turn, the second, ..., and rules."""
    file: Path | None = None
    """A file of entries: .json, .jsonl or plain lines."""
    repeat: bool = False
    """Begin again when the turns outnumber the replies; otherwise such a request fails."""


class Scripted(Model):
    """Replies by a script."""

    name = "scripted"
    Config = ScriptedConfig

    def __init__(self, config: ScriptedConfig, script: Script | None = None, identity: str = ""):
        if [bool(config.replies), config.file is not None, script is not None].count(True) != 1:
            raise ConfigError("model 'scripted' needs either replies = [...] or file = \"...\"")
        entries = _read(config.file) if config.file else config.replies
        self._rules = [entry for entry in entries if isinstance(entry, Rule)]
        self._turns = [entry for entry in entries if not isinstance(entry, Rule)]
        self._repeat = config.repeat
        self._script: Script = script or self._by_turn
        self.can = frozenset({"generate", "score", "embed"} if script else {"generate"})
        plain = [e.model_dump(mode="json") if isinstance(e, Rule) else e for e in entries]
        self.identity = f"scripted:{identity or (uuid4().hex if script else content_hash([plain, config.repeat]))}"

    @staticmethod
    def of(script: Sequence[Entry] | Script, *, repeat: bool = False, identity: str = "") -> Scripted:
        """A scripted model from a list of entries or a function.

        No two functions count as the same, not even across processes; name an `identity` if a response cache
        is to know one again.
        """
        if callable(script):
            return Scripted(ScriptedConfig(), script, identity)
        return Scripted(ScriptedConfig(replies=tuple(script), repeat=repeat), identity=identity)

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        """Say what the script says to each request."""
        return [self._answer(request, Completion) for request in requests]

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """The `Scores` the function gives for each request."""
        if "score" not in self.can:
            raise self.cannot("score")
        return [self._answer(request, Scores) for request in requests]

    def embed(self, requests: Sequence[Embed]) -> list[Vectors | Failure]:
        """The `Vectors` the function gives for each request."""
        if "embed" not in self.can:
            raise self.cannot("embed")
        return [self._answer(request, Vectors) for request in requests]

    def _answer(self, request: Request, kind: type[Any]) -> Any:
        try:
            reply = self._script(request)
        except ContextOverflow as error:
            return Failure(str(error), "context")
        except Exception as error:
            return Failure(f"the script failed: {type(error).__name__}: {error}")
        if isinstance(reply, str) and isinstance(request, Generate):
            return _said(request, request.begun + reply.removeprefix(request.begun))
        if isinstance(reply, kind | Failure):
            return reply
        return Failure(f"the script answered {type(request).__name__} with {type(reply).__name__}, not {kind.__name__}")

    def _by_turn(self, request: Generate) -> str | Failure:
        last = request.messages[-1].content if request.messages else ""
        for rule in self._rules:
            if rule.when.search(last):
                return _pick(rule.reply, request.sampling.seed)
        turn = sum(message.role == "assistant" for message in request.messages)
        if self._turns and self._repeat:
            turn %= len(self._turns)
        if turn >= len(self._turns):
            return Failure(
                f"turn {turn + 1} was asked for and the script holds {len(self._turns)}; "
                "add replies, or set repeat = true to begin again"
            )
        return _pick(self._turns[turn], request.sampling.seed)


def _pick(entry: str | tuple[str, ...], seed: int | None) -> str:
    return entry if isinstance(entry, str) else entry[(seed or 0) % len(entry)]


def _said(request: Generate, text: str) -> Completion:
    for stop in request.sampling.stop:
        text = text.partition(stop)[0]
    words = re.findall(r"\s*\S+", text)
    limit = request.sampling.max_tokens
    usage = Usage(_words(request.messages), min(len(words), limit))
    if len(words) > limit:
        return Completion("".join(words[:limit]), "length", usage=usage)
    return Completion(text, usage=usage)


def _words(messages: Sequence[Message]) -> int:
    return sum(len(message.content.split()) for message in messages)


class _Entries(BaseModel):
    replies: tuple[Entry, ...]


def _read(file: Path) -> tuple[Entry, ...]:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            entries = json.loads(text)
        elif file.suffix == ".jsonl":
            entries = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            entries = text.splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"model 'scripted' cannot read file = {str(file)!r}: {error}") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"model 'scripted': {file} is no {file.suffix[1:].upper()}: {error}") from error
    return parse(_Entries, {"replies": entries}, f"model 'scripted', {file}").replies
