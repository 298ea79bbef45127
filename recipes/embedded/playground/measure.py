"""How good the model is: what it makes of changes in withheld worlds, told nothing, a part, the truth or what is false.

What happens is played in the playground itself, half by one who knows the rules and half at random. A part is the
truth without the recipe of one category; what is false are the recipes of another withheld world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from recipes.embedded.playground.door import OPENED, WITHHELD, Said, false, parts, said, taught
from recipes.embedded.playground.physics import WITHHELD as WITHHELD_WORLDS
from worldlore.environments.door import CLOSED, ITEMS
from worldlore.environments.playground import Playground, PlaygroundConfig, Rules, hidden
from worldlore.evaluation.statistics import Outcome, bootstrap
from worldlore.experience import Score, Scores, Transition
from worldlore.methods.worldllm.statistician import question
from worldlore.methods.worldllm.worlds import DOOR, PlaygroundWorld, World
from worldlore.models.local import InProcess, Settings

TOLD = ("none", "partial", "true", "false")
"""What the model is told."""
_STEPS = 16


@dataclass(frozen=True)
class Case:
    """Something that happened, and what might be known."""

    world: World
    """How it is spoken of."""
    name: str
    """Whose world it is."""
    seen: Transition
    """What happened."""
    theories: tuple[str, ...]
    """One for each of `TOLD`."""


def look(folder: Path) -> dict[str, Any]:
    """A few worlds: mean probability of growth as `success`, told the truth; logarithms, told each; all doors."""
    growths = [case for number in worlds()[-8:] for case in playground(number, 2) if grows(case.seen)]
    items = [case for name in WITHHELD for case in door(name)]
    grown, tried = np.array(weighed(folder, growths)), np.array(weighed(folder, items))
    logs, opened = (dict(zip(TOLD, found.mean(0).round(3).tolist(), strict=True)) for found in (grown, tried))
    success = round(float(np.exp(grown[:, 2]).mean()), 4)
    return {"success": success, "growths": len(growths), "log": logs, "doors": opened}


def results(folder: Path) -> dict[str, Any]:
    """Mean log-probabilities by sort of change, with intervals that draw worlds again; Top-1 and Top-3; doors."""
    numbers = worlds()
    cases = [case for number in numbers[:20] for case in playground(number, 2)]
    reworded = [case for number in numbers[20:30] for case in playground(number, 2, "reworded")]
    items = [case for name in WITHHELD for case in door(name)]
    tried = weighed(folder, items)
    some = [case for case in cases if int(case.name) in numbers[:6]]
    return {
        "withheld worlds": _by_kind(cases, weighed(folder, cases)),
        "reworded": _by_kind(reworded, weighed(folder, reworded)),
        "withheld doors": _by_kind(items, tried),
        "withheld doors, each": _by_name(items, tried),
        "doors learned from, told the truth": _by_way(folder),
        "ranks in 6 withheld worlds": _tops(folder, some),
    }


def worlds() -> list[int]:
    """The withheld worlds in which something asks for two supplies; many lessons have one supply for each thing."""
    return [n for n in range(WITHHELD_WORLDS) if any(len(r.supplies) == 2 for r in hidden.draw(n).recipes)]


def playground(number: int, scenes: int, wording: str = "published") -> Iterator[Case]:
    """What happens in some scenes of a withheld world."""
    config = PlaygroundConfig(rules="random", world=number, goal="standard", wording=wording)  # pyright: ignore[reportArgumentType]
    play, rules = Playground(config), hidden.draw(number)
    world = PlaygroundWorld(play.wording.setting, wording=play.wording, rules=rules)
    theories = ("", _part(rules, number), rules.theory, _false(rules, number))
    for index, task in enumerate(play.tasks("test")[:scenes]):
        seen, rng = play.reset(task, 0), Random(index)
        for _ in range(_STEPS):
            action = play.expert() if index % 2 == 0 else None
            outcome = play.step(action or rng.choice(seen.actions or ()))
            seen = outcome.observation
            yield Case(
                world, str(number), Transition(**outcome.info["transition"], kind=outcome.info["kind"]), theories
            )
            if outcome.done:
                break


def door(name: str) -> Iterator[Case]:
    """All items at a door with a withheld rule."""
    return _items(name, said(WITHHELD[name]))


def _items(name: str, true: Said) -> Iterator[Case]:
    part = next((one.sentence for one in parts(true)), "")
    theories = ("", part, true.sentence, false(true).sentence)
    for item in ITEMS:
        yield Case(DOOR, name, true.change(item), theories)


def weighed(folder: Path, cases: list[Case]) -> list[list[float]]:
    """Log-probability of what happened, by case and by what is told."""
    asked = [_asked(case, theory, (case.seen.change,)) for case in cases for theory in case.theories]
    totals = [found[0] for found in _scores(folder, asked)]
    return [totals[at : at + len(TOLD)] for at in range(0, len(totals), len(TOLD))]


def _asked(case: Case, theory: str, changes: tuple[str, ...]) -> Score:
    moment = case.world.moment(case.seen.state, case.seen.action, (CLOSED, OPENED))
    return Score(question(case.world, theory, moment), changes)


def _scores(folder: Path, asked: list[Score]) -> list[tuple[float, ...]]:
    replies = InProcess(folder, Settings()).score(asked)
    return [reply.totals for reply in replies if isinstance(reply, Scores)]


def _part(rules: Rules, number: int) -> str:
    lost = rules.sentences[number % len(rules.sentences)]
    return "\n".join(line for line in rules.theory.split("\n") if line != lost)


def _false(rules: Rules, number: int) -> str:
    """The recipes of the next withheld world that tells other ones of every category."""
    for other in map(hidden.draw, range(number + 1, number + 1000)):
        if not set(other.sentences) & set(rules.sentences):
            return other.theory
    raise LookupError(f"no world is unlike {number}")


def grows(seen: Transition) -> bool:
    """Whether something grew."""
    return seen.kind.startswith("transform")


def _by_kind(cases: list[Case], found: list[list[float]]) -> dict[str, Any]:
    kinds = sorted({_kind(case.seen) for case in cases})
    return {
        kind: _means([pair for pair in zip(cases, found, strict=True) if _kind(pair[0].seen) == kind]) for kind in kinds
    }


def _by_name(cases: list[Case], found: list[list[float]]) -> dict[str, Any]:
    rows = {name: [row for case, row in zip(cases, found, strict=True) if case.name == name] for name in WITHHELD}
    return {name: dict(zip(TOLD, np.array(of).mean(0).round(3).tolist(), strict=True)) for name, of in rows.items()}


def _by_way(folder: Path) -> dict[str, Any]:
    """By way of speaking and number of attributes: how many rules, what they come to, and the worst of them."""
    cases = [case for one in taught() for case in _items(one.sentence, one)]
    asked = [_asked(case, case.theories[TOLD.index("true")], (case.seen.change,)) for case in cases]
    logs = np.array(_scores(folder, asked)).reshape(-1, len(ITEMS)).mean(1)
    ways = [f"{one.how}, {len(one.about)}" for one in taught()]
    rows = {way: logs[[other == way for other in ways]] for way in sorted({*ways})}
    return {
        way: {"count": len(of), "mean": round(float(of.mean()), 3), "worst": round(float(of.min()), 3)}
        for way, of in rows.items()
    }


def _kind(seen: Transition) -> str:
    return "growth" if grows(seen) else seen.kind


def _means(pairs: list[tuple[Case, list[float]]]) -> dict[str, Any]:
    rows = {told: _interval([(case.name, row[i]) for case, row in pairs]) for i, told in enumerate(TOLD)}
    return {"count": len(pairs), **rows}


def _interval(values: list[tuple[str, float]]) -> list[float]:
    """Mean, low, high."""
    found = bootstrap([Outcome(name, value) for name, value in values], (-inf, 0.0), alike=False)
    return [round(float(x), 3) for x in (found.value, found.low or 0.0, found.high or 0.0)]


def _tops(folder: Path, cases: list[Case]) -> dict[str, Any]:
    """How often what happened is the likeliest of all that might be told, or among three; of growth, and of all."""
    asked = [_asked(case, theory, case.world.candidates(case.seen)) for case in cases for theory in case.theories]
    better = [
        sum(score > scores[score_of.continuations.index(case.seen.change)] for score in scores)
        for scores, score_of, case in zip(_scores(folder, asked), asked, _each(cases), strict=True)
    ]
    table = np.array(better).reshape(len(cases), len(TOLD))
    growth = np.array([grows(case.seen) for case in cases])
    return {
        f"{name}, top {k}": {told: round(float((table[which, i] < k).mean()), 3) for i, told in enumerate(TOLD)}
        for name, which in (("all", growth | True), ("growth", growth))
        for k in (1, 3)
    }


def _each(cases: list[Case]) -> list[Case]:
    return [case for case in cases for _ in TOLD]
