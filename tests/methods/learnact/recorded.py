"""A model that says again what a real one once said.

A file holds a reply a line, {"key": …, "reply": …}. A request to the learner is known by its role and its seed, which
tells where in the learning it stands; one to the player by its task, what it is told of learned actions, and what it
did so far. So a request may be worded better, and a world may speak otherwise, without recording anew.

Recording: WORLDLORE_RECORD=requests.jsonl pytest tests/methods/learnact/test_recorded.py -k NAME writes the first batch
of requests that have no replies, a line each with its key; let a model answer them, add the replies to the file, and
run again, until nothing is missing. What comes after the first such batch fails at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from worldlore.config import Config
from worldlore.environments import ENVIRONMENTS
from worldlore.experience import Completion, Failure, Generate, content_hash
from worldlore.models.base import Model

SIGNATURE = re.compile(r"(\w+)\(.*?\)")


def key(request: Generate) -> str:
    if request.to == "learner":
        return f"learner-{request.sampling.seed}"
    first, *later = request.messages
    lines = first.content.splitlines()
    learned = [line for line in lines if (found := SIGNATURE.match(line)) and found[1] not in primitives()]
    return f"{request.to}-{content_hash([learned, lines[-1], [m.content for m in later if m.role == 'assistant']])}"


@cache
def primitives() -> frozenset[str]:
    worlds = [ENVIRONMENTS.build({"name": name}) for name in ("gripper", "household")]
    return frozenset(primitive.name for world in worlds for primitive in world.primitives)


class Recorded(Model):
    name = "recorded"
    Config = Config
    can = frozenset({"generate"})

    def __init__(self, replies: Path, wanted: Path | None = None) -> None:
        lines = replies.read_text(encoding="utf-8").splitlines() if replies.is_file() else []
        self.replies = {one["key"]: one["reply"] for one in map(json.loads, lines)}
        self.wanted = wanted
        self.missing: list[Generate] = []
        self.used: set[str] = set()
        self.identity = f"recorded:{content_hash(self.replies)}"

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        if not self.missing:
            self._note([request for request in requests if key(request) not in self.replies])
        return [self._said(request) for request in requests]

    def _said(self, request: Generate) -> Completion | Failure:
        reply = self.replies.get(key(request))
        if reply is None or self.missing:
            return Failure(f"nothing was recorded for {key(request)}: record it (see recorded.py)")
        self.used.add(key(request))
        return Completion(reply)

    def _note(self, missing: list[Generate]) -> None:
        self.missing = missing
        if self.wanted and missing:
            self.wanted.write_text("".join(json.dumps(_written(one)) + "\n" for one in missing), encoding="utf-8")


def _written(request: Generate) -> dict[str, object]:
    sampling = request.sampling
    return {
        "key": key(request),
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "sampling": {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens, "stop": sampling.stop},
    }
