"""A page: the TOML file of an experiment, over the one that it extends, over the one that that extends.

    extends = "base.toml"          # from the folder of the file that says so
    [method]
    phases = 3                     # the other keys of base's [method] stay

Tables are merged key by key, `variants` among them; values and lists replace. A table whose `name` changes is another
part, and starts afresh. A page's own name is not handed on: a file without one is called as the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldlore.errors import ConfigError

Table = dict[str, Any]


def read(path: Path) -> Table:
    """The page of a file, with a name; ConfigError for what is missing, no TOML, or extends itself."""
    chain = _chain(path)
    table: Table = {}
    for page in reversed(chain):
        table = merged(table, page)
    return {**table, "name": chain[0].get("name", path.stem)}


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    """`base` with the keys of `over`; tables are merged, but one that gets another `name` replaces the old one."""
    table = dict(base)
    for key, value in over.items():
        old = table.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and not _another(old, value):
            table[key] = merged(old, value)
        else:
            table[key] = value
    return table


def _another(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    name = new.get("name")
    return isinstance(name, str) and name != old.get("name")


def _chain(path: Path) -> list[Table]:
    """What the file says, then what the one that it extends says, and so on."""
    files, tables = [path], [_toml(path)]
    while "extends" in tables[-1]:
        file = _base(files[-1], tables[-1].pop("extends"))
        if file.resolve() in (one.resolve() for one in files):
            way = " extends ".join(str(one) for one in (*files, file))
            raise ConfigError(f"{way}: a page cannot extend itself; take one `extends` away")
        files.append(file)
        tables.append(_toml(file))
    return tables


def _base(file: Path, told: Any) -> Path:
    if not isinstance(told, str):
        raise ConfigError(f'{file}: extends is the path of one TOML file, as in extends = "base.toml"; got {told!r}')
    base = file.parent / told
    if not base.is_file():
        raise ConfigError(f"{file} extends {told!r}, and there is no file {base}; the path counts from {file.parent}")
    return base


def _toml(path: Path) -> Table:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise ConfigError(f"no file {path}; give the path of an experiment's TOML file; see examples/") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder; give the path of an experiment's TOML file") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); give the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
