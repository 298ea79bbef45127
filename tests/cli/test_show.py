"""`worldlore show` as a user meets it: what it is told is obeyed or refused, never passed over."""

from __future__ import annotations

from shlex import split

import pytest

from tests.cli.terminal import refused
from tests.reports.theorised import written
from worldlore.experience import Cost, Lesson
from worldlore.experiments.store import Run


def begun(root, method: str, learned: Lesson | None = None) -> None:
    """A run of a method, with what it learned."""
    with Run.begin(root, method, {"name": method, "method": {"name": method}}, "d1") as run:
        if learned is not None:
            run.seed(0).keep(learned, Cost())
            run.finish({"metrics": []})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seed", "7"), "has nothing of learning seed 7 (it has: 0, 1)"),
        (("--theories", "--seed", "7"), "has nothing of learning seed 7 (it has: 0, 1)"),
        (("--actions", "--seed", "7"), "has nothing of learning seed 7 (it has: 0, 1)"),
        (("--seed", "1"), "--seed is about one episode; give its number too"),
        (("--part", "train"), "--part is about one episode"),
        (("--calls",), "--calls is about one episode"),
        (("--calls", "--part", "train"), "--part and --calls are about one episode"),
    ],
)
def test_what_chooses_an_episode_is_refused_without_one(say, tmp_path, options, said):
    written(tmp_path / "runs", "theories", seeds=(0, 1))
    assert said in refused(say, "show", "runs/theories", *options)


def test_theories_of_one_learning_seed_are_shown(say, tmp_path):
    written(tmp_path / "runs", "theories", seeds=(0, 1))
    status, text = say("show", "runs/theories", "--theories", "--seed", "1")
    assert (status, "Theory 1" in text) == (0, True)


def test_a_run_that_learned_none_is_not_sent_to_its_own_method(say, tmp_path):
    begun(tmp_path / "runs", "learnact", Lesson())
    begun(tmp_path / "runs", "worldllm", Lesson())
    begun(tmp_path / "runs", "none", Lesson())
    assert "has no actions; this run of learnact learned none" in refused(say, "show", "runs/learnact", "--actions")
    assert "no theories; this run of worldllm found none" in refused(say, "show", "runs/worldllm", "--theories")
    assert "the method that brings some is learnact" in refused(say, "show", "runs/none", "--actions")


def test_a_command_that_is_printed_can_be_given_as_it_stands(say, tmp_path):
    written(tmp_path / "runs", "two words")
    text = say("show", "runs/two words")[1]
    line = next(line for line in text.splitlines() if line.startswith("worldlore show"))
    _, *words = split(line)
    assert "Theory 1" in say(*words)[1]
