"""The one command: train, measure on `dev` on the way and on the tests at the end, draw the curve, and ship.

python -m recipes.embedded [--out FOLDER] [--steps N] [--ship]
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch

import worldlore.models.embedded as home
from recipes.embedded.measure import draw, play
from recipes.embedded.train import Recipe, Run

EVERY = 200
"""Steps between looks at `dev`."""
SHIPPED = ("config.json", "generation_config.json", "model.safetensors", "tokenizer*.json", "chat_template.jinja")


def main() -> None:
    """Make the model, or go on making it."""
    asked = _arguments()
    torch.set_num_threads(asked.threads)
    run = Run(Recipe(steps=asked.steps), asked.out)
    log = asked.out / "log.jsonl"
    while run.step < run.recipe.steps:
        run.train(until=run.step - run.step % EVERY + EVERY)
        run.record({"dev": play(asked.out / "model", "dev", 200).record})
        draw(log, asked.out / "curve.svg")
    results = _results(asked.out / "model")
    (asked.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    if asked.ship:
        ship(asked.out, home.FOLDER)


def ship(run: Path, package: Path) -> None:
    """Put the model into the package, and the run's log beside the recipe."""
    for file in (file for pattern in SHIPPED for file in (run / "model").glob(pattern)):
        shutil.copyfile(file, package / file.name)
    for name in ("log.jsonl", "curve.svg", "results.json", "recipe.json"):
        shutil.copyfile(run / name, Path(__file__).parent / name)


def _results(folder: Path) -> dict[str, object]:
    """Greedy success on both tests, and what sampling finds on `train`."""
    return {
        "test": play(folder, "test", 400).record,
        "test_unseen": play(folder, "test_unseen", 200).record,
        "train, sampled at temperature 1, 8 attempts": play(folder, "train", 60, 1.0, 8).record,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m recipes.embedded", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/embedded"), help="folder of the run")
    parser.add_argument("--steps", type=int, default=Recipe().steps, help="optimiser steps")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--ship", action="store_true", help="put the result into the package")
    return parser.parse_args()


if __name__ == "__main__":
    main()
