"""An episode of programs: what is known of it beside the inner world's own state, as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from worldlore.environments.programs.account import Moves
from worldlore.environments.programs.interpreter import Cell
from worldlore.experience import Observation, Task


@dataclass(frozen=True, slots=True)
class Episode:
    """What is known of the episode in play beside the inner world's own state."""

    task: Task
    """What is played."""
    seed: int
    """The seed it is played with."""
    admissible: tuple[str, ...] | None
    """Commands that are possible now, where the inner world tells them."""
    actions: int = 0
    """How many actions there were."""
    commands: tuple[str, ...] = ()
    """What they did to the inner world."""
    state: str = ""
    """What the world said last of a move that took effect; at first its opening words, without the goal."""
    cells: tuple[Cell, ...] = ()
    """The programs that the kept variables come from."""
    over: bool = False
    """The task is over."""

    @staticmethod
    def begun(task: Task, seed: int, first: Observation) -> Episode:
        """Nothing is done yet; the goal, which is told once, is no part of the state."""
        words = "\n".join(line for line in first.text.splitlines() if task.goal not in line)
        return Episode(task, seed, first.actions, state=words or first.text)

    def after(self, moves: Moves, cells: tuple[Cell, ...]) -> Episode:
        """One action later."""
        commands = (*self.commands, *(move.command for move in moves.made))
        state = next((move.text for move in reversed(moves.made) if move.valid), self.state)
        later = replace(self, actions=self.actions + 1, commands=commands, cells=cells, state=state)
        if moves.last is None:
            return later
        return replace(later, admissible=moves.last.observation.actions, over=moves.last.done)
