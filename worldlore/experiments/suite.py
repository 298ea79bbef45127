"""From a TOML file to experiments: overrides, and variants that differ in a few keys.

    name = "study"
    [environment]
    name = "household"
    …
    [variants.dense]               # run as study/dense: the page above with these keys in place of its own
    method.search.rollouts = 64
    [variants.baseline]
    method = { name = "none" }     # a table that names its part replaces the whole table

Without variants the file is one experiment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.experiments.experiment import Experiment

Table = dict[str, Any]


def load(path: Path, overrides: Iterable[str] = ()) -> list[Experiment]:
    """The experiments of a file, in order; ConfigError with the remedy for whatever is wrong with it."""
    changes = [_override(override) for override in overrides]
    table = _changed(_read(path), changes)
    variants = table.pop("variants", {})
    table.setdefault("name", path.stem)
    if not isinstance(variants, dict) or not all(isinstance(v, dict) for v in variants.values()):
        raise ConfigError(f"{path}: write a variant as a table, [variants.NAME]")
    if not variants:
        return [parse(Experiment, table, str(path))]
    return [
        parse(
            Experiment,
            {**_changed(merged(table, keys), changes), "name": f"{table['name']}/{name}"},
            f"{path}, variant {name!r}",
        )
        for name, keys in variants.items()
    ]


def overridden(table: Table, overrides: Iterable[str]) -> Table:
    """A table with `key=value` texts in place of its own keys; ConfigError for one that is none."""
    return _changed(table, [_override(override) for override in overrides])


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    """`base` with the keys of `over`; tables are merged, but one that has a `name` replaces the other."""
    table = dict(base)
    for key, value in over.items():
        old = table.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and "name" not in value:
            table[key] = merged(old, value)
        else:
            table[key] = value
    return table


def _changed(table: Table, changes: Iterable[Table]) -> Table:
    for change in changes:
        table = merged(table, change)
    return table


def _read(path: Path) -> Table:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise ConfigError(f"no file {path}; give the path of an experiment's TOML file; see examples/") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder; give the path of an experiment's TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None


def _override(text: str) -> Table:
    """`method.beta=0.1` as a table; a value that is no TOML is taken as a string."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise ConfigError(f"--set {text!r} is no override; write key=value, for instance --set method.beta=0.1")
    fault = None
    for spelling in (value, f"'''{value}'''"):
        try:
            return tomllib.loads(f"{key} = {spelling}")
        except tomllib.TOMLDecodeError as error:
            fault = error
    raise ConfigError(f"--set {text!r} is no override: {fault}")
