"""Episodes as one of Inspect's `.eval` logs, for its viewer and its dataframes: a zip of JSON documents.

    header.json                the run: task, model, results
    summaries.json             a line a sample
    samples/TASK_epoch_N.json  one episode; the same task's next try is the next epoch
    _journal/start.json        the header as it was at the start

`success` is scored "C" or "I", `score` is the sum of rewards; an episode that failed has neither, and says why.
A sample's messages are the episode as it happened: what the model was told first, then its replies and what it saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from statistics import mean
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import worldlore
from worldlore.experience import Completion, Cost, Stop, Trajectory
from worldlore.reports.export.data.atif import model_of
from worldlore.reports.export.data.source import Source
from worldlore.reports.export.data.write import File, json_bytes

VERSION = 2
Json = dict[str, Any]


def inspect_log(source: Source) -> Iterator[File]:
    """One log, `NAME.eval`."""
    samples = list(_samples(source, source.episodes("all")))
    into = BytesIO()
    with ZipFile(into, "w", ZIP_DEFLATED) as log:
        start = {"version": VERSION, "eval": _spec(source, samples), "plan": _plan(source)}
        log.writestr("_journal/start.json", json_bytes(start))
        for sample in samples:
            log.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json_bytes(sample))
        log.writestr("summaries.json", json_bytes([_summary(sample) for sample in samples]))
        end = {"status": "success", "results": _results(samples), "stats": {"model_usage": _usage(samples)}}
        log.writestr("header.json", json_bytes({**start, **end}))
    yield File(f"{source.name}.eval", [into.getvalue()])


def _samples(source: Source, episodes: Sequence[Trajectory]) -> Iterator[Json]:
    tries: dict[str, int] = {}
    model, limit = model_of(source), source.limits["steps"]
    for episode in episodes:
        tries[episode.task.id] = epoch = tries.get(episode.task.id, 0) + 1
        yield {"id": episode.task.id, "epoch": epoch, "target": "", **_played(episode, model), **_end(episode, limit)}


def _played(episode: Trajectory, model: str) -> Json:
    opening, rest = _told(episode)
    replies = [message for message in rest if message["role"] == "assistant"]
    choices = [{"message": replies[-1], "stop_reason": "stop"}] if replies else []
    cost = sum((Cost.of(call) for call in episode.calls), Cost())
    spent = {"input_tokens": cost.prompt_tokens, "output_tokens": cost.completion_tokens, "total_tokens": cost.tokens}
    return {
        "input": opening,
        "messages": [*opening, *rest],
        "output": {"model": model, "choices": choices},
        "model_usage": {model: spent} if cost.calls else {},
        "metadata": _metadata(episode),
    }


def _metadata(episode: Trajectory) -> Json:
    task = episode.task
    whose = {"key": task.key, "environment": task.environment, "split": task.split, "goal": task.goal}
    how = {"seed": episode.seed, "attempt": episode.attempt, "stop": episode.stop, "actions": list(episode.actions)}
    return {**whose, "data": dict(task.data), **how}


def _told(episode: Trajectory) -> tuple[list[Json], list[Json]]:
    """What the model was told first, and what was said and seen from there on."""
    after = [step.observation for step in episode.steps[1:]] + [episode.final]
    said = episode.steps[0].said() if episode.steps else None
    if said is not None:
        opening = [{"role": message.role, "content": message.content} for message in said[0]]
    else:
        first = episode.steps[0].observation if episode.steps else episode.final
        opening = [{"role": "user", "content": first.text if first else episode.task.goal}]
    rest: list[Json] = []
    for step, seen in zip(episode.steps, after, strict=True):
        wrote = step.said()
        by = {"source": "generate"} if wrote else {}
        rest.append({"role": "assistant", "content": wrote[1] if wrote else step.decision.action, **by})
        rest += [{"role": "user", "content": seen.text}] if seen is not None else []
    rest += [{"role": "assistant", "content": text, "source": "generate"} for text in _unfinished(episode)]
    return opening, rest


def _unfinished(episode: Trajectory) -> Iterator[str]:
    """Replies that led to no action."""
    return (call.reply.text for call in episode.unfinished if isinstance(call.reply, Completion))


def _end(episode: Trajectory, limit: int) -> Json:
    told: Json = {"scores": {}}
    if episode.success is not None:
        told["scores"] = {"success": {"value": "C" if episode.success else "I"}, "score": {"value": episode.score}}
    if episode.stop == Stop.FAILED:
        message = episode.error or "the episode failed"
        told["error"] = {"message": message, "traceback": message, "traceback_ansi": message}
    if episode.stop in (Stop.MAX_STEPS, Stop.MAX_TOKENS):
        kind = "context" if episode.stop == Stop.MAX_TOKENS else "custom"
        told["limit"] = {"type": kind, "limit": limit if kind == "custom" else 0}
    return told


def _spec(source: Source, samples: Sequence[Json]) -> Json:
    page, name = source.page, str(source.environment["name"])
    ids = list(dict.fromkeys(sample["id"] for sample in samples))
    split = page[source.selection.part]["split"]
    return {
        "eval_id": source.name,
        "run_id": source.run.name,
        "task_id": source.name,
        "created": source.run.started or "1970-01-01T00:00:00+00:00",
        "task": name,
        "task_version": 0,
        "task_args": source.environment,
        "dataset": {"name": f"{name}/{split}", "samples": len(ids), "sample_ids": ids},
        "model": model_of(source),
        "config": {"epochs": max(sample["epoch"] for sample in samples)},
        "packages": {"worldlore": worldlore.__version__},
        "metadata": {"method": page["method"], "learning_seed": source.book.seed, "part": source.selection.part},
    }


def _plan(source: Source) -> Json:
    agent = source.page["agent"]
    return {"name": "plan", "steps": [{"solver": agent["name"], "params": agent}]}


def _summary(sample: Json) -> Json:
    kept = ("id", "epoch", "input", "target", "metadata", "scores", "model_usage")
    told = {key: sample[key] for key in kept} | {"completed": True, "message_count": len(sample["messages"])}
    told["metadata"] = {key: value for key, value in sample["metadata"].items() if isinstance(value, str | int | float)}
    ends = {"error": sample["error"]["message"]} if "error" in sample else {}
    return {**told, **ends, **({"limit": sample["limit"]["type"]} if "limit" in sample else {})}


def _results(samples: Sequence[Json]) -> Json:
    scored = [sample["scores"] for sample in samples if sample["scores"]]
    columns = {
        "success": ("accuracy", [float(scores["success"]["value"] == "C") for scores in scored]),
        "score": ("mean", [float(scores["score"]["value"]) for scores in scored]),
    }
    told = [_score(name, metric, values, len(samples)) for name, (metric, values) in columns.items() if values]
    return {"total_samples": len(samples), "completed_samples": len(samples), "scores": told}


def _score(name: str, metric: str, values: Sequence[float], of: int) -> Json:
    counts = {"scored_samples": len(values), "unscored_samples": of - len(values)}
    return {"name": name, "scorer": name, **counts, "metrics": {metric: {"name": metric, "value": mean(values)}}}


def _usage(samples: Sequence[Json]) -> dict[str, Json]:
    totals: dict[str, Json] = {}
    for sample in samples:
        for model, usage in sample["model_usage"].items():
            total = totals.setdefault(model, dict.fromkeys(usage, 0))
            totals[model] = {key: total[key] + n for key, n in usage.items()}
    return totals
