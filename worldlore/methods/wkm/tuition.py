"""Training data: what the policy and the world knowledge model are to say, of courses whose knowledge is known.

    policy    the expert's actions, task knowledge in sight; no state knowledge unless the agent is told it in play
    world     task knowledge, asked for before the task; then state knowledge of each moment, the earlier in sight
    cases     (previous action, state knowledge, next action) for every step

The words are those of play (`agents/wkm.py`, `agents/witness.py`).
"""

from __future__ import annotations

from worldlore.agents.wkm import Wkm
from worldlore.experience import Case
from worldlore.methods.wkm.contrast import moments
from worldlore.methods.wkm.synthesis import Known
from worldlore.training import Turn


def acting(agent: Wkm, one: Known) -> list[Turn]:
    """What the policy is to say."""
    turns: list[Turn] = []
    for place, (seen, step) in enumerate(moments(one.pair.chosen)):
        witness = agent.witness(seen, one.task, one.states[: place + 1])
        turns.append(Turn(agent.conversed(seen, witness), agent.reply_for(step.decision)))
    return turns


def knowing(agent: Wkm, one: Known) -> list[Turn]:
    """What the world knowledge model is to say."""
    past = [seen for seen, _ in moments(one.pair.chosen)]
    turns = [Turn(agent.witness(past[0]).task_question(), one.task)] if one.task and past else []
    for place, (seen, state) in enumerate(zip(past, one.states, strict=False)):
        if state:
            turns.append(Turn(agent.witness(seen, one.task, one.states[:place]).state_question(), state))
    return turns


def cases(one: Known) -> list[Case]:
    """A case for every step whose moment is known."""
    actions = one.pair.chosen.actions
    before = ("", *actions)
    return [Case(b, state, a) for b, state, a in zip(before, one.states, actions, strict=False) if state]
