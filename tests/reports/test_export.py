"""What leaves Worldlore, held to what those who read it ask for."""

from __future__ import annotations

import ast
import json
import runpy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionToolParam
from pydantic import TypeAdapter
from skills_ref import read_properties, validate
from skills_ref.parser import parse_frontmatter
from skills_ref.validator import validate_metadata

from tests.reports.learned import ACTIONS, played, step, written
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Action, Lesson
from worldlore.reports.export import Taught, export, opened
from worldlore.reports.export.openai_tools import openai_tools
from worldlore.reports.export.skills import skills
from worldlore.reports.export.words import apart, ascii_name

TOOLS = TypeAdapter(list[ChatCompletionToolParam])
TYPES = {"string", "integer", "number", "boolean", "null", "array", "object"}
EVIL = 'a "quoted": text\n---\n# not a heading ``` `tick` \x07\x85 \U0001f600 \\ \ud800'


@pytest.fixture
def taught(tmp_path):
    return opened(written(tmp_path).path)


def tools(*actions: Action, cases=()):
    return TOOLS.validate_python(
        json.loads(openai_tools(Taught(Lesson(actions=actions, cases=cases), "x"))["tools.json"])
    )


def parameters(source: str, cases=()):
    return tools(Action.of(source), cases=cases)[0]["function"]["parameters"]["properties"]


def strict(schema) -> bool:
    """The rules of strict mode, as the interface publishes them."""
    if not schema.keys() - {"description"}:
        return False
    if "anyOf" in schema:
        return all(map(strict, schema["anyOf"]))
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert set(types) <= TYPES
    if "object" in types:
        inner = schema.get("properties", {})
        return (
            schema.get("additionalProperties") is False
            and schema["required"] == list(inner)
            and all(map(strict, inner.values()))
        )
    return strict(schema["items"]) if "array" in types else True


# Agent Skills


def test_the_published_validator_finds_nothing_wrong_with_a_skill(taught, tmp_path):
    export(taught, "skills", tmp_path / "out")
    folders = sorted((tmp_path / "out").iterdir())
    assert [folder.name for folder in folders] == ["carry", "carry-all"]
    assert [validate(folder) for folder in folders] == [[], []]


def test_a_skill_says_what_it_does_how_it_fared_and_what_it_needs(taught, tmp_path):
    export(taught, "skills", tmp_path / "out")
    found = read_properties(tmp_path / "out" / "carry")
    assert found.description.startswith("Carry one ball to another room & come back. Use it when acting in the gripper")
    assert found.description.endswith("Note: stand in the room of the ball first.")
    assert found.compatibility == "Python 3.11 or later, with these functions of the gripper world provided: move, pick"
    assert (found.metadata["calls"], found.metadata["failures"], found.metadata["written-by"]) == ("12", "1", "mined")
    body = (tmp_path / "out/carry/SKILL.md").read_text()
    assert ACTIONS[0].signature in body
    assert "- stand in the room of the ball first" in body
    assert "11 of 12 calls succeeded while it was learned (91.7 %). It was mined from trajectories." in body
    assert "- `pick(obj, room, gripper): pick up a ball in the robot's room`" in body


def test_the_example_of_a_skill_is_the_plainest_call_that_worked(taught):
    body = skills(taught)["carry/SKILL.md"]
    assert "```python\ncarry('ball1', 'rooma', 'roomb')\n```" in body
    assert '1. `pick ball1 rooma left` "You hold ball1."' in body
    assert "ball9" not in body


def test_an_example_is_never_taken_from_practice_or_the_test_but_the_worlds_functions_are(tmp_path):
    text = skills(opened(written(tmp_path, Lesson(actions=ACTIONS)).path))["carry/SKILL.md"]
    assert "No call that succeeded is on record." in text
    assert "with these functions of the gripper world provided: move, pick" in text
    assert "- `pick(obj, room, gripper): pick up a ball in the robot's room`" in text


def test_the_script_of_a_skill_runs_where_its_functions_are_there(taught, tmp_path):
    export(taught, "skills", tmp_path / "out")
    done = []

    def move(here, there):
        done.append((here, there))
        return "You moved."

    world = {"move": move, "pick": lambda *what: done.append(what)}
    found = runpy.run_path(str(tmp_path / "out/carry-all/scripts/carry_all.py"), world)
    assert found["carry_all"]([" ball1 "], "rooma", "roomb") == ["ball1 <b>moved</b>"]
    assert done == [("rooma", "roomb"), *[("ball1", "rooma", "left")] * 3]


def test_imports_from_the_future_stay_in_front(tmp_path):
    first = Action.of("def go():\n    return 1\n")
    last = Action.of("from __future__ import annotations\n\ndef come():\n    return go() + reach()\n")
    script = skills(Taught(Lesson(actions=(first, last)), "x"))["come/scripts/come.py"]
    ast.parse(script)
    compile(script, "come.py", "exec")


def test_functions_that_only_help_to_think_are_no_skill_of_their_own(taught):
    assert not [name for name in skills(taught) if name.startswith("name/")]
    alone = Action.of("def name(text):\n    return text.strip()\n")
    assert "name/SKILL.md" in skills(Taught(Lesson(actions=(alone,)), "x"))


def test_texts_of_models_cannot_break_the_front_matter(tmp_path):
    action = replace(Action.of("def go():\n    walk()\n"), about=EVIL * 20, notes=(EVIL, EVIL), by=EVIL)
    case = played(0, "train")
    case = replace(case, steps=(step("go()", [[EVIL, EVIL, True, 0.0]], ["go"]),))
    export(Taught(Lesson(actions=(action,), cases=(case,)), EVIL), "skills", tmp_path / "out")
    assert validate(tmp_path / "out/go") == []
    assert read_properties(tmp_path / "out/go").metadata["origin"].startswith('a "quoted": text — # not a')


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=1500), st.text(max_size=700), st.text())
def test_whatever_a_model_writes_the_front_matter_reads_back_as_it_was_meant(about, note, origin):
    action = replace(Action.of("def go():\n    walk()\n"), about=about, notes=(note,))
    text = skills(Taught(Lesson(actions=(action,)), origin))["go/SKILL.md"]
    found, body = parse_frontmatter(text)
    assert validate_metadata(found) == []
    assert found["description"] == "".join(c for c in found["description"] if c.isprintable())
    assert found["metadata"]["calls"] == "0"
    assert body.startswith("# go\n")


@given(st.lists(st.from_regex(r"[^\W\d]\w{0,90}", fullmatch=True), min_size=1, max_size=6, unique=True))
def test_every_name_of_a_function_becomes_a_name_that_is_allowed_and_its_own(names):
    found = apart((ascii_name(name, "-").lower() for name in names), "-")
    assert len(set(found)) == len(names)
    for name in found:
        assert 1 <= len(name) <= 64
        assert all(part and part.isascii() and part.isalnum() and part == part.lower() for part in name.split("-"))


def test_names_that_yaml_reads_as_something_else_stay_names(tmp_path):
    export(Taught(Lesson(actions=(Action.of("def null():\n    go()\n"),)), "x"), "skills", tmp_path / "out")
    assert 'name: "null"' in (tmp_path / "out/null/SKILL.md").read_text()
    assert validate(tmp_path / "out/null") == []


# OpenAI tools


def test_tool_schemas_are_what_the_interface_and_its_strict_mode_take(taught, tmp_path):
    (path,) = export(taught, "openai-tools", tmp_path / "out")
    found = TOOLS.validate_python(json.loads(path.read_text()))
    assert [tool["function"]["name"] for tool in found] == ["carry", "carry_all"]
    for tool in found:
        assert tool["type"] == "function"
        assert tool["function"]["strict"] is True
        assert strict(tool["function"]["parameters"])
    assert found[0]["function"]["description"].startswith("Carry one ball to another room & come back. Note: stand")


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("str", {"type": "string"}),
        ("int", {"type": "integer"}),
        ("float", {"type": "number"}),
        ("bool", {"type": "boolean"}),
        ("list[str]", {"type": "array", "items": {"type": "string"}}),
        ("typing.List[int]", {"type": "array", "items": {"type": "integer"}}),
        ("tuple[int, ...]", {"type": "array", "items": {"type": "integer"}}),
        ("list", {"type": "array", "items": {}}),
        ("list[list[str]]", {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
        ('Literal["left", "right"]', {"type": "string", "enum": ["left", "right"]}),
        ("str | None", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ("Optional[int]", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ("Union[str, list[str]]", {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        ("'str'", {"type": "string"}),
        ("'not python ('", {}),
        ("SomeClass", {}),
        ("str | SomeClass", {}),
        ("list[SomeClass]", {"type": "array", "items": {}}),
    ],
)
def test_types_are_those_of_the_annotations(annotation, schema):
    assert parameters(f"def go(x: {annotation}):\n    walk(x)\n")["x"] == schema


def test_a_parameter_without_annotation_has_the_type_of_its_default_or_of_what_calls_gave_it():
    go = "def go(x, y=3, z=None, *, how):\n    walk(x)\n"
    case = replace(played(0, "train"), steps=(step("go(['a', 'b'], how=2)", [], ["go"]),))
    found = parameters(go, (case,))
    assert found["x"] == {"type": "array", "items": {"type": "string"}}
    assert found["y"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]
    assert found["z"] == {"description": "null stands for the default, None"}
    assert found["how"] == {"type": "integer"}


def test_no_type_is_claimed_where_nothing_tells_one():
    (tool,) = tools(Action.of("def go(x, y=b'1'):\n    walk(x)\n"))
    assert tool["function"]["strict"] is False
    assert tool["function"]["parameters"]["properties"] == {
        "x": {},
        "y": {"description": "null stands for the default, b'1'"},
    }


def test_types_are_those_of_all_calls_that_worked_and_of_no_other():
    done = step("go('a', 1)\ngo(None, *rest, 2)", [], ["go"])
    failed = step("go(1.5, 'x')", [], ["go"], error="TypeError")
    found = parameters("def go(x, *more):\n    walk(x)\n", (replace(played(0, "train"), steps=(done, failed)),))
    assert found["x"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert found["more"] == {"type": "array", "items": {"type": "integer"}}


def test_a_parameter_with_a_default_takes_null_for_it():
    found = parameters('def go(where: str = "home"):\n    walk(where)\n')["where"]
    assert found == {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "description": "null stands for the default, 'home'",
    }


def test_positional_rest_is_an_array_and_further_keywords_are_nobodys_duty():
    assert parameters("def go(*places: str, **more):\n    walk(places)\n") == {
        "places": {"type": "array", "items": {"type": "string"}}
    }


def test_a_mapping_cannot_be_strict_and_the_schema_says_so():
    (tool,) = tools(Action.of("def go(x: dict[str, int]):\n    walk(x)\n"))
    assert tool["function"]["strict"] is False
    assert not strict(tool["function"]["parameters"])
    assert tool["function"]["parameters"]["properties"]["x"]["additionalProperties"] == {"type": "integer"}


names = st.sampled_from(["str", "int", "float", "bool", "None", "list", "dict[str, str]", "Any", 'Literal["a", 1]'])
annotations = st.recursive(
    names,
    lambda inner: st.one_of(
        inner.map("list[{}]".format), inner.map("Optional[{}]".format), st.tuples(inner, inner).map(" | ".join)
    ),
    max_leaves=4,
)


@given(st.lists(st.tuples(annotations, st.sampled_from(["", " = 1", " = ['a']", " = None", " = a.b"])), max_size=4))
def test_strict_is_said_exactly_where_the_rules_of_strict_mode_hold(given_parameters):
    given_parameters.sort(key=lambda pair: bool(pair[1]))
    head = ", ".join(f"p{i}: {annotation}{default}" for i, (annotation, default) in enumerate(given_parameters))
    (tool,) = tools(Action.of(f"def go({head}):\n    walk()\n"))
    assert strict(tool["function"]["parameters"]) == tool["function"]["strict"]


def test_names_the_interface_does_not_allow_are_spelled_as_it_does():
    long = "carry_" * 20
    found = tools(Action.of(f"def {long}x():\n    go()\n"), Action.of("def größe():\n    go()\n"))
    assert [tool["function"]["name"] for tool in found] == [long[:64], "groe"]


# where it comes from, and where it goes


def test_a_run_a_seed_and_a_lesson_are_opened(tmp_path):
    run = written(tmp_path, seeds=(0, 3))
    assert opened(run.path).origin == "gripper/learnact, learning seed 0"
    assert opened(run.path, 3).origin == "gripper/learnact, learning seed 3"
    for folder in ("seed-3", "seed-3/lesson"):
        assert opened(run.path / folder).lesson.actions == opened(run.path, 3).lesson.actions


@pytest.mark.parametrize(
    ("path", "seed", "error", "says"),
    [
        ("absent", None, StoreError, "no run and no lesson in"),
        (".", None, ConfigError, "holds several runs; give one of them"),
        ("learnact", 7, ConfigError, "no learning seed 7; there: 0"),
    ],
)
def test_what_is_no_lesson_is_told_in_one_sentence(tmp_path, path, seed, error, says):
    written(tmp_path)
    with pytest.raises(error, match=says):
        opened(tmp_path / path, seed)


def test_a_run_that_still_learns_has_nothing_to_export(tmp_path):
    run = written(tmp_path)
    (run.path / "seed-0" / "practice.json").unlink()
    with pytest.raises(ConfigError, match="has not learned to the end"):
        opened(run.path)


def test_a_lesson_without_actions_an_unknown_target_and_a_full_folder_are_refused(taught, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="no actions to export"):
        export(Taught(Lesson(), "here"), "skills", out)
    with pytest.raises(ConfigError, match="no export 'skils'; did you mean 'skills'"):
        export(taught, "skils", out)
    assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    with pytest.raises(ConfigError, match="is not empty"):
        export(taught, "skills", out)
    export(taught, "skills", out, force=True)
    assert (out / "mine.txt").read_text() == "keep"
    with pytest.raises(ConfigError, match="is a file"):
        export(taught, "skills", out / "mine.txt", force=True)


def test_the_same_lesson_gives_the_same_bytes(taught):
    assert skills(taught) == skills(taught)
    assert openai_tools(taught) == openai_tools(taught)
