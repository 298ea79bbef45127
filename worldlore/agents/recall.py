"""What a lesson gives an agent: knowledge and theories in words, actions to call, earlier successes like the task.

Likeness is BM25 over the words of the goals, with the environment's family of tasks, where it names one, as a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from worldlore.experience import Action, Lesson, Task, Theory, Trajectory, likeliest


@dataclass(frozen=True)
class Memory:
    """What an agent was taught in words, actions and cases."""

    texts: tuple[str, ...] = ()
    """Knowledge, told before every episode, and the most probable theory."""
    cases: tuple[Trajectory, ...] = ()
    """Earlier successes."""
    actions: tuple[Action, ...] = ()
    """Learned actions."""

    def with_lesson(self, lesson: Lesson) -> Memory:
        """This memory and the lesson's; of two actions of one name the lesson's."""
        texts = (*(text for _, text in sorted(lesson.knowledge.items())), *_believed(lesson.theories))
        actions = {action.name: action for action in (*self.actions, *lesson.actions)}
        return Memory(self.texts + texts, self.cases + lesson.cases, tuple(actions.values()))

    def similar(self, task: Task, most: int) -> list[Trajectory]:
        """The cases most like a task, best last, nearest to the question; never the task itself."""
        if not self.cases or most <= 0:
            return []
        scores = self._index.get_scores(_words(task))
        order = sorted(range(len(self.cases)), key=lambda i: (-scores[i], i))
        chosen = [self.cases[i] for i in order if self.cases[i].task.key != task.key]
        return chosen[:most][::-1]

    @cached_property
    def _index(self) -> Any:
        import bm25s

        index = bm25s.BM25()
        index.index([_words(case.task) for case in self.cases], show_progress=False)
        return index


def _believed(theories: tuple[Theory, ...]) -> tuple[str, ...]:
    best = likeliest(theories)
    return (f"How this world seems to work:\n{best.text}",) if best else ()


def _words(task: Task) -> list[str]:
    return [*task.goal.lower().split(), str(task.data.get("family", ""))]
