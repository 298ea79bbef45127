"""One run as the caller follows it: frames in, what came of them out.

Nothing the far side says is believed: each frame is checked, each text cut, each call counted, and the time is kept
here. A frame no honest program's process would send ends the run.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from worldlore.sandbox.base import Answer, Bounds, Ending, Ran, Stopped
from worldlore.sandbox.child import Child, Full, Gone, Late
from worldlore.sandbox.inside import wire

GRACE = 0.2
"""Seconds a session's program has to leave its state whole once its caller wants no more of the run."""
DEEPEST = 100
"""Lists and dictionaries inside one another in an argument."""


@dataclass
class Clock:
    """The wall clock of a run, stopped while the caller answers."""

    seconds: float
    began: float = field(default_factory=time.monotonic)
    elsewhere: float = 0.0

    @property
    def deadline(self) -> float:
        """When the run must be over."""
        return self.began + self.elsewhere + self.seconds

    @property
    def spent(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self.began - self.elsewhere

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Time that is not the program's."""
        since = time.monotonic()
        try:
            yield
        finally:
            self.elsewhere += time.monotonic() - since


@dataclass(frozen=True)
class Terms:
    """What a program may use and call."""

    bounds: Bounds
    functions: dict[str, list[str]]
    """Name -> parameters, of which the last ones may be `*rest` and `**named`."""

    def allow(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> bool:
        """Whether a call could have come from the function of that name, and not from a program's own hand."""
        if name not in self.functions:
            return False
        plain = [p for p in self.functions[name] if not p.startswith("*")]
        rest, named = (any(p.count("*") == n for p in self.functions[name]) for n in (1, 2))
        return len(args) >= len(plain) and (rest or len(args) == len(plain)) and (named or not kwargs)


class Run:
    """Follows one run to its end."""

    def __init__(self, child: Child, terms: Terms, answer: Answer, patient: bool) -> None:
        """A `patient` caller wants the process whole when the run is over."""
        self.child, self.terms, self.answer, self.patient = child, terms, answer, patient
        self.bounds, self.clock = terms.bounds, Clock(terms.bounds.seconds)
        self.ending: Ending | None = None
        """None as long as it runs, and when its process ended without a word."""
        self.intact = False
        """Whether the process can take another run."""
        self.raised: BaseException | None = None
        """What the Answer raised."""
        self.error: str | None = None
        self.value: str | None = None
        self.calls = 0
        self._printed, self._length = list[str](), 0
        self._given_up: float | None = None

    def follow(self, code: str, setup: str) -> None:
        """Send the code and read frames until the run is over, one way or another."""
        self.child.hear_lock()
        self.clock = Clock(self.bounds.seconds)
        frame = {"op": "run", "setup": setup, "code": code, "chars": self.bounds.output_chars}
        try:
            self._send(wire.pack(frame))
            while self.ending is None:
                self._take(self.child.receive(self._given_up or self.clock.deadline))
        except Gone:
            self.ending = "stopped" if self._given_up else None
        except Late:
            self._late()
        except Full:
            self._kill(f"the program's scratch folder holds more than {self.bounds.files_mb} MB")
        except wire.Malformed as error:
            self._kill(f"the program wrote to its caller's channel itself: {error}")

    def _send(self, frame: bytes) -> None:
        with contextlib.suppress(Gone):  # what it said before it went is still to be read
            self.child.send(frame, self.clock.deadline)

    def _late(self) -> None:
        self.ending = "stopped" if self._given_up else "timeout"
        if not self._given_up:
            self.error = f"the program ran longer than {self.bounds.seconds:g} s of wall clock and was ended"

    def _kill(self, why: str) -> None:
        self.ending, self.error = ("stopped", None) if self._given_up else ("killed", why)

    def _take(self, frame: dict[str, Any]) -> None:
        match frame:
            case {"op": "print", "text": str(text)}:
                self._print(text)
            case {"op": "call", "name": str(name), "args": list(args), "kwargs": dict(kwargs)}:
                self._call(name, args, kwargs)
            case {
                "op": "done",
                "ending": "finished" | "raised" | "stopped" as ending,
                "value": None | str() as value,
                "error": None | str() as error,
            }:
                self._done(ending, value, error)
            case _:
                raise wire.Malformed("a frame that is no request")

    def _print(self, text: str) -> None:
        if self._length <= self.bounds.output_chars:
            self._printed.append(text)
            self._length += len(text)

    def _call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        if self._given_up or self.calls >= self.bounds.calls:
            self._kill(f"the program made more than {self.bounds.calls} calls")
            return
        if not self.terms.allow(name, args, kwargs):
            raise wire.Malformed(f"a call of {name[:80]!r} that none of its functions makes")
        self.calls += 1
        args, kwargs = clean(args), clean(kwargs)
        try:
            with self.clock.stopped():
                answer = wire.pack({"op": "value", "value": self.answer(name, args, kwargs)})
        except Stopped:
            self._give_up()
        except BaseException as error:
            self.raised = error
            self._give_up()
        else:
            self._send(answer)

    def _give_up(self) -> None:
        """The caller wants no more: a session may leave its state whole, if it leaves soon."""
        self._given_up = time.monotonic() + GRACE
        if self.patient:
            self.child.send(wire.pack({"op": "stop"}), self._given_up)
        else:
            self.ending = "stopped"

    def _done(self, ending: Ending, value: str | None, error: str | None) -> None:
        self.intact = True
        self.ending = "stopped" if self._given_up else ending
        self.value = value if self.ending == "finished" else None
        self.error = error or "" if self.ending == "raised" else None

    def ran(self, cause: str | None = None) -> Ran:
        """What came of it, every text cut; `cause` says why a process ended that said nothing."""
        most = self.bounds.output_chars
        texts = ("".join(self._printed), self.value, self.error if self.ending else cause)
        output, value, error = (cut(text, most) for text in texts)
        return Ran(self.ending or "killed", output or "", value, error, self.calls, self.clock.spent)


def cut(text: str | None, most: int) -> str | None:
    """At most so many characters, with a note where some are left out; nothing that cannot be stored as UTF-8."""
    if text is None:
        return None
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= most else f"{text[:most]}\n… cut at {most} characters"


def clean(value: Any, depth: int = 0) -> Any:
    """The same value, fit to be stored: no half of a surrogate pair, no endless nesting (Malformed)."""
    if depth > DEEPEST:
        raise wire.Malformed(f"arguments nested deeper than {DEEPEST}")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [clean(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item, depth + 1) for key, item in value.items()}
    return value
