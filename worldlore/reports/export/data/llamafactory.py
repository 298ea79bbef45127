"""LLaMA-Factory's two formats, each with its entry of `dataset_info.json`.

    ranking     {"instruction", "input": "", "chosen", "rejected", "history": [[user, assistant], …]}, DensePolicy §2.4
    sharegpt    {"conversations": [{"from": "human" or "gpt", "value"}, …]}

Turns must alternate there: neighbours of one side are joined. A system turn at the beginning is a column of its own.
Further columns are dropped by its loader. The longest history comes first, for the loader takes the type of a column
from the beginning of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from worldlore.errors import ConfigError
from worldlore.experience import Message
from worldlore.reports.export.data.source import Ranked, Source
from worldlore.reports.export.data.trl import facts, note
from worldlore.reports.export.data.write import Entries, File

INDEX = "dataset_info.json"
Record = dict[str, Any]
_SPEAKERS = {"user": "human", "assistant": "gpt"}
_RANKING = {"prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected", "history": "history"}


def ranking(source: Source) -> Iterator[File | Entries]:
    """Pairs, for `stage: dpo`."""
    records = [_pair(ranked) for ranked in source.pairs()]
    records.sort(key=lambda record: -len(record["history"]))
    name = f"{source.name}_ranking"
    entry = {"file_name": f"{name}.jsonl", "ranking": True, "columns": _RANKING}
    yield from _files(source, name, records, entry, f"Train with `stage: dpo`, `dataset: {name}`.")


def sharegpt(source: Source) -> Iterator[File | Entries]:
    """Conversations, for `stage: sft`; replies told one by one are its last turns."""
    said = source.conversations()
    told = [(*turn.messages, Message("assistant", turn.reply)) for turn in source.single()] if said is None else said
    records = [_conversation(messages) for messages in told]
    name = f"{source.name}_sharegpt"
    entry = {"file_name": f"{name}.jsonl", "formatting": "sharegpt", "columns": {"messages": "conversations"}}
    last = ", `mask_history: true` (only the last turn is to be learned)" if said is None else ""
    yield from _files(source, name, records, entry, f"Train with `stage: sft`, `dataset: {name}`{last}.")


def _pair(ranked: Ranked) -> Record:
    pair = ranked.pair
    system, turns = _parted(pair.messages)
    texts = [turn.content for turn in turns]
    history = [list(exchange) for exchange in zip(texts[:-1:2], texts[1::2], strict=True)]
    told = {"instruction": texts[-1], "input": "", "chosen": pair.chosen, "rejected": pair.rejected, "history": history}
    return {**told, "system": system, **facts(ranked)}


def _conversation(messages: Sequence[Message]) -> Record:
    system, turns = _parted(messages)
    return {"conversations": [{"from": _SPEAKERS[t.role], "value": t.content} for t in turns], "system": system}


def _parted(messages: Sequence[Message]) -> tuple[str, Sequence[Message]]:
    """The system turn at the beginning, and turns that alternate; ConfigError where the assistant speaks first."""
    system = messages[0].content if messages and messages[0].role == "system" else ""
    turns: Sequence[Message] = messages[1:] if system else messages
    if any(a.role == b.role for a, b in pairwise(turns)) or any(turn.role == "system" for turn in turns):
        from worldlore.models.render import plain_turns

        turns = plain_turns(turns)
    if not turns or turns[0].role != "user":
        raise ConfigError(
            "LLaMA-Factory's formats begin with the user's turn; export with --to trl-preference or trl-sft"
        )
    return system, turns


def _files(
    source: Source, name: str, records: Sequence[Record], entry: Mapping[str, Any], train: str
) -> Iterator[File | Entries]:
    """The records, their entry of the index and a note; the column "system" stands only where somebody uses it."""
    columns = dict(entry["columns"])
    if any(record["system"] for record in records):
        columns["system"] = "system"
    else:
        records = [{key: value for key, value in record.items() if key != "system"} for record in records]
    yield File.lines(f"{name}.jsonl", records)
    yield Entries(INDEX, {name: {**entry, "columns": columns}})
    where = f"This folder is the `dataset_dir`; in another one, put `{name}.jsonl` and its entry of `{INDEX}`."
    yield File.text(f"{name}.md", note(source, name, f"{train} {where}"))
