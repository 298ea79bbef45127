"""A server that speaks OpenEnv's WebSocket protocol on loopback: a tower of steps, and what a bad server may say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

HEIGHT = 3


class Tower:
    """One session: climb it by three actions "up"; each earns a third."""

    def __init__(self) -> None:
        self.height, self.steps, self.seed = 0, 0, 0

    def answer(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        if kind == "reset":
            self.height, self.steps, self.seed = 0, 0, data.get("seed") or 0
            return self.seen(None)
        if not isinstance(data.get("message"), str) or set(data) - {"message", "metadata"}:
            return {"type": "error", "data": INVALID}
        self.steps += 1
        up = data["message"] == "up" and self.height < HEIGHT
        self.height += up
        return self.seen(1.0 if up else 0.0)

    def seen(self, reward: float | None) -> dict[str, Any]:
        text = f"Tower {self.seed % 7}: you are {self.height} up."
        observation = {"text": text, "note": "", "height": self.height, "legal": ["up", "wait"]}
        done = self.height == HEIGHT or self.steps >= 8
        return {"type": "observation", "data": {"observation": observation, "reward": reward, "done": done}}


INVALID = {
    "message": "Invalid message",
    "code": "VALIDATION_ERROR",
    "errors": [{"type": "missing", "loc": ["message"], "msg": "Field required"}],
}


class Served:
    """The server, running until it is stopped; it may be started again at the same place."""

    def __init__(self) -> None:
        self.port, self.sessions, self.open = 0, 0, 0
        self.asked: list[dict[str, Any]] = []
        self.fault: Callable[[ServerConnection, dict[str, Any]], bool] | None = None
        self.capacity = 8
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = serve(self._session, "127.0.0.1", self.port)
        self.port = self.server.socket.getsockname()[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()

    def _session(self, line: ServerConnection) -> None:
        if line.request is None or line.request.path != "/ws" or self.open >= self.capacity:
            full = {"message": f"Server at capacity: {self.open}", "code": "CAPACITY_REACHED"}
            line.send(json.dumps({"type": "error", "data": full}))
            return
        self.sessions, self.open, tower = self.sessions + 1, self.open + 1, Tower()
        try:
            for raw in line:
                message = json.loads(raw)
                self.asked.append(message)
                if message["type"] == "close":
                    break
                if not (self.fault and self.fault(line, message)):
                    line.send(json.dumps(tower.answer(message["type"], message.get("data", {}))))
        except ConnectionClosed:
            pass
        finally:
            self.open -= 1


def saying(text: str, to: str = "step") -> Callable[[ServerConnection, dict[str, Any]], bool]:
    """A fault: this answer to every message of a type."""

    def fault(line: ServerConnection, message: dict[str, Any]) -> bool:
        if message["type"] != to:
            return False
        line.send(text)
        return True

    return fault
