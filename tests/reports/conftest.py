"""Imagined runs in the style of the household world: scripted, seeded, and as varied as real ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from worldlore.experience import (
    Appraisal,
    Call,
    Completion,
    Decision,
    Foretold,
    Generate,
    Lesson,
    Message,
    Observation,
    Sampling,
    Step,
    Stop,
    Task,
    Trajectory,
    Tree,
    Usage,
)

PLACES = [
    "cabinet 1",
    "cabinet 2",
    "countertop 1",
    "drawer 1",
    "drawer 2",
    "fridge 1",
    "microwave 1",
    "shelf 1",
    "sinkbasin 1",
]
THINGS = ["apple", "bowl", "egg", "mug", "plate", "potato", "soapbottle", "spoon", "tomato"]
FAMILIES = {
    "pick_and_place": "put a {thing} in {place}",
    "look_at_obj_in_light": "look at {thing} under the desklamp",
    "pick_clean_then_place": "clean some {thing} and put it in {place}",
    "pick_heat_then_place": "heat some {thing} and put it in {place}",
    "pick_cool_then_place": "cool some {thing} and put it in {place}",
    "pick_two_obj_and_place": "put two {thing} in {place}",
}
SYSTEM = Message("system", "You act in a household. Reply with one line: the action to take next.")


def task(i: int, split: str = "test") -> Task:
    draw = random.Random(f"{split} {i}")
    family = list(FAMILIES)[i % 6]
    thing, place = draw.choice(THINGS), draw.choice(PLACES)
    goal = FAMILIES[family].format(thing=thing, place=place)
    return Task(f"{family}-{thing}-{i}", "household", split, goal, {"family": family, "number": i})


def start(goal: str) -> str:
    seen = ", a ".join(PLACES)
    return f"You are in the middle of a room. Looking quickly around you, you see a {seen}.\n\nYour task is to: {goal}."


def episode(of: Task, path: tuple[int, ...], stop: Stop, success: bool | None, thoughts: bool = True) -> Trajectory:
    """The episode that takes these branches: what happens at a step depends on the branches up to it alone."""
    messages: tuple[Message, ...] = (SYSTEM,)
    text, steps = start(of.goal), []
    for depth in range(len(path)):
        draw = random.Random(repr((of.id, path[: depth + 1])))
        place, thing = draw.choice(PLACES), draw.choice(THINGS)
        actions = (*(f"go to {p}" for p in PLACES if p != place), f"open {place}", "inventory", "look")
        action = draw.choice([f"go to {place}", f"open {place}", f"move {thing} 1 to {place}", "examine the sky"])
        valid = action != "examine the sky"
        messages += (Message("user", text),)
        sampling = Sampling(0.7, max_tokens=64, stop=("\n",), seed=draw.randrange(2**31))
        usage = Usage(80 + 40 * depth, 8)
        reply = Completion(f"> {action}", "stop", tuple(range(8)), (-0.25,) * 8, usage)
        won = success is True and depth == len(path) - 1
        thought = f"I should look for the {thing} near {place}." if thoughts and depth % 3 == 0 else ""
        call = Call(Generate(messages, sampling), reply)
        steps.append(Step(Observation(text, actions), Decision(action, thought), float(won), {"valid": valid}, (call,)))
        messages += (Message("assistant", f"> {action}"),)
        text = f"You arrive at {place}. On the {place}, you see a {thing} 1." if valid else "Nothing happens."
    error = "the server answered 500 three times; start it and run again" if stop is Stop.FAILED else None
    return Trajectory(of, 0, 0, tuple(steps), Observation(text), stop, success, error)


def grown(of: Task, rollouts: int, skill: float) -> tuple[Tree, Appraisal]:
    draw = random.Random(f"tree {of.id}")
    played = []
    for attempt in range(rollouts):
        path = tuple(draw.choices([0, 1, 2], [6, 3, 1], k=draw.randint(4, 12)))
        won = random.Random(repr((of.id, path[:3]))).random() < skill
        t = episode(of, path, Stop.TERMINATED if won else Stop.MAX_STEPS, won)
        played.append(Trajectory(t.task, t.seed, attempt, t.steps, t.final, t.stop, t.success))
    tree = Tree.grow(played)
    return tree, appraised(tree)


def appraised(tree: Tree) -> Appraisal:
    won, visits = [0] * len(tree.nodes), [0] * len(tree.nodes)
    for leaf in tree.leaves:
        for node in tree.path(leaf.node):
            visits[node] += 1
            won[node] += bool(leaf.success)
    values = tuple(w / v for w, v in zip(won, visits, strict=True))
    pairs = []
    for group in tree.siblings():
        best, worst = max(group, key=values.__getitem__), min(group, key=values.__getitem__)
        if values[best] - values[worst] >= 0.5:
            pairs.append((best, worst))
    return Appraisal(values, tuple(visits), tuple(pairs))


@dataclass(frozen=True)
class ImaginedRun:
    name: str
    skill: float
    learns: bool = True
    episodes: int = 12
    tree_count: int = 2
    rollouts: int = 12
    seeds: tuple[int, ...] = (0,)
    result: Mapping[str, Any] | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    unfinished: str = ""

    def seed(self, seed: int) -> ImaginedRun:
        return self

    def lesson(self) -> Lesson | None:
        return Lesson() if self.learns else None

    def predictions(self, name: str) -> Iterator[Foretold]:
        return iter(())

    def test(self, seed: int) -> Iterator[Trajectory]:
        for i in range(self.episodes):
            draw = random.Random(f"{self.name} {seed} {i}")
            broken, mute = draw.random() < 0.02, draw.random() < 0.02
            won = random.Random(i).random() * 0.6 + draw.random() * 0.4 < self.skill
            stop = Stop.TERMINATED if won else Stop.MAX_STEPS
            stop = Stop.FAILED if broken else Stop.UNPARSED if mute else stop
            path = tuple(draw.choices([0, 1, 2], k=draw.randint(4, 12) if won else 20))
            yield episode(task(i), path, stop, None if broken else won and not mute)

    def train(self, seed: int) -> Iterator[Trajectory]:
        for i in range(self.tree_count if self.learns else 0):
            yield from grown(task(i, "train"), 2, self.skill)[0].branches()

    def trees(self, seed: int) -> Iterator[tuple[str, Tree, Appraisal]]:
        for i in range(self.tree_count if self.learns else 0):
            yield f"train-{i}", *grown(task(i, "train"), self.rollouts, 0.5)

    def metrics(self) -> Iterator[Mapping[str, Any]]:
        for seed in self.seeds if self.learns else ():
            spent = {"episodes": 240, "steps": 3801, "calls": 3801, "prompt_tokens": 1_204_333, "seconds": 83.0}
            yield {"phase": "practice", "seed": seed, "cost": spent}
            draw = random.Random(f"{self.name} {seed}")
            for step in range(1, 61):
                loss = 0.69 * 0.97**step + 0.05 * draw.random()
                pair = {"margin": 0.05 * step, "accuracy": min(1, 0.5 + step / 100 + 0.05 * draw.random())}
                so_far = {**spent, "trained_tokens": 7000 * step, "seconds": 83.0 + 0.45 * step}
                yield {"phase": "training", "seed": seed, "step": step, "loss": loss, **pair, "cost": so_far}
            yield {"phase": "learned", "seed": seed, "cost": {**so_far, "seconds": 110.5}}


RECORD = {
    "experiment": {"name": "demo", "environment": {"name": "household"}, "models": {"policy": {"name": "embedded"}}},
    "digest": "3f1c9a7be2d04456",
    "versions": {"worldlore": "0.1.0", "python": "3.11.7", "torch": "2.13.0"},
    "machine": {"system": "Linux", "cores": 2, "memory_gib": 24},
    "command": "worldlore run examples/demo.toml",
    "started": "2026-11-20T14:03:00Z",
}


def suite(episodes: int = 12, trees: int = 2, rollouts: int = 12) -> list[ImaginedRun]:
    def run(name: str, skill: float, learns: bool = True) -> ImaginedRun:
        return ImaginedRun(f"demo/{name}", skill, learns, episodes, trees, rollouts, record=RECORD)

    return [run("none", 0.55, False), run("imitation", 0.58), run("densepolicy", 0.72)]


@pytest.fixture
def runs() -> list[ImaginedRun]:
    return suite()
