"""Agents by name."""

from worldlore.agents.base import Acting, Agent
from worldlore.config import Family

AGENTS = Family(
    "agent",
    {
        "act": "worldlore.agents.act:Act",
        "react": "worldlore.agents.react:React",
        "codeact": "worldlore.agents.codeact:CodeAct",
        "code_as_policy": "worldlore.agents.code_as_policy:CodeAsPolicy",
        "expert": "worldlore.agents.expert:Expert",
        "knowagent": "worldlore.agents.knowagent:KnowAgent",
        "random": "worldlore.agents.random:Random",
        "reranking": "worldlore.agents.reranking:Reranking",
        "weighing": "worldlore.agents.weighing:Weighing",
        "wkm": "worldlore.agents.wkm:Wkm",
    },
    {},
    base="worldlore.agents.base:Agent",
)

__all__ = ["AGENTS", "Acting", "Agent"]
