"""Reflexion: hints in words, drawn from the agent's own failures (Shinn et al., arXiv 2303.11366).

With agent "act" it is the baseline act_reflexion, with "react" react_reflexion, as LearnAct compares itself with them:

    play all training tasks with the hints so far · take the first that failed · ask for one hint · again

at most `rounds` hints; after the last one the tasks are played once more, so that it is measured too. It ends early
when all tasks succeed, and where nothing more can be asked or played. The lesson holds the hints as knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from worldlore.agents import Agent
from worldlore.agents.manual import section
from worldlore.config import Config
from worldlore.errors import BudgetSpent
from worldlore.experience import Completion, Failure, Generate, Lesson, Message, Sampling, Trajectory
from worldlore.methods.base import Method
from worldlore.rollout.practice import Practice

LEARNER = "learner"
FRAME = (
    "Below is an attempt at a task that did not succeed. Find out what went wrong, and write one short hint that would "
    "help with other tasks of this kind. Speak of sorts of things, not of single objects, for their names will be "
    "others next time. Answer with the hint alone, in one or two sentences."
)
LEAD = "Hints from earlier attempts; your actions should follow them as a plan:"


class ReflexionConfig(Config):
    """Keys of method "reflexion"; LearnAct's values are the defaults."""

    tasks: int = Field(default=3, ge=1)
    """How many training tasks are played, the first ones."""
    rounds: int = Field(default=2, ge=0)
    """How many hints are asked for at most."""
    steps: int | None = Field(default=10, ge=1)
    """Actions an episode of practice may take; unset: as many as in the test."""
    most: int | None = Field(default=None, ge=1)
    """How many hints are told at most, the latest ones; unset: all."""
    thoughts: bool = False
    """Show the learner what the agent thought, too."""
    manual: str = ""
    """Prompt file with the learner's worked example; "" takes the environment's own, "none" takes none."""
    temperature: float = 0.0
    """Sampling temperature of hints."""
    max_tokens: int = 160
    """Longest hint."""


class Reflexion(Method):
    """Failures of practice become hints."""

    name = "reflexion"
    Config = ReflexionConfig

    def __init__(self, config: ReflexionConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Play, reflect on the first failure, play again."""
        c = self.config
        few = practice.narrowed(practice.tasks[: c.tasks], c.steps)
        hints: list[str] = []
        rounds: list[dict[str, int]] = []
        stopped: dict[str, str] = {}
        for left in reversed(range(c.rounds + 1)):
            played = list(few.rollouts(agent.with_lesson(self._lesson(hints))))
            rounds.append({"hints": len(hints), "played": len(played), "wins": sum(t.success is True for t in played)})
            practice.log(phase="round", **rounds[-1])
            failed = next((t for t in played if t.success is False), None)
            if not left or failed is None or len(played) < len(few.tasks):
                break
            hint, reason = self._reflect(agent, failed, practice)
            if not hint:
                stopped["stopped"] = reason
                break
            hints.append(hint)
        return self._lesson(hints, {"hints": len(hints), "rounds": rounds, **stopped})

    def _lesson(self, hints: Sequence[str], metrics: Mapping[str, Any] | None = None) -> Lesson:
        told = hints[-self.config.most :] if self.config.most else hints
        text = "\n".join([LEAD, *(f"- {hint}" for hint in told)])
        return Lesson({"reflections": text} if told else {}, metrics=metrics or {})

    def _reflect(self, agent: Agent, failed: Trajectory, practice: Practice) -> tuple[str, str]:
        """One hint; where none is to be had, "" and why."""
        try:
            (reply,) = practice.ask([self._request(agent, failed, practice)])
        except BudgetSpent as error:
            reply = Failure(str(error))
        hint = _bare(reply.text) if isinstance(reply, Completion) else ""
        reason = reply.error if isinstance(reply, Failure) else "the learner's reply is empty"
        practice.log(phase="reflection", task=failed.task.id, **({"hint": hint} if hint else {"error": reason}))
        return hint, reason

    def _request(self, agent: Agent, failed: Trajectory, practice: Practice) -> Generate:
        c = self.config
        parts = [FRAME, self._example(agent, failed), f"The attempt:\n{told(failed, c.thoughts)}", "Hint:"]
        messages = (Message("user", "\n\n".join(part for part in parts if part)),)
        sampling = Sampling(c.temperature, max_tokens=c.max_tokens, seed=practice.seed)
        return Generate(messages, sampling, LEARNER if LEARNER in practice.stage.models else "policy")

    def _example(self, agent: Agent, failed: Trajectory) -> str:
        """How a hint was drawn from another failure, as the prompt file shows it for this agent."""
        file = self.config.manual or failed.task.environment
        titles = [] if file == "none" else [f"reflexion {name}" for name in (agent.name, "act")]
        found = next((text for title in titles if (text := section(file, title))), "")
        return f"An example:\n{found}" if found else ""


def told(trajectory: Trajectory, thoughts: bool) -> str:
    """An attempt, in the words of the prompt files."""
    lines: list[str] = []
    for step in trajectory.steps:
        thought, action = step.decision.thought, step.decision.action
        said = f"Thought: {thought}\nAction: {action}" if thoughts and thought else action
        lines += [step.observation.text, f"> {said}"]
    return "\n".join([*lines, trajectory.final.text if trajectory.final else ""]).strip()


def _bare(text: str) -> str:
    """A hint in one line, without its label."""
    return " ".join(text.split()).removeprefix("Hint:").strip()
