import torch
from hypothesis import given
from hypothesis import strategies as st

from worldlore.models.forest import Forest

SEQUENCES = st.lists(st.lists(st.integers(0, 2), max_size=8), max_size=8)


@given(SEQUENCES)
def test_places_recover_every_sequence(sequences):
    forest = Forest.plant(sequences)
    assert [forest.tokens_N[forest.places(i)].tolist() for i in range(len(sequences))] == sequences


@given(SEQUENCES)
def test_a_position_is_the_index_in_the_sequence_and_previous_the_token_before(sequences):
    forest = Forest.plant(sequences)
    for i, sequence in enumerate(sequences):
        places = forest.places(i)
        assert forest.positions_N[places].tolist() == list(range(len(sequence)))
        assert forest.previous_N[places].tolist() == [-1, *places.tolist()][: len(sequence)]


@given(SEQUENCES)
def test_each_distinct_prefix_is_stored_once(sequences):
    prefixes = {tuple(s[:n]) for s in sequences for n in range(1, len(s) + 1)}
    forest = Forest.plant(sequences)
    assert len(forest) == len(prefixes)
    assert forest.depth == max(map(len, prefixes), default=0)


@given(SEQUENCES)
def test_the_interval_below_a_token_holds_exactly_those_with_it_on_their_path(sequences):
    forest = Forest.plant(sequences)
    for query in range(len(forest)):
        path, at = set(), query
        while at >= 0:
            path.add(at)
            at = int(forest.previous_N[at])
        assert path == {k for k in range(len(forest)) if k <= query < forest.below_N[k]}


@given(SEQUENCES)
def test_segments_cover_the_tokens_in_order_and_end_only_at_forks(sequences):
    forest = Forest.plant(sequences)
    ends = [0, *(s.end for s in forest.segments)]
    assert [s.start for s in forest.segments] == ends[:-1]
    assert ends[-1] == len(forest)
    for i, segment in enumerate(forest.segments):
        before = int(forest.previous_N[segment.start])
        assert segment.parent < i
        assert before == (forest.segments[segment.parent].end - 1 if segment.parent >= 0 else -1)
        inner = forest.previous_N[segment.start + 1 : segment.end]
        assert torch.equal(inner, torch.arange(segment.start, segment.end - 1))
    parents = [s.parent for s in forest.segments if s.parent >= 0]
    assert all(parents.count(p) > 1 for p in parents)


def test_the_picture_in_the_docstring():
    forest = Forest.plant([[1, 2, 3], [1, 2, 4, 5]])
    assert forest.tokens_N.tolist() == [1, 2, 3, 4, 5]
    assert forest.previous_N.tolist() == [-1, 0, 1, 1, 3]
    assert [(s.start, s.end, s.parent, s.below) for s in forest.segments] == [(0, 2, -1, 5), (2, 3, 0, 3), (3, 5, 0, 5)]
