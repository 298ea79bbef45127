"""The method, a stage a line: pairs, knowledge of them, weights for both roles, a case base, weights of the fusion.

A budget that ends early leaves a lesson of what there is, and its metrics say what ended it. What every stage found
lies in the run: courses in `train.jsonl`, pairs, knowledge and what is to be said in `knowledge/` (`keeping.py`),
the rest in the lesson. A killed run goes on where it was.

Source: WKM (arXiv 2405.14205), sections 3.1 to 3.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worldlore.agents.base import Agent
from worldlore.agents.wkm import Wkm
from worldlore.errors import ConfigError
from worldlore.experience import CaseBase, Lesson
from worldlore.methods.base import Method
from worldlore.methods.wkm.courses import gathered
from worldlore.methods.wkm.fusion import weighed
from worldlore.methods.wkm.keeping import keep
from worldlore.methods.wkm.keys import WkmMethodConfig, agreed
from worldlore.methods.wkm.remembering import Memory
from worldlore.methods.wkm.synthesis import Known
from worldlore.methods.wkm.teaching import Teacher
from worldlore.methods.wkm.writing import Writer
from worldlore.rollout.practice import Practice


class WkmMethod(Method):
    """Learns what to know and how to use it."""

    name = "wkm"
    Config = WkmMethodConfig

    def __init__(self, config: WkmMethodConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Practise, compare, write down, train, remember, weigh."""
        c, wkm = self.config, agreed(agent, self.config)
        writer = Writer(c, practice)
        teacher, memory = Teacher(c, practice.seed), Memory(c)  # a file that cannot be read is told before practice
        pairs = gathered(c, wkm, practice, c.practised)
        written = writer.written(pairs)
        general = writer.general(pairs, written)
        known, wkm = [writer.wanted(one) for one in written], _taught(wkm, general)
        keep(practice.out, wkm, known)
        lesson = teacher.taught(wkm, known, practice).then(general)
        lesson = replace(lesson, metrics={**lesson.metrics, **writer.told(known)})
        if wkm.keys.state == "fusion":
            lesson = replace(lesson, casebase=self._remembered(memory, known, lesson, practice))
        return self._weighed(wkm, lesson, practice)

    def _remembered(self, memory: Memory, known: Sequence[Known], lesson: Lesson, practice: Practice) -> CaseBase:
        cases = memory.cases(known)
        if not cases and "ended" not in lesson.metrics:
            raise ConfigError("no state knowledge was made, so there is no case base; practise on more tasks")
        return memory.base(cases, practice.with_lesson(lesson))

    def _weighed(self, agent: Wkm, lesson: Lesson, practice: Practice) -> Lesson:
        """With the weights of the sources among its metrics, where they are to be fitted."""
        if self.config.fusion is None:
            return lesson
        found = weighed(self.config.fusion, _taught(agent, lesson), practice.with_lesson(lesson))
        return lesson.then(Lesson(metrics={"fusion": found}))


def _taught(agent: Wkm, lesson: Lesson) -> Wkm:
    taught = agent.with_lesson(lesson)
    assert isinstance(taught, Wkm)
    return taught
