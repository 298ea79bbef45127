"""Runs code nobody has read, and says how well it is locked in while it does.

    base.py      Bounds, Rung, Ran, Value, Answer, Stopped     sandbox.py  run once, or open a session
    session.py   an interpreter kept from run to run           run.py      one run: time, counting, checking
    worker.py    starts and asks the warm worker               child.py    one process: handle and channel
    probes.py    is every promise kept, here and now?          inside/     what runs on the far side of the wall

A program goes through five doors, and each is closed before a line of it is read:

1. a process forked from a warm worker that never held a secret: no environment, no open file, no memory of the caller;
2. limits of memory, time, threads, files;
3. a system-call filter (seccomp): no socket, no new process, no signal, nothing that is not listed;
4. Landlock: no file but the standard library to read and a scratch folder;
5. namespaces: an empty file system, an empty network, a process table of the worker's own.

Where the kernel lacks one, `Sandbox.rung` says so, and a sandbox made with `at_least` refuses to run at all.
"""

from worldlore.sandbox.base import Answer, Bounds, Ran, Rung, RungName, Stopped, Value
from worldlore.sandbox.sandbox import Sandbox
from worldlore.sandbox.session import Session

__all__ = ["Answer", "Bounds", "Ran", "Rung", "RungName", "Sandbox", "Session", "Stopped", "Value"]
