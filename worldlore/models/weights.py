"""Weights on disk: a Hugging Face directory, or a PEFT adapter for one; checked, named by their content, loaded.

    folder/   config.json · *.safetensors (with its index, where there are several) · tokenizer files
    adapter/  adapter_config.json · adapter_model.safetensors

Only safetensors files are read: no other format is safe to open. Everything that can be wrong with a folder is a
ConfigError in one sentence. This module is light; `engine.py` loads what is found good here.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from worldlore.errors import ConfigError

_VOCABULARY = ("tokenizer.json", "*vocab*", "*.model", "*.tiktoken", "*.spm", "tekken.json")
_MATTERS = ("*.safetensors", "*config.json", "*token*", "*vocab*", "merges.txt", "*.model", "*.jinja")


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds a PEFT adapter."""
    return (folder / "adapter_config.json").is_file()


def check_weights(folder: Path) -> None:
    """ConfigError unless the folder holds a model or an adapter whose files are whole."""
    if not folder.is_dir():
        raise ConfigError(f"no model directory {folder}; give the path of a Hugging Face directory")
    if not is_adapter(folder):
        _read_json(folder / "config.json", "save the model with save_pretrained")
        check_tokenizer(folder)
    for file in _shards(folder):
        _check_shard(file)


def check_tokenizer(folder: Path) -> None:
    """ConfigError unless the folder holds what a tokenizer is read from."""
    if not folder.is_dir():
        raise ConfigError(f"no directory {folder} to read a tokenizer from; give the path of a Hugging Face directory")
    if not any(found for pattern in _VOCABULARY for found in folder.glob(pattern)):
        raise ConfigError(
            f"no tokenizer in {folder}: tokenizer.json and tokenizer_config.json (of an older kind, its vocabulary) "
            "belong there, beside a model's config.json and *.safetensors; copy them from where the model is from, or "
            "write them with the tokenizer's save_pretrained"
        )


def digest(*folders: Path) -> str:
    """A hash of all that decides a model's replies in some folders: weights, settings, tokenizer, template."""
    whole = hashlib.sha256()
    for folder in folders:
        for file in sorted({f for pattern in _MATTERS for f in folder.glob(pattern)}):
            stat = file.stat()
            whole.update(f"{file.name} {_file_digest(file, stat.st_size, stat.st_mtime_ns)}\n".encode())
    return whole.hexdigest()


@lru_cache(maxsize=256)
def _file_digest(file: Path, _size: int, _mtime: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _shards(folder: Path) -> list[Path]:
    if is_adapter(folder):
        return [folder / "adapter_model.safetensors"]
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return [folder / "model.safetensors"]
    names = _read_json(index, "copy the directory again").get("weight_map", {}).values()
    return [folder / name for name in sorted(set(names))]


def _check_shard(file: Path) -> None:
    if not file.is_file():
        raise ConfigError(
            f"no {file.name} in {file.parent}; copy it there, or save the model again with save_pretrained"
        )
    try:
        with safe_open(str(file), "np"):
            pass
    except (SafetensorError, OSError) as error:
        raise ConfigError(f"{file} is damaged ({error}); copy it again") from error


def _read_json(file: Path, remedy: str) -> dict[str, Any]:
    try:
        return json.loads(file.read_text())
    except FileNotFoundError as error:
        raise ConfigError(f"no {file.name} in {file.parent}; {remedy}") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} is damaged ({error}); {remedy}") from error
