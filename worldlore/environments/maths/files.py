"""Where published problems are read from: a folder of files, or a data set of the hub.

    data = "FOLDER"                          FOLDER/train.jsonl, or FOLDER/gsm8k_train.jsonl, or FOLDER/train/**/*.json
    data = "hub:openai/gsm8k/main"           owner/name, and a configuration where it has several; needs `datasets`

A row is a JSON object; what its fields mean is the environment's affair.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from worldlore.errors import ConfigError, unknown

HUB = "hub:"
SPLITS = ("train", "test")
Row = Mapping[str, Any]


def rows(name: str, data: str, split: str, source: str) -> Sequence[Row]:
    """The rows of a split; ConfigError that says what to put where. `source` tells where the data can be had."""
    if split not in SPLITS:
        raise unknown(f"split of {name}", split, SPLITS)
    if not data:
        raise ConfigError(f"{name} has no problems yet: set environment.data to a folder with {_files(name)}; {source}")
    return _hub(data.removeprefix(HUB), split) if data.startswith(HUB) else _folder(name, data, split, source)


@cache
def _folder(name: str, data: str, split: str, source: str) -> Sequence[Row]:
    folder = Path(data)
    for file in (folder / f"{split}.jsonl", folder / f"{name}_{split}.jsonl"):
        if file.is_file():
            return tuple(_lines(file))
    found = tuple(_object(file.read_text(encoding="utf-8"), str(file)) for file in _tree(folder / split))
    if not found:
        raise ConfigError(f"{data} holds no problems for split {split!r}: {name} wants {_files(name)} there; {source}")
    return found


def _files(name: str) -> str:
    return f"train.jsonl and test.jsonl (or {name}_train.jsonl and {name}_test.jsonl)"


def _tree(folder: Path) -> list[Path]:
    """Files of one problem each, in an order that does not depend on the file system."""
    return sorted(folder.rglob("*.json"), key=lambda file: (file.parent.name, file.stem.zfill(8)))


def _lines(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _object(line, f"{file}, line {number}")


def _object(text: str, where: str) -> Row:
    try:
        row = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{where} is no JSON ({error}); fetch the file again") from None
    if not isinstance(row, dict):
        raise ConfigError(f"{where} holds {type(row).__name__}, and an object with question and answer is wanted")
    return row


@cache
def _hub(dataset: str, split: str) -> Sequence[Row]:
    owner, _, rest = dataset.partition("/")
    name, _, configuration = rest.partition("/")
    if not name:
        raise ConfigError(f"data = {HUB + dataset!r}: a data set of the hub is written hub:owner/name")
    try:
        datasets = importlib.import_module("datasets")
    except ModuleNotFoundError as error:
        raise ConfigError("reading problems from the hub needs the package datasets: pip install datasets") from error
    try:
        return tuple(datasets.load_dataset(f"{owner}/{name}", configuration or None, split=split))
    except Exception as error:
        raise ConfigError(
            f"{dataset} could not be had from the hub ({error}); use a folder of files instead"
        ) from error
