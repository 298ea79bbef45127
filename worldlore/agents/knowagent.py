"""KnowAgent: an agent that is told how actions may follow each other, and plans as a path of them (arXiv 2403.03101).

A reply is a line `Path: …`, the kinds of action done so far and the next one, then thought and action as of "react".
What each kind of action does and may follow is the lesson's text "actions", else the one in the world's file
(`primer.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from worldlore.agents import primer
from worldlore.agents.act import ActConfig
from worldlore.agents.base import Acting, Agent
from worldlore.agents.react import React, ReactConfig
from worldlore.agents.rules import START, Rules, path
from worldlore.agents.telling import Telling, joined, must_command
from worldlore.experience import Decision, Lesson, Task, Trajectory

ACTIONS = "actions"
"""Name of the rules among a lesson's texts, and of the heading in a world's file."""
_PATH = re.compile(r"\bPath:[ \t]*([^\n]*)", re.I)
_BETWEEN = re.compile(r"\s*(?:->|→|>|,)\s*")


class KnowAgentConfig(ReactConfig):
    """Keys of agent "knowagent": those of "react", and where its rules stand."""

    primer: str = ""
    """Which file has the rules: a path ending in .md; "" takes the world's own in `prompts/knowledge/`."""


@dataclass(frozen=True)
class KnowAgent(React):
    """Observation in, path, thought and action out."""

    config: ActConfig = KnowAgentConfig()
    """Its keys."""
    learned: str = ""
    """Rules that a lesson brought."""

    name = "knowagent"
    Config = KnowAgentConfig
    format = (
        "Answer with three lines: 'Path:' and the kinds of action done so far, from 'start' on, then the one to do, "
        "set apart by ' > '; 'Thought:' and why, in a sentence; 'Action:' and one action of that kind."
    )
    reminder = "That held no action. Answer with a line 'Path: …', a line 'Thought: …' and a line 'Action: …'."

    def act(self, seen: Trajectory) -> Acting:
        """As "react" does, where actions are commands."""
        must_command(self.name, seen)
        return (yield from super().act(seen))

    def with_lesson(self, lesson: Lesson) -> Agent:
        """The lesson's rules take the place of the world's; the rest is told as to any agent."""
        others = {name: text for name, text in lesson.knowledge.items() if name != ACTIONS}
        memory = self.memory.with_lesson(replace(lesson, knowledge=others))
        return replace(self, memory=memory, learned=lesson.knowledge.get(ACTIONS, self.learned))

    def rules(self, task: Task) -> Rules:
        """What it is told of actions in a task's world."""
        assert isinstance(self.config, KnowAgentConfig)
        return Rules.read(self.learned or primer.known(self.config.primer or task.environment, ACTIONS))

    def read(self, text: str) -> Decision | None:
        """Action, thought and path, the path among the grounds."""
        decision = super().read(text)
        found = _PATH.search(text)
        if decision is None or found is None:
            return decision
        planned = [kind for kind in _BETWEEN.split(found[1].strip().lower()) if kind]
        return replace(decision, grounds={"path": planned})

    def reply_for(self, decision: Decision) -> str:
        """All lines; those left out of which nothing is known."""
        planned = decision.grounds.get("path")
        line = f"Path: {' > '.join(planned)}\n" if planned else ""
        return line + super().reply_for(decision)

    def _opening(self, seen: Trajectory, telling: Telling) -> str:
        return joined([super()._opening(seen, telling), self.rules(seen.task).text])


def with_paths(course: Trajectory) -> Trajectory:
    """A course whose decisions tell the path they go on; whoever played it."""
    kinds = (START, *path(course.actions))
    steps = [
        replace(step, decision=replace(step.decision, grounds={"path": list(kinds[: place + 2])}))
        for place, step in enumerate(course.steps)
    ]
    return replace(course, steps=tuple(steps))
