"""Episodes in Harbor's Agent Trajectory Interchange Format, one JSON document each.

What the model was told before its first reply becomes the first steps; each step of the agent holds what it wrote,
its thought, the action as a call of the tool `act`, and what was seen then. Tokens and log-probabilities go along
where the model told them. Nothing newer than version 1.6 is used, so readers of later versions take it, too. An
episode's last observation belongs to the last action; what led to no action is told in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import worldlore
from worldlore.experience import Cost, Step, Trajectory
from worldlore.reports.export.data.source import Source
from worldlore.reports.export.data.write import File, json_bytes

VERSION = "ATIF-v1.6"
TOOL = "act"


def atif(source: Source) -> Iterator[File]:
    """A file an episode: `TASK-ATTEMPT.json`."""
    agent = _agent(source)
    for name, episode in named(source.episodes("all")):
        yield File(f"{name}.json", [json_bytes(_document(source, agent, name, episode), 1), b"\n"])


def named(episodes: list[Trajectory]) -> Iterator[tuple[str, Trajectory]]:
    """Each episode under a name of its own: its task and how often the task was tried before."""
    tries: dict[str, int] = {}
    for episode in episodes:
        plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in episode.task.id)[:100]
        tries[plain] = tries.get(plain, -1) + 1
        yield f"{plain}-{tries[plain]}", episode


def model_of(source: Source) -> str:
    """What the policy's model is called."""
    table = source.page["models"].get("policy", {})
    return str(table.get("model") or table.get("path") or table.get("name") or "none")


def _agent(source: Source) -> dict[str, Any]:
    page = source.page
    schema = {"type": "object", "properties": {"action": {"type": "string"}}, "required": ["action"]}
    about = "Do this in the world."
    tool = {"type": "function", "function": {"name": TOOL, "description": about, "parameters": schema}}
    return {
        "name": f"worldlore-{page['agent']['name']}",
        "version": worldlore.__version__,
        "model_name": model_of(source),
        "tool_definitions": [tool],
        "extra": {"agent": page["agent"], "method": page["method"]["name"], "part": source.selection.part},
    }


def _document(source: Source, agent: dict[str, Any], name: str, episode: Trajectory) -> dict[str, Any]:
    steps = [*_opening(episode), *_acted(episode)]
    task = episode.task
    outcome = {"success": episode.success, "score": episode.score, "stop": episode.stop, "error": episode.error}
    whose = {"task": task.id, "key": task.key, "environment": task.environment, "split": task.split, "goal": task.goal}
    return {
        "schema_version": VERSION,
        "session_id": f"{source.run.name}/{source.book.seed}/{source.selection.part}/{name}",
        "agent": agent,
        "steps": [{"step_id": i, **step} for i, step in enumerate(steps, 1)],
        "final_metrics": _totals(episode, len(steps)),
        "extra": {**whose, "seed": episode.seed, "attempt": episode.attempt, **outcome},
    }


def _opening(episode: Trajectory) -> Iterator[dict[str, Any]]:
    """What the model was told before its first reply; without a model, the first observation."""
    said = episode.steps[0].said() if episode.steps else None
    if said is None:
        seen = episode.steps[0].observation if episode.steps else episode.final
        yield {"source": "user", "message": seen.text if seen else episode.task.goal}
        return
    for message in said[0]:
        if message.role == "assistant":
            yield {"source": "agent", "message": message.content, "is_copied_context": True}
        else:
            yield {"source": message.role, "message": message.content}


def _acted(episode: Trajectory) -> Iterator[dict[str, Any]]:
    after = [step.observation for step in episode.steps[1:]] + [episode.final]
    for i, (step, seen) in enumerate(zip(episode.steps, after, strict=True)):
        call = f"call-{i}"
        said = step.said()
        told: dict[str, Any] = {"source": "agent", "message": said[1] if said else step.decision.action}
        if step.decision.thought:
            told["reasoning_content"] = step.decision.thought
        told["tool_calls"] = [
            {"tool_call_id": call, "function_name": TOOL, "arguments": {"action": step.decision.action}}
        ]
        if seen is not None:
            told["observation"] = {"results": [{"source_call_id": call, "content": seen.text}]}
        if step.calls:
            told["metrics"] = _metrics(step)
        yield {**told, "extra": {"reward": step.reward, "info": dict(step.info)}}


def _metrics(step: Step) -> dict[str, Any]:
    """What the step cost, all its calls together; tokens of the reply that was acted on."""
    cost = sum((Cost.of(call) for call in step.calls), Cost())
    said = step.exchange()
    told: dict[str, Any] = {"extra": {"calls": len(step.calls)}}
    told |= {"prompt_tokens": cost.prompt_tokens, "completion_tokens": cost.completion_tokens}
    if said and (reply := said[1]).tokens is not None:
        told["completion_token_ids"] = list(reply.tokens)
        if reply.logprobs is not None:
            told["logprobs"] = list(reply.logprobs)
    return told


def _totals(episode: Trajectory, steps: int) -> dict[str, Any]:
    cost = sum((Cost.of(call) for call in episode.calls), Cost())
    totals = {"total_prompt_tokens": cost.prompt_tokens, "total_completion_tokens": cost.completion_tokens}
    return {**totals, "total_steps": steps}
