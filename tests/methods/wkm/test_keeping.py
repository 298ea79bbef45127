"""What lies beside a lesson, and what other runs make of it."""

import json

import pytest

from tests.methods.wkm.learning import agent, practice, wkm
from tests.toys import Pages
from worldlore.errors import ConfigError
from worldlore.methods.wkm.keeping import further
from worldlore.methods.wkm.released import turns_in


def test_what_is_known_and_what_is_to_be_said_lies_beside_the_lesson(tiny, tmp_path):
    lesson = wkm(rejected=False).learn(agent(), practice(tiny, Pages(folder=tmp_path)))
    folder = tmp_path / "knowledge"
    told = [json.loads(line) for line in (folder / "known.jsonl").read_text().splitlines()]
    assert sum(len(one["states"]) for one in told) == lesson.metrics["state_knowledge"]
    learned = turns_in(folder / "world.json")
    assert [turn.reply for turn in learned if turn.reply == told[0]["task_knowledge"]]
    assert len(learned) == len(told) + lesson.metrics["state_knowledge"]
    assert {turn.reply for turn in turns_in(folder / "policy.json")} >= {one["action"] for one in told[0]["states"]}


def test_more_to_learn_comes_from_other_runs_and_from_published_files(tiny, tmp_path):
    other = tmp_path / "other" / "seed-3"
    wkm(rejected=False).learn(agent(), practice(tiny, Pages(folder=other)))
    found = further(tmp_path / "other", 0)
    assert found == further(other / "knowledge" / "world.json", 0) != []
    with pytest.raises(ConfigError, match="no run of method 'wkm' that has written its knowledge; run that one first"):
        further(tmp_path / "absent", 0)


def test_another_run_begins_with_the_pairs_and_the_knowledge_of_this_one(tiny, tmp_path):
    one = wkm(trains=[]).learn(agent(), practice(tiny, Pages(folder=tmp_path / "one")))
    pages = Pages(folder=tmp_path / "two")
    kept = tmp_path / "one" / "knowledge"
    method = wkm(courses=str(kept / "pairs.json"), knowledge="given", trains=[])
    two = method.learn(agent(), practice(tiny, pages))
    assert list(pages.trajectories()) == [], "nothing is played again"
    assert two.casebase.cases == one.casebase.cases
    for name in ("known.jsonl", "pairs.json", "policy.json", "world.json"):
        assert (tmp_path / "two" / "knowledge" / name).read_text() == (kept / name).read_text()


def test_knowledge_that_the_file_does_not_hold_is_told(tiny, tmp_path):
    wkm(rejected=False, trains=[]).learn(agent(), practice(tiny, Pages(folder=tmp_path)))
    pairs = json.loads((tmp_path / "knowledge" / "pairs.json").read_text())
    file = tmp_path / "bare.json"
    file.write_text(json.dumps([{"task": pair["task"], "chosen": _unknowing(pair)} for pair in pairs]))
    with pytest.raises(ConfigError, match='let it be written: knowledge = "contrast"'):
        wkm(courses=str(file), knowledge="given", trains=[]).learn(
            agent(), practice(tiny, Pages(folder=tmp_path / "two"))
        )


def _unknowing(pair):
    return [{key: turn[key] for key in ("from", "value")} for turn in pair["chosen"]["conversations"]]
