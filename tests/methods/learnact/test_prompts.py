"""The requests to the learner: every worked example runs in its world, fails where it says, and reads well."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.methods.learnact.stage import BRING, asked, fenced, learner, method, player, practice
from tests.toys import Pages
from worldlore.agents.act import Act
from worldlore.environments import ENVIRONMENTS
from worldlore.errors import ConfigError
from worldlore.experience import Action, Decision, Observation, Step, Task, Trajectory
from worldlore.methods.learnact.author import Failing
from worldlore.methods.learnact.replies import FENCE, Note, Update, choice, statements
from worldlore.methods.learnact.requests import INNER, SECTIONS, World, examples, headline, revision
from worldlore.sandbox import Sandbox

GOLDENS = Path(__file__).parent / "goldens"
WORLDS = ("gripper", "blockworld", "barman", "tyreworld", "household")
TRIED = 500
"""Training tasks that are looked through for one an example fits."""

BEFORE = {
    ("barman", "update"): [
        "grasp left shot1",
        "fill-shot shot1 ingredient1 left right dispenser1",
        "pour-shot-to-clean-shaker shot1 ingredient1 shaker1 left l0 l1",
        "clean-shot shot1 ingredient1 left right",
        "fill-shot shot1 ingredient2 left right dispenser2",
        "pour-shot-to-used-shaker shot1 ingredient2 shaker1 left l1 l2",
        "leave left shot1",
    ],
    ("barman", "note"): ["grasp right shot1"],
    ("tyreworld", "update"): ["open boot", "fetch wrench boot", "fetch jack boot"],
    ("household", "note"): ["go to cabinet 1"],
}
"""What brings about the moment an example tells of."""


def blocks(world: str, section: str) -> list[str]:
    return [code for language, code in FENCE.findall(examples(world)[section]) if language == "python"]


def told(world: str, section: str) -> list[str]:
    """The commands an example says were done inside the failing call."""
    return re.findall(r"^\d+\. (.*?):", examples(world)[section], re.M)


class Playing:
    """A world in which examples are tried on one task after the other."""

    def __init__(self, name: str) -> None:
        self.world = ENVIRONMENTS.build({"name": "programs", "inner": {"name": name}})
        self.name = name

    def on_some_task(self, section: str, programs, fits) -> bool:
        tasks = self.world.tasks("train")[:TRIED]
        return any(self._fits(task, section, programs, fits) for task in tasks)

    def _fits(self, task, section, programs, fits) -> bool:
        infos = []
        for program in programs:
            self.world.reset(task, 0)
            if not all(map(self._done, BEFORE.get((self.name, section), ()))):
                return False
            infos.append(self.world.step(program).info)
        return fits(*infos)

    def _done(self, command: str) -> bool:
        outcome = self.world.step(command)
        return outcome.info["valid"] and not outcome.done


@pytest.fixture(scope="module", params=WORLDS)
def playing(request):
    made = Playing(request.param)
    yield made
    made.world.close()


def good(info, least=1) -> bool:
    return info["error"] is None and info["failure"] is None and len(info["inner"]) >= least


def test_the_functions_of_the_first_example_run_and_have_effect(playing):
    (code,) = blocks(playing.name, "creation")
    least = 4 if playing.name == "household" else 3
    assert playing.on_some_task("creation", [code], lambda info: good(info, least))


def test_the_demonstration_runs_and_has_effect(playing):
    functions, lines = blocks(playing.name, "usage")
    assert statements(f"```python\n{lines}```")
    assert playing.on_some_task("usage", [functions + "\n" + lines], lambda info: good(info, 4))


def test_the_code_to_be_put_right_fails_as_told_and_the_code_put_right_does_not(playing):
    functions, call, remedy = blocks(playing.name, "update")
    commands = told(playing.name, "update")

    def fits(before, after):
        return fails_as_told(before, commands) and good(after, 2)

    assert playing.on_some_task("update", [functions + "\n" + call, remedy], fits)
    assert isinstance(choice(examples(playing.name)["update"].partition("The answer:")[2]), Update)


def test_the_call_at_the_wrong_moment_fails_as_told(playing):
    functions, call = blocks(playing.name, "note")
    commands = told(playing.name, "note")
    assert playing.on_some_task("note", [functions + "\n" + call], lambda info: fails_as_told(info, commands))
    assert isinstance(choice(examples(playing.name)["note"].partition("The answer:")[2]), Note)


def fails_as_told(info, commands) -> bool:
    """What is told is what was done, and its last part had no effect."""
    inner = info["inner"][: len(commands)]
    return [move[0] for move in inner] == commands and not inner[-1][2]


def test_the_example_for_all_other_worlds_runs_too():
    functions = {"walk": ("here", "there"), "fill": ("can", "tap"), "pour": ("can", "bed")}
    with_calls = [blocks("general", "creation"), blocks("general", "usage"), blocks("general", "update")[2:]]
    sandbox = Sandbox()
    try:
        for code in with_calls:
            ran = sandbox.run("\n".join(code), functions, lambda name, given, named: "done")
            assert (ran.ending, ran.calls >= 3) == ("finished", True)
    finally:
        sandbox.close()


@pytest.mark.parametrize("world", [*WORLDS, "general", "alfworld", "a_world_of_the_users"])
def test_every_world_has_every_example(world):
    assert set(SECTIONS) - {"world"} <= set(examples(world))


def test_alfworld_shares_the_examples_of_household():
    assert examples("alfworld") == examples("household")


def test_a_users_own_file_takes_the_place_of_single_sections(tmp_path):
    own = tmp_path / "my.md"
    own.write_text("A comment.\n\n## world\nA world of pipes.\n\n## creation\nDo it so.\n")
    found = examples(str(own))
    assert found["world"] == "A world of pipes."
    assert found["creation"] == "Do it so."
    assert found["note"] == examples("general")["note"]


def test_a_users_own_examples_are_used(tmp_path):
    own = tmp_path / "my.md"
    own.write_text("## world\nA world of pipes.\n## creation\nDo it so.\n")
    pages = Pages()
    words = {"creation": fenced(BRING), "usage": "no", "description": "Brings."}
    method(prompts=str(own), samples=1, iterations=0).learn(Act(), practice(pages, learner(words), player("pass")))
    text = asked(pages, "creation")[0].request.messages[0].content
    assert "A world of pipes." in text
    assert "An example:\nDo it so." in text


def test_a_wrong_heading_or_path_is_answered_with_what_there_is(tmp_path):
    own = tmp_path / "my.md"
    own.write_text("## creations\nDo it so.\n")
    with pytest.raises(ConfigError, match="did you mean 'creation'"):
        examples(str(own))
    with pytest.raises(ConfigError, match=r"no worked examples at gone\.md; .*general, gripper"):
        examples("gone.md")


WORLD = World("", ("go(x): go there",), examples("general"))
ACTION = Action.of("def carry(x):\n    go(x)", notes=("be careful",))


def failing(*infos, seen=()) -> Failing:
    texts = list(seen) or [f"seen {n}" for n in range(len(infos))]
    steps = tuple(
        Step(Observation(text), Decision(f"carry({n})"), info=info)
        for n, (text, info) in enumerate(zip(texts, infos, strict=True))
    )
    return Failing(Trajectory(Task("t", "w", "train", "the goal"), 0, steps=steps), len(steps) - 1, "carry")


def made(failure=None, error=None, inner=(("go 1", "You went.", True, 0.0),)):
    return {"called": ["carry"], "failure": failure, "error": error, "inner": [list(m) for m in inner]}


BAD = made(0, inner=(("go 1", "Nothing happens. Try again.", False, 0.0),))


def test_the_last_observation_is_one_that_no_failure_produced():
    text = revision(WORLD, [ACTION], failing(made(), BAD, BAD, BAD), "call", "both")
    assert "What was seen last:\nseen 1\n" in text
    assert "The agent then called:\ncarry(3)" in text


def test_a_whole_episode_is_shown_to_its_failing_call_and_no_further():
    case = failing(made(), made(), BAD)
    longer = replace(case.trajectory, steps=(*case.trajectory.steps, *failing(made(), seen=["later"]).trajectory.steps))
    text = revision(WORLD, [ACTION], replace(case, trajectory=longer), "episode", "both")
    assert "Observation: seen 0\nAction: carry(0)\nObservation: seen 1\nAction: carry(1)\nObservation: seen 2" in text
    assert "later" not in text


def test_what_went_wrong_is_told_in_one_sentence():
    assert headline(failing(BAD).at) == "Nothing happens."
    assert headline(failing(made(error="Traceback:\n  line 3\nNameError: x")).at) == "NameError: x"
    assert headline(failing(made(7)).at) == "it had no effect."


def test_a_long_call_is_shown_from_its_failure_backwards_and_an_error_with_its_traceback():
    inner = [(f"go {n}", "ok", n != 40, 0.0) for n in range(60)]
    text = revision(WORLD, [ACTION], failing(made(40, inner=inner)), "call", "both")
    assert f"answered:\n…\n{41 - INNER + 1}. go {40 - INNER + 1}: ok\n" in text
    assert "\n41. go 40: ok\n" in text
    assert "go 41" not in text
    text = revision(WORLD, [ACTION], failing(made(error="Traceback:\nNameError: x", inner=())), "call", "both")
    assert "Inside, no primitive was called.\n\nPython said:\nTraceback:\nNameError: x" in text


def test_advice_given_before_is_shown_to_whoever_revises():
    assert "- carry(x): be careful" in revision(WORLD, [ACTION], failing(BAD), "call", "both")


SHOW = 'bring("ball1", "rooma", "roomb", "left")\nmove("roomb", "rooma")\nbring("ball2", "rooma", "roomb", "left")'
WORDS = {
    "creation": fenced(BRING, 'bring("ball1", "rooma", "roomb", "left")'),
    "usage": fenced(SHOW),
    "description": "Carries a ball.",
    "revision": "Choice: Note bring\nContent: Be where the ball is.",
}


@pytest.mark.parametrize("context", ["call", "episode"])
def test_what_is_asked_about_gripper_is_as_it_was_looked_at(context):
    """Look at a changed request with your own eyes, then: WORLDLORE_GOLDENS=1 make test."""
    pages = Pages()
    here = practice(pages, learner(WORDS), player(*SHOW.splitlines()))
    method(samples=1, iterations=1, context=context).learn(Act(), here)
    for kind in ("creation", "usage", "description", "revision"):
        text = asked(pages, kind)[0].request.messages[0].content + "\n"
        path = GOLDENS / f"{kind}.txt" if kind != "revision" else GOLDENS / f"{kind}-{context}.txt"
        if os.environ.get("WORLDLORE_GOLDENS"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text
