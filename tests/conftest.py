"""What the tests of several rooms share: no network but loopback, laws tried alike everywhere, a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from hypothesis import settings

settings.register_profile("worldlore", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("worldlore")

LOOPBACK = ("127.0.0.1", "::1", "localhost", "", None)


class NetworkForbiddenError(AssertionError):
    """A test reached for something that is not this machine."""


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """No test, and nothing it runs in this process, may reach a network other than loopback."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _loopback_only(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _known_host_only(socket.getaddrinfo))
        yield


def _loopback_only(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1]
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise NetworkForbiddenError(f"a test may reach loopback only, not {address!r}")
        return method(self, *args)

    return guarded


def _known_host_only(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **keys: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in LOOPBACK:
            raise NetworkForbiddenError(f"a test may look up loopback only, not {name!r}")
        return lookup(host, *args, **keys)

    return guarded


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Serves a Hugging Face directory by `transformers serve`: directory in, base_url out.

    The model's name on the server is the directory, as a string. One server a directory, until the session ends.
    """
    pytest.importorskip("fastapi", reason="transformers serve needs it")
    pytest.importorskip("uvicorn", reason="transformers serve needs it")
    running: dict[Path, tuple[str, subprocess.Popen[bytes]]] = {}

    def start(folder: Path) -> str:
        if folder not in running:
            running[folder] = _serve(folder, tmp_path_factory.mktemp("served"))
        return running[folder][0]

    yield start
    for _, process in running.values():
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _serve(folder: Path, scratch: Path) -> tuple[str, subprocess.Popen[bytes]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder), *address]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(scratch), "OMP_NUM_THREADS": "1"}
    log = scratch / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **offline}, stdout=out, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return f"http://127.0.0.1:{port}/v1", process
        except (URLError, OSError):
            time.sleep(0.2)
    process.kill()
    process.wait()
    pytest.fail(f"transformers serve did not start:\n{log.read_text(errors='replace')[-3000:]}")
