"""WKM's released files, made up here in their forms."""

import json

import pytest

from worldlore.errors import StoreError
from worldlore.experience import Case
from worldlore.methods.wkm.released import Told, cases_in, knowledge_in, turns_in


def written(folder, content):
    path = folder / "file.json"
    path.write_text(json.dumps(content))
    return path


def said(*texts):
    return [{"from": "gpt" if i % 2 else "human", "value": text} for i, text in enumerate(texts)]


def test_every_reply_of_a_training_file_is_a_turn_but_the_ok_to_the_instruction(tmp_path):
    path = written(
        tmp_path, [{"conversations": said("Know.", "OK", "A task.", "When …", "> look\nA desk.", "A desk here.")}]
    )
    first, second = turns_in(path)
    assert ([m.role for m in first.messages], first.reply) == (["user", "assistant", "user"], "When …")
    assert (second.messages[-1].content, second.reply) == ("> look\nA desk.", "A desk here.")
    assert second.messages[:3] == first.messages


@pytest.mark.parametrize("key", ["task_knowledge", "task_knowledege", "guideline"])
@pytest.mark.parametrize("state", ["state_knowledge", "state"])
def test_knowledge_is_found_under_every_published_name(tmp_path, key, state):
    turns = said("Act.", "OK", "A task.", "Action: look", "A desk.", "Action: take")
    turns[2][state], turns[4][state] = "nothing done", "desk seen"
    expected = Told("When …", ("", "nothing done", "desk seen"))
    beside = [{key: "When …", "chosen": {"conversations": turns}, "rejected": turns}]
    inside = [{key: "When …", "conversations": turns}]
    bare = [{key: "When …", "chosen": turns, "rejected": {"conversations": turns}}]
    for content in (beside, inside, bare):
        assert knowledge_in(written(tmp_path, content)) == [expected]


def test_pairs_without_knowledge_have_none(tmp_path):
    assert knowledge_in(written(tmp_path, [{"chosen": said("a", "b"), "rejected": said("a")}])) == [Told("", ("",))]


def test_the_released_base_begins_where_ours_does(tmp_path):
    base = [
        {"pre_action": "look", "state": "nothing done", "action": "go to desk 1"},
        {"pre_action": "go to desk 1", "state": "at the desk", "action": "search"},
    ]
    assert cases_in(written(tmp_path, base)) == [
        Case("", "nothing done", "go to desk 1"), Case("go to desk 1", "at the desk", "search"),
    ]  # fmt: skip


@pytest.mark.parametrize("read", [turns_in, knowledge_in, cases_in])
def test_a_file_of_another_form_is_told_by_its_record(tmp_path, read):
    with pytest.raises(StoreError, match="record 0 is of another form than WKM released"):
        read(written(tmp_path, [{"conversations": 3, "chosen": 3}]))
    with pytest.raises(StoreError, match="holds no list of records"):
        read(written(tmp_path, {"a": 1}))
    with pytest.raises(StoreError, match="cannot be read as JSON"):
        read(tmp_path / "absent.json")
