"""Which courses make pairs."""

from tests.methods.wkm.learning import TASK, WIN, course
from worldlore.experience import Observation
from worldlore.methods.wkm.pairs import BEYOND, Pair, paired


def test_every_success_makes_a_pair_and_ties_are_kept():
    other = course("look")
    assert paired([WIN, course("look", success=False)], {}) == [Pair(WIN)]
    assert paired([WIN], {TASK.key: other}) == [Pair(WIN, other)]


def test_the_other_way_drops_ties_follows_the_better_and_cuts_the_worse():
    assert paired([WIN], {TASK.key: course("look")}, "eto") == []
    lost = course(*["look"] * 30, success=False)
    (pair,) = paired([WIN], {TASK.key: lost}, "eto")
    assert pair.chosen == WIN and len(pair.rejected.steps) == len(WIN.steps) + BEYOND
    assert pair.rejected.final == Observation("You see a mug 1.")
    half = course("look", score=0.5)
    (pair,) = paired([half], {TASK.key: WIN}, "eto")
    assert (pair.chosen, pair.rejected) == (WIN, half)
