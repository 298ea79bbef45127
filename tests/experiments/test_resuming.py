"""Runs killed, gone on with, refused and begun anew."""

import json
import random
import subprocess
import sys
import time

import pytest

from tests.experiments.page import PAGE, comparable, content, page
from tests.experiments.worlds import Corridor
from worldlore.errors import ConfigError, StoreError
from worldlore.experiments.aside import set_aside
from worldlore.experiments.experiment import run
from worldlore.experiments.provenance import own_files
from worldlore.experiments.store import Run, lesson_in, runs
from worldlore.rollout.loop import Limits

_tasks = Corridor.tasks
pytestmark = pytest.mark.usefixtures("worlds")


def test_an_interrupted_run_ends_as_an_uninterrupted_one(tmp_path):
    """Interrupted in process, after every single record it writes."""
    whole = comparable(run(page(), tmp_path / "whole").path)
    for stop_after in (1, 2, 30, 48, 49, 51, 61):
        seen = 0

        def stop(phase, record, after=stop_after):
            nonlocal seen
            seen += 1
            if seen == after:
                raise KeyboardInterrupt

        root = tmp_path / f"cut-{stop_after}"
        with pytest.raises(KeyboardInterrupt):
            run(page(), root, stop)
        assert comparable(run(page(), root).path) == whole


TREES = {
    "method": {"name": "densepolicy", "search": {"rollouts": 4}},
    "models": {"policy": {"name": "embedded"}},
    "limits": {"trees": 1, "steps": 2},
}


@pytest.mark.parametrize(("keys", "before", "least"), [({}, 21, 21), (TREES, 5, 4)])
def test_a_resumed_practice_counts_what_was_played_before(tmp_path, keys, before, least):
    def interrupted(records: int) -> list:
        told: list = []

        def stop(phase, record):
            told.append((phase, record))
            if len(told) == records:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(page(train={"tasks": 6}, **keys), tmp_path, stop)
        return told

    assert all("done" not in record for _, record in interrupted(before))
    ((phase, record),) = interrupted(1)
    assert phase == "practice"
    assert least <= record["done"] <= before + 4


def test_a_run_that_was_interrupted_tells_the_command_that_goes_on_with_it(tmp_path, monkeypatch):
    def stop(phase, record):
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["/home/me/.venv/bin/worldlore", "run", "my walk.toml", "--fresh"])
    with pytest.raises(KeyboardInterrupt):
        run(page(), tmp_path, stop)
    assert Run.open(tmp_path / "walk").unfinished == "worldlore run 'my walk.toml'"
    assert not run(page(), tmp_path).unfinished


def test_killed_at_ten_random_moments_it_ends_with_the_same_bytes(tmp_path):
    """kill -9 from outside, on household with the scripted model."""
    text = """
    name = "killed"
    [environment]
    name = "household"
    [models.policy]
    name = "scripted"
    replies = ["look", "inventory", ["go to cabinet 1", "go to bed 1", "go to toilet 1"], "look"]
    repeat = true
    [method]
    name = "replay"
    attempts = 3
    [train]
    split = "train"
    tasks = 40
    [test]
    split = "test"
    tasks = 60
    [limits]
    steps = 15
    width = 16
    """
    file = tmp_path / "killed.toml"
    file.write_text(text)

    def begin(root):
        command = [sys.executable, "-m", "worldlore", "run", str(file), "--root", str(root)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    started = time.monotonic()
    out, _ = begin(tmp_path / "whole").communicate()
    took = time.monotonic() - started
    draw = random.Random(0)
    for _ in range(10):
        process = begin(tmp_path / "cut")
        time.sleep(draw.uniform(0.3, 0.9) * took)
        process.kill()
        process.communicate()
    again = begin(tmp_path / "cut")
    out, _ = again.communicate()
    assert again.returncode == 0, out.decode()
    assert comparable(tmp_path / "cut" / "killed") == comparable(tmp_path / "whole" / "killed")


def test_a_finished_run_is_not_played_again(tmp_path):
    first = content(run(page(), tmp_path).path)
    assert content(run(page(), tmp_path).path) == first


def test_a_changed_experiment_is_refused_and_the_keys_are_named(tmp_path):
    run(page(), tmp_path)
    with pytest.raises(ConfigError, match=r"differs in limits\.steps \(12 -> 9\), method\.attempts \(4 -> 2\)"):
        run(page(method={**PAGE["method"], "attempts": 2}, limits={"steps": 9}), tmp_path)


def aged(store):
    """The run as a version left it that did not know some of the keys."""
    record = store.record
    del record["experiment"]["method"]["source"], record["experiment"]["train"]["environment"]
    (store.path / "run.json").write_text(json.dumps({**record, "digest": "earlier"}))
    (store.path / "result.json").unlink()


def test_a_run_begun_before_a_key_was_there_goes_on_with_its_default(tmp_path):
    store = run(page(), tmp_path)
    aged(store)
    played = comparable(store.path)
    assert run(page(), tmp_path).result["digest"] == "earlier"
    assert {name: data for name, data in comparable(store.path).items() if name != "result.json"} == played


def test_of_a_run_begun_before_a_key_was_there_the_keys_that_differ_are_named_alone(tmp_path):
    aged(run(page(), tmp_path))
    for keys, told in (
        ({"limits": {"steps": 9}}, r"differs in limits\.steps \(12 -> 9\), method\.source"),
        ({"method": {**PAGE["method"], "source": "expert"}}, r'differs in method\.source \(null -> "expert"\)\. Give'),
        ({"train": {"limits": {"steps": 9}}}, r'"own"\), train\.limits\.steps \(null -> 9\)\. Give'),
    ):
        with pytest.raises(ConfigError, match=told):
            run(page(**keys), tmp_path)


@pytest.fixture
def own_world(tmp_path, monkeypatch):
    """A folder with a world and a manual of the user's own, in which commands are given; a page of that world."""
    (tmp_path / "own_maze.py").write_text(
        "from tests.experiments.worlds import Corridor\n\n\nclass Maze(Corridor): ...\n"
    )
    (tmp_path / "my.md").write_text("Walk right.\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield page(environment={"name": "own_maze:Maze"}, agent={"name": "act", "manual": "my.md"}, method={"name": "none"})
    sys.modules.pop("own_maze", None)


@pytest.mark.parametrize(("file", "key"), [("own_maze.py", r"environment\.name"), ("my.md", r"agent\.manual")])
def test_a_changed_file_of_the_users_own_is_refused_and_its_key_is_named(own_world, tmp_path, file, key):
    run(own_world, tmp_path)
    with (tmp_path / file).open("a") as code:
        code.write("# changed\n")
    with pytest.raises(ConfigError, match=rf"differs in {key} \(its file has changed\)\. Give it another name"):
        run(own_world, tmp_path)
    run(own_world, tmp_path, fresh=True)


def test_a_changed_file_or_run_that_a_list_of_the_page_names_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "runs/other"):
        (tmp_path / folder).mkdir(parents=True)
    files = ("my.json", "data/pairs", "runs/other/run.json")
    for file in files:
        (tmp_path / file).write_text("[]")
    method = {"also": ("my.json", "runs/other"), "mixes": ({"file": "data/pairs"},)}
    before = own_files({"method": method, "split": "data"})
    assert list(before) == ["method.also.0", "method.also.1", "method.mixes.0.file"]
    for key, file in zip(before, (files[0], files[2], files[1]), strict=True):
        (tmp_path / file).write_text("[1]")
        after = own_files({"method": method})
        assert {k for k in before if before[k] != after[k]} == {key}
        before = after


def test_all_that_differs_is_named_at_once(own_world, tmp_path):
    run(own_world, tmp_path)
    (tmp_path / "my.md").write_text("Walk left.\n")
    with pytest.raises(ConfigError, match=r"limits\.steps \(12 -> 9\), agent\.manual \(its file has changed\)"):
        run(own_world.model_copy(update={"limits": Limits(steps=9)}), tmp_path)


def test_a_test_goes_on_with_the_tasks_it_began_with_or_not_at_all(tmp_path, monkeypatch):
    store = run(page(method={"name": "none"}), tmp_path)
    (store.path / "result.json").unlink()
    monkeypatch.setattr(Corridor, "tasks", lambda world, split: _tasks(world, split)[::-1])
    with pytest.raises(StoreError, match=r"holds a test of task 'test-0' where 'test-11' is asked for.*--fresh"):
        run(page(method={"name": "none"}), tmp_path)


def test_a_fresh_run_that_cannot_start_leaves_the_finished_one(tmp_path):
    before = content(run(page(), tmp_path).path)
    for wrong in (
        {"models": {}},
        {"train": {"split": "test"}},  # told by practice, once the folder is begun
        {"lesson": tmp_path / "walk" / "seed-0" / "lesson"},
    ):
        with pytest.raises(ConfigError):
            run(page(**wrong), tmp_path, fresh=True)
        assert content(tmp_path / "walk") == before


def test_a_fresh_run_takes_the_place_of_the_old_one_once_it_has_played(tmp_path):
    run(page(seeds=[0, 1]), tmp_path)

    def stop(phase, record):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(page(), tmp_path, stop, fresh=True)
    store = run(page(), tmp_path)
    assert store.seeds == (0,)
    assert [one.path for one in runs(tmp_path)] == [store.path]
    assert not list(store.path.glob(".before"))


def test_a_fresh_run_deletes_nothing_but_what_a_run_writes(tmp_path):
    run(page(name="walk/inner"), tmp_path)
    (run(page(), tmp_path).path / "notes.txt").write_text("mine")
    run(page(), tmp_path, fresh=True)
    assert (tmp_path / "walk" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "walk" / "inner" / "result.json").is_file()


def test_a_run_in_which_nothing_was_played_may_be_begun_by_a_changed_page(tmp_path):
    with pytest.raises(ConfigError, match="the test asks the same task"):
        run(page(train={"split": "test"}), tmp_path)
    assert (tmp_path / "walk" / "run.json").is_file()
    store = run(page(), tmp_path)
    assert store.record["experiment"]["train"]["split"] == "train"
    assert store.result is not None


def test_an_earlier_run_comes_back_where_a_fresh_one_was_killed_before_it_played(tmp_path):
    path = run(page(), tmp_path).path
    before = content(path)
    set_aside(path)  # and the power fails
    assert not list(runs(tmp_path))
    assert run(page(), tmp_path).result is not None
    assert content(path) == before
    assert [one.path for one in runs(tmp_path)] == [path]


def test_a_folder_of_runs_is_told_from_a_run(tmp_path):
    (tmp_path / "study" / "none").mkdir(parents=True)
    (tmp_path / "study" / "none" / "run.json").write_text("{}")
    with pytest.raises(StoreError, match=r"it holds the runs none; name one, as .*study/none"):
        Run.open(tmp_path / "study")
    with pytest.raises(ConfigError, match="no run and no lesson: it holds the runs none"):
        lesson_in(tmp_path / "study")
