"""Asking a server again: when it may help, after how long, and never for ever.

A wait doubles from try to try and is drawn at random below that, so that many clients do not return together.
A server that says `Retry-After` is obeyed, by every request in flight and not only by the one that was told.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

import openai

from worldlore.errors import ModelError

FIRST_WAIT = 0.5
"""Seconds before the second try; each later wait is twice as long."""
LONGEST_WAIT = 60.0
"""Seconds no doubled wait exceeds."""
LONGEST_RETRY_AFTER = 600.0
"""A server that asks for a longer wait than this has refused."""

_Answer = TypeVar("_Answer")


class Patience:
    """How often one server is asked for one answer; shared by all requests to it."""

    def __init__(self, retries: int):
        self.retries = retries
        self._lock = threading.Lock()
        self._closed_until = 0.0

    def ask(self, call: Callable[[], _Answer], explain: Callable[[Exception, int], ModelError]) -> _Answer:
        """The answer of `call`, tried at most 1 + `retries` times; else what `explain` makes of the last error.

        A ModelError passes through at once. An answer of the wrong shape (ValueError and its like) counts as a
        garbled one and is asked for again.
        """
        tries = 0
        while True:
            self._queue()
            tries += 1
            try:
                return call()
            except (openai.OpenAIError, ValueError, AttributeError, TypeError, LookupError) as error:
                wait = wait_before_retry(error, tries)
                if wait is None or tries > self.retries:
                    raise explain(error, tries) from error
                self._hold(error, wait)

    def _queue(self) -> None:
        """Wait until the server wants requests again."""
        while (left := self._closed_until - time.monotonic()) > 0:
            time.sleep(left)

    def _hold(self, error: Exception, wait: float) -> None:
        if retry_after(error) is None:
            time.sleep(wait)
            return
        with self._lock:
            self._closed_until = max(self._closed_until, time.monotonic() + wait)


def wait_before_retry(error: Exception, tries: int) -> float | None:
    """Seconds to wait after so many tries; None if another would not help."""
    if isinstance(error, openai.APIStatusError):
        passing = error.status_code in (408, 409, 425, 429) or error.status_code >= 500
        if not passing or error.code == "insufficient_quota":
            return None
    told = retry_after(error)
    if told is not None:
        return told * random.uniform(1.0, 1.1) if told <= LONGEST_RETRY_AFTER else None
    return min(FIRST_WAIT * 2.0 ** (tries - 1), LONGEST_WAIT) * random.uniform(0.5, 1.0)


def retry_after(error: Exception) -> float | None:
    """Seconds the server asks to wait, from `Retry-After` in either of its forms; None if it does not say."""
    if not isinstance(error, openai.APIStatusError):
        return None
    told = error.response.headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(told).timestamp() - time.time()
        except ValueError:
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None
