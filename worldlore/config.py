"""Names and keys: how a word in a TOML file becomes an object.

Each family of parts (environments, models, agents, methods) keeps one `Family`: a dict, name -> "module:Class",
beside its classes. A name may also be "module:Class", looked for in the working directory too; other packages join
by an entry point in the group `worldlore.<family>`. A part's own keys are a `Config` beside the part; an unknown key
or name is answered with the nearest known one.

    [environment]
    name = "household"        # the part; or "my_world:MyWorld"
    dialect = "move"          # a key of its Config
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from worldlore.errors import ConfigError, unknown

C = TypeVar("C", bound=BaseModel)

WORDS = {
    "tuple_type": "a list is wanted, as in [0, 1, 2]",
    "model_type": "a table of keys is wanted",
    "dict_type": "a table of keys is wanted",
}
"""Faults whose words in pydantic speak of Python, not of TOML."""


class Config(BaseModel):
    """Base of every part's keys: frozen, and closed to unknown ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Family:
    """The parts of one sort that have a name."""

    kind: str
    """In words, for messages: "environment"."""
    known: Mapping[str, str]
    """Name -> "module:Class" for the parts that ship."""
    extras: Mapping[str, str]
    """Third-party module -> the extra of worldlore that brings it."""
    base: str = ""
    """The "module:Class" that every part of the family is a kind of; "": anything will do."""

    @cached_property
    def names(self) -> dict[str, str]:
        """All names, those of other packages included."""
        others = entry_points(group=f"worldlore.{self.kind}s")
        return {**{e.name: e.value for e in others}, **self.known}

    def load(self, name: str) -> type[Any]:
        """The class behind a name; ConfigError for an unknown name, a missing extra or a class of another sort."""
        if name in self.names:
            return self._fitting(name, self._imported(name))
        if ":" not in name and not name.endswith(".py"):
            raise unknown(self.kind, name, self.names)
        _refuse_path(self.kind, name)
        if "" not in sys.path:
            sys.path.insert(0, "")
        return self._fitting(name, self._imported_own(name))

    def _imported(self, name: str) -> Any:
        module, _, cls = self.names.get(name, name).partition(":")
        try:
            return getattr(importlib.import_module(module), cls)
        except ModuleNotFoundError as error:
            own = name not in self.names
            raise (
                _missing(name, error) if own else missing_extra(f"{self.kind} {name!r}", error, self.extras)
            ) from error
        except AttributeError as error:
            if _within(error):
                raise
            raise ConfigError(f"{self.kind} {name!r}: {error}; write module:Class") from error

    def _imported_own(self, name: str) -> Any:
        """The user's own module:Class: whatever its import throws is theirs to fix, and told with its line."""
        try:
            return self._imported(name)
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError(f"{self.kind} {name!r} cannot be imported: {_place(error)}") from error

    def _fitting(self, name: str, part: Any) -> type[Any]:
        """The class itself, if it is of this family; where that has no base, whatever is named."""
        if not self.base:
            return part
        if not isinstance(part, type):
            raise ConfigError(f"{self.kind} {name!r} is a {type(part).__name__}, not a class; write module:Class")
        module, _, cls = self.base.partition(":")
        if not issubclass(part, getattr(importlib.import_module(module), cls)):
            package = module.removesuffix(".base")
            raise ConfigError(
                f"{name!r} is no {self.kind}: it does not derive from {package}.{cls}; "
                f"name it where it belongs, or write class {part.__name__}({cls})"
            )
        return part

    def build(self, table: Mapping[str, Any]) -> Any:
        """Make the part a TOML table describes: `name` picks the class, the other keys are its Config."""
        part, config = self._parsed(table)
        _refuse_unfinished(f"{self.kind} {table['name']!r}", part, config)
        return part(config)

    def resolve(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """The table with every default filled in, as JSON values."""
        _, config = self._parsed(table)
        return {"name": table["name"], **config.model_dump(mode="json")}

    def _parsed(self, table: Mapping[str, Any]) -> tuple[type[Any], BaseModel]:
        keys = dict(table)
        name = keys.pop("name", None)
        if not isinstance(name, str):
            raise ConfigError(f"[{self.kind}] needs a name; one of {', '.join(sorted(self.names))}")
        part = self.load(name)
        return part, parse(part.Config, keys, f"{self.kind} {name!r}")


def missing_extra(what: str, error: ModuleNotFoundError, extras: Mapping[str, str]) -> ConfigError:
    """A ConfigError that tells which extra to install, where one brings what is missing."""
    module = (error.name or "").partition(".")[0]
    extra = extras.get(module)
    remedy = f": {_python()} -m pip install 'worldlore[{extra}]'" if extra else "; install it"
    return ConfigError(f"{what} needs the package {module!r}, which is not installed{remedy}")


def _python() -> str:
    """The interpreter that runs, as one would type it here: a virtual environment need not be activated."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _missing(name: str, error: ModuleNotFoundError) -> ConfigError:
    """A ConfigError for the user's own module:Class, which is not there or imports what is not."""
    module, missing = name.partition(":")[0], error.name or ""
    if f"{module}.".startswith(f"{missing}."):
        file = f"{module.replace('.', '/')}.py"
        return ConfigError(f"no module {module!r} in this folder or on the path; run where {file} is, or install it")
    return ConfigError(f"{name!r} imports the module {missing!r}, which is not in this folder or on the path")


def _refuse_path(kind: str, name: str) -> None:
    """ConfigError where the user named a file in place of a module."""
    module, _, cls = name.partition(":")
    path = Path(module)
    if "/" not in module and "\\" not in module and path.suffix != ".py":
        return
    parent = path.parent
    there = f" in the folder {parent}" if parent != Path() else ""
    raise ConfigError(f"{kind} {name!r} names a file; write {path.stem}:{cls or 'Class'}{there}")


def _within(error: BaseException) -> bool:
    """Whether it was raised inside the module that was imported, rather than by the look-up of the class."""
    return len(_frames(error)) > 1


def _place(error: Exception) -> str:
    """The file and line where an import failed, and why."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    frame, line = _frames(error)[-1]
    return f"{frame.f_code.co_filename}, line {line}: {type(error).__name__}: {error}"


def _frames(error: BaseException) -> list[tuple[FrameType, int]]:
    """Where it went through, all of it: sys.tracebacklimit, which some packages set, cuts what `extract_tb` tells."""
    return list(traceback.walk_tb(error.__traceback__))


def _refuse_unfinished(what: str, part: type[Any], config: BaseModel) -> None:
    """ConfigError for a class that lacks methods of its family, or that cannot be made from its keys."""
    if missing := sorted(getattr(part, "__abstractmethods__", ())):
        raise ConfigError(f"{what} lacks {', '.join(missing)}: the class must define what its family asks for")
    try:
        inspect.signature(part).bind(config)
    except TypeError as error:
        remedy = "def __init__(self, config: Config) -> None"
        raise ConfigError(f"{what} is made with one argument, its keys ({error}); give it {remedy}") from error


def parse(schema: type[C], keys: Mapping[str, Any], where: str) -> C:
    """The keys as a `schema`; ConfigError in one sentence a fault, with the nearest known key."""
    try:
        return schema.model_validate(dict(keys))
    except ValidationError as error:
        raise ConfigError("; ".join(_fault(schema, e, where) for e in error.errors())) from error


def _fault(schema: type[BaseModel], error: Any, where: str) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{where}: {key} is missing"
    if error["type"] != "extra_forbidden":
        fault = WORDS.get(error["type"], error["msg"].removeprefix("Value error, "))
        return f"{where}: {key}: {fault} (got {error['input']!r})" if key else f"{where}: {fault}"
    known = sorted(_fields(schema, error["loc"][:-1]))
    near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    return f"{where} has no key {key!r}{guess} ({'known: ' + ', '.join(known) if known else 'it has no keys'})"


def _fields(schema: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    for part in path:  # an index in a list, or a union's tag, is no field: it stays with the same schema
        if part in schema.model_fields:
            inner = _model_in(schema.model_fields[part].annotation)
            if inner is None:
                return []
            schema = inner
    return list(schema.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The schema in `Schema`, `Schema | None`, `tuple[Schema, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)
