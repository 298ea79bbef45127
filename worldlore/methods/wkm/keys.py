"""All keys of method "wkm", stage by stage, and what they and the agent's keys have to agree on."""

from __future__ import annotations

from worldlore.agents.base import Agent
from worldlore.agents.wkm import Wkm
from worldlore.errors import ConfigError
from worldlore.methods.wkm.courses import CoursesConfig
from worldlore.methods.wkm.fusion import Fusing
from worldlore.methods.wkm.remembering import RememberingConfig
from worldlore.methods.wkm.teaching import TeachingConfig
from worldlore.methods.wkm.writing import WritingConfig
from worldlore.training import Training


class WkmMethodConfig(RememberingConfig, TeachingConfig, WritingConfig, CoursesConfig):
    """Keys of method "wkm": of courses, writing, teaching and remembering (listed last first), and of the fusion."""

    fusion: Fusing | None = None
    """Fit the weights of the agent's sources; unset: they stay as the agent has them."""

    @property
    def practised(self) -> Training | None:
        """Fine-tuning of the agent that plays the other half of the pairs; None where it plays as it is."""
        return (self.experienced or self.training) if "policy" in self.trains else None


def agreed(agent: Agent, config: WkmMethodConfig) -> Wkm:
    """The agent, if it can be taught so; else ConfigError with the remedy."""
    if not isinstance(agent, Wkm):
        raise ConfigError(
            f'method "wkm" teaches agent "wkm", and the agent is {agent.name!r}; set [agent] name = "wkm"'
        )
    for wrong, remedy in [*_alone(config), *_together(agent, config)]:
        if wrong:
            raise ConfigError(remedy)
    return agent


def _alone(c: WkmMethodConfig) -> list[tuple[bool, str]]:
    """What the method may not be asked for at once."""
    return [
        (
            c.general != "none" and c.tasks,
            "method.general tells one text in place of knowledge of each task; set method.tasks = false and "
            "agent.task_knowledge = false",
        ),
        (
            c.pairs == "eto" and not c.rejected,
            'method.pairs = "eto" keeps only pairs of which one course is better, and without method.rejected there '
            'are none; set pairs = "wkm"',
        ),
        (
            c.knowledge == "given" and c.courses is None,
            'method.knowledge = "given" takes the knowledge that stands in a file of pairs; name it: method.courses',
        ),
        (
            c.merged and len(c.trains) < 2,
            'method.merged trains one model on what both roles are to say; leave method.trains = ["policy", "world"]',
        ),
    ]


def _together(agent: Wkm, c: WkmMethodConfig) -> list[tuple[bool, str]]:
    """What the agent may not be asked for that the method does not make."""
    keys = agent.keys
    return [
        (
            keys.task_knowledge != c.tasks or (keys.state != "none") > c.states,
            "agent 'wkm' would play with other knowledge than the method makes and trains with: let "
            "agent.task_knowledge and agent.state agree with method.tasks and method.states",
        ),
        (
            keys.state == "fusion" and keys.embedder != c.embed,
            f"the case base is made with the vectors of {c.embed!r} and would be asked with those of "
            f"{keys.embedder!r}; let method.embed and agent.embedder agree",
        ),
        (
            c.fusion is not None and keys.state != "fusion",
            'method.fusion fits weights of a fusion, and the agent does not fuse; set agent.state = "fusion"',
        ),
        (
            keys.fitted and c.fusion is None and agent.found is None,
            'agent.fitted asks for weights that nobody fits; set method.fusion = { split = "dev" }',
        ),
    ]
