"""Everything that a run keeps of one made-up pair, word for word: what both models learn, and what they learn it from.

Look at what a change makes of them with your own eyes, then: WORLDLORE_GOLDENS=1 make test.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.methods.wkm.learning import WIN, agent, course
from tests.toys import Pages
from worldlore.experience import Observation
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.keeping import FOLDER, keep
from worldlore.methods.wkm.pairs import Pair
from worldlore.methods.wkm.synthesis import Known

GOLDENS = Path(__file__).parent / "goldens"
SEEN = (
    "You are in a room. You see a desk 1, a shelf 2 and a sinkbasin 1.\nYour task is to: put a clean mug in shelf.",
    "You arrive at desk 1. On the desk 1, you see a mug 1.",
    "You pick up the mug 1 from the desk 1.",
    "You clean the mug 1 using the sinkbasin 1.",
)


def known() -> Known:
    steps = [replace(s, observation=Observation(text)) for s, text in zip(WIN.steps, SEEN, strict=True)]
    chosen = replace(WIN, steps=tuple(steps), final=Observation("You move the mug 1 to the shelf 2."))
    pair = Pair(chosen, course("look", "fly", "fly", success=False))
    contrast = Contrast([pair])
    return Known(pair, contrast.task_knowledge(pair), tuple(contrast.state_knowledge(s) for s, _ in moments(chosen)))


@pytest.mark.parametrize("keys", [{}, {"think": True, "purpose": True}], ids=["plain", "thinking"])
def test_what_is_kept_is_what_it_was(tmp_path, keys):
    keep(Pages(folder=tmp_path), agent(**keys), [known()])
    name = "thinking" if keys else "plain"
    for made in sorted((tmp_path / FOLDER).iterdir()):
        golden = GOLDENS / name / made.name
        if os.environ.get("WORLDLORE_GOLDENS"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(made.read_text())
        assert made.read_text() == golden.read_text(), f"{golden} differs"
