"""One connection to an OpenEnv server, which there is a session with a world of its own.

It is made when it is needed. EnvironmentFailure where the server says no, says something else or says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from worldlore.environments.agentgym.server import LARGEST, LOCAL, Server, short
from worldlore.errors import EnvironmentFailure

_FAREWELL = 2.0
SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
"""Scheme of an address -> that of its WebSocket."""


class UnreadError(EnvironmentFailure):
    """The server could not read what it was sent, and did nothing."""


class LostError(EnvironmentFailure):
    """The connection is gone."""


class Session:
    """A session on a server."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url, self._timeout = url, timeout
        self._line: ClientConnection | None = None
        self._open = ExitStack()

    def reach(self) -> None:
        """EnvironmentFailure where no server answers."""
        parts = urlsplit(self._url)
        scheme = "https" if SCHEMES[parts.scheme] == "wss" else "http"
        server = Server(parts._replace(scheme=scheme).geturl(), self._timeout)
        try:
            server.reach()
        finally:
            server.close()

    def reset(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Begin an episode; what the server says."""
        kept = self._line
        try:
            return self._ask({"type": "reset", "data": told})
        except LostError:
            if kept is None:
                raise
            return self._ask({"type": "reset", "data": told})  # the server was started again in between

    def step(self, action: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do an action; what the server says. UnreadError where it does not understand."""
        return self._ask({"type": "step", "data": action})

    def close(self) -> None:
        """Say goodbye, which ends the session on the server; the next message connects anew."""
        if self._line is not None:
            line, self._line = self._line, None
            with suppress(ConnectionClosed):  # it may have gone before us
                line.send('{"type": "close"}')
            self._open.close()

    def strange(self, expected: str, reply: Any) -> EnvironmentFailure:
        """What to say of a reply of another shape."""
        answered = short(json.dumps(reply), 120)
        return EnvironmentFailure(
            f"{self._url} should answer with {expected}, and answered {answered}; see environment.text"
        )

    def _ask(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """The data of the answer."""
        return self._answered(self._exchange(json.dumps(message)))

    def _exchange(self, message: str) -> str | bytes:
        line, where = self._connected(), self._url
        try:
            with suppress(ConnectionClosed):  # a server that closes mostly says why, and that is read next
                line.send(message)
            return line.recv(timeout=self._timeout)
        except TimeoutError as error:
            raise EnvironmentFailure(
                f"{where} gave no answer within {self._timeout:g} s; "
                "see what keeps the server busy, or raise timeout and limits.step_seconds"
            ) from error
        except ConnectionClosed as error:
            self.close()
            raise LostError(
                f"{where} broke off the connection ({error}), and this episode with it; look into the server's log"
            ) from error

    def _answered(self, raw: str | bytes) -> Mapping[str, Any]:
        try:
            reply = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise EnvironmentFailure(
                f"{self._url} answered with something other than JSON ({short(raw)}); is this an OpenEnv server?"
            ) from error
        kind, data = (reply.get("type"), reply.get("data")) if isinstance(reply, dict) else (None, None)
        if not isinstance(data, dict) or kind not in ("observation", "error"):
            raise self.strange("a message of type observation", reply)
        if kind == "error":
            raise self._refused(data)
        return data

    def _refused(self, data: Mapping[str, Any]) -> EnvironmentFailure:
        code, says = str(data.get("code")), short(data.get("message"))
        if code == "VALIDATION_ERROR":
            faults = data.get("errors")
            return UnreadError(f"The server did not understand: {_faults(faults) or says}.")
        if code == "CAPACITY_REACHED":
            remedy = "set limits.width to its number of sessions, or raise max_concurrent_envs there"
            return EnvironmentFailure(f"{self._url} has no session left ({says}); {remedy}")
        return EnvironmentFailure(f"{self._url} refused ({code}): {says}; look into the server's log")

    def _connected(self) -> ClientConnection:
        if self._line is None:
            parts = urlsplit(self._url)
            url = parts._replace(scheme=SCHEMES[parts.scheme], path=f"{parts.path}/ws").geturl()
            try:
                self._line = self._open.enter_context(
                    connect(
                        url,
                        open_timeout=self._timeout,
                        close_timeout=_FAREWELL,
                        max_size=LARGEST,
                        ping_interval=None,  # how long to wait is said by timeout
                        proxy=None if parts.hostname in LOCAL else True,
                    )
                )
            except (OSError, InvalidHandshake) as error:
                raise EnvironmentFailure(
                    f"{self._url} takes no connection ({short(error) or 'no answer'}); "
                    "start the OpenEnv server or correct url"
                ) from error
        return self._line


def _faults(errors: Any) -> str:
    """What was wrong with the fields of an action."""
    found = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return "; ".join(f"{'.'.join(map(str, e.get('loc') or ['?']))}: {short(e.get('msg'))}" for e in found)
