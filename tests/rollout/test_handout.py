"""Laws of handing out: whatever is lost in whatever order, each piece is done once and results come in order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.errors import ConfigError
from worldlore.rollout.handout import LIVES, Handout

HANDS = 4
moves = st.lists(st.tuples(st.sampled_from(["take", "done", "done", "lose", "stale"]), st.integers(0, HANDS - 1)))


class Game:
    """Hands that take, bring, are lost, and bring all the same what they no longer hold."""

    def __init__(self, n):
        self.handout = Handout(f"item {i}" for i in range(n))
        self.held = {hand: {} for hand in range(HANDS)}
        self.taken, self.losses, self.results, self.gone = Counter(), Counter(), [], []

    def take(self, hand):
        if (piece := self.handout.take(hand)) is not None:
            self.held[hand][piece[0]] = piece[1]
            self.taken[piece[0]] += 1

    def done(self, hand):
        for place, item in self.held[hand].items():
            self.handout.done(hand, place, item.replace("item", "result"))
        self.held[hand].clear()
        self.results.extend(self.handout.ready())

    def lose(self, hand):
        if any(self.losses[place] == LIVES - 1 for place in self.held[hand]):
            return
        self.handout.lose(hand)
        self.losses.update(list(self.held[hand]))
        self.gone += [(hand, place) for place in self.held[hand]]
        self.held[hand].clear()

    def stale(self, _):
        for hand, place in self.gone:
            if place not in self.held[hand]:
                self.handout.done(hand, place, "stale")


@given(st.integers(0, 12), moves)
def test_nothing_is_lost_or_doubled_and_the_order_is_kept(n, script):
    game = Game(n)
    for move, hand in script:
        getattr(game, move)(hand)
    while not game.handout.over:
        for hand in range(HANDS):
            game.take(hand)
            game.done(hand)
    assert game.results == [f"result {i}" for i in range(n)]
    assert all(game.taken[i] == 1 + game.losses[i] for i in range(n))


@given(st.integers(1, 20), st.integers(1, 5))
def test_what_was_lost_is_handed_out_again_before_anything_new_and_in_order(n, many):
    handout = Handout(range(n + many))
    lost = [handout.take("a")[0] for _ in range(many)]
    handout.lose("a")
    assert handout.held("a") == 0
    assert [handout.take("b")[0] for _ in range(many)] == lost
    assert handout.take("b")[0] == many


def test_neighbours_go_to_different_hands():
    handout = Handout(range(6))
    assert [handout.take(hand)[0] for _ in range(3) for hand in "ab"] == [0, 1, 2, 3, 4, 5]
    assert [handout.held(hand) for hand in "ab"] == [3, 3]


def test_items_are_begun_only_when_a_hand_takes_them():
    begun = []
    handout = Handout(begun.append(i) or i for i in range(100))
    handout.take("a")
    assert begun == [0]


def test_a_result_waits_until_all_before_it_are_there():
    handout = Handout("xy")
    handout.take("a"), handout.take("b")
    handout.done("b", 1, "Y")
    assert list(handout.ready()) == []
    handout.done("a", 0, "X")
    assert list(handout.ready()) == ["X", "Y"]
    assert not handout.over
    assert handout.take("a") is None
    assert handout.over


def test_work_that_ends_every_actor_that_takes_it_is_given_up():
    handout = Handout("x")
    for _ in range(LIVES - 1):
        handout.take("a")
        handout.lose("a")
    handout.take("a")
    with pytest.raises(ConfigError, match="5 actors ended while they had piece 1"):
        handout.lose("a")
