"""What a branch's label means: how the step is sampled, not what it says (DensePolicy §1.1).

    temperature   label 0 is greedy; of the others, label mod 3 = 1 samples at 1.0, mod 3 = 2 at 0.5, multiples of 3 at
                  0.7, so base 10 is {0, 1.0 × 3, 0.5 × 3, 0.7 × 3}; the only one the published results used
    sampling      every label samples at 1.0
    fixed         odd labels are asked for a step that gets there less directly; even ones are not
    contrastive   odd labels are shown what label 0 wrote and asked for something worse, even ones for something better;
                  nothing is asked where label 0 answered the task's question
    meta          the model is asked once a node for advice that helps and advice that misleads; odd labels get the bad
                  one, even ones the good one; nothing is asked where it gave none

In the last three label 0 is greedy and untouched, and the others sample at 1.0, so that labels above 2, which are
undefined as published, are further draws of the same two kinds. What is asked stands at the end of the last user turn
for the sampling alone, and is in no history.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import replace
from typing import Literal

from worldlore.agents.telling import ended_with
from worldlore.experience import Completion, Generate, Reply, Sampling
from worldlore.rollout.explore import Branch, plainly
from worldlore.rollout.loop import heated

Labels = Literal["temperature", "sampling", "fixed", "contrastive", "meta"]
BY_REMAINDER = {1: 1.0, 2: 0.5, 0: 0.7}

FIXED = (
    "For this turn only: take a step that is possible but less efficient than the best one, for example one that "
    "repeats work or makes a detour. Keep the usual form, and do not mention this."
)
CONTRAST = (
    "For this turn only: another attempt wrote the reply below. Write one in the same form that is clearly {kind} as a "
    "next step, and do not mention this.\n\n{reply}"
)
META = (
    "Before the next step, think of two guidelines for it: one that would help to succeed here, and one that sounds "
    'sensible but would lead astray. Answer with JSON and nothing else: {"good": "…", "bad": "…"}'
)
ADVICE = "For this turn only, follow this guideline and do not mention it: {advice}"
LONGEST = 1000
"""Characters of a guideline that are passed on."""


def temperature_of(label: int) -> float:
    """The published temperature of a label.

    >>> [temperature_of(label) for label in range(5)]
    [0.0, 1.0, 0.5, 0.7, 1.0]
    """
    return BY_REMAINDER[label % 3] if label else 0.0


def by_temperature(branch: Branch, request: Generate) -> Generate:
    """Sample at the label's temperature."""
    return heated(request, temperature_of(branch.label))


def by_sampling(branch: Branch, request: Generate) -> Generate:
    """Sample at temperature 1, whatever the label."""
    return heated(request, 1.0)


def by_fixed(branch: Branch, request: Generate) -> Generate:
    """Ask for a less efficient step, or for nothing."""
    return _told(branch, request, FIXED if branch.label % 2 else "")


def by_contrast(branch: Branch, request: Generate) -> Generate:
    """Ask for a worse or a better step than that of label 0."""
    sibling = branch.siblings.get(0)
    said = sibling.said(request.to) if sibling else None
    if sibling is None or said is None or sibling.info.get("answer") is not None:
        return _told(branch, request, "")
    return _told(branch, request, CONTRAST.format(kind="worse" if branch.label % 2 else "better", reply=said[1]))


def by_meta(branch: Branch, request: Generate) -> Generator[Generate, Reply, Generate]:
    """Ask for a guideline, then for a step that follows it."""
    if not branch.label:
        return _told(branch, request, "")
    sampling = Sampling(0.0, max_tokens=max(256, request.sampling.max_tokens), seed=0)
    reply = yield Generate(ended_with(request.messages, META), sampling, request.to)
    advice = guidelines(reply.text) if isinstance(reply, Completion) else {}
    found = advice.get("bad" if branch.label % 2 else "good", "")
    return _told(branch, request, ADVICE.format(advice=found[:LONGEST]) if found else "")


def guidelines(text: str) -> dict[str, str]:
    """The guidelines in a reply, read as JSON; none where there are none."""
    found = re.search(r"\{.*\}", text, re.S)
    try:
        told = json.loads(found[0]) if found else {}
    except (ValueError, RecursionError):
        return {}
    return {name: " ".join(advice.split()) for name, advice in told.items() if isinstance(advice, str)}


VARIATIONS = {
    "temperature": plainly(by_temperature),
    "sampling": plainly(by_sampling),
    "fixed": plainly(by_fixed),
    "contrastive": plainly(by_contrast),
    "meta": by_meta,
}
FROM_FIRST = frozenset({"contrastive"})
"""Those that start from what label 0 wrote."""


def _told(branch: Branch, request: Generate, words: str) -> Generate:
    """The request with words at its end, where there are any; greedy for label 0."""
    if not branch.label:
        return heated(request, 0.0)
    return heated(replace(request, messages=ended_with(request.messages, words)) if words else request, 1.0)
