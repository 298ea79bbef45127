"""Sessions: state kept, forked, frozen between runs, and gone when they end."""

from __future__ import annotations

import contextlib
import time

import pytest

from tests.sandbox.batch import Lower
from tests.sandbox.hostile.base import descendants
from tests.sandbox.test_sandbox import ended, silent
from worldlore.errors import SandboxError
from worldlore.sandbox import Bounds, Rung, Sandbox, Stopped, Value
from worldlore.sandbox.worker import Worker


def stop(name: str, args: list[Value], named: dict[str, Value]) -> Value:
    raise Stopped


def test_state_is_kept_from_run_to_run(sandbox: Sandbox):
    session = sandbox.session({})
    session.run("import math\nx = [1]\ndef grow():\n    x.append(len(x) + 1)", silent)
    session.run("grow()", silent)
    assert session.run("x, math.floor(2.5)", silent).value == "([1, 2], 2)"
    session.close()


def test_an_exception_leaves_the_state_and_the_next_traceback_names_its_run(sandbox: Sandbox):
    session = sandbox.session({})
    assert session.run("x = 1\ndef bad():\n    return 1 / 0\nbad()", silent).ending == "raised"
    error = session.run("bad()", silent).error
    assert error is not None
    assert '  File "<action 2>", line 1, in <module>\n    bad()' in error
    assert '  File "<action>", line 3, in bad\n    return 1 / 0' in error
    assert session.run("x", silent).value == "1" and session.alive
    session.close()


def test_set_up_runs_once_before_the_first_run(sandbox: Sandbox):
    session = sandbox.session({"go": ["x"]}, setup="count = 0\ncount += 1\ndef act():\n    return go(1)")
    assert session.run("act(), count", lambda *_: "gone").value == "('gone', 1)"
    assert session.run("count", silent).value == "1"
    session.close()


def test_set_up_that_fails_is_said_by_every_run_until_it_works(sandbox: Sandbox):
    session = sandbox.session({"allowed": []}, setup="assert allowed()")
    assert session.run("1", lambda *_: False).ending == "raised"
    assert session.run("1", lambda *_: True).value == "1"
    session.close()


def test_a_fork_goes_on_from_the_same_state_and_on_its_own(sandbox: Sandbox):
    session = sandbox.session({"go": ["x"]})
    session.run("x = [1]", silent)
    twin = session.fork()
    twin.run("x.append(2)", silent)
    third = twin.fork()
    third.run("x.append(go(3))", lambda n, args, k: args[0])
    assert [s.run("x", silent).value for s in (session, twin, third)] == ["[1]", "[1, 2]", "[1, 2, 3]"]
    session.close()
    assert twin.run("x", silent).value == "[1, 2]"
    twin.close()
    assert third.run("x", silent).value == "[1, 2, 3]"
    third.close()


def test_a_fork_draws_the_same_random_numbers(sandbox: Sandbox):
    session = sandbox.session({})
    session.run("import random\nrandom.seed(1)", silent)
    twin = session.fork()
    assert twin.run("random.random()", silent).value == session.run("random.random()", silent).value
    session.close()
    twin.close()


def test_a_fork_is_not_disturbed_by_a_thread_that_prints(sandbox: Sandbox):
    session = sandbox.session({})
    chatter = "import threading\ndef chat():\n    while True:\n        print('so it goes')\n"
    session.run(f"{chatter}threading.Thread(target=chat, daemon=True).start()", silent)
    twin = session.fork()
    assert twin.run("1", silent).value == "1"
    session.close()
    twin.close()


def test_a_fork_before_the_first_run_has_its_set_up_too(sandbox: Sandbox):
    session = sandbox.session({}, setup="x = 1")
    with_setup = session.fork()
    assert with_setup.run("x", silent).value == "1"
    with_setup.close()
    session.close()


def test_a_program_can_never_fork_even_after_its_session_was(sandbox: Sandbox):
    if sandbox.rung < Rung.SECCOMP:
        pytest.skip("nothing forbids it")
    session = sandbox.session({})
    for one in (session, session.fork(), session):
        assert "PermissionError" in (one.run("import os\nos.fork()", silent).error or "")
    session.close()


def test_forks_end_with_the_bounds_and_leave_their_parent_alive():
    with Sandbox(Bounds(seconds=0.3)) as sandbox:
        session = sandbox.session({})
        twin = session.fork()
        assert twin.run("while True: pass", silent).ending == "timeout"
        assert not twin.alive and session.run("1", silent).value == "1"
        with pytest.raises(SandboxError, match=r"ran longer than 0\.3 s"):
            twin.run("1", silent)
        with pytest.raises(SandboxError, match="can be forked no more"):
            twin.fork()


@pytest.mark.parametrize(
    "code", ["import os; os._exit(3)", "import ctypes; ctypes.string_at(0)", "import os; os.close(3)"]
)
def test_a_session_that_lost_its_process_is_not_alive(code: str, sandbox: Sandbox):
    session = sandbox.session({})
    ran = session.run(code, silent)
    assert ran.ending == "killed" and ran.error
    assert not session.alive
    with pytest.raises(SandboxError, match="Open a new one"):
        session.run("1", silent)


def test_a_session_stopped_in_a_call_goes_on_when_the_program_lets_it(sandbox: Sandbox):
    session = sandbox.session({"move": []})
    ran = session.run("x = 1\nprint('before')\nmove()\nx = 2", stop)
    assert (ran.ending, ran.output, ran.calls) == ("stopped", "before\n", 1)
    assert session.alive and session.run("x", silent).value == "1"
    session.close()


@pytest.mark.parametrize("after", ["while True: pass", "move()", "import time; time.sleep(9)"])
def test_a_session_that_will_not_stop_is_ended(after: str, sandbox: Sandbox):
    session = sandbox.session({"move": []})
    began = time.monotonic()
    ran = session.run(f"try:\n    move()\nexcept BaseException:\n    {after}", stop)
    assert ran.ending == "stopped" and ran.calls == 1 and not session.alive
    assert time.monotonic() - began < 2


def test_what_an_answer_raises_comes_out_and_the_session_goes_on(sandbox: Sandbox):
    session = sandbox.session({"move": []})

    def broken(name: str, args: list[Value], named: dict[str, Value]) -> Value:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        session.run("x = 5\nmove()", broken)
    assert session.run("x", silent).value == "5"
    session.close()


def test_a_thread_left_behind_is_frozen_between_runs(sandbox: Sandbox):
    session = sandbox.session({})
    session.run("import threading, time\nlast, gap = time.monotonic(), 0.0", silent)
    watch = "def watch():\n    global last, gap\n    while True:\n        now = time.monotonic()\n"
    watch += "        gap, last = max(gap, now - last), now\nthreading.Thread(target=watch, daemon=True).start()"
    session.run(watch, silent)
    time.sleep(0.3)
    assert float(session.run("time.sleep(0.01)\ngap", silent).value or 0) > 0.25
    session.close()


def test_processor_time_is_counted_anew_in_every_run_of_a_session():
    with Sandbox(Bounds(seconds=5, cpu_seconds=1)) as sandbox:
        session = sandbox.session({})
        for _ in range(2):
            assert (
                session.run("import time\nend = time.time() + 0.8\nwhile time.time() < end: pass", silent).error is None
            )
        session.close()


def test_sessions_are_gone_when_their_sandbox_is_closed():
    sandbox = Sandbox()
    session = sandbox.session({})
    session.run("1", silent)
    sandbox.close()
    assert not session.alive
    with pytest.raises(SandboxError, match="it was closed"):
        session.run("1", silent)


def test_a_session_holds_its_worker_even_when_nobody_holds_the_sandbox():
    session = Sandbox().session({})
    assert session.run("1", silent).value == "1"
    session.close()


@pytest.mark.parametrize("without", [["namespaces"], ["landlock", "namespaces"], ["seccomp", "landlock", "namespaces"]])
def test_sessions_and_forks_work_on_every_rung(without: list[str]):
    with Lower(Bounds(), without) as sandbox:
        session = sandbox.session({"go": ["x"]})
        session.run("x = go(1)", lambda n, args, k: args[0])
        twin = session.fork()
        session.close()
        assert twin.run("x + 1", silent).value == "2"
        assert sandbox.run("go(3)", {"go": ["x"]}, lambda n, args, k: args[0]).value == "3"


THIEF = """
import os, threading, time
def steal():
    while True:
        try:
            if os.fork() == 0:
                while True:
                    pass
        except OSError:
            pass
for _ in range(4):
    threading.Thread(target=steal, daemon=True).start()
"""


@pytest.mark.parametrize("without", [[], ["namespaces"]])
def test_a_fork_that_a_program_takes_for_itself_does_not_outlive_its_session(without: list[str]):
    with Lower(Bounds(seconds=3), without) as sandbox:
        if sandbox.rung < Rung.SECCOMP:
            pytest.skip("nothing forbids it")
        worker = [sandbox._started()._process.pid]
        before = descendants(worker)
        for _ in range(5):
            session = sandbox.session({})
            session.run(THIEF, silent)
            with contextlib.suppress(SandboxError):
                session.fork().close()
            session.close()
        assert ended(descendants(worker) - before)


def test_a_process_that_cannot_be_locked_in_runs_nothing(monkeypatch: pytest.MonkeyPatch):
    with Sandbox() as sandbox:
        sandbox._started()
        order = Worker._order
        monkeypatch.setattr(Worker, "_order", lambda self, session: order(self, session) | {"bounds": {}})
        with pytest.raises(SandboxError, match="could not be locked in: KeyError"):
            sandbox.run("1", {}, silent)
        with pytest.raises(SandboxError, match="could not be locked in"):
            sandbox.session({}).run("1", silent)


def test_the_end_of_a_fork_is_told_too(sandbox: Sandbox):
    session = sandbox.session({})
    twins = [session.fork() for _ in range(3)]
    for twin in twins:
        ran = twin.run("import os; os._exit(1)", silent)
        assert ran.ending == "killed" and ran.error
    assert session.run("2", silent).value == "2"
    session.close()
