"""One server, asked over HTTP: bounded in time and size, and its faults in plain words.

A request is sent again only where that is safe: when it surely never arrived, or when the caller says that twice does
no harm; a step may have been done although its answer was lost, so it is not repeated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx2

from worldlore.errors import EnvironmentFailure

LARGEST = 8 * 2**20
"""Bytes of an answer that are read; more is an answer to something else."""
PAUSES = (0.3, 1.5)
"""Seconds before the second and the third try."""
PASSING = frozenset({429, 502, 503, 504})
"""Statuses of a server that is busy or only just starting."""
FAREWELL = 5.0
"""Seconds a server may take for what needs no answer."""
_KEPT = 2.0
"""Seconds an idle connection is used again; servers close theirs after about five."""
LOCAL = ("127.0.0.1", "localhost", "::1")
"""Names of this machine; no proxy stands before them."""


class RefusedError(EnvironmentFailure):
    """The server answered, and said no."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status
        """The answer's HTTP status."""


class SilentError(EnvironmentFailure):
    """Nothing came back in time."""


class _UnsentError(SilentError):
    """The request surely did not arrive."""


class _BrokenOffError(EnvironmentFailure):
    """The connection broke; whether the request was done is unknown."""


class Server:
    """Where it is, and how long it may take."""

    def __init__(self, url: str, seconds: float):
        self.url = url.rstrip("/")
        self.seconds = seconds
        parts = urlsplit(url)
        self._client = httpx2.Client(
            verify=parts.scheme == "https",  # elsewhere certificates are slow to load and never asked for
            limits=httpx2.Limits(max_connections=4, keepalive_expiry=_KEPT),
            trust_env=parts.hostname not in LOCAL,  # a proxy leads elsewhere from here
        )

    def get(self, route: str, **asked: Any) -> Any:
        """What GET answers; asked again where that may help."""
        return self._parsed(route, self._ask("GET", route, {"params": asked}, True))

    def dismiss(self, route: str, body: Mapping[str, Any]) -> None:
        """POST what needs no answer and waits for none long."""
        with suppress(EnvironmentFailure):
            self._once("POST", route, {"json": dict(body)}, min(FAREWELL, self.seconds))

    def post(self, route: str, body: Mapping[str, Any] | None = None, again: bool = False) -> Any:
        """What POST answers; `again` where asking twice does no harm."""
        return self._parsed(route, self._ask("POST", route, {} if body is None else {"json": dict(body)}, again))

    def reach(self) -> None:
        """EnvironmentFailure unless something answers, whatever it says."""
        with suppress(RefusedError):
            self._ask("GET", "", {}, True)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def where(self, route: str) -> str:
        """A route, for messages."""
        return f"{self.url}/{route}"

    def _ask(self, method: str, route: str, what: Mapping[str, Any], again: bool) -> str:
        for pause in PAUSES:
            try:
                return self._once(method, route, what, self.seconds)
            except EnvironmentFailure as error:
                if not _may_repeat(error, again):
                    raise
            time.sleep(pause)
        return self._once(method, route, what, self.seconds)

    def _once(self, method: str, route: str, what: Mapping[str, Any], seconds: float) -> str:
        end = time.monotonic() + seconds
        try:
            with self._client.stream(method, self.where(route), timeout=seconds, **what) as reply:
                body = self._read(reply, route, end)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _UnsentError(f"{self.url} does not answer ({error}); start the server or correct url") from error
        except httpx2.TimeoutException as error:
            raise self._slow(route) from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise _BrokenOffError(
                f"{self.where(route)} broke off in the middle of an answer ({error}); look into the server's log"
            ) from error
        text = body.decode("utf-8", "replace")
        if not reply.is_success:
            says = f"{reply.status_code}: {short(text) or 'nothing'}"
            raise RefusedError(f"{self.where(route)} answered {says}; look into the server's log", reply.status_code)
        return text

    def _read(self, reply: httpx2.Response, route: str, end: float) -> bytes:
        body = bytearray()
        for chunk in reply.iter_bytes():
            body += chunk
            if len(body) > LARGEST:
                raise EnvironmentFailure(
                    f"{self.where(route)} answered with more than {LARGEST >> 20} MiB; is this the right server?"
                )
            if time.monotonic() > end:
                raise self._slow(route)
        return bytes(body)

    def _parsed(self, route: str, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise EnvironmentFailure(
                f"{self.where(route)} answered with something other than JSON ({short(text) or 'nothing'}); "
                "is this the right server?"
            ) from error

    def _slow(self, route: str) -> SilentError:
        return SilentError(
            f"{self.where(route)} gave no answer within {self.seconds:g} s; "
            "see what keeps the server busy, or raise timeout and limits.step_seconds"
        )


def short(value: Any, most: int = 200) -> str:
    """A value in one line that fits a message."""
    text = " ".join(str(value).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _may_repeat(error: EnvironmentFailure, again: bool) -> bool:
    if isinstance(error, RefusedError):
        return again and error.status in PASSING
    return isinstance(error, _UnsentError) or (again and isinstance(error, _BrokenOffError))
