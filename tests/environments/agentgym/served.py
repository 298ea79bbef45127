"""A server that speaks the protocols of AgentGym's fourteen servers on loopback, with a small world behind all of them.

In the world of item n one wins by 2 + n % 3 right actions, and loses after eight actions. What is right differs, since
actions arrive in different dress. How requests and replies look is written out per kind, from AgentGym's sources.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

RIGHT = {
    "wordle": "e n t e r",
    "webarena": "```go```",
    **dict.fromkeys(("academia", "movie", "sheet", "todo", "weather"), "Action: go with Action Input: {}"),
}
"""The right action as it must arrive; "go" elsewhere."""
OLD = ("webshop", "bird", "webarena", "academia", "movie", "sheet", "todo", "weather")
"""Kinds that call an environment's id env_idx, and break with status 500 where it is unknown."""
ITEM = {
    "alfworld": "game",
    "babyai": "data_idx",
    "maze": "game",
    "wordle": "seed",
    "sciworld": "data_idx",
    "textcraft": "data_idx",
    "webshop": "session_id",
    "webarena": "idx",
    "bird": "item_id",
}
LISTED = '\nAvailable actions: ["go", "stay"]'


@dataclass
class Episode:
    """One environment of the server."""

    item: int | None = None
    steps: int = 0
    right: int = 0
    stayed: str = ""

    @property
    def won(self) -> bool:
        return self.item is not None and self.right >= 2 + self.item % 3

    @property
    def over(self) -> bool:
        return self.won or self.steps >= 8

    @property
    def words(self) -> str:
        return f"Task {self.item}: {self.stayed}{self.right} right."


@dataclass
class Gym:
    """The server's memory, and what it was asked."""

    kind: str
    fault: Callable[[Handler], bool] | None = None
    """Answers instead of the server where it returns True."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    episodes: dict[int, Episode] = field(default_factory=dict)
    made: int = 0

    def answer(self, route: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and JSON."""
        self.asked.append((route, body))
        if self.kind in ("maze", "wordle"):
            if not route.startswith(f"/{self.kind}/"):
                return 404, {"detail": "Not Found"}
            route = route.removeprefix(f"/{self.kind}")
        if route == "/create":
            return self.create(body)
        key = "env_idx" if self.kind in OLD else "id"
        episode = self.episodes.get(body.get(key, -1))
        if episode is None:
            return (500, "Internal Server Error") if self.kind in OLD else (200, {"error": "The id is not valid."})
        return self.played(route, body, episode, key)

    def played(self, route: str, body: dict[str, Any], episode: Episode, key: str) -> tuple[int, Any]:
        if route == "/reset":
            return self.reset(body, episode)
        if route == "/step":
            return self.step(body, episode)
        if route == "/observation":
            return 200, episode.words
        if route == "/close":
            del self.episodes[body[key]]
            return 200, "closed" if self.kind == "webarena" else {"closed": True}
        return 404, {"detail": "Not Found"}

    def create(self, body: dict[str, Any]) -> tuple[int, Any]:
        if self.kind == "textcraft" and body != {"commands": None, "goal": None}:
            return 422, {"detail": "commands, goal"}
        if self.kind in RIGHT and self.kind not in ("wordle", "webarena") and body != {"id": 0}:
            return 422, {"detail": "id"}
        number, self.made = self.made, self.made + 1
        self.episodes[number] = Episode()
        return 200, {"webarena": {"env_idx": number}}.get(self.kind, number if self.kind in OLD else {"id": number})

    def reset(self, body: dict[str, Any], episode: Episode) -> tuple[int, Any]:
        item = body.get(ITEM.get(self.kind, "id"))
        if self.kind == "alfworld" and body.get("world_type") != "Text":
            return 200, {"error": "world_type must be Text"}
        if item is None or (self.kind == "webarena" and body.get("seed") != 0):
            return 422, {"detail": [{"msg": "Field required"}]}
        if item > 20000:
            return 200, {"error": "list index out of range"}
        episode.item, episode.steps, episode.right, episode.stayed = item, 0, 0, ""
        replies: dict[str, Any] = {
            "alfworld": {"id": 0, "observation": episode.words, "available_actions": ["go", "stay"], "task_type": "x"},
            "babyai": {"observation": episode.words + LISTED, "reward": 0, "score": 0, "done": False},
            "sciworld": {"task_description": "Do it.", "observation": episode.words, "score": 0, "reward": 0},
            "webshop": ["stale", None],
            "bird": [episode.words, None],
        }
        tools = episode.words if self.kind in OLD and self.kind != "webarena" else {"observation": episode.words}
        return 200, replies.get(self.kind, tools)

    def step(self, body: dict[str, Any], episode: Episode) -> tuple[int, Any]:
        if episode.over and self.kind not in OLD:
            return 200, {"error": "The task has finished."}
        episode.steps += 1
        episode.stayed = "You stayed. " if body["action"] == "stay" else ""
        episode.right += body["action"] == RIGHT.get(self.kind, "go")
        text = "state" if self.kind in ("webshop", "bird") else "observation"
        done = "terminated" if self.kind == "webarena" else "done"
        reply: dict[str, Any] = {text: episode.words, "reward": float(episode.won), done: episode.over}
        if self.kind == "sciworld":
            reply |= {"reward": 7, "score": 100 if episode.won else 10 * episode.right}
        if self.kind == "babyai":
            reply |= {"observation": episode.words + LISTED, "reward": 0.9 if episode.won else 0}
        if self.kind == "alfworld":
            reply |= {"available_actions": ["go", "stay"]}
        return 200, reply


class Handler(BaseHTTPRequestHandler):
    """One request."""

    gym: Gym
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        self._answer({key: int(value) for key, value in parse_qsl(urlsplit(self.path).query)})

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        self._answer(json.loads(data) if data else {})

    def _answer(self, body: dict[str, Any]) -> None:
        route = urlsplit(self.path).path
        if route == "/":
            self.say(200, b'"ok"')
        elif self.gym.fault and self.gym.fault(self):
            self.gym.asked.append((route, body))
        else:
            status, reply = self.gym.answer(route, body)
            self.say(status, reply.encode() if status == 500 else json.dumps(reply).encode())

    def say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Running:
    """The server, running until it is stopped; a stopped one may be started again at the same place."""

    def __init__(self, kind: str):
        self.gym = Gym(kind)
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        handler = type("Bound", (Handler,), {"gym": self.gym})
        self.http = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def restart(self) -> None:
        """As if it had been killed and started again: what it knew is gone."""
        self.gym.episodes.clear()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def sent(self, route: str) -> list[dict[str, Any]]:
        """The bodies of the requests to a route."""
        return [body for path, body in self.gym.asked if path.endswith(f"/{route}")]


def saying(status: int, body: bytes, on: str) -> Callable[[Handler], bool]:
    """A fault: this answer to every request to a route."""

    def fault(handler: Handler) -> bool:
        if not handler.path.endswith(f"/{on}"):
            return False
        handler.say(status, body)
        return True

    return fault


def dripping(on: str) -> Callable[[Handler], bool]:
    """A fault: an answer that comes byte by byte and never ends."""

    def fault(handler: Handler) -> bool:
        if not handler.path.endswith(f"/{on}"):
            return False
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        for _ in range(60):
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:
                break
            time.sleep(0.05)
        handler.close_connection = True
        return True

    return fault


def breaking_off(on: str, times: int) -> Callable[[Handler], bool]:
    """A fault: the first answers to a route break off in the middle."""
    left = [times]

    def fault(handler: Handler) -> bool:
        if not handler.path.endswith(f"/{on}") or not left[0]:
            return False
        left[0] -= 1
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"obs')
        handler.wfile.flush()
        handler.close_connection = True
        return True

    return fault
