"""A learner and a player that say what a test wants, and the gripper world they practise in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.toys import Pages
from worldlore.agents.act import Act
from worldlore.environments import ENVIRONMENTS
from worldlore.experience import Failure, Generate, Lesson, loads
from worldlore.experience.messages import Call
from worldlore.methods import METHODS
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

KINDS = {
    "Write new actions": "creation",
    "Show how a task": "usage",
    "Describe a function": "description",
    "An agent called": "revision",
}
NOTHING = Lesson()
Says = str | Failure | Callable[[Generate], str]

BRING = '''def bring(ball, here, there, gripper):
    """Carry one ball."""
    pick(ball, here, gripper)
    move(here, there)
    drop(ball, there, gripper)
'''


def fenced(*code: str) -> str:
    return "Here it is.\n```python\n" + "\n\n".join(code) + "\n```\nThat is all."


def kind(request: Generate) -> str:
    return next(name for words, name in KINDS.items() if request.messages[0].content.startswith(words))


def learner(replies: Mapping[str, Says | Sequence[Says]]) -> Scripted:
    """Says what is given for a kind of request; of a list, the entry of the attempt."""

    def say(request: Generate) -> str | Failure:
        said = replies[kind(request)]
        if isinstance(said, (list, tuple)):
            said = said[min(sum(m.role == "assistant" for m in request.messages), len(said) - 1)]
        return said(request) if callable(said) else said

    return Scripted.of(say, identity="learner")


def player(*lines: str) -> Scripted:
    """Plays the same lines in every episode, over and over."""
    return Scripted.of(lines, repeat=True)


def world():
    return ENVIRONMENTS.build({"name": "programs", "inner": {"name": "gripper"}})


def tasks(*instances: tuple[str, str]):
    """Instances of gripper by their balls and the robot: ("aab", "a")."""
    found = []
    for balls, robot in instances:
        match = [t for t in world().tasks("published") if (t.data["balls"], t.data["robot"]) == (balls, robot)]
        found.append(match[0])
    return found


EASY = (("aaaa", "a"), ("aaaaaa", "a"), ("aaab", "a"))


def practice(pages: Pages, learns, plays, lesson: Lesson = NOTHING, given=None, make=world, **budget) -> Practice:
    models = {"policy": plays, "learner": learns}
    stage = Stage(make, {role: model for role, model in models.items() if model}, Limits(steps=30))
    chosen = tasks(*EASY) if given is None else given
    return Practice(chosen, stage.with_lesson(lesson), Budget(**budget), 0, pages, Ledger(pages), lesson=lesson)


def method(**keys):
    return METHODS.build({"name": "learnact", **keys})


def asked(pages: Pages, which: str) -> list[Call]:
    calls = [loads(line, Call) for line in pages.asked]
    return [call for call in calls if kind(call.request) == which]


GOOD = fenced(BRING, 'bring("ball1", "rooma", "roomb", "left")')
PLAY = (
    'bring("ball1", "rooma", "roomb", "left")',
    'move("roomb", "rooma")',
    'bring("ball2", "rooma", "roomb", "left")',
)
SHOW = fenced("\n".join(PLAY))
TOLD = "Carries a ball from here to there."
WORDS = {"creation": GOOD, "usage": SHOW, "description": TOLD, "revision": "Reason: x"}


def learn(pages=None, words=None, plays=None, lesson=NOTHING, given=None, agent=None, budget=None, **keys) -> Lesson:
    pages = Pages() if pages is None else pages
    here = practice(pages, learner({**WORDS, **(words or {})}), plays or player(*PLAY), lesson, given, **(budget or {}))
    return method(**{"samples": 2, **keys}).learn(agent or Act(), here)


NOTE = "Reason: the ball is not here.\nChoice: Note bring\nContent: Be where the ball is."
BETTER = BRING.rstrip() + "\n    move(there, here)\n"
HASTY = player(*(f'bring("ball{n}", "rooma", "roomb", "left")' for n in range(1, 5)))


def update(*code: str) -> str:
    return f"Reason: it must go back first.\nChoice: Update bring\nContent:\n{fenced(*code)}"
