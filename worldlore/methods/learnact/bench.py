"""Where an author tries code: a training task, begun anew each time, in the ordinary loop.

Nothing done here is left in any other episode, and all of it is counted and kept like every other practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worldlore.errors import BudgetSpent, ConfigError
from worldlore.experience import Action, Lesson, Observation, Stop, Task, Trajectory
from worldlore.methods.learnact.recital import Recital
from worldlore.methods.learnact.trial import called, failed
from worldlore.rollout.practice import Practice


@dataclass(frozen=True)
class Bench:
    """Tries code on training tasks."""

    practice: Practice
    """Where it plays."""

    def opening(self, task: Task) -> Observation:
        """What is seen first; ConfigError where actions are no programs."""
        seen = self._played(task, (), ()).final
        if seen is None or not seen.functions:
            raise ConfigError(
                f"learned actions are programs, and {task.environment!r} takes commands; let it take programs: "
                f'[environment] name = "programs", inner = {{ name = {task.environment!r} }}'
            )
        return seen

    def error(self, task: Task, code: str, actions: Sequence[Action]) -> str | None:
        """What Python says of code run as one action with these to call; None where it runs through."""
        try:
            played = self._played(task, (code,) if code else (), actions)
        except ConfigError as error:
            return str(error)
        if played.stop is Stop.FAILED:
            return played.error
        return next((str(step.info["error"]) for step in played.steps if step.info.get("error")), None)

    def demonstration(self, task: Task, lines: Sequence[str], actions: Sequence[Action]) -> Trajectory | None:
        """Actions carried out, if they use a learned one and get somewhere; None if not, or if Python raises.

        To get somewhere is to reach the goal, or to earn some reward before the first step that fails: there a
        demonstration that does not reach the goal ends.
        """
        played = self._played(task, lines, actions)
        if played.stop is Stop.FAILED or any(step.info.get("error") for step in played.steps):
            return None
        shown = played if played.success else _until_failure(played)
        useful = any(called(step) for step in shown.steps) and (shown.score or 0.0) > 0.0
        return shown if useful else None

    def _played(self, task: Task, lines: Sequence[str], actions: Sequence[Action]) -> Trajectory:
        here = self.practice.with_lesson(Lesson(actions=tuple(actions))).narrowed([task], max(1, len(lines)))
        played = list(here.rollouts(Recital({task.key: tuple(lines)})))
        if not played:
            raise BudgetSpent("nothing more may be tried: the budget of practice is spent; raise it")
        return played[0]


def _until_failure(played: Trajectory) -> Trajectory:
    """The steps before the first that fails."""
    for place, step in enumerate(played.steps):
        if failed(step):
            return replace(
                played, steps=played.steps[:place], final=step.observation, stop=Stop.RESIGNED, success=False
            )
    return played
