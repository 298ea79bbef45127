"""A simulator without Java: worlds whose words tell what they share, and tasks that are won by saying so."""

from __future__ import annotations

import itertools

import pytest

from worldlore.environments.scienceworld import Scienceworld, ScienceworldConfig, environment
from worldlore.environments.scienceworld.simulator import Simulator

SETS = ((0, 1, 2, 3), (4, 5), (6, 7, 8))
GOLD = ("open door to kitchen", "go to kitchen", "look around", "half", "win")


class StandInServer:
    """One world. "draw" tells the next random number and the next object's number, of all worlds together."""

    def __init__(self, machine: StandInMachine) -> None:
        self.machine = machine
        self.actions: list[str] = []

    def load(self, kind, variation, simplifications, gold):
        self.machine.called("load")
        self.kind, self.variation, self.simplifications = kind, variation, simplifications
        self.machine.state = (variation, 100, simplifications)
        self.score, self.completed, self.actions, self.gold = 0.0, False, [], GOLD if gold else ()

    def step(self, action):
        self.machine.called("step")
        self.actions.append(action)
        if action == "draw":
            number, count, easier = self.machine.state
            self.machine.state = (number * 31 % 1009, count + 1, easier)
            return f"drawn {self.machine.state}"
        if action == "win":
            self.score, self.completed = 1.0, True
        elif action in ("half", "fail", "back"):
            self.score = {"half": 0.5, "fail": -1.0, "back": 0.25}[action]
        elif action == "finish":
            self.completed = True
        elif not action.startswith(("wait", "look", "go ", "open ", "teleport ")):
            return "No known action matches that input."
        return f"{action}: done, {next(self.machine.dice)}" if action == "look around" else f"{action}: done"

    def getScore(self):
        return self.score

    def getCompleted(self):
        return self.completed

    def getTaskDescription(self):
        return f" drawn task {self.kind} {self.variation} "

    def freeActionLook(self):
        return "a bare room"

    def getGoldActionSequence(self):
        return list(self.gold)

    def getValidActionObjectCombinations(self):
        self.machine.state = (self.machine.state[0] + 7, *self.machine.state[1:])
        return ["wait", "look around", "wait"]


class StandInMachine:
    """What a Jvm does; `dice` makes its rooms look otherwise every time where they are to."""

    def __init__(self, steady=True) -> None:
        self.state = (0, 0, "")
        self.dice = itertools.repeat(0) if steady else itertools.count()
        self.closed = 0
        self.error: Exception | None = None
        self.calls: list[str] = []

    def called(self, what):
        self.calls.append(what)
        if self.error is not None:
            raise self.error

    def server(self):
        return StandInServer(self)

    def shared(self):
        return self.state

    def share(self, state):
        self.state = state

    def described(self, kind, variation):
        return f"Task {kind} {variation}. "

    def variations(self, kind):
        return SETS

    def forget(self):
        self.called("forget")

    def alive(self):
        return not self.closed

    def close(self):
        self.closed += 1


@pytest.fixture
def machine(monkeypatch):
    return put(monkeypatch, StandInMachine())


def put(monkeypatch, machine):
    """Let environments lease this machine's simulator."""
    from worldlore.environments.scienceworld import simulator as module

    monkeypatch.setattr(module, "_TOLD", {})
    monkeypatch.setattr(module, "_SETS", {})
    simulator = Simulator(machine)
    simulator.users = 10**6  # it is not to end by itself
    monkeypatch.setattr(environment, "_leased", lambda config: simulator)
    return machine


def world(**keys) -> Scienceworld:
    return Scienceworld(ScienceworldConfig(**keys))
