"""Somebody else's trajectory, told as if this agent had played it: the data of imitation."""

from __future__ import annotations

from dataclasses import replace

from worldlore.agents.base import Agent
from worldlore.experience import Call, Completion, Trajectory


def retold(agent: Agent, trajectory: Trajectory) -> Trajectory:
    """The same steps, each with the request this agent would have made and the reply that decides so.

    ConfigError if the agent cannot be taught by imitation.
    """
    seen = replace(trajectory, steps=())
    after = [step.observation for step in trajectory.steps[1:]] + [trajectory.final]
    for step, observation in zip(trajectory.steps, after, strict=True):
        request = next(agent.act(replace(seen, final=step.observation)))
        call = Call(request, Completion(agent.reply_for(step.decision)))
        seen = replace(seen, steps=(*seen.steps, replace(step, calls=(call,))), final=observation)
    return seen
