"""Worlds behind OpenEnv servers (`openenv-core` 0.2 and later), over their WebSocket; it needs the extra `openenv`.

    [environment]
    name = "openenv"
    url = "http://127.0.0.1:8000"
    action = "message"                    # the field of the server's action that takes what the agent writes

Each object has one connection, which on the server is one session with a world of its own. Actions and observations of
OpenEnv are records: `action` names the field for the agent's text, `choices` gives whole actions by name where there
are finitely many, and `text` names the fields that are shown. A task is a seed, sent with the reset; whether the server
heeds it, `worldlore check` tells. How well an episode stands is its rewards so far over `highest`, kept within 0 and 1.

A lost connection fails the episode; the next one connects anew. The package `openenv-core` brings a web framework and
a user interface, so its protocol is spoken here without it.
"""

from worldlore.environments.openenv.environment import Openenv, OpenenvConfig

__all__ = ["Openenv", "OpenenvConfig"]
