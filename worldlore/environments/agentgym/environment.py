"""The environment "agentgym": one of AgentGym's worlds, played on a server.

    [environment]
    name = "agentgym"
    kind = "textcraft"
    url = "http://127.0.0.1:36001"

Each object has one environment on the server, made at its first reset and closed with it, where the server can do that.
An environment that the server has lost in between, as after a restart, is made anew when the next task begins; the
episode that was being played fails. How well an episode does is what its last reply says, so its rewards, each the
difference to the reply before, sum to that. Whether a server repeats itself exactly is the server's affair:
`worldlore check agentgym --set kind=... --set url=...` tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from worldlore.config import Config
from worldlore.environments.agentgym import replies
from worldlore.environments.agentgym.items import items
from worldlore.environments.agentgym.kinds import KINDS, Kind
from worldlore.environments.agentgym.server import RefusedError, Server, SilentError
from worldlore.environments.base import Environment, Outcome
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Observation, Task


class AgentgymConfig(Config):
    """Keys of environment "agentgym"."""

    kind: str
    """Which of AgentGym's worlds the server has: "alfworld", "babyai", "webshop", …"""
    url: str = "http://127.0.0.1:36001"
    """Where the server is; AgentGym's pages start theirs on this port."""
    items: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Split -> its items, as "0-30,140-208" or the path of a published file; unset: the kind's own train and test."""
    timeout: float = Field(default=50.0, gt=0)
    """Seconds the server may take for an answer; limits.step_seconds bounds it too."""
    told: bool = True
    """Tell what actions there are before what is seen first; AgentGym's servers mostly do not."""
    success: float | None = Field(default=None, gt=0, le=1)
    """The score from which an episode that is over is a success; unset: the kind's own, mostly 1."""

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(str(unknown("kind of AgentGym server", kind, KINDS)))
        return kind

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise ValueError("expected an address such as http://127.0.0.1:36001")
        return url.rstrip("/")


@dataclass(frozen=True, slots=True)
class Playing:
    """What is known of the episode in play."""

    task: Task
    """What is asked."""
    score: float = 0.0
    """How well it stands."""
    over: bool = False
    """The task is over."""


class Agentgym(Environment):
    """A world on a server that speaks AgentGym's protocol."""

    name = "agentgym"
    Config = AgentgymConfig

    def __init__(self, config: AgentgymConfig):
        self.config = config
        self.kind: Kind = KINDS[config.kind]
        path = "" if config.url.endswith(self.kind.path) else self.kind.path
        self._server = Server(config.url + path, config.timeout)
        self._id: int | str | None = None
        self._playing: Playing | None = None

    def tasks(self, split: str) -> Sequence[Task]:
        """A task for each item; what exactly it asks is known to the server alone."""
        told = {"train": self.kind.train, "test": self.kind.test, **self.config.items}
        if split not in told:
            raise unknown("split of agentgym", split, told)
        return tuple(
            Task(f"{self.kind.name}-{item}", self.name, split, self.kind.goal, {"family": self.kind.name, "item": item})
            for item in items(told[split])
        )

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin an item, which is all the server is told: `seed` changes nothing."""
        if task.data.get("family") != self.kind.name:
            raise EnvironmentFailure(f"task {task.id} is no task of {self.kind.name}; take one that tasks() gives")
        try:
            reply, text = self._begun(int(task.data["item"]))
        except EnvironmentFailure as error:
            self._abandon(error)
            raise
        self._playing = Playing(task)
        manual = f"{self.kind.about}\n\n" if self.config.told and self.kind.about else ""
        return Observation(manual + text, replies.actions(self.kind, reply, text))

    def step(self, action: str) -> Outcome:
        """Send one action; the reward is by how much the score went up, or down."""
        before = self._now()
        if before.over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        try:
            reply = self._acted(self.kind.say(replies.fit(action)))
            return self._judged(before, reply, self._server.where("step"))
        except EnvironmentFailure as error:
            self._abandon(error)
            raise

    def ready(self) -> None:
        """ConfigError where no such server answers."""
        try:
            self._server.reach()
        except EnvironmentFailure as error:
            raise ConfigError(f"environment 'agentgym', kind {self.kind.name!r}: {error}") from error

    def close(self) -> None:
        """Close the environment on the server, where it can do that, and the connection."""
        self._leave()
        self._server.close()

    def _begun(self, item: int) -> tuple[Any, str]:
        """The reply to a reset, and what is seen first."""
        kept, self._playing = self._id is not None, None
        try:
            reply = self._reset(item)
        except RefusedError:
            if not kept:
                raise
            self._leave()  # the environment was lost, as after a restart
            reply = self._reset(item)
        if not self.kind.observed:
            return reply, replies.begun(self.kind, reply, self._server.where("reset"))
        shown = self._server.get("observation", **{self.kind.id: self._id})
        return reply, replies.begun(self.kind, shown, self._server.where("observation"))

    def _reset(self, item: int) -> Any:
        if self._id is None:
            made = self._server.post("create", self.kind.create, again=True)
            self._id = replies.created(self.kind, made, self._server.where("create"))
        body = {self.kind.id: self._id, self.kind.item: item, **self.kind.reset}
        return replies.accepted(self._server.post("reset", body, again=True), self._server.where("reset"))

    def _acted(self, action: str) -> Any:
        try:
            reply = self._server.post("step", {self.kind.id: self._id, "action": action})
            return replies.accepted(reply, self._server.where("step"))
        except RefusedError as error:
            lost = f"if the server was restarted in between, environment {self._id} and this episode are lost"
            raise RefusedError(f"{error} ({lost})", error.status) from error

    def _judged(self, before: Playing, reply: Any, where: str) -> Outcome:
        text = replies.seen(self.kind, reply, where)
        score, over = replies.score(self.kind, reply, where), replies.done(self.kind, reply, where)
        self._playing = replace(before, score=score, over=over)
        bar = self.kind.won if self.config.success is None else self.config.success
        observation = Observation(text, None if over else replies.actions(self.kind, reply, text))
        return Outcome(observation, score - before.score, over, over and score >= bar, {"score": score})

    def _abandon(self, error: EnvironmentFailure) -> None:
        """After a failure nothing is in play; a server that says nothing is not asked to close anything either."""
        self._playing = None
        if isinstance(error, SilentError):
            self._id = None
        self._leave()

    def _leave(self) -> None:
        """Close the environment on the server; not every server can, and no episode depends on it."""
        if self._id is not None:
            self._server.dismiss("close", {self.kind.id: self._id})
        self._id = self._playing = None

    def _now(self) -> Playing:
        if self._playing is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._playing
