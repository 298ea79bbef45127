"""The book of slots: where a prompt is seated, and what is given up for it."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.models.prefix import WORTHWHILE, Layer, Seat, Slots

LONG = list(range(1, 41))


def slots(most: int = 3, width: int = 64, memory: int = 1 << 20) -> Slots:
    made = Slots({0: Layer(1, 2, 2)}, memory, most, torch.zeros(1))
    made.fit(width)
    return made


def hold(book: Slots, prompt: list[int], reply: list[int] | None = None) -> Seat:
    """What a whole request does to the book: each token's key is the token itself."""
    seat = book.seat(prompt)
    assert book.ready(seat)
    book.copy(seat)
    for tokens in (prompt[seat.kept :], reply or []):
        start = int(book.filled[seat.slot])
        for store in (book.keys, book.values):
            store[0][seat.slot, 0, start : start + len(tokens)] = torch.tensor(tokens, dtype=torch.float)[:, None]
        book.extend(seat.slot, tokens)
    book.free(seat.slot)
    return seat


def test_a_conversation_that_goes_on_keeps_its_slot():
    book = slots()
    first = hold(book, LONG, [50, 51])
    again = hold(book, [*LONG, 50, 51, 52])
    assert again == Seat(first.slot, first.slot, 42)


def test_a_conversation_whose_reply_was_rewritten_keeps_its_slot():
    book = slots()
    first = hold(book, LONG, [50, 51])
    assert hold(book, [*LONG, 60, 61]) == Seat(first.slot, first.slot, 40)


def test_a_branch_is_copied_and_the_trunk_stays():
    book = slots()
    trunk = hold(book, [*LONG, 50, 51, 52])
    branch = hold(book, [*LONG, 60])
    assert branch.slot != trunk.slot == branch.source
    assert branch.kept == 40
    assert hold(book, [*LONG, 50, 51, 52, 53]).kept == 43


def test_the_last_token_of_a_prompt_is_always_computed():
    book = slots()
    hold(book, LONG)
    assert hold(book, LONG).kept == len(LONG) - 1


def test_a_short_common_beginning_is_computed_again():
    book = slots()
    hold(book, LONG)
    assert hold(book, [*LONG[: WORTHWHILE - 1], 99, 98]).kept == 0


def test_a_prefix_can_be_awaited_from_a_slot_that_is_still_being_filled():
    book = slots()
    leader, follower = book.seat(LONG), book.seat([*LONG[:30], 99])
    assert follower.source == leader.slot
    assert not book.ready(follower)
    book.extend(leader.slot, LONG[:30])
    assert book.ready(follower)


def test_the_slot_unused_for_longest_is_given_up():
    book = slots(most=2)
    old = hold(book, LONG)
    hold(book, LONG[::-1])
    new = hold(book, [7] * 30)
    assert new.slot == old.slot
    assert hold(book, [*LONG, 50]).kept == 0


def test_growing_keeps_what_was_used_last_within_the_memory_allowed():
    book = slots(most=4, width=64)
    hold(book, LONG)
    recent = hold(book, LONG[::-1])
    held = book.keys[0][recent.slot, 0, :40].clone()
    per_slot = 4 * 4 * 512
    book._memory = 2 * per_slot
    book.fit(512)
    assert (book.count, book.width) == (2, 512)
    again = hold(book, [*LONG[::-1], 50])
    assert again.kept == 40
    assert torch.equal(book.keys[0][again.slot, 0, :40], held)


def test_memory_that_was_never_written_is_silenced():
    book = slots()
    for tensor in (*book.keys.values(), *book.values.values()):
        tensor.fill_(torch.nan)
    seat = book.seat(LONG)
    assert not book.keys[0][seat.slot].isnan().any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 60), st.integers(0, 5)), min_size=1, max_size=12))
def test_whatever_was_asked_before_a_slot_holds_exactly_its_prompt(asked):
    book = slots()
    rows = [np.random.default_rng(i).integers(0, 3, 60).tolist() if i else [1] * 60 for i in range(4)]
    for row, length, reply in asked:
        prompt = rows[row][:length]
        seat = hold(book, prompt, [9] * reply)
        assert book.keys[0][seat.slot, 0, : length + reply, 0].tolist() == [*prompt, *[9] * reply]
