"""Episodes and trees as the page carries them: every text, message and step once, the rest are numbers.

    strings    every text there is                     lists     lists of strings (admissible actions)
    messages   [role, text]                            runs      [name]
    steps      [seen, actions, action, thought, reward, info, calls, grounds]
    tasks      [id, split, goal, family, key]
    episodes   [run, learner, phase, task, seed, attempt, [steps], seen, actions, stop, success, score, error, calls]
    trees      {run, learner, name, task, seed, parents, steps, values, visits, pairs, leaves}

Texts are indices into `strings`, and -1 where there is none. A call's messages are `[how many are kept, *new ones]`
of those of the call before it on the same path. Of sampled tokens the page tells number and log-probability only;
the run folder has them all. `unpack` in the page's script and in the tests reads it all back.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from worldlore.experience import (
    ROOT,
    Appraisal,
    Call,
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Observation,
    Score,
    Scores,
    Step,
    Task,
    Trajectory,
    Tree,
)
from worldlore.reports.base import RunView

T = TypeVar("T")
Record = list[Any]
Said = tuple[Message, ...]

PRACTICE_EPISODES = 200
"""Practice episodes of a run that a page carries, evenly chosen; test episodes are all carried."""
TREES = 12
"""Trees of a run that a page carries, evenly chosen."""


@dataclass(frozen=True)
class Index:
    """Each value once, numbered in the order of first use."""

    values: list[Any] = field(default_factory=list[Any])
    """In that order."""
    places: dict[Any, int] = field(default_factory=dict[Any, int])
    """Key -> place in `values`."""

    def put(self, key: Any, make: Callable[[], Any] | None = None) -> int:
        """The place of the value with this key; `make` makes the value if it is not the key itself."""
        if key not in self.places:
            self.places[key] = len(self.values)
            self.values.append(make() if make else key)
        return self.places[key]


@dataclass(frozen=True)
class Payload:
    """Grows as runs are added."""

    strings: Index = field(default_factory=Index)
    lists: Index = field(default_factory=Index)
    messages: Index = field(default_factory=Index)
    steps: Index = field(default_factory=Index)
    tasks: Index = field(default_factory=Index)
    runs: list[str] = field(default_factory=list[str])
    episodes: list[Record] = field(default_factory=list[Record])
    trees: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: list[str] = field(default_factory=list[str])
    """What was left out, in words."""

    def add(self, run: RunView, label: str) -> None:
        """All test episodes of a run, and as much of its practice as a page carries."""
        place = len(self.runs)
        self.runs.append(label)
        for seed in run.seeds:
            self.episodes.extend(self._episode(place, seed, "test", e) for e in run.test(seed))
        practice = [(seed, e) for seed in run.seeds for e in run.train(seed)]
        trees = [(seed, *tree) for seed in run.seeds for tree in run.trees(seed)]
        for seed, episode in self._some(practice, PRACTICE_EPISODES, f"practice episodes of {label}"):
            self.episodes.append(self._episode(place, seed, "practice", episode))
        for seed, name, tree, appraisal in self._some(trees, TREES, f"trees of {label}"):
            self.trees.append({"run": place, "learner": seed, "name": name, **self._tree(tree, appraisal)})

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        indices = ("strings", "lists", "messages", "steps", "tasks")
        return {
            **{name: getattr(self, name).values for name in indices},
            "runs": self.runs,
            "episodes": self.episodes,
            "trees": self.trees,
        }

    def packed(self) -> str:
        """The JSON value, gzipped, in base64; the same bytes for the same runs."""
        text = json.dumps(self.plain(), separators=(",", ":"), ensure_ascii=False)
        return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")

    def _some(self, given: Sequence[T], most: int, what: str) -> Sequence[T]:
        if len(given) <= most:
            return given
        self.notes.append(f"{most} of {len(given)} {what} are shown; the run folder has all of them")
        return [given[i * len(given) // most] for i in range(most)]

    def _text(self, text: str | None) -> int:
        return -1 if not text else self.strings.put(text)

    def _list(self, texts: Sequence[str] | None) -> int:
        return -1 if texts is None else self.lists.put(tuple(texts), lambda: [self._text(t) for t in texts])

    def _task(self, task: Task) -> int:
        family = task.data.get("family")
        return self.tasks.put(
            (task.id, task.split, task.key),
            lambda: [task.id, task.split, task.goal, None if family is None else str(family), task.key],
        )

    def _seen(self, observation: Observation | None) -> Record:
        return [-1, -1] if observation is None else [self._text(observation.text), self._list(observation.actions)]

    def _step(self, step: Step, said: Said) -> tuple[int, Said]:
        info, grounds = _written(step.info), _written(step.decision.grounds)
        calls, said = self._calls(step.calls, said)
        decision = [self._text(step.decision.action), self._text(step.decision.thought)]
        said_and_weighed = [self._text(info), calls, self._text(grounds)]
        record = [*self._seen(step.observation), *decision, _finite(step.reward), *said_and_weighed]
        return self.steps.put(json.dumps(record), lambda: record), said

    def _episode(self, run: int, learner: int, phase: str, episode: Trajectory) -> Record:
        steps: list[int] = []
        said: Said = ()
        for step in episode.steps:
            place, said = self._step(step, said)
            steps.append(place)
        unfinished, _ = self._calls(episode.unfinished, said)
        head = [run, learner, phase, self._task(episode.task), episode.seed, episode.attempt, steps]
        end = [episode.stop and str(episode.stop), episode.success, _finite(episode.score), self._text(episode.error)]
        return [*head, *self._seen(episode.final), *end, unfinished]

    def _tree(self, tree: Tree, appraisal: Appraisal) -> dict[str, Any]:
        steps: list[int] = []
        said: dict[int, Said] = {ROOT: ()}
        for i, node in enumerate(tree.nodes):
            place, said[i] = self._step(node.step, said[node.parent])
            steps.append(place)
        return {
            "task": self._task(tree.task),
            "seed": tree.seed,
            "parents": [node.parent for node in tree.nodes],
            "steps": steps,
            "values": [_finite(value) for value in appraisal.values],
            "visits": list(appraisal.visits),
            "pairs": [list(pair) for pair in appraisal.pairs],
            "leaves": [
                [leaf.node, leaf.attempt, leaf.stop and str(leaf.stop), leaf.success, *self._seen(leaf.final)]
                for leaf in tree.leaves
            ],
        }

    def _calls(self, calls: Iterable[Call], said: Said) -> tuple[list[dict[str, Any]], Said]:
        found: list[dict[str, Any]] = []
        for call in calls:
            request = call.request
            messages = () if isinstance(request, Embed) else request.messages
            kept = _shared(said, messages)
            new = [
                self.messages.put((m.role, m.content), lambda m=m: [m.role, self._text(m.content)])
                for m in messages[kept:]
            ]
            found.append({"to": request.to, "messages": [kept, *new], **self._asked(call), **self._answered(call)})
            said = messages or said
        return found, said

    def _asked(self, call: Call) -> dict[str, Any]:
        request = call.request
        if isinstance(request, Generate):
            return {"kind": "generate", "how": self._text(_sampling(request))}
        if isinstance(request, Score):
            return {"kind": "score", "candidates": [self._text(c) for c in request.continuations]}
        return {"kind": "embed", "candidates": [self._text(c) for c in request.texts]}

    def _answered(self, call: Call) -> dict[str, Any]:
        reply = call.reply
        if isinstance(reply, Failure):
            return {"error": self._text(reply.error)}
        usage = {"read": reply.usage.prompt_tokens, "written": reply.usage.completion_tokens}
        if isinstance(reply, Scores):
            return {"totals": [_finite(total) for total in reply.totals], **usage}
        if isinstance(reply, Completion):
            total = None if reply.logprobs is None else _finite(sum(reply.logprobs))
            return {"text": self._text(reply.text), "finish": reply.finish, "logprob": total, **usage}
        return usage


def unpack(text: str) -> Mapping[str, Any]:
    """The JSON value that `packed` wrote."""
    return json.loads(gzip.decompress(base64.b64decode(text)))


def _sampling(request: Generate) -> str:
    s = request.sampling
    words = [f"temperature {s.temperature:g}", f"at most {s.max_tokens} tokens"]
    words += [f"top-p {s.top_p:g}"] if s.top_p < 1 else []
    words += [f"stops at {' '.join(map(repr, s.stop))}"] if s.stop else []
    words += [f"seed {s.seed}"] if s.seed is not None else []
    return ", ".join(words)


def _written(values: Mapping[str, Any]) -> str | None:
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False) if values else None


def _finite(value: float | None) -> float | None:
    """Rounded to what a page can show; None for what JSON has no word for."""
    return None if value is None or not math.isfinite(value) else round(value, 6)


def _shared(a: Sequence[Any], b: Sequence[Any]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
