"""The filter, read as the kernel reads it; the ladder; frames; the probes and the command that prints them."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import replace
from errno import ENOSYS, EPERM

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.sandbox.batch import Lower
from worldlore.cli.app import app
from worldlore.sandbox import Bounds, Rung, Sandbox, probes
from worldlore.sandbox.inside import wire
from worldlore.sandbox.inside.lock import LADDER, Layers, seccomp, syscalls
from worldlore.sandbox.run import Terms, clean

MACHINES = sorted(seccomp.ARCHITECTURES)
ALLOWED, KILLED, ASKED = 0x7FFF0000, 0x80000000, 0x7FC00000
REFUSED, ABSENT = 0x50000 | EPERM, 0x50000 | ENOSYS


def verdict(machine: str, number: int, *arguments: int, files: bool = True, fork: bool = False, arch: int = 0) -> int:
    """What the filter says of a call: a small interpreter of classic BPF, written from its definition."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    seen = struct.pack("<IIQ6Q", number, arch or seccomp.ARCHITECTURES[machine], 0, *padded)
    program, at, word = seccomp.build(machine, files, fork), 0, 0
    while True:
        code, yes, no, value = struct.unpack_from("HBBI", program, 8 * at)
        at += 1
        match code:
            case 0x20:
                (word,) = struct.unpack_from("<I", seen, value)
            case 0x06:
                return value
            case 0x15 | 0x35 | 0x45:
                met = word == value if code == 0x15 else word >= value if code == 0x35 else bool(word & value)
                at += yes if met else no


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_listed_passes_and_all_else_is_refused(machine: str):
    allowed, judged = seccomp.allowed(machine, True), syscalls.numbers(syscalls.JUDGED, machine)
    for number in range(600):
        if number not in judged.values():
            assert verdict(machine, number) == (ALLOWED if number in allowed.values() else REFUSED)


@pytest.mark.parametrize("machine", MACHINES)
def test_without_landlock_no_file_can_be_opened(machine: str):
    for name, number in syscalls.numbers(syscalls.FILES, machine).items():
        assert verdict(machine, number, files=False) == REFUSED, name
    assert verdict(machine, seccomp.allowed(machine, False)["read"], files=False) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
@given(number=st.integers(0, 2**32 - 1), arch=st.integers(1, 2**32 - 1))
def test_another_architecture_is_always_killed(machine: str, number: int, arch: int):
    if arch != seccomp.ARCHITECTURES[machine]:
        assert verdict(machine, number, arch=arch) == KILLED
    assert verdict(machine, number | 0x40000000) == KILLED


@pytest.mark.parametrize("machine", MACHINES)
@given(flags=st.integers(0, 2**64 - 1), fork=st.booleans())
def test_only_threads_are_cloned_and_a_plain_fork_is_asked_about(machine: str, flags: int, fork: bool):
    clone = syscalls.numbers(syscalls.JUDGED, machine)["clone"]
    low = flags & 0xFFFFFFFF
    expected = REFUSED
    if low & 0x10000 and not low & 0x7E020080:
        expected = ALLOWED
    assert verdict(machine, clone, flags, fork=fork) == expected or (fork and low in seccomp.FORKS)
    assert verdict(machine, clone, 0x01200011, fork=True) == ASKED
    assert verdict(machine, clone, 0x01200011, fork=False) == REFUSED
    assert verdict(machine, syscalls.numbers(syscalls.JUDGED, machine)["clone3"], flags, fork=fork) == ABSENT


@pytest.mark.parametrize("machine", MACHINES)
@given(pid=st.integers(0, 2**32 - 1), new=st.integers(0, 2**64 - 1))
def test_limits_are_read_and_never_set(machine: str, pid: int, new: int):
    prlimit = syscalls.numbers(syscalls.JUDGED, machine)["prlimit64"]
    assert verdict(machine, prlimit, pid, 7, new) == (ALLOWED if pid == 0 and new == 0 else REFUSED)
    assert verdict(machine, prlimit, 0, 7, new << 32 & (2**64 - 1)) == (ALLOWED if not new & 0xFFFFFFFF else REFUSED)


def test_the_two_tables_know_the_same_calls():
    modern = set(seccomp.allowed("aarch64", True))
    old = {"open", "stat", "lstat", "access", "readlink", "getdents", "mkdir", "rmdir", "unlink", "rename", "dup2"}
    old |= {"pipe", "poll", "select", "epoll_wait", "time", "alarm", "pause", "arch_prctl", "getrlimit", "renameat"}
    assert set(seccomp.allowed("x86_64", True)) - modern <= old


@pytest.mark.parametrize(
    ("missing", "rung"),
    [((), 4), (("namespaces",), 3), (("landlock",), 2), (("seccomp",), 1), (LADDER, 1), (("seccomp", "landlock"), 1)],
)
def test_a_layer_counts_only_above_those_below_it(missing: tuple[str, ...], rung: int):
    assert Layers(dict.fromkeys(missing, "why")).rung == rung


@given(value=st.dictionaries(st.text(), st.integers() | st.text()))
def test_a_frame_goes_through_whole(value: dict[str, int | str]):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frame = {"op": "test", "value": value}
        wire.send(ours, frame)
        assert wire.receive(theirs) == (frame, [])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"{}", b'{"op": 1}', b"[" * 10**6, b"\xff\xfe", b'{"op":"x"'])
def test_what_is_no_request_is_malformed(body: bytes):
    with pytest.raises(wire.Malformed):
        wire.unpack(body)


@given(st.binary(max_size=60))
def test_bytes_are_a_request_or_malformed_and_nothing_else(body: bytes):
    with contextlib.suppress(wire.Malformed):
        assert isinstance(wire.unpack(body)["op"], str)


def test_terms_tell_a_call_of_a_function_from_a_forged_one():
    terms = Terms(Bounds(), {"move": ["room"], "say": ["first", "*rest", "**named"]})
    allowed = [terms.allow("move", ["a"], {}), terms.allow("say", ["a", "b"], {"c": 1})]
    forged = [
        ("move", [], {}),
        ("move", ["a", "b"], {}),
        ("move", ["a"], {"x": 1}),
        ("say", [], {}),
        ("eval", ["a"], {}),
    ]
    assert all(allowed) and not any(terms.allow(*call) for call in forged)


def test_arguments_are_made_fit_to_be_stored():
    assert clean(["\ud800", {"\udfff": "ä"}]) == ["?", {"?": "ä"}]


def test_check_prints_the_rung_and_every_probe():
    result = CliRunner().invoke(app, ["check", "sandbox"])
    assert result.exit_code == 0, result.output
    assert result.output.count("\n") > 20 and "broken" not in result.output
    with Sandbox() as sandbox:
        assert f"{sandbox.rung.name}: {sandbox.rung.words}" in result.output
    assert "held    socket is refused" in result.output or sandbox.rung < Rung.SECCOMP


def test_check_fails_when_a_promise_is_broken(monkeypatch: pytest.MonkeyPatch):
    false = replace(probes.FILTERED[0], code="print('broken')")
    monkeypatch.setattr(probes, "FILTERED", (false,))
    with Sandbox() as sandbox:
        promised = sandbox.rung >= Rung.SECCOMP
    assert CliRunner().invoke(app, ["check", "sandbox"]).exit_code == int(promised)


def test_a_probe_the_rung_does_not_promise_is_no_failure():
    findings = list(probes.probe(lambda bounds: Lower(bounds, ["seccomp", "landlock", "namespaces"])))
    assert [f for f in findings if f.promised and not f.held] == []
    assert any(not f.promised and not f.held for f in findings)
