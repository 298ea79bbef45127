"""Several servers of one model: a conversation stays where its beginning was read, load stays even, the dead are left.

A server keeps what it has read, so a request should go where the conversation went that it continues. A request that
begins with all the messages of an earlier one continues it; one that continues none is placed by a hash of its
messages, and what continues it goes the same way. So an episode stays on one server, and so does a whole tree, which
begins with one request; tasks spread, however much their prompts have in common. No server gets more than its share of
the requests in flight and a quarter on top: what is beyond goes to the next one in the order of the hash.

A server that does not answer is left alone for a while, and its requests go to the next one, too.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urlsplit

import openai

from worldlore.experience import Message

SLACK = 1.25
"""A server gets at most so many times its share of the requests in flight."""
REST = 30.0
"""Seconds a server that did not answer is left alone."""
KNOWN = 100_000
"""Requests that are remembered."""
_GONE = (502, 503, 504)
"""What a gateway says of a server that is gone."""
_Answer = TypeVar("_Answer")


@dataclass(eq=False)
class Replica:
    """One server."""

    url: str
    """Where it is."""
    client: openai.OpenAI
    """Asks it."""
    flying: int = 0
    """Requests in flight."""
    rests_until: float = 0.0
    """It did not answer and is left alone until then, by the monotonic clock."""


class Replicas:
    """Servers that all give the same replies. Safe under threads."""

    def __init__(self, clients: Sequence[tuple[str, openai.OpenAI]], concurrency: int) -> None:
        """`concurrency` is how many requests are in flight at all of them together."""
        self.all = [Replica(url, client) for url, client in clients]
        self._most = math.ceil(SLACK * concurrency / len(self.all))
        self._roots: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, messages: Sequence[Message], call: Callable[[openai.OpenAI], _Answer]) -> _Answer:
        """What a server answers; of those that do not, the last one's error once none is left to try."""
        trail = list(_trail(messages))
        while True:
            replica = self._choose(trail)
            try:
                return call(replica.client)
            except (openai.APIConnectionError, openai.InternalServerError) as error:
                if not (is_gone(error) and self._another(replica)):
                    raise
            finally:
                with self._lock:
                    replica.flying -= 1

    def close(self) -> None:
        """Close the connections."""
        for replica in self.all:
            replica.client.close()

    def _choose(self, trail: Sequence[bytes]) -> Replica:
        """The server for a conversation, which counts as asked."""
        with self._lock:
            now = time.monotonic()
            awake = [replica for replica in self.all if replica.rests_until <= now] or self.all
            root = self._root(trail)
            order = sorted(awake, key=lambda replica: _rank(root, replica.url))
            free = (replica for replica in order if replica.flying < self._most)
            chosen = next(free, None) or min(order, key=lambda replica: replica.flying)
            chosen.flying += 1
            return chosen

    def _root(self, trail: Sequence[bytes]) -> bytes:
        """The mark of the first request of all that this one continues."""
        root = next((self._roots[mark] for mark in reversed(trail) if mark in self._roots), trail[-1])
        self._roots[trail[-1]] = root
        self._roots.move_to_end(trail[-1])
        if len(self._roots) > KNOWN:
            self._roots.popitem(last=False)
        return root

    def _another(self, lost: Replica) -> bool:
        """Let a server rest; whether one is awake."""
        with self._lock:
            lost.rests_until = time.monotonic() + REST
            return any(replica.rests_until <= time.monotonic() for replica in self.all)


def address(url: str) -> str:
    """An address as it is used; ValueError for what is none, or holds a key."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address like http://localhost:8000/v1")
    if parts.username or parts.password:
        raise ValueError("an address holds no key; put it into an environment variable and name that in key_env")
    return url.rstrip("/")


def is_gone(error: BaseException | None) -> bool:
    """Whether a server is gone, by what it or its gateway answered."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _GONE
    return isinstance(error, openai.APIConnectionError)


def _trail(messages: Sequence[Message]) -> Iterator[bytes]:
    """A mark for each beginning of a conversation, the whole one last."""
    whole = blake2b(digest_size=16)
    for message in messages or (Message("user", ""),):
        for part in (message.role, message.content):
            text = part.encode("utf-8", "surrogatepass")
            whole.update(len(text).to_bytes(8) + text)
        yield whole.digest()


def _rank(mark: bytes, url: str) -> bytes:
    """Rendezvous hashing: each server has its own order for a mark, so that one more moves few conversations."""
    return blake2b(mark + url.encode(), digest_size=8).digest()
