"""Conversations from files: the published formats, what of them is learned, and the method that imitates them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.test_methods import method, practice, puppet
from tests.toys import Pages, walker
from worldlore.cli import main
from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.methods.imitation import ImitationConfig
from worldlore.methods.mixes import PairMix, TalkMix, mixed, opened
from worldlore.methods.mixes.fields import Malformed
from worldlore.methods.mixes.talks import FORMATS

ASK, REPLY = {"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}
TALK = [ASK, REPLY, {"role": "user", "content": "And twice that?"}, {"role": "assistant", "content": "8"}]
OLD = [{"from": {"user": "human", "assistant": "gpt"}[turn["role"]], "value": turn["content"]} for turn in TALK]
BOTH = [(["2 + 2?"], "4"), (["2 + 2?", "4", "And twice that?"], "8")]


def told(talk):
    return [([message.content for message in turn.messages], turn.reply) for turn in talk]


@pytest.mark.parametrize(
    ("name", "record", "learned"),
    [
        ("codeact", {"id": "x", "conversations": TALK}, BOTH),
        ("ultrainteract", {"instruction": "2 + 2?", "response": "4", "task": "Math"}, BOTH[:1]),
        ("llamafactory", {"conversations": OLD}, BOTH),
        ("llamafactory", {"instruction": "2 +", "input": "2?", "output": "4"}, [(["2 +\n2?"], "4")]),
        ("llamafactory", {"instruction": "And twice that?", "output": "8", "history": [["2 + 2?", "4"]]}, BOTH),
        ("trl", {"messages": TALK}, BOTH),
        ("trl", {"prompt": TALK[:3], "completion": TALK[3:]}, BOTH[1:]),
        ("trl", {"prompt": "2 + 2?", "completion": "4"}, BOTH[:1]),
    ],
)
def test_a_record_of_each_format_gives_the_replies_to_learn(name, record, learned):
    assert told(FORMATS[name](record)) == learned


def test_a_system_turn_comes_first_and_a_greeting_is_not_learned():
    record = {"system": "Be brief.", "conversations": [{"from": "gpt", "value": "Hello."}, *OLD[:2]]}
    assert told(FORMATS["llamafactory"](record)) == [(["Be brief.", "Hello.", "2 + 2?"], "4")]


@pytest.mark.parametrize(
    "record",
    [
        {"conversations": []},
        {"conversations": [ASK]},
        {"conversations": [REPLY]},
        {"conversations": [ASK, {**REPLY, "content": " "}]},
    ],
)
def test_a_record_with_nothing_to_learn_is_malformed(record):
    with pytest.raises(Malformed, match="a turn of the assistant after one of the user's"):
        FORMATS["codeact"](record)


SOME = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
KEYS = ["conversations", "messages", "prompt", "completion", "instruction", "response", "output", "history", "role"]


@given(
    st.sampled_from(sorted(FORMATS)),
    st.dictionaries(
        st.sampled_from([*KEYS, "content"]),
        st.recursive(
            SOME,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["role", "content", "from", "value"]), inner, max_size=2)
            ),
            max_leaves=8,
        ),
        max_size=4,
    ),
)
def test_whatever_a_record_holds_it_gives_replies_or_is_malformed(name, record):
    try:
        for turn in FORMATS[name](record):
            assert turn.messages and turn.reply.strip()
    except Malformed as error:
        assert str(error)


def lines(path, found):
    path.write_text("".join(json.dumps(record) + "\n" for record in found))
    return path


def asked(n):
    return [{"prompt": f"{i}?", "completion": "yes"} for i in range(n)]


def test_conversations_are_drawn_whole(tmp_path):
    file = lines(tmp_path / "a.jsonl", [{"messages": [{**ASK, "content": f"{i}?"}, *TALK[1:]]} for i in range(9)])
    found = mixed([TalkMix(file=file, format="trl", most=4)])
    assert [len(talk) for talk in found.taken] == [2] * 4
    assert found.counts == {"a.jsonl": {"records": 9, "conversations": 9, "taken": 4}}


@pytest.mark.parametrize(("mix", "name"), [(PairMix, "trl"), (TalkMix, "codeact")])
def test_a_file_is_opened_and_its_first_record_read(mix, name, tmp_path):
    with pytest.raises(ConfigError, match=r"no file absent\.jsonl"):
        opened([mix(file="absent.jsonl", format=name)])
    file = lines(tmp_path / "a.jsonl", [{"text": "x"}])
    with pytest.raises(ConfigError, match=f"line 1 is no record of format '{name}'"):
        opened([mix(file=file, format=name)])
    opened([mix(file=lines(tmp_path / "b.jsonl", []), format=name)])


# Methods

TRAINING = {"epochs": 1, "batch": 4, "learning_rate": 1e-2}


@pytest.fixture
def policy(tiny):
    return puppet(tiny)


def test_imitation_learns_files_alone_and_practises_nothing(policy, tmp_path):
    mix = {"file": str(lines(tmp_path / "a.jsonl", asked(8))), "format": "trl"}
    here = practice(Pages(folder=tmp_path / "out"), policy)
    lesson = method("imitation", source="files", mixes=[mix], training=TRAINING).learn(walker(), here)
    assert (lesson.metrics["turns"], lesson.metrics["steps"], here.cost.episodes) == (8, 2, 0)
    assert lesson.metrics["mixes"]["a.jsonl"]["taken"] == 8
    assert (lesson.weights["policy"] / "model.safetensors").is_file()


def test_imitation_adds_files_to_what_it_played(policy, tmp_path):
    mix = {"file": str(lines(tmp_path / "a.jsonl", asked(8))), "format": "trl", "most": 3}
    keys = {"source": "own", "attempts": 2, "training": TRAINING}
    alone = method("imitation", **keys).learn(walker(), practice(Pages(folder=tmp_path / "a"), policy))
    more = method("imitation", mixes=[mix], **keys).learn(walker(), practice(Pages(folder=tmp_path / "b"), policy))
    assert more.metrics["turns"] == alone.metrics["turns"] + 3


def test_files_without_a_file_and_talk_for_a_world_model_are_refused():
    with pytest.raises(ConfigError, match=r"needs a \[\[method.mixes\]\]"):
        parse(ImitationConfig, {"source": "files"}, "method 'imitation'")
    mixes = [{"file": "a.jsonl", "format": "trl"}]
    with pytest.raises(ConfigError, match="a world model learns none"):
        parse(ImitationConfig, {"source": "transitions", "mixes": mixes}, "method 'imitation'")


PAGE = """
name = "mixes"
environment = { name = "household" }
models.policy = { name = "embedded" }
train = { tasks = 1 }
test = { split = "dev", tasks = 1 }
[variants.none]
method.name = "none"
[variants.wrong]
method = { name = "METHOD", mixes = [{ file = "absent.jsonl", format = "trl" }] }
"""


@pytest.mark.parametrize("name", ["densepolicy", "preferences", "imitation"])
def test_a_wrong_file_in_the_last_variant_is_told_before_the_first_is_played(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.toml").write_text(PAGE.replace("METHOD", name))
    with pytest.raises(SystemExit) as end:
        main(["run", "page.toml"])
    assert end.value.code
    said = " ".join(capsys.readouterr().err.split())
    assert "wrong: no file absent.jsonl; give the path of the records" in said
    assert not (tmp_path / "runs").exists()
