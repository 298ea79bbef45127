"""The one command: train, measure on the way and at the end, draw the curve, and ship.

python -m recipes.embedded [LANGUAGE] [--out FOLDER] [--steps N] [--ship]
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from recipes.embedded.curve import draw
from recipes.embedded.language import LANGUAGES, language
from recipes.embedded.train import Recipe, Run
from worldlore.models.embedded import HOME

EVERY = 200
"""Steps between looks."""
SHIPPED = ("config.json", "generation_config.json", "model.safetensors", "tokenizer*.json", "chat_template.jinja")


def main() -> None:
    """Make a model, or go on making it."""
    asked = _arguments()
    torch.set_num_threads(asked.threads)
    recipe, spoken = Recipe.of(asked.language), language(asked.language)
    out = asked.out or Path("runs/embedded") / asked.language
    run = Run(replace(recipe, steps=asked.steps or recipe.steps), out)
    log = out / "log.jsonl"
    while run.step < run.recipe.steps:
        run.train(until=run.step - run.step % EVERY + EVERY)
        run.record({"dev": spoken.look(out / "model")})
        draw(log, out / "curve.svg")
    (out / "results.json").write_text(json.dumps(spoken.results(out / "model"), indent=1) + "\n")
    if asked.ship:
        ship(out, HOME / asked.language, Path(__file__).parent / asked.language)
        if spoken.half:
            halve(HOME / asked.language)


def halve(folder: Path) -> None:
    """Keep a model's weights as float16."""
    weights, page = folder / "model.safetensors", folder / "config.json"
    save_file({name: tensor.half() for name, tensor in load_file(weights).items()}, weights, {"format": "pt"})
    page.write_text(json.dumps({**json.loads(page.read_text()), "dtype": "float16"}, indent=2) + "\n")


def ship(run: Path, package: Path, recipe: Path) -> None:
    """Put the model into the package, and the run's log beside the recipe."""
    package.mkdir(exist_ok=True)
    for file in (file for pattern in SHIPPED for file in (run / "model").glob(pattern)):
        shutil.copyfile(file, package / file.name)
    for name in ("log.jsonl", "curve.svg", "results.json", "recipe.json"):
        shutil.copyfile(run / name, recipe / name)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m recipes.embedded", description=__doc__)
    parser.add_argument("language", choices=LANGUAGES, nargs="?", default=LANGUAGES[0], help="what the model speaks")
    parser.add_argument("--out", type=Path, help="folder of the run; unset: runs/embedded/LANGUAGE")
    parser.add_argument("--steps", type=int, help="optimiser steps; unset: as the language's recipe says")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--ship", action="store_true", help="put the result into the package")
    return parser.parse_args()


if __name__ == "__main__":
    main()
