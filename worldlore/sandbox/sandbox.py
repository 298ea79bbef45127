"""The sandbox: one warm worker, programs run once or in sessions, never below the rung that is demanded."""

from __future__ import annotations

import contextlib
import functools
import keyword
import os
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

from worldlore.errors import ConfigError
from worldlore.sandbox.base import Answer, Bounds, Ran, Rung
from worldlore.sandbox.child import Child, Gone
from worldlore.sandbox.inside import wire
from worldlore.sandbox.inside.program import TAKEN
from worldlore.sandbox.run import Terms
from worldlore.sandbox.session import Session, Tree, once
from worldlore.sandbox.worker import Worker

REMEDY = {
    "seccomp": "run on Linux, x86-64 or aarch64, with a kernel built with CONFIG_SECCOMP_FILTER",
    "landlock": "use Linux 5.13 or newer and have `landlock` in the kernel's `lsm=` list",
    "namespaces": "allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
    "kernel.apparmor_restrict_unprivileged_userns), or start the container with `--security-opt seccomp=unconfined`",
}
"""Layer -> what to do where the kernel lacks it."""

DEFAULT = Bounds()


class Sandbox:
    """Runs code nobody has read.

    >>> with Sandbox() as sandbox:
    ...     sandbox.run("double(20) + 2", {"double": ["x"]}, lambda name, args, named: 2 * args[0]).value
    '42'
    """

    def __init__(self, bounds: Bounds = DEFAULT, at_least: Rung | None = None, preload: Sequence[str] = ()) -> None:
        """ConfigError when a rung is demanded that this machine cannot give, or a package to load is not installed.

        `preload` names modules beside the standard library that programs may import ("sympy.core.*": all below it).
        They are read once, before the doors are shut; what was not read then cannot be imported later, and a module
        that starts threads is not fit for it.
        """
        self.bounds, self.at_least, self.preload = bounds, at_least, tuple(preload)
        self._turn = threading.Lock()
        self._worker: Worker | None = None
        if at_least is not None:
            self._started()

    @property
    def rung(self) -> Rung:
        """The rung of protection in force."""
        return self._started().rung

    @property
    def missing(self) -> dict[str, str]:
        """Layer that is not in force -> what the kernel said."""
        return self._started().missing

    @staticmethod
    def remedy(layer: str) -> str:
        """What to do for a layer that is missing."""
        return REMEDY[layer]

    def run(self, code: str, functions: Mapping[str, Sequence[str]], answer: Answer, setup: str = "") -> Ran:
        """Run a program once, in an interpreter of its own."""
        terms = Terms(self.bounds, signatures(functions))
        worker, child = self._open(terms, session=False)
        try:
            return once(worker, child, terms, answer, (code, setup))
        finally:
            worker.prepare()

    def session(self, functions: Mapping[str, Sequence[str]], setup: str = "") -> Session:
        """An interpreter that keeps its state from run to run."""
        terms = Terms(self.bounds, signatures(functions))
        worker, child = self._open(terms, session=True)
        return Session(worker, child, terms, Tree(child.pid), setup)

    def close(self) -> None:
        """End every program and the worker. The sandbox can be used again: it starts another."""
        with self._turn:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _open(self, terms: Terms, session: bool) -> tuple[Worker, Child]:
        """A process that knows its functions and waits for code."""
        worker = self._started()
        child = worker.open(session)
        with contextlib.suppress(Gone):  # why it is gone is still to be read
            child.send(wire.pack({"op": "give", "functions": terms.functions}), time.monotonic() + self.bounds.seconds)
        return worker, child

    def _started(self) -> Worker:
        with self._turn:
            if self._worker is not None and self._worker.owner == os.getpid() and self._worker.dead:
                self._worker.close()
                self._worker = None
            if self._worker is None or self._worker.owner != os.getpid():
                worker = self._start()
                if self.at_least is not None and worker.rung < self.at_least:
                    worker.close()
                    raise too_low(self.at_least, worker.rung, worker.missing)
                self._worker = worker
            return self._worker

    def _start(self) -> Worker:
        return Worker(self.bounds, preload=self.preload)


def too_low(wanted: Rung, given: Rung, missing: Mapping[str, str]) -> ConfigError:
    """What is missing, and what to do about it."""
    lacking = [
        name for name in ("seccomp", "landlock", "namespaces") if name in missing and Rung[name.upper()] <= wanted
    ]
    reasons = "; ".join(f"{name}: {missing[name]}, so {REMEDY[name]}" for name in lacking)
    return ConfigError(
        f"the sandbox must stand on the rung {wanted.name} and this machine gives {given.name} ({given.words}). "
        f"Missing: {reasons}. Or demand no more than {given.name}, if the code is worth that risk."
    )


def signatures(functions: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The functions as they are told to the program's process; ConfigError for what is no Python signature."""
    for name, parameters in functions.items():
        _check(name, tuple(parameters))
    return {name: list(parameters) for name, parameters in functions.items()}


@functools.lru_cache
def _check(name: str, parameters: tuple[str, ...]) -> None:
    for word in (name, *(parameter.lstrip("*") for parameter in parameters)):
        if not word.isidentifier() or keyword.iskeyword(word) or word == TAKEN:
            raise ConfigError(f"function {name!r} of the sandbox: {word!r} is no Python name, or is taken")
    try:
        compile(f"def {name}({', '.join(parameters)}): pass", name, "exec")
    except SyntaxError as error:
        raise ConfigError(f"function {name!r} of the sandbox: {error.msg} in {', '.join(parameters)!r}") from error
