"""What the tests of several rooms share: a real OpenAI-compatible server on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest


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
