"""Runs that sought theories, written to disk as a run writes itself: made by hand, so that numbers are known."""

from __future__ import annotations

from pathlib import Path

from worldlore.experience import (
    Cost,
    Foretold,
    Lesson,
    Observation,
    Prediction,
    Stop,
    Task,
    Theory,
    Trajectory,
    Transition,
    write_jsonl,
)
from worldlore.experiments.store import Run
from worldlore.reports.theories.search import Search

WATER = "To grow a plant seed, give it water."
PLANT = "To grow a baby small herbivore, give it a grown plant."
WRONG = "To grow a baby small herbivore, give it water."
TRUTH = f"When you go to an object, you are standing on it.\n{WATER}\n{PLANT}"
EXPERIMENT = {"name": "curious/smc", "environment": {"name": "playground"}, "method": {"name": "worldllm"}}

KINDS = [{"standing": 8}, {"standing": 7, "transformP": 1}, {"standing": 6, "transformP": 2}]
EXPLORED = [
    {"reward": "disagreement", "kinds": {"standing": 0.1}, "mean": 0.1, "first": {}, "updates": 0},
    {
        "reward": "disagreement",
        "kinds": {"standing": 0.1, "transformP": 0.9},
        "mean": 0.2,
        "first": {"transformP": 6.0},
        "updates": 1,
    },
    {
        "reward": "disagreement",
        "kinds": {"standing": 0.0, "transformP": 0.3},
        "mean": 0.1,
        "first": {"transformP": 4.0},
        "updates": 2,
    },
]


def moved(number: int, parent: int, text: str, accepted: bool = True) -> dict:
    return {"proposal": number, "from": parent, "text": text, "loglik": -1.0, "accepted": accepted}


def records(seed: int = 0, explorer: bool = False) -> list[dict]:
    """Two particles; the first finds a rule, is copied over the second, and finds the other one."""
    best = f"{WATER}\n{PLANT}"
    believed = [
        [(WATER, 0.5), (WRONG, 0.5)],
        [(WATER, 1.0)],
        [(best, 0.75), (f"{WATER}\n{WRONG}", 0.25)],
    ]
    proposed = [
        [moved(0, -1, WATER), moved(1, -2, WRONG), moved(2, 0, "", False)],
        [moved(3, 1, PLANT), moved(4, 3, WRONG)],
        [moved(5, 0, f"{WATER}\n{WRONG}"), moved(6, 5, best), moved(7, 0, f"{WATER}\n{WRONG}")],
    ]
    origins = [[0, 1], [0, 0], [6, 7]]
    found = []
    for i, theories in enumerate(believed):
        record = {
            "phase": "theories",
            "collection": i,
            "best": theories[0][0],
            "theories": [{"text": text, "probability": p, "loglik": -10.0 - i} for text, p in theories],
            "kinds": KINDS[i],
            "ess": 2.0 - 0.25 * i + 0.5 * seed,
            "acceptance": 0.5,
            "distinct": 2,
            "proposed": proposed[i],
            "origins": origins[i],
            "cost": {"steps": 8 * (i + 1), "seconds": 1.0 + i},
        }
        found.append({**record, **({"first": ["", ""]} if i == 0 else {})})
        if explorer:
            found[-1]["explorer"] = EXPLORED[i]
    return found


def predictions(seed: int) -> list[Foretold]:
    """Of eight tasks, a transition of either sort each; told nothing, what grows is not foretold."""
    found = []
    for theory, right in (("none", False), ("true", True), ("best", True)):
        for task in range(8):
            for kind, known in (("standing", True), ("transformP", right)):
                change = f"You see {kind} {task}."
                others = tuple(f"You see thing {i}." for i in range(5))
                logprobs = (-0.1, *[-3.0] * 5) if known else (-4.0, *[-1.0 - seed] * 5)
                happened = Transition("Here.", "Go.", change, kind)
                told = Prediction(happened, logprobs[0], f"task-{task}", 2, (change, *others), logprobs, (2,) * 6)
                found.append(Foretold(theory, told))
    return found


def lesson() -> Lesson:
    """What every seed learned."""
    curve = [{"all": -2.0, "standing": -0.1, "transformP": -4.0}, {"all": -0.5, "standing": -0.1, "transformP": -1}]
    levels = {"none": {"loglik": {"transformP": -4.0}}, "true": {"loglik": {"transformP": -0.1}, "top3": 1.0}}
    theories = (Theory(f"{WATER}\n{PLANT}", 0.75, 24, -12.0), Theory(f"{WATER}\n{WRONG}", 0.25, 24, -12.0))
    return Lesson(theories=theories, metrics={"curve": curve, "heldout": levels, "truth": TRUTH})


def written(
    root: Path, name: str = "curious/smc", seeds: tuple[int, ...] = (0,), explorer: bool = False, inference: str = "smc"
) -> Run:
    """The run on disk."""
    task = Task("room-0", "playground", "test", "Grow any plant", {})
    page = {**EXPERIMENT, "name": name, "method": {"name": "worldllm", "inference": inference}}
    with Run.begin(root, name, page, "d1") as run:
        for seed in seeds:
            ours = run.seed(seed)
            ours.add(Trajectory(task, 0, 0, (), Observation("Here."), Stop.MAX_STEPS, False))
            for record in records(seed, explorer):
                ours.log({"seed": seed, **record})
            ours.keep(lesson(), Cost(steps=24))
            (ours.path / "predictions").mkdir()
            write_jsonl(ours.path / "predictions" / "heldout.jsonl", predictions(seed))
            ours.add_test(Trajectory(task, 0, 0, (), Observation("Here."), Stop.MAX_STEPS, False))
    return run


def search(given_records, **keys) -> Search:
    return Search(0, "smc", 0, tuple(given_records), keys.get("lesson", lesson()))
