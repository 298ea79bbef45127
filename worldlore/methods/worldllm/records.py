"""What happened, as records that others read: published trajectory files, and conversations to fine-tune a model on.

    lived       all that was seen in a run's folder of one learning seed: episodes of practice, and explorers' rollouts
    .record     an episode as `obs`, `act`, `diff`: the published file of trajectories is a list of these
    records     `messages`: system, user, assistant; what a statistician is asked of a transition, told no theory, and
                the change; what happened more than once is told once

Nothing here asks a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldlore.environments.playground.published import Episode
from worldlore.errors import ConfigError
from worldlore.experience import Message, Task, Trajectory, Transition, read_jsonl, transitions
from worldlore.methods.worldllm.explorers.rollout import Rollout, ended
from worldlore.methods.worldllm.statistician import question
from worldlore.methods.worldllm.worlds import Course, PlaygroundWorld, World

_ROLLOUTS = Path("explorer") / "rollouts.jsonl"


@dataclass(frozen=True, slots=True)
class Lived:
    """What happened in one episode."""

    course: Course
    """Its transitions."""
    last: str
    """The state it ended in."""
    task: str
    """Key of its task."""

    @property
    def record(self) -> dict[str, list[str]]:
        """In the published form."""
        return {
            "obs": [*(step.state for step in self.course), self.last],
            "act": [step.action for step in self.course],
            "diff": [step.change for step in self.course],
        }

    @staticmethod
    def of(trajectory: Trajectory) -> Lived:
        """What one of our episodes told."""
        told = Episode.of(trajectory)
        seen = trajectory.final.text if trajectory.final else ""
        return Lived(transitions(trajectory), told.obs[-1] if told.act else seen, trajectory.task.key)


def records(found: Iterable[Transition], world: World | None = None) -> Iterator[dict[str, list[dict[str, str]]]]:
    """Conversations; without `world` it is spoken of as one of which nothing is known."""
    known, seen = world or World(), list(found)
    outcomes = sorted({step.change for step in seen}) if known.names_outcomes else ()
    for step in dict.fromkeys(Transition(t.state, t.action, t.change) for t in seen):
        asked = question(known, "", known.moment(step.state, step.action, outcomes))
        said = (*asked, Message("assistant", step.change))
        yield {"messages": [{"role": message.role, "content": message.content} for message in said]}


def lived(folder: Path, tasks: Sequence[Task], world: World) -> list[Lived]:
    """The episodes of a learning seed's folder, explorers' last; `tasks` are those that might have been played.

    ConfigError where nothing was seen there, or other tasks were explored.
    """
    played = folder / "train.jsonl"
    found = [Lived.of(trajectory) for trajectory in read_jsonl(played, Trajectory)] if played.is_file() else []
    found += _explored(folder / _ROLLOUTS, {task.id: task for task in tasks}, world)
    if not any(one.course for one in found):
        raise ConfigError(f"nothing was seen in {folder}; give the folder of a learning seed: a run's seed-0, say")
    return [one for one in found if one.course]


def _explored(path: Path, tasks: Mapping[str, Task], world: World) -> Iterator[Lived]:
    if not path.is_file():
        return
    if not isinstance(world, PlaygroundWorld) or world.wording is None:
        raise ConfigError(f"{path.parent} holds an explorer's rollouts, and those are of a playground")
    for rollout in read_jsonl(path, Rollout):
        lost = next((episode.task for episode in rollout.episodes if episode.task not in tasks), None)
        if lost is not None:
            raise ConfigError(f"an explorer played {lost!r} in {path.parent}, which is none of the tasks here")
        keys = [tasks[episode.task].key for episode in rollout.episodes]
        told = ended(rollout, tasks, world.wording)
        yield from (Lived(course, last, key) for (course, last), key in zip(told, keys, strict=True))
