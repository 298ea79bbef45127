"""Methods by name: each turns practice into a lesson."""

from worldlore.config import Family
from worldlore.methods.base import Method

METHODS = Family(
    "method",
    {
        "none": "worldlore.methods.none:Nothing",
        "replay": "worldlore.methods.replay:Replay",
        "reflexion": "worldlore.methods.reflexion:Reflexion",
        "imitation": "worldlore.methods.imitation:Imitation",
        "densepolicy": "worldlore.methods.densepolicy:DensePolicy",
        "preferences": "worldlore.methods.preferences:Preferences",
        "learnact": "worldlore.methods.learnact:LearnAct",
        "worldllm": "worldlore.methods.worldllm:WorldLLM",
        "wkm": "worldlore.methods.wkm:WkmMethod",
        "knowagent": "worldlore.methods.knowagent:KnowAgentMethod",
        "nat": "worldlore.methods.nat:Nat",
        "eto": "worldlore.methods.eto:Eto",
    },
    {},
    base="worldlore.methods.base:Method",
)

__all__ = ["METHODS", "Method"]
