"""Somebody else's trajectory, told as if this agent had played it: the data of imitation."""

from __future__ import annotations

from dataclasses import replace

from worldlore.agents.base import Agent
from worldlore.errors import ConfigError
from worldlore.experience import Call, Completion, Generate, Trajectory


def retold(agent: Agent, trajectory: Trajectory) -> Trajectory:
    """The same steps, each with the request this agent would have made and the reply that decides so.

    ConfigError if the agent cannot be taught by imitation, for one because it asks others before it decides.
    """
    seen = replace(trajectory, steps=())
    after = [step.observation for step in trajectory.steps[1:]] + [trajectory.final]
    for step, observation in zip(trajectory.steps, after, strict=True):
        reply = Completion(agent.reply_for(step.decision))
        request = next(agent.act(replace(seen, final=step.observation)))
        if not (isinstance(request, Generate) and request.to == "policy"):
            raise ConfigError(
                f"agent {agent.name!r} cannot be taught by imitation, for it asks others before it decides; "
                "use 'act' or 'react'"
            )
        call = Call(request, reply)
        seen = replace(seen, steps=(*seen.steps, replace(step, calls=(call,))), final=observation)
    return seen
