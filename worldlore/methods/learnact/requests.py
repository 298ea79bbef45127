"""What a model is asked: the general wording; worked examples come from `prompts/`, one Markdown file a world.

A file has the sections "## creation", "## usage", "## description", "## update" and "## note", each an example put into
the request as it stands, and may have "## world", which takes the place of the agents' manual. A section that is
missing is taken from `general.md`, whose examples are from a world of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from worldlore.errors import ConfigError, unknown
from worldlore.experience import Action, Step
from worldlore.methods.learnact.author import Failing
from worldlore.methods.learnact.trial import failed

PROMPTS = Path(__file__).parent / "prompts"
SECTIONS = ("world", "creation", "usage", "description", "update", "note")
SHARED = {"alfworld": "household"}
"""Worlds that take another's file."""
INNER = 12
"""Primitives of a failing call that are shown, the failing one among the last."""

Revising = Literal["both", "code", "notes"]


@dataclass(frozen=True)
class World:
    """What every request says of the world."""

    about: str
    """Its manual; "" where it has none."""
    functions: tuple[str, ...]
    """Its primitives, "move(r1, r2): what it does"."""
    examples: Mapping[str, str]
    """Section -> worked example."""

    @property
    def told(self) -> str:
        """The world in words."""
        about = f"The world:\n{self.about}\n\n" if self.about else ""
        return f"{about}Its primitive functions:\n" + "\n".join(f"- {line}" for line in self.functions)


def creation(world: World, known: Sequence[Action]) -> str:
    """Write new actions; without any goal or observation of practice."""
    return _joined(
        "Write new actions for an agent that acts in a world by calling Python functions. Each new action is a Python "
        "function that combines several of the world's primitive functions, so that what takes many calls takes one.",
        world.told,
        _sources("Actions that are there already, and may be called:", known),
        "Rules:\n"
        "- Call only the primitive functions, the functions you write yourself, and Python's standard library.\n"
        "- Each action calls at least two primitives, and is of use in many tasks of this world.\n"
        "- Whatever differs from task to task is a parameter: no function names an object of its own.\n"
        "- A primitive that is not possible raises nothing: it changes nothing, and returns a text that says so. A "
        "primitive that was possible returns what is then seen.\n"
        "- Give each function a docstring of one line. Keep everything inside functions, imports excepted.\n"
        "- Below the functions, call each one once, as the agent would.",
        _example(world, "creation"),
        "Now write a few actions for the world above. Answer with one block of Python, fenced by ```python and ```.",
    )


def usage(world: World, actions: Sequence[Action], opening: str) -> str:
    """Show how a task is carried out with the actions."""
    return _joined(
        "Show how a task is carried out with the actions below.",
        world.told,
        _sources("Learned actions:", actions),
        _example(world, "usage"),
        f"The task, and what is seen at first:\n{opening}",
        "Write what to call, line by line, until the goal is reached. Each line is an action of its own: no variable "
        "outlives its line, so join by ; what belongs together. Use the learned actions wherever they fit, primitives "
        "elsewhere. Nothing is seen between the lines: write no observations, and define nothing. Answer with one "
        "block of Python, fenced by ```python and ```.",
    )


def description(world: World, action: Action) -> str:
    """Say what a function does."""
    return _joined(
        "Describe a function to an agent that may call it but cannot read its code: what it does, what each parameter "
        "is, and what must be so before. One sentence.",
        world.told,
        _example(world, "description"),
        _sources("The function:", [action]),
        "Answer with the sentence alone.",
    )


def revision(world: World, actions: Sequence[Action], failing: Failing, context: str, revise: Revising) -> str:
    """Find out why a call failed, and choose a remedy."""
    return _joined(
        "An agent called a learned action, and it failed. Find out why, and put it right.",
        world.told,
        _sources("Learned actions:", actions),
        _notes(actions),
        _choices(revise),
        *(_example(world, kind) for kind in _kinds(revise)),
        f"Now the case at hand. The task: {failing.trajectory.task.goal}",
        _episode(failing) if context == "episode" else _moment(failing),
        f"The action that failed: {failing.action}\nWhat went wrong: {headline(failing.at)}",
        _inside(failing.at),
        _form(revise),
    )


def headline(step: Step) -> str:
    """What went wrong in a step, in one sentence: the failing primitive's answer, or Python's last line."""
    if step.info.get("error"):
        return str(step.info["error"]).strip().splitlines()[-1]
    inner, place = step.info.get("inner") or [], step.info.get("failure")
    text = str(inner[place][1]) if place is not None and place < len(inner) else "it had no effect"
    return text.partition(". ")[0].rstrip(".") + "."


def _choices(revise: Revising) -> str:
    code = (
        "Update: the code is wrong, or fails where it could see to it itself. Give the functions that change, in full; "
        "keep names and parameters where you can, so that the advice given before stays true. End with a call for a "
        "test."
    )
    note = (
        "Note: the code is right, but it was called at the wrong moment or with the wrong arguments. Give one sentence "
        "of advice to whoever calls it."
    )
    remedies = {"both": f"There are two remedies:\n- {code}\n- {note}"}
    return remedies.get(revise, f"There is one remedy:\n- {code if revise == 'code' else note}")


def _form(revise: Revising) -> str:
    choice = {"both": "Update or Note", "code": "Update", "notes": "Note"}[revise]
    content = {
        "both": "one block of Python, fenced by ```python and ``` (Update), or the sentence (Note)",
        "code": "one block of Python, fenced by ```python and ```",
        "notes": "the sentence",
    }[revise]
    return f"Answer in three parts:\nReason: why it failed\nChoice: {choice}, and the action's name\nContent: {content}"


def _kinds(revise: Revising) -> tuple[str, ...]:
    return {"both": ("update", "note"), "code": ("update",), "notes": ("note",)}[revise]


def _moment(failing: Failing) -> str:
    """The last observation that says something, and the call."""
    steps, place = failing.trajectory.steps, failing.step
    while place > 0 and failed(steps[place - 1]):
        place -= 1
    return (
        f"What was seen last:\n{steps[place].observation.text}\n\nThe agent then called:\n{failing.at.decision.action}"
    )


def _episode(failing: Failing) -> str:
    lines: list[str] = []
    for step in failing.trajectory.steps[: failing.step + 1]:
        lines += [f"Observation: {step.observation.text}", f"Action: {step.decision.action}"]
    return "The episode up to the failing call:\n" + "\n".join(lines)


def _inside(step: Step) -> str:
    """What the primitives of a step answered, up to the failing one or the error."""
    inner = list(step.info.get("inner") or [])
    place = step.info.get("failure")
    shown = inner[: place + 1] if place is not None else inner
    lines = [f"{n}. {command}: {text}" for n, (command, text, *_) in enumerate(shown, 1)]
    if len(lines) > INNER:
        lines = ["…", *lines[-INNER:]]
    error = str(step.info.get("error") or "").strip()
    told = "Inside, the primitives answered:\n" + "\n".join(lines) if lines else "Inside, no primitive was called."
    return f"{told}\n\nPython said:\n{error}" if error else told


def _sources(lead: str, actions: Sequence[Action]) -> str:
    if not actions:
        return ""
    code = "\n\n\n".join(action.source.strip() for action in actions)
    return f"{lead}\n```python\n{code}\n```"


def _notes(actions: Sequence[Action]) -> str:
    lines = [f"- {action.signature}: {note}" for action in actions for note in action.notes]
    return "Advice on them given so far:\n" + "\n".join(lines) if lines else ""


def _example(world: World, section: str) -> str:
    return f"An example:\n{world.examples[section]}"


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


@cache
def examples(name: str) -> dict[str, str]:
    """The sections for a world: its file's, and those of `general.md` for what is missing."""
    own = _sections(_path(name))
    return {**{k: v for k, v in _sections(PROMPTS / "general.md").items() if k != "world"}, **own}


def _path(name: str) -> Path | None:
    if name.endswith(".md"):
        if not Path(name).is_file():
            raise ConfigError(f"no worked examples at {name}; give the path of a Markdown file, or a name: {_names()}")
        return Path(name)
    path = PROMPTS / f"{SHARED.get(name, name)}.md"
    return path if path.is_file() else None


def _names() -> str:
    return ", ".join(sorted(path.stem for path in PROMPTS.glob("*.md")))


def _sections(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    _, *parts = ("\n" + path.read_text(encoding="utf-8")).split("\n## ")
    found = {head.strip().lower(): body.strip() for head, _, body in (part.partition("\n") for part in parts)}
    for name in found:
        if name not in SECTIONS:
            raise unknown(f"section in {path.name},", name, SECTIONS)
    return found
