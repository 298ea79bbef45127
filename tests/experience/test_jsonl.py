"""Records on disk: exact in both directions, whole lines or none, and a clear word about damage."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.experience import strategies as any_
from worldlore.errors import StoreError
from worldlore.experience import (
    Call,
    Completion,
    Decision,
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
    append_jsonl,
    dumps,
    loads,
    read_jsonl,
    recover,
    write_jsonl,
)

TASK = Task("a", "walk", "train", "go", {"door": 1})


@given(any_.records)
def test_a_record_comes_back_as_it_went(record):
    line = dumps(record)
    assert "\n" not in line
    back = loads(line, type(record))
    assert back == record
    assert repr(back) == repr(record) or isinstance(record, Tree)
    assert loads(line.encode(), type(record)) == record


@given(any_.trajectories())
def test_writing_what_was_read_gives_the_same_bytes(trajectory):
    assert dumps(loads(dumps(trajectory), Trajectory)) == dumps(trajectory)


@given(st.lists(any_.trajectories(), max_size=3))
def test_a_file_holds_what_was_appended_in_order(tmp_path_factory, given_):
    path = tmp_path_factory.mktemp("jsonl") / "a.jsonl"
    path.touch()
    for trajectory in given_:
        append_jsonl(path, trajectory)
    assert list(read_jsonl(path, Trajectory)) == given_
    written = path.read_bytes()
    write_jsonl(path, given_)
    assert path.read_bytes() == written


def said(n: int, words: str = "x" * 50) -> tuple[Message, ...]:
    return tuple(Message(("user", "assistant")[i % 2], f"{words} {i}") for i in range(n))


def talk(turns: int) -> Trajectory:
    """An episode whose every request repeats all that was said before."""
    steps = tuple(
        Step(Observation(f"o{i}"), Decision(f"a{i}"), calls=(Call(Generate(said(2 * i + 1)), Completion(f"a{i}")),))
        for i in range(turns)
    )
    return Trajectory(TASK, 0, 0, steps, Observation("end"))


def test_a_conversation_that_goes_on_is_stored_once():
    short, long = len(dumps(talk(20))), len(dumps(talk(40)))
    assert long < 2.2 * short
    plain = json.loads(dumps(talk(3)))
    first, second, third = (step["calls"][0]["request"]["messages"] for step in plain["steps"])
    assert (first[0], second[0], third[0]) == (0, 1, 3)
    assert [len(first), len(second), len(third)] == [2, 3, 3]


def test_conversations_with_two_roles_are_each_stored_once():
    def step(i: int) -> Step:
        asked = (Generate(said(2 * i + 1)), Generate(said(2 * i + 1, "y" * 50), to="world"))
        return Step(Observation(""), Decision(""), calls=tuple(Call(request, Completion("a")) for request in asked))

    short, long = (dumps(Trajectory(TASK, 0, 0, tuple(map(step, range(n))))) for n in (20, 40))
    assert len(long) < 2.2 * len(short)
    assert loads(long, Trajectory).steps[-1] == step(39)


def test_a_tree_stores_a_shared_conversation_once_a_branch():
    trunk = talk(6)
    twigs = [
        replace(trunk, attempt=k, steps=(*trunk.steps[:5], replace(trunk.steps[5], decision=Decision(f"b{k}"))))
        for k in range(30)
    ]
    tree = Tree.grow(twigs)
    assert loads(dumps(tree), Tree) == tree
    assert len(dumps(tree)) < len(dumps(trunk)) + 30 * 400


def test_a_conversation_that_turns_back_is_told_exactly():
    whole = said(5)
    asked = (Generate(whole), Generate(whole[:2]), Score(whole, ("a",)), Generate(()), Generate(whole[2:]))
    replies = (Completion("a"), Failure("no"), Scores(((-1.0,),)), Completion(""), Completion("b"))
    step = Step(Observation(""), Decision(""), calls=tuple(map(Call, asked, replies)))
    trajectory = Trajectory(TASK, 0, 0, (step, step))
    assert loads(dumps(trajectory), Trajectory) == trajectory


@pytest.mark.parametrize(
    "torn", ['{"task"', "", '{"task":{"id":"a","environment":"b","split":"c","goal":"d"},"seed":0}']
)
def test_a_torn_last_line_is_left_out(tmp_path, torn):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [talk(1), talk(2)])
    with path.open("a") as file:
        file.write(torn)
    assert list(read_jsonl(path, Trajectory)) == [talk(1), talk(2)]


@given(st.data())
def test_a_file_cut_anywhere_keeps_its_whole_lines_and_can_be_gone_on_with(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("jsonl") / "a.jsonl"
    written = data.draw(st.lists(any_.trajectories(), min_size=1, max_size=3))
    write_jsonl(path, written)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    kept = written[: whole[:cut].count(b"\n")]
    torn = not whole[:cut].endswith(b"\n") and cut > 0
    assert list(read_jsonl(path, Trajectory)) == kept
    assert recover(path) is torn
    assert recover(path) is False
    append_jsonl(path, written[-1])
    assert list(read_jsonl(path, Trajectory)) == [*kept, written[-1]]


def test_a_file_that_is_not_there_needs_no_recovery(tmp_path):
    assert recover(tmp_path / "none.jsonl") is False


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"null",
        b"[]",
        b'"words"',
        b"{}",
        b'{"task"',
        b"\xff\xfe",
        b'{"task":{"id":"a","environment":"b","split":"c","goal":"d"},"seed":"many"}',
        b'{"task":{"id":"a","environment":"b","split":"c","goal":"d"},"seed":0,"steps":[1]}',
        b'{"task":{"id":"a","environment":"b","split":"c","goal":"d"},"seed":0,"steps":[{"calls":[{"request":{"messages":[]}}]}]}',
        b'{"task":{"id":"a","environment":"b","split":"c","goal":"d"},"seed":0,"steps":[{"calls":[{"request":{"messages":["x"]}}]}]}',
        b'{"task":{"id":"a","environment":"b","split":"c","goal":"d"},"seed":0,"steps":[{"calls":[{"request":{"messages":[7]},'
        b'"reply":{"text":"a"}}],"observation":{"text":"o"},"decision":{"action":"a"}}]}',
    ],
)
def test_any_other_damage_names_the_file_and_the_line(tmp_path, damage):
    path = tmp_path / "train.jsonl"
    path.write_bytes(dumps(talk(1)).encode() + b"\n" + damage + b"\n" + dumps(talk(2)).encode() + b"\n")
    read = read_jsonl(path, Trajectory)
    assert next(read) == talk(1)
    with pytest.raises(StoreError, match=r"train\.jsonl, line 2 is no Trajectory") as caught:
        next(read)
    assert "\n" not in str(caught.value)


def test_a_tree_with_a_child_before_its_parent_is_damage(tmp_path):
    path = tmp_path / "a.jsonl"
    tree = json.loads(dumps(Tree.grow([talk(2)])))
    tree["nodes"][0]["parent"] = 1
    path.write_text(json.dumps(tree) + "\n")
    with pytest.raises(StoreError, match="line 1 is no Tree"):
        list(read_jsonl(path, Tree))


def test_a_disk_that_refuses_is_told_in_one_sentence(tmp_path, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

        writelines = write

    monkeypatch.setattr(Path, "open", lambda self, *a, **k: Full())
    for write in (lambda p: append_jsonl(p, talk(1)), lambda p: write_jsonl(p, [talk(1)])):
        with pytest.raises(StoreError, match=r"cannot write to .*a\.jsonl: No space left on device; make room"):
            write(tmp_path / "a.jsonl")


def test_a_reader_never_sees_a_half_written_file(tmp_path):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [talk(1)])

    def breaking():
        yield talk(2)
        assert list(read_jsonl(path, Trajectory)) == [talk(1)]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_jsonl(path, breaking())
    assert list(read_jsonl(path, Trajectory)) == [talk(1)]


@pytest.mark.parametrize("record", [talk(1), Tree.grow([talk(1)])])
def test_what_is_no_json_is_refused_in_one_sentence(tmp_path, record):
    def broken(step):
        return replace(step, info={"x": object()})

    if isinstance(record, Tree):
        record = replace(record, nodes=(replace(record.nodes[0], step=broken(record.nodes[0].step)),))
    else:
        record = replace(record, steps=tuple(map(broken, record.steps)))
    with pytest.raises(StoreError, match="JSON"):
        append_jsonl(tmp_path / "a.jsonl", record)
    assert not (tmp_path / "a.jsonl").exists() or (tmp_path / "a.jsonl").read_bytes() == b""


def test_half_an_emoji_does_not_end_a_run(tmp_path):
    path = tmp_path / "a.jsonl"
    append_jsonl(path, Message("assistant", "go \ud83d on"))
    (back,) = read_jsonl(path, Message)
    assert back.content.startswith("go ")
    assert back.content.endswith(" on")
