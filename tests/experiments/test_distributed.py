"""The same experiment played by a crew of actors: the same records, whatever becomes of the actors."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.experiments.page import PAGE, comparable, page
from worldlore.errors import ConfigError
from worldlore.experiments.experiment import Experiment, run
from worldlore.rollout.cluster import Cluster
from worldlore.rollout.crew import Crew

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("worlds")]
pytest.importorskip("ray")

CREW = Cluster(actors=4)
HOUSEHOLD = {
    "environment": {"name": "household"},
    "train": {"tasks": 2},
    "test": {"split": "dev", "tasks": 12},
    "limits": {"steps": 8, "width": 8},
}
SCRIPTED = {"policy": {"name": "scripted", "replies": [["look", "inventory", "go to bed 1"]], "repeat": True}}
EMBEDDED = {"policy": {"name": "embedded", "threads": 1}}
TREES = {"name": "densepolicy", "search": {"rollouts": 8}, "pairs": {"visits": 1, "gap": 0.1}}


@pytest.fixture(scope="module", autouse=True)
def one_ray():
    """Ray is started once for all these runs: a crew that finds one running neither starts nor stops it."""
    import ray

    with Crew(Cluster(actors=8), dict) as crew:
        for hand in crew.hands:
            ray.kill(hand.actor)
        yield
    assert not ray.is_initialized()


def household(**keys) -> Experiment:
    return Experiment(**{"name": "home", "models": SCRIPTED, **HOUSEHOLD, **keys})


def shared(path: Path) -> dict[str, bytes]:
    """What both must have written, log-probabilities to three digits: the batch moves a float32's last ones."""
    found = {name: data for name, data in comparable(path).items() if "training" not in name}
    return {name: re.sub(rb'"logprobs":\[[^]]*\]', _rounded, data) for name, data in found.items()}


def _rounded(found: re.Match[bytes]) -> bytes:
    return json.dumps([round(value, 3) + 0.0 for value in json.loads(found[0].partition(b":")[2])]).encode()


@pytest.mark.parametrize("method", [{"name": "replay", "attempts": 5, "temperature": 1.0}, TREES])
def test_four_actors_write_the_bytes_that_the_serial_loop_writes(tmp_path, method):
    alone = run(household(method=method, models=EMBEDDED if method is TREES else SCRIPTED), tmp_path / "alone")
    crew = run(
        household(method=method, models=EMBEDDED if method is TREES else SCRIPTED, cluster=CREW), tmp_path / "crew"
    )
    kept = shared if method is TREES else comparable
    assert kept(crew.path) == kept(alone.path)
    assert crew.result == alone.result


def test_a_run_begun_by_a_crew_is_gone_on_with_by_the_serial_loop_and_the_other_way_round(tmp_path):
    whole = comparable(run(page(), tmp_path / "whole").path)
    for first, second in ((CREW, Cluster()), (Cluster(), CREW)):
        root, seen = tmp_path / str(first.actors), []

        def stop(phase, record, seen=seen):
            seen.append(phase)
            if len(seen) == 20:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(page(cluster=first), root, stop)
        assert comparable(run(page(cluster=second), root).path) == whole


@pytest.mark.parametrize("world", ["throwing", "hanging"])
def test_a_world_that_throws_or_hangs_is_written_down_as_in_the_serial_loop(tmp_path, world):
    keys = {"environment": {"name": world}, "method": {"name": "none"}, "limits": {"steps": 12, "step_seconds": 1}}
    alone = comparable(run(page(**keys), tmp_path / "alone").path)
    assert comparable(run(page(**keys, cluster=CREW), tmp_path / "crew").path) == alone
    assert b'"error":"the environment' in alone["seed-0/test.jsonl"]


def test_a_model_that_fails_is_written_down_as_in_the_serial_loop(tmp_path):
    short = {"policy": {"name": "scripted", "replies": ["left"]}}
    keys = {"models": short, "method": {"name": "none"}, "test": {"failures": 0}}
    alone = comparable(run(page(**keys), tmp_path / "alone").path)
    assert comparable(run(page(**keys, cluster=CREW), tmp_path / "crew").path) == alone
    assert b"the script holds 1" in alone["seed-0/test.jsonl"]


def test_what_is_the_users_to_fix_is_told_before_anything_is_written(tmp_path):
    broken = page(models={"policy": {"name": "embedded", "device": "no-such"}}, cluster=CREW)
    with pytest.raises(ConfigError, match="no device 'no-such' here"):
        run(broken, tmp_path)
    assert not (tmp_path / "walk").exists()


def test_more_gpus_than_there_are_are_refused_at_once(tmp_path):
    with pytest.raises(ConfigError, match="4 actors take 4 GPUs, and this machine has 0; lower"):
        run(page(cluster=Cluster(actors=4, gpus=1)), tmp_path)


def test_actors_killed_in_mid_run_lose_and_double_nothing(tmp_path, monkeypatch):
    keys = {"method": {"name": "none"}, "test": {"split": "test", "tasks": 60}, "limits": {"steps": 15, "width": 16}}
    whole = comparable(run(household(**keys), tmp_path / "whole").path)
    crews, written = [], []
    enter = Crew.__enter__
    monkeypatch.setattr(Crew, "__enter__", lambda crew: crews.append(enter(crew)) or crews[-1])

    def kill(phase, record):
        written.append(phase)
        if len(written) % 15 == 5:
            victim = next(hand for hand in crews[-1].hands if hand.pid is not None)
            os.kill(victim.pid, signal.SIGKILL)

    assert comparable(run(household(**keys, cluster=CREW), tmp_path / "cut", kill).path) == whole
    assert written.count("test") == 1 + 60


COMMAND = """
name = "home"
environment = { name = "household" }
models.policy = { name = "scripted", replies = ["look"], repeat = true }
method = { name = "none" }
test = { split = "test", tasks = 120, attempts = 200 }
limits = { steps = 30, width = 16 }
cache = false
"""


HEARING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is begun with it ignored
from worldlore.cli import main
main()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_command_leaves_no_process(tmp_path, how):
    (tmp_path / "home.toml").write_text(COMMAND)
    lines = tmp_path / "runs" / "home" / "seed-0" / "test.jsonl"
    command = [sys.executable, "-c", HEARING, "run", "home.toml", "--set", "cluster.actors=2"]
    before = running()
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        until = time.monotonic() + 180
        while not (lines.is_file() and lines.stat().st_size) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        assert process.poll() is None and lines.is_file()
        assert running() - before
        os.killpg(process.pid, how) if how is signal.SIGINT else process.kill()
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    until = time.monotonic() + 30
    while left(how) - before and time.monotonic() < until:
        time.sleep(0.2)
    assert not left(how) - before
    assert b"Traceback" not in out


def left(how: signal.Signals) -> set[int]:
    """What must be gone: everything, but of a killed command actors only; two of Ray's own helpers notice later."""
    return running() if how is signal.SIGINT else running(b"ray::Player")


def running(*names: bytes) -> set[int]:
    """Processes of Ray on this machine, or those of some names, each by its number."""
    found = set()
    for place in Path("/proc").iterdir():
        try:
            told = (place / "cmdline").read_bytes()
            gone = (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (OSError, ValueError):
            continue
        if place.name.isdigit() and not gone and any(name in told for name in names or (b"ray::", b"/ray/")):
            found.add(int(place.name))
    return found


def test_the_page_is_the_same_page(tmp_path):
    assert page(cluster=CREW).digest == page().digest
    assert page(**PAGE).resolved().cluster.actors == 0
