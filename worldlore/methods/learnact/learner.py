"""The author that is a language model: the published way.

Creation: several samples; each reply's code, its calls included, is run on the first training task, and what Python
raises goes back to the writer. Then every function gets a description, and the set of them a demonstration, written in
one reply and carried out. Revision: several samples; each chooses between new code, which goes the same way, and a
note.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property

from worldlore.agents.base import Agent
from worldlore.agents.manual import manual, section
from worldlore.experience import Action, Lesson, Observation, Sampling, Task, Trajectory
from worldlore.methods.learnact.author import Author, Candidate, Failing, Tried
from worldlore.methods.learnact.bench import Bench
from worldlore.methods.learnact.code import written
from worldlore.methods.learnact.desk import Desk, Draft
from worldlore.methods.learnact.method import LearnActConfig
from worldlore.methods.learnact.replies import Fault, Note, choice, code_in, sentence, statements
from worldlore.methods.learnact.requests import World, creation, description, examples, revision, usage
from worldlore.rollout.practice import Practice

Actions = tuple[Action, ...]


class Learner(Author):
    """Asks a language model."""

    def __init__(self, agent: Agent, practice: Practice, config: LearnActConfig) -> None:
        self.agent = agent
        self.config = config
        self.practice = practice
        self.known = practice.lesson.actions
        self.bench = Bench(practice)
        self.desk = Desk(practice, config.attempts, Sampling(config.temperature, max_tokens=config.max_tokens))
        self.first = practice.tasks[0]

    @property
    def calls(self) -> int:
        """Requests so far."""
        return self.desk.asked

    def create(self) -> list[Candidate]:
        """Samples of new actions, beside those known from the start."""

        def read(text: str) -> Actions:
            return self._tried(code_in(text), self.first, self.known, {a.name for a in self.known})

        drafts = self.desk.drafts(creation(self.world, self.known), self.config.samples, read)
        made = [(draft.value or (), "created " + _told(draft)) for draft in drafts]
        return self._dressed([(Candidate(self.known + new, (), (story,), "created"), new) for new, story in made])

    def revise(self, best: Tried, failing: Failing) -> list[Candidate]:
        """Samples of a remedy for the failing call."""
        base = best.candidate
        prompt = revision(self.world, base.actions, failing, self.config.context, self.config.revise)

        def read(text: str) -> Actions | Note:
            return self._remedy(text, failing, base.actions)

        drafts = self.desk.drafts(prompt, self.config.samples, read)
        plain = [_revised(base, failing.action, draft) for draft in drafts]
        return self._dressed(plain)

    def player(self, candidate: Candidate) -> Agent:
        """The agent itself, taught the candidate."""
        return self.agent.with_lesson(candidate.lesson)

    def finish(self, best: Tried) -> Lesson:
        """The winner's actions and demonstrations."""
        return best.candidate.lesson

    @cached_property
    def opening(self) -> Observation:
        """What is seen first of the first training task."""
        return self.bench.opening(self.first)

    @cached_property
    def world(self) -> World:
        """What may be said of the world: no goal and nothing seen."""
        name = self.config.prompts or self.first.environment
        told, world = examples(name), self.first.environment
        about = told.get("world") or section(world, "programs") or manual(world)
        return World(" ".join(about.split()), self.opening.functions or (), told)

    def _primitives(self) -> set[str]:
        return {line.partition("(")[0] for line in self.world.functions}

    def _tried(self, code: str, task: Task, known: Actions, taken: Collection[str]) -> Actions:
        """The actions of code that runs; Fault where it does not."""
        found = written(code, self._primitives() | set(taken))
        error = self.bench.error(task, found.calls, _replaced(known, found.actions))
        if error:
            raise Fault(f"This was run, and went wrong:\n{error}")
        return found.actions

    def _remedy(self, text: str, failing: Failing, known: Actions) -> Actions | Note:
        """What a reply chooses, if it may and if it changes anything; Fault where not."""
        chosen = choice(text)
        if isinstance(chosen, Note):
            if self.config.revise == "code":
                raise Fault("No note is possible here: change the code.")
            if any(a.name == failing.action and chosen.text in a.notes for a in known):
                raise Fault("This advice is given already. Give other advice, or change the code.")
            return chosen
        if self.config.revise == "notes":
            raise Fault("The code stays as it is: give a note.")
        new = self._tried(chosen.code, failing.trajectory.task, known, ())
        if {a.name: a.source for a in new}.items() <= {a.name: a.source for a in known}.items():
            raise Fault("This is the code as it was. Change it.")
        return new

    def _dressed(self, made: Sequence[tuple[Candidate, Actions]]) -> list[Candidate]:
        """Candidates with descriptions of their new actions and a demonstration; those without new ones as they are."""
        prompts = [prompt for candidate, new in made if new for prompt in self._prompts(candidate, new)]
        replies = iter(self.desk.answers(prompts))
        return [self._one_dressed(c, new, [next(replies) for _ in (c, *new)]) if new else c for c, new in made]

    def _prompts(self, candidate: Candidate, new: Actions) -> list[str]:
        shown = usage(self.world, candidate.actions, self.opening.text)
        return [shown, *(description(self.world, action) for action in new)]

    def _one_dressed(self, candidate: Candidate, new: Actions, replies: Sequence[str]) -> Candidate:
        shown, *told = replies
        about = {action.name: sentence(text) or action.about for action, text in zip(new, told, strict=True)}
        actions = tuple(replace(a, about=about.get(a.name, a.about)) for a in candidate.actions)
        return replace(candidate, actions=actions, cases=self._demonstrated(shown, actions))

    def _demonstrated(self, reply: str, actions: Actions) -> tuple[Trajectory, ...]:
        lines = statements(reply)
        case = self.bench.demonstration(self.first, lines, actions) if lines else None
        if case is None:
            self.practice.log(phase="practice", dropped="demonstration", lines=list(lines))
        return (case,) if case else ()


def _revised(base: Candidate, action: str, draft: Draft[Actions | Note]) -> tuple[Candidate, Actions]:
    """The best candidate with a remedy, and what is new in it."""
    assert draft.value is not None
    if isinstance(draft.value, Note):
        text = draft.value.text
        noted = tuple(replace(a, notes=(*a.notes, text)) if a.name == action else a for a in base.actions)
        return replace(base, actions=noted, story=(*base.story, f"note on {action}: {text}"), kind="note"), ()
    new = draft.value
    names = ", ".join(a.name for a in new)
    story = (*base.story, f"update of {names} " + _told(draft))
    return Candidate(_replaced(base.actions, new), (), story, "update"), new


def _replaced(old: Actions, new: Actions) -> Actions:
    """The old actions with the new ones in the place of their namesakes; notes outlive where the signature does."""
    notes = {action.signature: action.notes for action in old}
    kept = {a.name: replace(a, notes=notes.get(a.signature, ())) for a in new}
    return tuple({**{a.name: a for a in old}, **kept}.values())


def _told(draft: Draft[Actions] | Draft[Actions | Note]) -> str:
    repairs = len(draft.faults)
    return "at once" if not repairs else f"after {repairs} repair" + "s" * (repairs > 1)
