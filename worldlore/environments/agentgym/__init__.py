"""Worlds behind AgentGym's servers (Xi et al., arXiv 2406.04151): any of its fourteen, over HTTP.

    kinds         what differs from one server to the next: routes, keys, scores, items, what an agent is told
    tools         the functions of the five tool worlds
    items         which items of a server are the tasks of a split
    server        one server, asked over HTTP: bounded in time and size, its faults in plain words
    replies       what a server said, held to the shape it should have
    environment   the environment "agentgym"

AgentGym's worlds run in servers of their own, each with its own Python and data; start one as its folder in the
repository WooooDyy/AgentGym says. The package `agentenv` on PyPI is empty, and its client is not needed here.
"""

from worldlore.environments.agentgym.environment import Agentgym, AgentgymConfig
from worldlore.environments.agentgym.kinds import KINDS, Kind

__all__ = ["KINDS", "Agentgym", "AgentgymConfig", "Kind"]
