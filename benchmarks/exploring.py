"""What a phase of a learning explorer costs, on one core: 3,600 steps, 5 proposals, the embedded model weighing.

The published implementation makes 150 to 260 environment steps a second, without its policy. Ours are counted with the
policy that chooses them, resets included. The phase is of reward "ll", which weighs all that was seen under one theory
("alp" under two, where the best one changed); its parts add up. CPU seconds. Needs the extra `rl`. Alone:
`python -m benchmarks.exploring`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import process_time
from typing import Any
from unittest.mock import patch

from benchmarks.searching import AGENT, practice
from worldlore.methods import METHODS
from worldlore.methods.worldllm.explorers.curiosity import Curiosity
from worldlore.methods.worldllm.explorers.explorer import Explorer
from worldlore.methods.worldllm.explorers.rollout import Sitting
from worldlore.methods.worldllm.inference import Metropolis
from worldlore.methods.worldllm.literal import Literal
from worldlore.models.embedded import Embedded, EmbeddedConfig

STEPS = 3600
WIDER = (45, 120)
PUBLISHED = 260
"""Environment steps a second, at most."""
PARTS = ("play", "play and tell", "propose", "pay", "train", "learn")
SEARCH = {"theorist": "grammar", "inference": "mh", "mh": {"particles": 1, "iterations": 5}, "phases": 1}


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    spent = _phase()
    play, explore, take, pay, train, learn = (sum(spent[part]) for part in PARTS)
    split = {
        "play": play,
        "tell": explore - play,
        "5 proposals": take,
        "weigh what was seen": pay,
        "train": train,
        "keep": learn - pay - train,
    }
    rate = STEPS / play
    wide = [(f"the same, {scenes} scenes side by side", f"{_rate(scenes):,.0f}") for scenes in WIDER]
    return [
        ("explorer: environment steps/s, policy and resets included", f"{rate:,.0f}"),
        *wide,
        (
            f"the published environment alone makes {PUBLISHED} at most; so many times as many",
            f"{rate / PUBLISHED:.0f}",
        ),
        ("a phase of 3,600 steps and 5 proposals, ll, embedded model: seconds", f"{sum(split.values()):.1f}"),
        ("of which", ", ".join(f"{part} {seconds:.2f}" for part, seconds in split.items())),
    ]


def _rate(scenes: int) -> float:
    """Environment steps a second with a policy that plays many scenes, resets included."""
    keys = {"reward": "disagreement", "scenes": scenes}
    method = METHODS.build({"name": "worldllm", "experimenter": "explorer", "explorer": keys, **SEARCH, "phases": 0})
    with practice(Literal()) as here, _clocks() as spent:
        method.learn(AGENT, here)
    return len(spent["play"]) * scenes / sum(spent["play"])


def _phase() -> dict[str, list[float]]:
    """CPU seconds of each part in the phase after the opening."""
    method = METHODS.build({"name": "worldllm", "experimenter": "explorer", "explorer": {"reward": "ll"}, **SEARCH})
    with practice(Embedded(EmbeddedConfig(knows="playground"))) as here, _clocks() as spent:
        method.learn(AGENT, here)
    return {part: calls[-(240 if part == "play" else 1) :] for part, calls in spent.items()}


@contextmanager
def _clocks() -> Iterator[dict[str, list[float]]]:
    from worldlore.methods.worldllm.explorers.learner import Learner  # needs the extra

    owners = (Sitting, "step"), (Explorer, "explore"), (Metropolis, "take"), (Curiosity, "pay"), (Learner, "learn")
    spent: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        for part, (owner, name) in zip(PARTS, (*owners, (Explorer, "learn")), strict=True):
            stack.enter_context(patch.object(owner, name, _timed(getattr(owner, name), spent[part])))
        yield spent


def _timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*args: Any) -> Any:
        began = process_time()
        try:
            return function(*args)
        finally:
            spent.append(process_time() - began)

    return timed


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label:90} {figure}")
