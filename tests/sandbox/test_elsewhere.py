"""Where the kernel is not Linux there are a process and its limits, no more, and the sandbox says so."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.sandbox.test_sandbox import silent
from worldlore.errors import ConfigError
from worldlore.sandbox import Bounds, Rung, Sandbox, worker

LACKING = [(os, "pidfd_open"), (signal, "pidfd_send_signal"), (socket, "SO_PASSCRED"), (socket, "SCM_CREDENTIALS")]
"""What Python has on Linux only."""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make caller and worker believe that they run on macOS."""
    for module, name in LACKING:
        monkeypatch.delattr(module, name, raising=False)
    lies = "import os; del os.pidfd_open; import sys; sys.platform = 'darwin'; "
    monkeypatch.setattr(worker, "START", lies + worker.START)
    yield


@pytest.mark.usefixtures("elsewhere")
def test_programs_and_sessions_run_on_the_lowest_rung():
    with Sandbox(Bounds(seconds=0.5)) as sandbox:
        assert sandbox.rung is Rung.PROCESS
        assert sandbox.run("go(1) + 1", {"go": ["x"]}, lambda name, args, named: args[0]).value == "2"
        assert sandbox.run("while True: pass", {}, silent).ending == "timeout"
        assert "MemoryError" in (sandbox.run("bytearray(10**10)", {}, silent).error or "")
        session = sandbox.session({})
        session.run("x = 1", silent)
        twin = session.fork()
        session.close()
        assert twin.run("x", silent).value == "1"
        assert "os._exit" not in (twin.run("import os; os._exit(2)", silent).error or "") and not twin.alive


@pytest.mark.usefixtures("elsewhere")
def test_more_is_refused():
    with pytest.raises(ConfigError, match="seccomp: darwin has none, so run on Linux"):
        Sandbox(at_least=Rung.SECCOMP)
