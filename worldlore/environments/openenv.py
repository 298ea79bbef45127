"""Worlds behind OpenEnv servers (`openenv-core` 0.2 and later), over their WebSocket; it needs the extra `openenv`.

    [environment]
    name = "openenv"
    url = "http://127.0.0.1:8000"
    action = "message"                    # the field of the server's action that takes what the agent writes

Each object has one connection, which on the server is one session with a world of its own. Actions and observations of
OpenEnv are records: `action` names the field for the agent's text, `choices` gives whole actions by name where there
are finitely many, and `text` names the fields that are shown. A task is a seed, sent with the reset; whether the server
heeds it, `worldlore check` tells. How well an episode stands is its rewards so far over `highest`, kept within 0 and 1.

A lost connection fails the episode; the next one connects anew. The package `openenv-core` brings a web framework and
a user interface, so its protocol is spoken here without it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from worldlore.config import Config
from worldlore.environments.agentgym.replies import fit
from worldlore.environments.agentgym.server import LARGEST, LOCAL, Server, short
from worldlore.environments.base import Environment, Outcome
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

_FAREWELL = 2.0
_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class OpenenvConfig(Config):
    """Keys of environment "openenv"."""

    url: str = "http://127.0.0.1:8000"
    """Where the server is; OpenEnv's own start on this port."""
    action: str = "message"
    """The field of the server's action that takes the agent's text: "message", "code", …"""
    extra: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    """Fields that every action has besides."""
    choices: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict[str, Mapping[str, Any]])
    """Name -> the action it stands for, as in { left = { action_id = 0 } }; in place of `action`."""
    text: tuple[str, ...] = ()
    """The fields of an observation that are shown; unset: all that are text."""
    admissible: str = ""
    """The field of an observation that lists the names of admissible actions; "" where there is none."""
    reset: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    """What a reset is told beside the seed."""
    seeds: Mapping[str, tuple[int, int]] = {"train": (0, 100), "test": (100_000, 100)}
    """Split -> its first seed, and how many; each seed is a task."""
    goal: str = ""
    """What is to be done, told before what is seen first; "" where the server says it itself."""
    highest: float = Field(default=1.0, gt=0)
    """The sum of rewards of an episode that could not go better."""
    success: float = Field(default=1.0, ge=0, le=1)
    """The score from which an episode that is over is a success."""
    timeout: float = Field(default=50.0, gt=0)
    """Seconds the server may take for an answer; limits.step_seconds bounds it too."""

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.query or parts.username:
            raise ValueError("expected an address such as http://127.0.0.1:8000")
        return url.rstrip("/").removesuffix("/ws")

    @model_validator(mode="after")
    def _possible(self) -> OpenenvConfig:
        if any(first < 0 or count < 0 for first, count in self.seeds.values()):
            raise ValueError("seeds: expected a first seed and a number of seeds, none below 0, as in [0, 100]")
        if any(name != name.strip() or not name for name in self.choices):
            raise ValueError("choices: a name has no spaces around it and is not empty")
        return self


@dataclass(frozen=True, slots=True)
class Playing:
    """What is known of the episode in play."""

    total: float = 0.0
    """Rewards so far."""
    over: bool = False
    """It is over."""
    possible: tuple[str, ...] | None = None
    """The actions that were told last; None for any text."""


class Openenv(Environment):
    """A world on a server that speaks OpenEnv's protocol."""

    name = "openenv"
    Config = OpenenvConfig

    def __init__(self, config: OpenenvConfig):
        self.config = config
        self._line: ClientConnection | None = None
        self._open = ExitStack()
        self._playing: Playing | None = None

    def tasks(self, split: str) -> Sequence[Task]:
        """A task for each seed of the split; what it asks is known to the server alone."""
        c = self.config
        if split not in c.seeds:
            raise unknown("split of openenv", split, c.seeds)
        first, count = c.seeds[split]
        goal, data = c.goal or "Do what is asked.", {"reset": dict(c.reset)}
        seeds = range(first, first + count)
        return tuple(Task(f"{split}-{seed}", self.name, split, goal, {**data, "seed": seed}) for seed in seeds)

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin the world of the task's own seed; `seed` changes nothing."""
        self._playing = None
        try:
            text, possible = self._shown(self._begun(task))
        except EnvironmentFailure:
            self.close()
            raise
        self._playing = Playing(possible=possible)
        goal = f"{self.config.goal}\n\n" if self.config.goal else ""
        return Observation(goal + text, possible)

    def step(self, action: str) -> Outcome:
        """Send one action; one that the server cannot read is answered in its words and changes nothing."""
        before = self._now()
        if before.over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        try:
            return self._judged(before, self._ask({"type": "step", "data": self._action(fit(action))}))
        except _UnreadError as error:
            record = {"valid": False, "score": self._score(before)}
            return Outcome(Observation(str(error), before.possible), info=record)
        except EnvironmentFailure:
            self.close()
            raise

    def ready(self) -> None:
        """ConfigError where no server answers."""
        parts = urlsplit(self.config.url)
        scheme = "https" if _SCHEMES[parts.scheme] == "wss" else "http"
        server = Server(parts._replace(scheme=scheme).geturl(), self.config.timeout)
        try:
            server.reach()
        except EnvironmentFailure as error:
            raise ConfigError(f"environment 'openenv': {error}") from error
        finally:
            server.close()

    def close(self) -> None:
        """Say goodbye, which ends the session on the server."""
        self._hang_up()
        self._playing = None

    def _judged(self, before: Playing, told: Mapping[str, Any]) -> Outcome:
        (text, possible), reward, over = self._shown(told), told.get("reward"), told.get("done", False)
        if not isinstance(reward, int | float | None) or not math.isfinite(reward or 0.0) or not isinstance(over, bool):
            raise self._strange("a number as reward, and true or false as done", told)
        self._playing = after = replace(before, total=before.total + float(reward or 0), over=over, possible=possible)
        score = self._score(after)
        won, record = over and score >= self.config.success, {"valid": True, "score": score}
        return Outcome(Observation(text, None if over else possible), score - self._score(before), over, won, record)

    def _score(self, playing: Playing) -> float:
        return min(1.0, max(0.0, playing.total / self.config.highest))

    def _action(self, action: str) -> dict[str, Any]:
        if not self.config.choices:
            return {**self.config.extra, self.config.action: action}
        if action.strip() not in self.config.choices:
            raise _UnreadError(f"There is no action {action[:80]!r}. Actions: {', '.join(self.config.choices)}.")
        return {**self.config.extra, **self.config.choices[action.strip()]}

    def _shown(self, told: Mapping[str, Any]) -> tuple[str, tuple[str, ...] | None]:
        """The text of an observation, and the admissible actions."""
        seen = told.get("observation")
        if not isinstance(seen, dict):
            raise self._strange("an observation that is an object", told)
        keys = self.config.text or tuple(key for key, value in seen.items() if isinstance(value, str) and value)
        missing = [key for key in keys if key not in seen]
        if missing or not keys:
            raise self._strange(f"an observation with the text {missing[0]!r}" if missing else "text", told)
        parts = [fit(seen[key] if isinstance(seen[key], str) else json.dumps(seen[key])) for key in keys]
        lines = parts if len(keys) == 1 else [f"{key}: {part}" for key, part in zip(keys, parts, strict=True)]
        return "\n".join(lines), self._admissible(seen)

    def _admissible(self, seen: Mapping[str, Any]) -> tuple[str, ...] | None:
        told = seen.get(self.config.admissible) if self.config.admissible else None
        if isinstance(told, list) and told:
            return tuple(fit(str(action)) for action in told)
        return tuple(self.config.choices) or None

    # The connection

    def _begun(self, task: Task) -> Mapping[str, Any]:
        message, kept = {"type": "reset", "data": {**task.data["reset"], "seed": task.data["seed"]}}, self._line
        try:
            return self._ask(message)
        except _LostError:
            if kept is None:
                raise
            return self._ask(message)  # the server was started again in between

    def _ask(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """The data of the answer."""
        return self._answered(self._exchange(json.dumps(message)))

    def _exchange(self, message: str) -> str | bytes:
        line, where = self._connected(), self.config.url
        try:
            with suppress(ConnectionClosed):  # a server that closes mostly says why, and that is read next
                line.send(message)
            return line.recv(timeout=self.config.timeout)
        except TimeoutError as error:
            raise EnvironmentFailure(
                f"{where} gave no answer within {self.config.timeout:g} s; "
                "see what keeps the server busy, or raise timeout and limits.step_seconds"
            ) from error
        except ConnectionClosed as error:
            self._hang_up()
            raise _LostError(
                f"{where} broke off the connection ({error}), and this episode with it; look into the server's log"
            ) from error

    def _answered(self, raw: str | bytes) -> Mapping[str, Any]:
        try:
            reply = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise EnvironmentFailure(
                f"{self.config.url} answered with something other than JSON ({short(raw)}); is this an OpenEnv server?"
            ) from error
        kind, data = (reply.get("type"), reply.get("data")) if isinstance(reply, dict) else (None, None)
        if not isinstance(data, dict) or kind not in ("observation", "error"):
            raise self._strange("a message of type observation", reply)
        if kind == "error":
            raise self._refused(data)
        return data

    def _refused(self, data: Mapping[str, Any]) -> EnvironmentFailure:
        code, says = str(data.get("code")), short(data.get("message"))
        if code == "VALIDATION_ERROR":
            faults = data.get("errors")
            return _UnreadError(f"The server did not understand: {_faults(faults) or says}.")
        if code == "CAPACITY_REACHED":
            remedy = "set limits.width to its number of sessions, or raise max_concurrent_envs there"
            return EnvironmentFailure(f"{self.config.url} has no session left ({says}); {remedy}")
        return EnvironmentFailure(f"{self.config.url} refused ({code}): {says}; look into the server's log")

    def _connected(self) -> ClientConnection:
        if self._line is None:
            parts = urlsplit(self.config.url)
            url = parts._replace(scheme=_SCHEMES[parts.scheme], path=f"{parts.path}/ws").geturl()
            try:
                self._line = self._open.enter_context(
                    connect(
                        url,
                        open_timeout=self.config.timeout,
                        close_timeout=_FAREWELL,
                        max_size=LARGEST,
                        ping_interval=None,  # how long to wait is said by timeout
                        proxy=None if parts.hostname in LOCAL else True,
                    )
                )
            except (OSError, InvalidHandshake) as error:
                raise EnvironmentFailure(
                    f"{self.config.url} takes no connection ({short(error) or 'no answer'}); "
                    "start the OpenEnv server or correct url"
                ) from error
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            line, self._line = self._line, None
            with suppress(ConnectionClosed):  # it may have gone before us
                line.send('{"type": "close"}')
            self._open.close()

    def _strange(self, expected: str, reply: Any) -> EnvironmentFailure:
        answered = short(json.dumps(reply), 120)
        return EnvironmentFailure(
            f"{self.config.url} should answer with {expected}, and answered {answered}; see environment.text"
        )

    def _now(self) -> Playing:
        if self._playing is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._playing


class _LostError(EnvironmentFailure):
    """The connection is gone."""


class _UnreadError(EnvironmentFailure):
    """The server could not read what it was sent, and did nothing."""


def _faults(errors: Any) -> str:
    """What was wrong with the fields of an action."""
    found = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return "; ".join(f"{'.'.join(map(str, e.get('loc') or ['?']))}: {short(e.get('msg'))}" for e in found)
