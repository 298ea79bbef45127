"""What happened, step by step, for whoever learns a world: state, action, change.

    transitions-sft    {"messages": [system, user, assistant]}: what a world model is asked, no theory told; the change
    transitions        the published file of trajectories: a list of {"obs", "act", "diff"}

Every episode counts, won or lost, and of practice what explorers played, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from worldlore.environments import ENVIRONMENTS
from worldlore.errors import ConfigError
from worldlore.methods.worldllm.records import Lived, lived, records
from worldlore.methods.worldllm.worlds import World, world_of
from worldlore.reports.export.data.source import Source
from worldlore.reports.export.data.trl import note
from worldlore.reports.export.data.write import File, json_bytes


def conversations(source: Source) -> Iterator[File]:
    """Different transitions as conversations, each once."""
    found, world = _seen(source)
    told = list(records((step for one in found for step in one.course), world))
    source.tally["transitions"] = len(told)
    name = f"{source.name}_transitions"
    yield File.lines(f"{name}.jsonl", told)
    yield File.text(f"{name}.md", note(source, name, "Train on the last turn of each conversation."))


def published(source: Source) -> Iterator[File]:
    """Whole episodes in the published form."""
    found, _ = _seen(source)
    source.tally["episodes"] = len(found)
    yield File(f"{source.name}_transitions.json", [json_bytes([one.record for one in found]), b"\n"])


def _seen(source: Source) -> tuple[list[Lived], World]:
    environment = ENVIRONMENTS.build(source.environment)
    try:
        tasks = list(environment.tasks(source.page[source.selection.part]["split"]))
        world = world_of(environment, tasks)
    finally:
        environment.close()
    if source.selection.part == "train" and not (source.book.path / "trees").is_dir():
        return lived(source.book.path, tasks, world), world
    found = [Lived.of(episode) for episode in source.episodes("all")]
    if not any(one.course for one in found):
        raise ConfigError(f"nothing was done in {source.origin}; no transition can be told")
    return [one for one in found if one.course], world
