"""Recorded trajectories in the published form, read, written and played again.

A file holds a list of objects with the keys `obs` (states, one more than steps), `act` and `diff` (actions and changes,
one a step), or is the record of a published run, whose lists of trajectories are then taken together. Door's
trajectories have the same form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from worldlore.environments.playground.language import (
    WORDINGS,
    Refusal,
    View,
    Wording,
    command_of,
    read_state,
    state_text,
    understand,
)
from worldlore.environments.playground.rules import PUBLISHED, Rules
from worldlore.environments.playground.world import State, act
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Trajectory, Transition

_KEYS = ("obs", "act", "diff")


@dataclass(frozen=True, slots=True)
class Episode:
    """One recorded trajectory."""

    obs: tuple[str, ...]
    """The states, the last one included."""
    act: tuple[str, ...]
    """What was done in each but the last."""
    diff: tuple[str, ...]
    """What that changed."""

    def transitions(self, kind: Callable[[str], str]) -> tuple[Transition, ...]:
        """Its steps as evidence; `kind` names the sort of a change (`kind_of`, or door's)."""
        steps = zip(self.obs, self.act, self.diff, strict=False)
        return tuple(Transition(state, action, change, kind(change)) for state, action, change in steps)

    @classmethod
    def of(cls, trajectory: Trajectory) -> Episode:
        """What was told in one of our episodes; commands that did nothing are left out."""
        seen = [step.observation.text for step in trajectory.steps[1:]]
        seen.append(trajectory.final.text if trajectory.final else "")
        told = [
            (step.info["transition"], after)
            for step, after in zip(trajectory.steps, seen, strict=False)  # without steps, one thing was seen
            if "transition" in step.info
        ]
        states = tuple(step["state"] for step, _ in told)
        first = trajectory.steps[0].observation.text if trajectory.steps else seen[-1]
        last = told[-1][1] if told else first.partition("\n\n")[0]  # without the goal
        return cls((*states, last), tuple(step["action"] for step, _ in told), tuple(s["change"] for s, _ in told))


def kind_of(change: str) -> str:
    """The sort of a change told in either wording; ConfigError for what is no change."""
    read = next((found for wording in WORDINGS.values() if (found := wording.read(change))), None)
    if read is None:
        forms = WORDINGS["published"]
        raise ConfigError(
            f"no change is told by {change!r}; expected {forms.standing!r}, {forms.transform!r} or the like"
        )
    return read.kind


def load(path: Path) -> list[Episode]:
    """The trajectories of a file; StoreError where it holds none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: no JSON can be read: {error}") from error
    return [_episode(one, f"{path}, trajectory {number}") for number, one in enumerate(_listed(content, path))]


def _listed(content: Any, path: Path) -> list[Any]:
    if isinstance(content, dict) and isinstance(content.get("metrics"), dict):
        rounds = content["metrics"].get("transitions", [])
        content = [one for collected in rounds for one in collected] if isinstance(rounds, list) else rounds
    if not isinstance(content, list):
        raise StoreError(f"{path} should hold a list of trajectories or the record of a run")
    return content


def _episode(one: Any, where: str) -> Episode:
    if not isinstance(one, dict) or set(one) != set(_KEYS):
        got = sorted(one) if isinstance(one, dict) else type(one).__name__
        raise StoreError(f"{where}: expected the keys {', '.join(_KEYS)}, got {got}")
    parts = [one[key] for key in _KEYS]
    if not all(isinstance(part, list) and all(isinstance(text, str) for text in part) for part in parts):
        raise StoreError(f"{where}: {', '.join(_KEYS)} must be lists of sentences")
    seen, done, changed = map(tuple, parts)
    if not len(seen) - 1 == len(done) == len(changed):
        lengths = f"{len(seen)} obs, {len(done)} act, {len(changed)} diff"
        raise StoreError(f"{where}: one obs more than act and diff was expected, got {lengths}")
    return Episode(seen, done, changed)


def save(path: Path, episodes: Iterable[Episode]) -> None:
    """Write trajectories as others read them."""
    path.write_text(json.dumps([asdict(episode) for episode in episodes]), encoding="utf-8")


def replay(episode: Episode, rules: Rules = PUBLISHED, wording: Wording = WORDINGS["published"]) -> str | None:
    """Play it in our world: None where everything comes as recorded, else the first difference, in words.

    Of things that are alike, a text does not tell on which one the agent begins; so each is tried.
    """
    view = read_state(episode.obs[0])
    found = [_differs(opening, episode, rules, wording) for opening in _openings(view)]
    return None if None in found else max((step, text) for step, text in filter(None, found))[1]


def _openings(view: View) -> Iterator[State]:
    codes = (*view.seen, *view.held)
    held = tuple(range(len(view.seen), len(codes)))
    for on in [place for place, code in enumerate(view.seen) if code == view.on] or [-1]:
        yield State(codes, held, on)


def _differs(state: State, episode: Episode, rules: Rules, wording: Wording) -> tuple[int, str] | None:
    for step, (sentence, told) in enumerate(zip(episode.act, episode.diff, strict=True)):
        try:
            state, change = act(state, understand(command_of(sentence), state, rules), rules)
        except Refusal as refusal:
            return step, f"step {step}: {sentence!r} cannot be done: {refusal}"
        pairs: Sequence[tuple[str, str]] = ((wording.change(change), told), (state_text(state), episode.obs[step + 1]))
        for ours, theirs in pairs:
            if ours != theirs:
                return step, f"step {step}: {sentence!r} brings {ours!r}, and recorded is {theirs!r}"
    return None
