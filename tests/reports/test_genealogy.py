"""Who was proposed from whom: lines of descent followed by hand and at random, and their drawing."""

from __future__ import annotations

from random import Random
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tests.reports.theorised import PLANT, WATER, WRONG, moved, records, search
from worldlore.reports.theories.genealogy import Change, lineage
from worldlore.reports.theories.tree import DOTS, LABEL, Tree


def test_only_the_forebears_of_what_is_held_are_drawn_and_the_dead_are_counted():
    found = lineage(search(records()))
    assert found is not None
    assert {number: node.parent for number, node in found.nodes.items()} == {-1: None, 0: -1, 6: 0, 7: 0}
    assert found.ends == (6, 7)
    assert found.roots == [-1]
    assert found.died == {}  # 1, 3 and 4 come from a first theory of which nothing is left
    assert (found.proposals, found.changes, found.firsts, found.collections) == (8, 7, 2, 3)
    assert found.descent == [Change(0, (), ()), Change(1, (WATER,), ()), Change(3, (PLANT,), ())]


def test_what_died_out_is_counted_where_it_sprang_from():
    given_records = records()
    given_records[1] = {**given_records[1], "proposed": [moved(3, 0, PLANT), moved(4, 3, WRONG)]}
    assert lineage(search(given_records)).died == {0: 2}


def test_without_first_theories_there_is_no_tree():
    rows = [{k: v for k, v in record.items() if k not in ("first", "origins")} for record in records()]
    assert lineage(search(rows)) is None
    assert lineage(search(())) is None


def history(seed: int, particles: int, collections: int) -> list[dict]:
    """A search at random, resampled before every collection."""
    draw, number, found = Random(seed), 0, []
    held = [-1 - k for k in range(particles)]
    for collection in range(collections):
        held = [draw.choice(held) for _ in held] if draw.random() < 0.5 else held
        rows = []
        for k in range(particles):
            for _ in range(draw.randrange(3)):
                accepted = draw.random() < 0.6
                rows.append(moved(number, held[k], f"theory {number}", accepted))
                held[k] = number if accepted else held[k]
                number += 1
        told = [{"text": f"theory {h}", "probability": 1 / particles} for h in held]
        record = {"collection": collection, "best": told[0]["text"], "theories": told, "origins": list(held)}
        found.append({**record, "proposed": rows, **({"first": [""] * particles} if not collection else {})})
    return found


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 12))
def test_every_line_leads_from_a_first_theory_to_one_that_is_held(seed, particles, collections):
    given_records = history(seed, particles, collections)
    found = lineage(search(given_records))
    assert set(found.ends) == set(given_records[-1]["origins"])
    assert sum(found.copies.values()) == particles
    for end in found.ends:
        line = found.line(end)
        assert line[0].number < 0 and line[-1].number == end
        assert [node.collection for node in line] == sorted(node.collection for node in line)
    assert sum(found.died.values()) <= found.proposals
    drawing = ElementTree.fromstring(str(Tree(found, {}, 0).draw))
    assert sum("said" in e.get("class", "") for e in drawing.iter("text")) == len(found.ends)


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 12))
def test_each_end_has_a_lane_and_a_label_with_room(seed, particles, collections):
    found = lineage(search(history(seed, particles, collections)))
    drawing = ElementTree.fromstring(str(Tree(found, {}, 0).draw))
    said = [e for e in drawing.iter("text") if e.get("class") == "said"]
    assert len({e.get("y") for e in said}) == len(found.ends)
    assert all(len("".join(e.itertext())) <= LABEL + 1 for e in said)


def test_a_tree_of_four_hundred_collections_stays_light():
    found = lineage(search(history(1, 12, 400)))
    drawing = str(Tree(found, {}, 0).draw)
    assert len(drawing) < 150_000
    branching = sum(len(children) != 1 for children in found.children.values())
    assert drawing.count("<circle") <= DOTS + branching + len(found.roots)
