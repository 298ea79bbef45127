"""Pairs from files: the published formats, random maxima, and what is said of a malformed record."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.test_methods import method, practice, puppet
from tests.toys import Pages, walker
from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.experience import Message
from worldlore.methods.mixes import PairMix as Mix
from worldlore.methods.mixes import mixed
from worldlore.methods.mixes.fields import Malformed
from worldlore.methods.mixes.pairs import FORMATS
from worldlore.methods.preferences import PreferencesConfig

USER, SAID = {"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "Let me see."}
GOOD, BAD = {"role": "assistant", "content": "4"}, {"role": "assistant", "content": "5"}
TURN = {"user": "human", "assistant": "gpt"}


def old(turn):
    return {"from": TURN[turn["role"]], "value": turn["content"]}


def told(contrast):
    (chosen,), (rejected,) = contrast.chosen, contrast.rejected
    assert chosen.messages == rejected.messages
    return [(m.role, m.content) for m in chosen.messages], chosen.reply, rejected.reply


ONE = [([("user", "2 + 2?")], "4", "5")]
RECORDS = {
    "ultrainteract": {"trajectory": [{"from": "user", "value": "2 + 2?"}], "chosen": "4", "rejected": "5", "id": "x"},
    "ultrafeedback": {
        "instruction": "2 + 2?",
        "completions": [{"response": "5", "overall_score": 1}, {"response": "4", "overall_score": 7.5}],
    },
    "llamafactory": {"instruction": "2 + 2?", "input": "", "chosen": "4", "rejected": "5", "history": []},
    "trl": {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_record_of_each_format_is_the_same_pair(name):
    assert [told(contrast) for contrast in FORMATS[name](RECORDS[name])] == ONE


def test_of_four_completions_every_strictly_better_one_is_preferred():
    scores = [3, 5, 5, None, 1]
    completions = [{"response": f"r{i}", "overall_score": score} for i, score in enumerate(scores)]
    found = FORMATS["ultrafeedback"]({"instruction": "?", "completions": completions})
    pairs = {told(contrast)[1:] for contrast in found}
    assert pairs == {("r0", "r4"), ("r1", "r0"), ("r2", "r0"), ("r1", "r4"), ("r2", "r4")}


def test_a_history_and_a_system_turn_come_first_in_llamafactorys():
    alpaca = {**RECORDS["llamafactory"], "instruction": "And", "input": "3 + 3?", "history": [["2 + 2?", "4"]]}
    (contrast,) = FORMATS["llamafactory"]({**alpaca, "system": "Be brief."})
    expected = [("system", "Be brief."), ("user", "2 + 2?"), ("assistant", "4"), ("user", "And\n3 + 3?")]
    assert told(contrast) == (expected, "4", "5")
    shared = {"conversations": [old(USER), old(SAID), old(USER)], "chosen": old(GOOD), "rejected": old(BAD)}
    (contrast,) = FORMATS["llamafactory"](shared)
    assert told(contrast)[0] == [("user", "2 + 2?"), ("assistant", "Let me see."), ("user", "2 + 2?")]


@pytest.mark.parametrize("history", [5, True, "ab", {"ab": "x"}, ["ab"], [["a", "b", "c"]], [["a", 1]]])
def test_a_history_that_is_no_list_of_pairs_is_malformed(history):
    with pytest.raises(Malformed, match="under 'history'"):
        list(FORMATS["llamafactory"]({**RECORDS["llamafactory"], "history": history}))


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "2 + 2?", "chosen": "4", "rejected": "5"},
        {"prompt": "2 + 2?", "chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": [USER], "chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
    ],
)
def test_trls_prompt_may_be_a_text_repeated_or_implicit(record):
    assert [told(contrast) for contrast in FORMATS["trl"](record)] == ONE


def test_equal_replies_are_no_preference():
    assert not list(FORMATS["trl"]({"prompt": [USER], "chosen": [GOOD], "rejected": [GOOD]}))


@given(
    st.sampled_from(sorted(FORMATS)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["prompt", "chosen", "rejected", "role", "content", "trajectory", "instruction", "history"]
                )
                | st.sampled_from(
                    ["completions", "response", "overall_score", "conversations", "from", "value", "system"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict)),
)
def test_whatever_a_record_holds_it_gives_pairs_or_is_malformed(name, record):
    try:
        for contrast in FORMATS[name](record):
            prompt, chosen, rejected = told(contrast)
            assert prompt and prompt[-1][0] != "assistant"
            assert chosen.strip() != rejected.strip()
    except Malformed as error:
        assert str(error)


# Files


def lines(path, found):
    path.write_text("".join(json.dumps(record) + "\n" for record in found))
    return path


def numbered(n):
    return [{"prompt": f"{i}?", "chosen": "yes", "rejected": "no"} for i in range(n)]


def test_a_source_gives_at_most_so_many_of_its_pairs_at_random_and_nothing_twice(tmp_path):
    file = lines(tmp_path / "a.jsonl", numbered(100))
    whole = mixed([Mix(file=file, format="trl")])
    some, same, other = (mixed([Mix(file=file, format="trl", most=30, seed=s)]).taken for s in (1, 1, 2))
    assert len(whole.taken) == 100
    assert len(set(some)) == 30 and some == same != other
    assert set(some) <= set(whole.taken)
    assert [c for c in whole.taken if c in set(some)] == list(some)  # in the file's order
    assert mixed([Mix(file=file, format="trl", most=1000)]).taken == whole.taken


def test_sources_are_counted_each(tmp_path):
    (tmp_path / "b").mkdir()
    mixes = [
        Mix(file=lines(tmp_path / "a.jsonl", [*numbered(4), {**numbered(1)[0], "chosen": "no"}]), format="trl", most=3),
        Mix(file=lines(tmp_path / "b" / "a.jsonl", [RECORDS["ultrafeedback"]]), format="ultrafeedback"),
    ]
    found = mixed(mixes)
    assert found.counts == {
        "a.jsonl": {"records": 5, "pairs": 4, "taken": 3},
        "a.jsonl (2)": {"records": 1, "pairs": 1, "taken": 1},
    }
    assert len(found.taken) == 4


def test_a_list_lines_and_lines_called_json_read_the_same(tmp_path):
    lines(tmp_path / "a.jsonl", numbered(3))
    (tmp_path / "b.json").write_text(json.dumps(numbered(3), indent=1))
    lines(tmp_path / "c.json", numbered(3))
    found = [mixed([Mix(file=tmp_path / name, format="trl")]).taken for name in ("a.jsonl", "b.json", "c.json")]
    assert found[0] == found[1] == found[2]
    assert found[0][2].chosen[0].messages == (Message("user", "2?"),)


def test_a_malformed_record_is_told_with_file_and_line(tmp_path):
    good = json.dumps(numbered(1)[0])
    cases = {
        f"{good}\n\n{{'no'}}\n": r"a\.jsonl, line 3 is no JSON",
        f'{good}\n{{"prompt": "?", "chosen": "x"}}\n': r"line 2 is no record of format 'trl': expected a list under",
        f"{good}\n7\n": r"line 2 is no record of format 'trl': expected an object",
        '{"prompt": [{"role": "judge", "content": "x"}], "chosen": "a", "rejected": "b"}\n': "role and content",
    }
    for text, message in cases.items():
        (tmp_path / "a.jsonl").write_text(text)
        with pytest.raises(ConfigError, match=message):
            mixed([Mix(file=tmp_path / "a.jsonl", format="trl")])
    (tmp_path / "b.json").write_text(json.dumps([numbered(1)[0], {}]))
    with pytest.raises(ConfigError, match=r"b\.json, record 2 is no record"):
        mixed([Mix(file=tmp_path / "b.json", format="trl")])
    (tmp_path / "c.jsonl").write_bytes(b"\xff\xfe\n")
    with pytest.raises(ConfigError, match="no text in UTF-8"):
        mixed([Mix(file=tmp_path / "c.jsonl", format="trl")])


def test_a_mark_at_the_beginning_of_a_text_is_no_part_of_it(tmp_path):
    record = json.dumps(numbered(1)[0])
    for name, text in (("a.jsonl", record), ("b.json", f"[{record}]"), ("c.json", record)):
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        assert len(mixed([Mix(file=tmp_path / name, format="trl")]).taken) == 1


def test_a_table_that_is_damaged_anywhere_is_told(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    file = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(numbered(2000)), file)
    whole, refused = file.read_bytes(), 0
    for at in range(4, len(whole) - 8, len(whole) // 40):
        file.write_bytes(whole[:at] + b"\xff\xff\xff" + whole[at + 3 :])
        try:
            mixed([Mix(file=file, format="trl")])
        except ConfigError as error:
            refused += "a.parquet" in str(error)
    assert refused > 20


def test_a_text_nested_without_end_is_no_json(tmp_path):
    (tmp_path / "a.jsonl").write_text("[" * 200_000)
    with pytest.raises(ConfigError, match="line 1 is no JSON"):
        mixed([Mix(file=tmp_path / "a.jsonl", format="trl")])


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"no file absent\.jsonl; give the path"):
        mixed([Mix(file="absent.jsonl", format="trl")])
    with pytest.raises(ConfigError, match=r"ends in none of \.jsonl"):
        mixed([Mix(file="pairs.csv", format="trl")])
    with pytest.raises(ConfigError, match="'ultrainteract', 'ultrafeedback', 'llamafactory' or 'trl'"):
        parse(PreferencesConfig, {"mixes": [{"file": "a.jsonl", "format": "ultra"}]}, "method 'preferences'")


# Methods

TRAINING = {"epochs": 2, "batch": 2, "learning_rate": 1e-2, "schedule": "constant", "warmup_ratio": 0.0}


@pytest.fixture
def policy(tiny):
    return puppet(tiny)


def pages(tmp_path):
    return Pages(folder=tmp_path / "out")


def test_preferences_trains_on_files_and_practises_nothing(policy, tmp_path):
    file = lines(tmp_path / "a.jsonl", numbered(4))
    here = practice(pages(tmp_path), policy)
    lesson = method("preferences", mixes=[{"file": str(file), "format": "trl"}], training=TRAINING).learn(
        walker(), here
    )
    assert (lesson.weights["policy"] / "model.safetensors").is_file()
    assert lesson.metrics["mixes"] == {"a.jsonl": {"records": 4, "pairs": 4, "taken": 4}}
    assert (lesson.metrics["trained_pairs"], lesson.metrics["steps"]) == (4, 4)
    assert (here.cost.episodes, here.cost.calls) == (0, 0)
    assert here.cost.trained_tokens > 0


def test_weights_that_stay_as_they_were_are_told(policy, tmp_path):
    quarrel = [{"prompt": f"{i}?", "chosen": ("yes", "no")[i % 2], "rejected": ("no", "yes")[i % 2]} for i in range(2)]
    held_out = {"share": 0.5, "every": 1}
    book = pages(tmp_path)
    lesson = method(
        "preferences",
        mixes=[{"file": str(lines(tmp_path / "a.jsonl", quarrel)), "format": "trl"}],
        training={**TRAINING, "learning_rate": 1e-3, "held_out": held_out},
    ).learn(walker(), practice(book, policy))
    assert (lesson.metrics["held_out"], lesson.metrics["kept_step"]) == (1, 0)
    assert any("kept back (units: 1) than none did" in record.get("said", "") for record in book.records)


def test_an_empty_mix_is_refused(policy, tmp_path):
    file = lines(tmp_path / "a.jsonl", numbered(4))
    with pytest.raises(ConfigError, match="hold no pair"):
        method("preferences", mixes=[{"file": str(file), "format": "trl", "most": 0}]).learn(
            walker(), practice(pages(tmp_path), policy)
        )


SEARCH = {"base": 4, "window": 4, "rollouts": 8}


def test_densepolicy_adds_files_to_the_pairs_of_its_trees(policy, tmp_path):
    file = lines(tmp_path / "a.jsonl", numbered(6))
    mixes = [{"file": str(file), "format": "trl", "most": 5}]
    keys = {"search": SEARCH, "labels": "sampling", "training": {**TRAINING, "epochs": 1}}
    lesson = method("densepolicy", mixes=mixes, **keys).learn(walker(), practice(pages(tmp_path), policy))
    own = lesson.metrics["usable_pairs"]
    assert lesson.metrics["trained_pairs"] == own + 5
    assert lesson.metrics["mixes"]["a.jsonl"]["taken"] == 5


def test_a_file_that_cannot_be_read_is_told_before_anything_is_practised(policy, tmp_path):
    here = practice(pages(tmp_path), policy)
    with pytest.raises(ConfigError, match=r"no file .*absent\.jsonl"):
        method("densepolicy", mixes=[{"file": "absent.jsonl", "format": "trl"}]).learn(walker(), here)
    assert here.cost.episodes == 0


def test_trees_may_be_grown_for_export_alone_with_a_model_that_cannot_be_trained():
    lesson = method("densepolicy", search=SEARCH, train=False).learn(walker(), practice(Pages()))
    assert lesson.metrics["trees"] == 4
    assert not lesson.weights
    with pytest.raises(ConfigError, match="cannot be trained"):
        method("densepolicy", search=SEARCH).learn(walker(), practice(Pages()))
