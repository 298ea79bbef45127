"""A page on which a run is quickly played, and what the run leaves."""

from worldlore.experiments.experiment import Experiment

PAGE = {
    "name": "walk",
    "environment": {"name": "corridor"},
    "models": {"policy": {"name": "scripted", "replies": ["left", ["right", "left"]], "repeat": True}},
    "method": {"name": "replay", "attempts": 4, "temperature": 1.0},
    "limits": {"steps": 12},
}


def page(**keys):
    return Experiment(**{**PAGE, **keys})


def content(path):
    return {
        str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.suffix in (".json", ".jsonl")
    }


def comparable(path):
    return {name: data for name, data in content(path).items() if name not in ("run.json", "metrics.jsonl")}
