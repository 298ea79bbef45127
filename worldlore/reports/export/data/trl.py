"""TRL's conversational records, as JSON Lines or as parquet for Hugging Face `datasets`.

    preference   {"prompt": [turns], "chosen": [turn], "rejected": [turn], and what the tree says of both}
    sft          {"messages": [turns]}; told reply by reply {"prompt": [turns], "completion": [turn]}

TRL's trainers take no notice of further columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from worldlore.config import missing_extra
from worldlore.experience import Message
from worldlore.reports.export.data.source import Ranked, Source
from worldlore.reports.export.data.write import File, json_bytes

Record = Mapping[str, Any]
_TRAIN = {
    "preference": "`DPOTrainer` takes the records as they are; its loss is on the last turn.",
    "conversations": "`SFTTrainer` with `assistant_only_loss=True` learns the assistant's turns and nothing else.",
    "replies": "`SFTTrainer` learns the completions and nothing else.",
}


def preference(source: Source) -> Iterator[File]:
    """Pairs as JSON Lines."""
    records = [_pair(ranked) for ranked in source.pairs()]
    return _lines(source, "preference", records, _TRAIN["preference"])


def sft(source: Source) -> Iterator[File]:
    """Conversations or replies as JSON Lines."""
    kind, records = _imitated(source)
    return _lines(source, "sft", records, _TRAIN[kind])


def parquet_preference(source: Source) -> Iterator[File]:
    """Pairs as a folder that `load_dataset` opens."""
    records = [_pair(ranked) for ranked in source.pairs()]
    return _parquet(source, records, _TRAIN["preference"])


def parquet_sft(source: Source) -> Iterator[File]:
    """Conversations or replies as a folder that `load_dataset` opens."""
    kind, records = _imitated(source)
    return _parquet(source, records, _TRAIN[kind])


def facts(ranked: Ranked) -> dict[str, Any]:
    """What the tree says of a pair (DensePolicy §2.2)."""
    pair = ranked.pair
    told = {"task": ranked.task, "family": pair.family, "step": pair.depth - 1, "usable": pair.usable, "gap": pair.gap}
    for side, i in (("chosen", 0), ("rejected", 1)):
        node = pair.better if i == 0 else pair.worse
        told |= {f"{side}_node": node, f"{side}_value": ranked.values[i], f"{side}_visits": ranked.visits[i]}
        told |= {f"{side}_remaining": ranked.remaining[i]}
    return told


def turns(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Turns as TRL and most others write them."""
    return [{"role": message.role, "content": message.content} for message in messages]


def note(source: Source, title: str, train: str) -> str:
    """The page beside the data: where it comes from, what it counts, how to train on it."""
    counts = ", ".join(f"{n} {what}" for what, n in source.tally.items() if n)
    return f"# {title}\n\nFrom {source.origin}: {counts}. Written by worldlore.\n\n{train}\n"


def _pair(ranked: Ranked) -> Record:
    pair = ranked.pair
    sides = {"chosen": pair.chosen, "rejected": pair.rejected}
    told = {name: turns([Message("assistant", text)]) for name, text in sides.items()}
    return {"prompt": turns(pair.messages), **told, **facts(ranked)}


def _imitated(source: Source) -> tuple[str, list[Record]]:
    said = source.conversations()
    if said is not None:
        return "conversations", [{"messages": turns(messages)} for messages in said]
    single: list[Record] = [
        {"prompt": turns(turn.messages), "completion": turns([Message("assistant", turn.reply)])}
        for turn in source.single()
    ]
    return "replies", single


def _lines(source: Source, kind: str, records: Sequence[Record], train: str) -> Iterator[File]:
    name = f"{source.name}_{kind}"
    yield File.lines(f"{name}.jsonl", records)
    load = f'```python\nload_dataset("json", data_files="{name}.jsonl", split="train")\n```'
    yield File.text(f"{name}.md", note(source, name, f"{train}\n\n{load}"))


def _parquet(source: Source, records: Sequence[Record], train: str) -> Iterator[File]:
    split = source.selection.part
    yield File(f"data/{split}-00000-of-00001.parquet", [_table(records)])
    head = f"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: {split}\n    path: data/{split}-*\n---\n"
    load = f'```python\nload_dataset("THIS FOLDER", split="{split}")\n```'
    yield File.text("README.md", head + note(source, source.name, f"{train}\n\n{load}"))


def _table(records: Sequence[Record]) -> bytes:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise missing_extra("parquet", error, {"pyarrow": "export"}) from error
    into, plain = BytesIO(), [json.loads(json_bytes(record)) for record in records]  # the same text as in JSON Lines
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(plain), into)
    return into.getvalue()
