"""A task is data: what to do, in which environment, and everything needed to set it up again.

A task's `key` is a hash of its content. Whatever it is called and whichever split it was put in, the same
task has the same key, so practice can refuse what the test will ask.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EVALUATION_SPLITS = frozenset(
    {"dev", "test", "test_unseen", "test_generated", "published", "valid_seen", "valid_unseen"}
)
"""Splits kept for measuring; practice needs explicit leave to build trees on them."""


def content_hash(value: Any) -> str:
    """Sixteen hex digits of the SHA-256 of a JSON value in canonical form."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do in one environment."""

    id: str
    """Its name, unique within environment and split."""
    environment: str
    """The environment's registered name."""
    split: str
    """"train", "dev", "test", "test_unseen", or a name of the environment's own."""
    goal: str
    """What the agent is asked to do, in words."""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Whatever the environment needs to set the task up again; JSON values only."""

    @property
    def key(self) -> str:
        """Hash of the content: environment, goal and data, but not id and split."""
        return content_hash([self.environment, self.goal, dict(self.data)])
