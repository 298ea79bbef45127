"""What WorldLLM has to know of a world to speak of it: a few sentences, and which changes might be told.

Any world whose transitions are told can be spoken of; the playground and the door have words of their own, as the
published system gives them, and hidden rules that a grammar can tell (`spaces.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldlore.environments.base import Environment
from worldlore.environments.door import CLOSED, COLOURS, SHAPES, SIZES, Door, rule_of
from worldlore.environments.playground import PUBLISHED, Playground, Rules, State, candidates, rules_of
from worldlore.environments.playground.candidates import Candidate
from worldlore.environments.playground.language import Wording, read_state
from worldlore.errors import ConfigError
from worldlore.experience import Task, Transition
from worldlore.rollout.practice import Practice

Course = tuple[Transition, ...]
"""The transitions of one episode, in order."""


@dataclass(frozen=True)
class World:
    """A world of which nothing is known but what is seen in it."""

    setting: str = ""
    """What it is, in a few sentences."""
    task: str = "Say what changes next, given the state and the action."
    """What a statistician is asked."""
    cue: str = "Change:"
    """What stands before the change."""
    names_outcomes: bool = False
    """Whether a question names the changes seen so far."""

    def moment(self, state: str, action: str, outcomes: Sequence[str]) -> str:
        """A state and an action, as a question; `outcomes` are the changes seen so far."""
        return f"State: {state}\nAction: {action}\n{self.cue}"

    def told(self, course: Course) -> str:
        """An episode, for a theorist: the first state, then what was done and what that changed."""
        lines = [f"Action: {step.action}\nChange: {step.change}" for step in course]
        return "\n".join([f"State: {course[0].state}", *lines]) if course else ""

    def candidates(self, transition: Transition) -> tuple[str, ...]:
        """The changes that might be told of a moment; none where they are not known."""
        return ()

    def possible(self, transition: Transition) -> frozenset[str]:
        """Those of them that some action, possible at that moment, leads to; none where they are not known."""
        return frozenset()

    def truth(self, task: Task) -> str | None:
        """The true theory of a task's world, to compare with; None where none is written down."""
        return None


@dataclass(frozen=True)
class PlaygroundWorld(World):
    """The room of things that grow."""

    wording: Wording | None = None
    """How changes are told."""
    rules: Rules = PUBLISHED
    """Decides which candidates there are: for the published rules as published, else all that could be."""

    def candidates(self, transition: Transition) -> tuple[str, ...]:
        """As published, from the state's own words."""
        return tuple(sorted({one.text for one in self._imagined(transition.state)} | {transition.change}))

    def possible(self, transition: Transition) -> frozenset[str]:
        """As published, by the rules that hold."""
        return frozenset({one.text for one in self._imagined(transition.state) if one.possible} | {transition.change})

    def state(self, text: str) -> State:
        """A state that was told; of things that are alike, one stands on the first."""
        view = read_state(text)
        codes = (*view.seen, *view.held)
        held = tuple(range(len(view.seen), len(codes)))
        return State(codes, held, view.seen.index(view.on) if view.on else -1)

    def _imagined(self, state: str) -> tuple[Candidate, ...]:
        assert self.wording is not None
        return candidates.candidates(self.state(state), self.rules, self.wording)

    def truth(self, task: Task) -> str:
        """The mechanics and the recipes."""
        return rules_of(task.data).theory


@dataclass(frozen=True)
class DoorWorld(World):
    """The door and the 27 items."""

    def moment(self, state: str, action: str, outcomes: Sequence[str]) -> str:
        """The item, and the outcomes that were seen to be possible, each once."""
        options = " or ".join(f'"{outcome}"' for outcome in outcomes) or "what happens"
        return f"{action}\nAnswer with {options}.\n{self.cue}"

    def told(self, course: Course) -> str:
        """One line an episode."""
        return " ".join(f"{step.state} {step.action} {step.change}" for step in course)

    def candidates(self, transition: Transition) -> tuple[str, ...]:
        """Open or closed."""
        return (CLOSED, "The door is opened.")

    def possible(self, transition: Transition) -> frozenset[str]:
        """Both: some item may open it, some may not."""
        return frozenset(self.candidates(transition))

    def truth(self, task: Task) -> str:
        """The rule in words."""
        return rule_of(task.data).sentence


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


DOOR = DoorWorld(
    f"In front of you is a door. You hold up one item to it: its size is {_or(SIZES)}, its colour is {_or(COLOURS)}, "
    f"and it is {_or([f'a {shape}' for shape in SHAPES])}. Some items open the door.",
    "Say whether the door opens with the item you hold.",
    "Outcome:",
    True,
)
"""The door in words."""


def world_of(environment: Environment, tasks: Sequence[Task]) -> World:
    """How to speak of an environment."""
    if isinstance(environment, Playground):
        rules = rules_of(tasks[0].data) if tasks else PUBLISHED
        return PlaygroundWorld(environment.wording.setting, wording=environment.wording, rules=rules)
    if isinstance(environment, Door):
        return DOOR
    return World()


def world_in(practice: Practice) -> World:
    """How to speak of the world that is practised in."""
    environment = practice.stage.environment()
    try:
        return world_of(environment, practice.tasks)
    finally:
        environment.close()


def one_world(tasks: Sequence[Task], world: World) -> None:
    """ConfigError where training tasks are of worlds with different rules: no theory is true of them all."""
    truths = {world.truth(task) for task in tasks}
    if len(truths) > 1:
        raise ConfigError(
            f"the training tasks are of {len(truths)} worlds with different rules, and a theory is of one; "
            "name one: [environment] world = 0"
        )
