"""Published problems: their formats, and what is said where they are missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.maths.worlds import boxed
from worldlore.errors import ConfigError

SHARED = Path(__file__).parents[4] / "shared/data"
ROW = {"question": "How many?", "answer": "Two and <<2+3=5>>5, so <<5*1000=5000>>5000.\n#### 5,000"}


def lines(file: Path, *rows: dict) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def world(name: str, data: object = ""):
    return ENVIRONMENTS.build({"name": name, "data": str(data)})


def test_gsm8k_is_read_with_its_calculations_as_the_experts_solution(tmp_path: Path) -> None:
    lines(tmp_path / "train.jsonl", ROW)
    lines(tmp_path / "gsm8k_test.jsonl", {"question": "And now?", "answer": "#### -3"})
    env = world("gsm8k", tmp_path)
    (train,), (test,) = env.tasks("train"), env.tasks("test")
    assert (train.goal, dict(train.data)) == ("How many?", {"answer": "5000", "program": ["2+3", "5*1000"]})
    assert dict(test.data) == {"answer": "-3"}


def test_a_calculation_that_is_no_python_leaves_no_solution(tmp_path: Path) -> None:
    lines(tmp_path / "test.jsonl", {"question": "?", "answer": "<<15%*40=6>>6 <<a()=1>>\n#### 6"})
    assert "program" not in world("gsm8k", tmp_path).tasks("test")[0].data


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"problem": "?", "answer": "3"}, "3"),
        ({"problem": "?", "answer": 0}, "0"),
        ({"problem": "?", "expected_answer": "\\frac{1}{2}"}, "\\frac{1}{2}"),
        ({"problem": "?", "solution": "So \\boxed{1} and \\boxed{\\frac{1}{2}}.", "type": "Algebra"}, "\\frac{1}{2}"),
    ],
)
def test_math_is_read_from_lines(tmp_path: Path, row: dict, answer: str) -> None:
    lines(tmp_path / "test.jsonl", row)
    (task,) = world("math", tmp_path).tasks("test")
    assert task.data["answer"] == answer and task.data.get("family") == row.get("type")


def test_math_is_read_from_the_published_folders(tmp_path: Path) -> None:
    folder = tmp_path / "train" / "algebra"
    folder.mkdir(parents=True)
    for number in (10, 2):
        row = {"problem": f"p{number}", "level": "Level 1", "type": "Algebra", "solution": f"\\boxed{{{number}}}"}
        (folder / f"{number}.json").write_text(json.dumps(row))
    assert [task.goal for task in world("math", tmp_path).tasks("train")] == ["p2", "p10"]


@pytest.mark.parametrize(
    ("text", "inside"),
    [("\\boxed{a{b}c}", "a{b}c"), ("\\fbox{3}", "3"), ("none", ""), ("\\boxed{x", ""), ("so $\\boxed 2$.", "2")],
)
def test_what_a_box_holds(text: str, inside: str) -> None:
    assert boxed(text) == inside


@pytest.mark.parametrize(
    ("name", "words"), [("gsm8k", "github.com/openai/grade-school-math"), ("math", "folders train/ and test/")]
)
def test_missing_data_are_answered_with_where_to_put_them(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"set environment.data to a folder with train.jsonl.*{words}"):
        world(name).tasks("test")
    with pytest.raises(ConfigError, match=f"holds no problems for split 'test'.*{words}"):
        world(name, tmp_path).tasks("test")
    with pytest.raises(ConfigError, match="did you mean 'train'"):
        world(name, tmp_path).tasks("trian")


@pytest.mark.parametrize(
    ("text", "words"), [("{", "line 1 is no JSON"), ("[]", "holds list"), ('{"a": 1}', "has no question, only a")]
)
def test_damaged_data_are_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text(text + "\n")
    with pytest.raises(ConfigError, match=words):
        world("gsm8k", tmp_path).tasks("test")


def test_problems_can_come_from_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(name: str, configuration: str | None, split: str) -> list[dict]:
        asked.append((name, configuration, split))
        if name == "nobody/nothing":
            raise ConnectionError("no network")
        return [ROW]

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load))
    assert world("gsm8k", "hub:someone/sums/main").tasks("test")[0].goal == "How many?"
    assert asked == [("someone/sums", "main", "test")]
    with pytest.raises(ConfigError, match="could not be had from the hub"):
        world("gsm8k", "hub:nobody/nothing").tasks("test")
    with pytest.raises(ConfigError, match="hub:owner/name"):
        world("gsm8k", "hub:gsm8k").tasks("test")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ConfigError, match="pip install datasets"):
        world("gsm8k", "hub:someone/others").tasks("test")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published file is not here")
def test_the_published_gsm8k_is_whole() -> None:
    env = world("gsm8k", SHARED)
    train, test = env.tasks("train"), env.tasks("test")
    assert (len(train), len(test)) == (7473, 1319)
    assert not {task.key for task in train} & {task.key for task in test}
    assert all(float(task.data["answer"]) is not None for task in (*train, *test))
