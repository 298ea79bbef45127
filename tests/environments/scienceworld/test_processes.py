"""However a process with the real package ends, its simulator ends, too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

import pytest

from tests.environments.scienceworld.test_real import LIMITS, keys, world
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.scienceworld import simulator as turns
from worldlore.rollout.loop import Stage

pytestmark = pytest.mark.real
pytest.importorskip("scienceworld")


def ended(pid, seconds=30.0):
    """Whether a process ends in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


BEGUN = """
    import os, signal, sys, time
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is begun with it ignored
    from worldlore.environments.scienceworld import Scienceworld, ScienceworldConfig
    env = Scienceworld(ScienceworldConfig(kinds=("boil",)))
    print(env._simulator.machine.process.pid, flush=True)
"""


def begun(program):
    """A process with a simulator, and the simulator's process."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(BEGUN) + textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_process_leaves_no_simulator(how):
    process, pid = begun("time.sleep(600)")
    assert not ended(pid, 0.5)
    process.send_signal(how)
    with process:
        try:
            process.wait(30)
        finally:
            process.kill()
    assert ended(pid)


def test_a_process_killed_while_its_forked_child_lives_leaves_no_simulator():
    process, pid = begun(
        """
        child = os.fork()
        if child:
            print(child, flush=True)
        time.sleep(600)
        """
    )
    with process:
        child = int(process.stdout.readline())
        process.kill()
        process.wait(30)
        try:
            assert ended(pid) and not ended(child, 0.5)
        finally:
            os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("end", ["raise RuntimeError", "sys.exit(3)", "env.step('wait')", "pass", "del env"])
def test_a_process_that_ends_leaves_no_simulator(end):
    process, pid = begun(end)
    with process:
        process.wait(60)
    assert ended(pid)


def test_the_last_one_closed_ends_the_simulator(monkeypatch):
    monkeypatch.setattr(turns, "LINGER", 0.2)
    one, two = world(memory=300), world(memory=300)
    pid = one._simulator.machine.process.pid
    assert two._simulator is one._simulator
    one.close()
    assert not ended(pid, 1.0)
    two.close()
    assert ended(pid)


def test_a_simulator_that_was_killed_fails_the_episode_and_the_next_one_has_another():
    stage = Stage(partial(ENVIRONMENTS.build, keys(memory=301)), {}, LIMITS)
    pool = stage.pool()
    first = pool.take()
    task = first.inner.tasks("train")[0]
    first.reset(task, 0)
    machine = first.inner._simulator.machine
    machine.process.kill()
    with pytest.raises(Exception, match="ScienceWorld's simulator failed"):
        first.step("wait")
    pool.give(first)
    second = pool.take()
    assert second.reset(task, 0).text == task.goal
    pool.give(second)
    pool.close()
