"""The vocabulary of failure.

    WorldloreError
    ├── ConfigError          the user's to fix; shown as one sentence, without traceback
    ├── ModelError           a model could not answer
    │   └── ContextOverflow  the prompt does not fit the model's context
    ├── EnvironmentFailure   an environment threw, hung or broke its contract
    ├── SandboxError         the sandbox could not be had, or a session of it is over
    ├── StoreError           a run folder is damaged, full or not ours
    ├── Unparsed             an agent found no action in what the model wrote
    └── BudgetSpent          practice asked for more than its budget holds

Every message says what was expected, what came, and what to do. A failure inside an episode is caught at
the boundary where it happened and written on the episode's record: a bad rollout is data, not a crash.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class WorldloreError(Exception):
    """Anything Worldlore itself raises."""


class ConfigError(WorldloreError):
    """The user's to fix: an unknown name or key, a missing extra, a wrong path, a wrong key."""


class ModelError(WorldloreError):
    """A model could not answer a request."""


class ContextOverflow(ModelError):
    """The prompt does not fit the model's context."""


class EnvironmentFailure(WorldloreError):
    """An environment threw, hung or broke its contract."""


class SandboxError(WorldloreError):
    """The sandbox could not be had, or a session of it is over."""


class StoreError(WorldloreError):
    """A run folder is damaged, full, or belongs to another experiment."""


class Unparsed(WorldloreError):
    """An agent found no action in what the model wrote."""


class BudgetSpent(WorldloreError):
    """Practice asked for more than its budget holds."""


def unknown(kind: str, name: str, known: Iterable[str]) -> ConfigError:
    """A ConfigError for a name nobody knows, with the nearest known one.

    >>> str(unknown("environment", "alfword", ["alfworld", "household"]))
    "no environment 'alfword'; did you mean 'alfworld'? (known: alfworld, household)"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    return ConfigError(f"no {kind} {name!r}{guess} (known: {', '.join(names)})")
