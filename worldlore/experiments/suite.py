"""From a TOML file to experiments: overlays, overrides, and variants that differ in a few keys.

    name = "study"
    [environment]
    name = "household"
    …
    [variants.dense]               # run as study/dense: the page above with these keys in place of its own
    method.search.rollouts = 64
    [variants.baseline]
    method = { name = "none" }     # another name is another part: nothing of the old table is kept

Without variants the file is one experiment. An overlay is a page laid over another one and over each of its variants,
say the small size of a whole family of experiments; what comes out is called by both names, `study-smoke/dense`.
Later words win: the page, its variant, the overlays, the overrides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.experiments.experiment import Experiment
from worldlore.experiments.pages import Table, merged, read


def load(path: Path, overrides: Iterable[str] = (), overlays: Iterable[Path] = ()) -> list[Experiment]:
    """The experiments of a file, in order; ConfigError with the remedy for whatever is wrong with it."""
    pages = [read(file) for file in (path, *overlays)]
    names = [page.pop("name") for page in pages]
    name = "-".join(map(str, names)) if len(names) > 1 else names[0]
    layers = [{"name": name}, *pages, *(_override(override) for override in overrides)]
    variants = dict.fromkeys(variant for layer in layers for variant in _variants(path, layer))
    if not variants:
        return [_experiment(_laid(layers), str(path))]
    return [_variant(path, layers, variant) for variant in variants]


def overridden(table: Table, overrides: Iterable[str]) -> Table:
    """A table with `key=value` texts in place of its own keys; ConfigError for one that is none."""
    for override in overrides:
        table = merged(table, _override(override))
    return table


def _variant(path: Path, layers: Sequence[Table], name: str) -> Experiment:
    table = _laid(layers, name)
    return _experiment({**table, "name": f"{table['name']}/{name}"}, f"{path}, variant {name!r}")


def _experiment(table: Table, where: str) -> Experiment:
    if "environment" not in table:
        raise ConfigError(
            f"{where} has no [environment]; add one, or, if it is to be laid over an experiment, run that one --with it"
        )
    return parse(Experiment, table, where)


def _laid(layers: Sequence[Table], variant: str = "") -> Table:
    """One layer over the other; a variant's keys lie right over those of the layer that tells them."""
    table: Table = {}
    for layer in layers:
        shared = {key: value for key, value in layer.items() if key != "variants"}
        table = merged(merged(table, shared), layer.get("variants", {}).get(variant, {}))
    return table


def _variants(path: Path, layer: Table) -> dict[str, Table]:
    variants: Any = layer.get("variants", {})
    if not isinstance(variants, dict) or not all(isinstance(v, dict) for v in variants.values()):
        raise ConfigError(f"{path}: write a variant as a table, [variants.NAME]")
    return variants


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
