"""The robotic worlds by themselves, and gripper side by side with pddlgym and unified-planning on the same PDDL.

All play the experts' plans of the same published instances; ours also writes every observation, the admissible
commands and the reward. pddlgym wants an old gym and an old pillow, so it is put, without what it asks for, into a
virtual environment of its own, which `python -m benchmarks.robotics pddlgym` makes (this needs a package index) and
deletes again; without that word it is not measured. CPU seconds of one core.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from importlib.util import find_spec
from pathlib import Path
from time import process_time

from benchmarks.playing import Plays, moments, random_plays, speed
from worldlore.environments.robotics import (
    Barman,
    Blockworld,
    Gripper,
    Robotics,
    Tyreworld,
    domain_to_pddl,
    problem_to_pddl,
)
from worldlore.environments.robotics import environment as scenes
from worldlore.experience import Task

PEERS = ["pddlgym==0.0.7", "gym==0.26.2"]
NEEDED = ["cloudpickle", "gym_notices", "imageio", "matplotlib", "numpy", "pillow", "scikit-image"]


def measure(*, with_pddlgym: bool = False) -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    rows = [row for world in (Gripper, Blockworld, Barman, Tyreworld) for row in _steps(world)]
    rows.append(moments(Gripper()))
    with tempfile.TemporaryDirectory() as folder:
        rows += _side_by_side(Path(folder), with_pddlgym)
    return rows


def _steps(world: type[Robotics]) -> list[tuple[str, str]]:
    env = world()
    plays = random_plays(env, list(env.tasks("train")[:60]))
    scenes._scene.cache_clear()
    fresh = speed(env, plays)
    known = speed(env, plays, times=5)
    return [
        (
            f"{world.name} steps/s with admissible commands (fresh, resets included; known)",
            f"{fresh:,.0f}; {known:,.0f}",
        )
    ]


def _side_by_side(folder: Path, with_pddlgym: bool) -> list[tuple[str, str]]:
    """Gripper's published instances, played to the goal by the expert's plans."""
    env = Gripper(Gripper.Config(train_tasks=3))
    plays = [(task, _plan(env, task)) for task in env.tasks("published")]
    speed(env, plays)
    ours = speed(env, plays, times=20)
    rows = [("gripper, published instances: ours, steps/s", f"{ours:,.0f}")]
    domain = _export(env, plays, folder)
    if find_spec("unified_planning"):
        theirs = _unified_planning(domain, folder, plays)
        rows.append(
            ("the same by unified-planning's simulator", f"{theirs:,.0f}; ours is {ours / theirs:,.0f}x as fast")
        )
    if with_pddlgym:
        theirs = _pddlgym(domain, folder)
        rows.append(("the same by pddlgym", f"{theirs:,.0f}; ours is {ours / theirs:,.0f}x as fast"))
    else:
        rows.append(("the same by pddlgym", "not measured; see python -m benchmarks.robotics pddlgym"))
    return rows


def _plan(env: Robotics, task: Task) -> list[str]:
    env.reset(task, 0)
    commands = list[str]()
    while (command := env.expert()) is not None:
        commands.append(command)
        env.step(command)
    return commands


def _export(env: Robotics, plays: Plays, folder: Path) -> Path:
    """Domain, problems and plans as files; the domain's path."""
    problems = folder / "problems"
    problems.mkdir()
    plans = {}
    for index, (_, commands) in enumerate(plays):
        problem = env.family.problem(env.family.published[index])
        name = f"gripper{index:02}"
        text = problem_to_pddl(problem).replace("(problem gripper)", f"(problem {name})")
        (problems / f"{name}.pddl").write_text(text)
        plans[name] = [command.split() for command in commands]
    (problems / "plans.json").write_text(json.dumps(plans))
    domain = folder / "domain.pddl"
    domain.write_text(domain_to_pddl(env.family.language.domain))
    return domain


def _unified_planning(domain: Path, folder: Path, plays: Plays) -> float:
    from unified_planning.engines import UPSequentialSimulator  # pyright: ignore[reportMissingImports]
    from unified_planning.io import PDDLReader  # pyright: ignore[reportMissingImports]

    steps, spent = 0, 0.0
    for file, (_, commands) in zip(sorted((folder / "problems").glob("*.pddl")), plays, strict=True):
        problem = PDDLReader().parse_problem(str(domain), str(file))
        simulator = UPSequentialSimulator(problem)
        words = [command.split() for command in commands]
        actions = [(problem.action(name), tuple(problem.object(a) for a in rest)) for name, *rest in words]
        state = simulator.get_initial_state()
        began = process_time()
        for action, objects in actions:
            state = simulator.apply(state, action, objects)
            won = simulator.is_goal(state)
        spent += process_time() - began
        assert won
        steps += len(actions)
    return steps / spent


def _pddlgym(domain: Path, folder: Path) -> float:
    home = folder / "venv"
    venv.create(home, with_pip=True)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *NEEDED], check=True)
    subprocess.run([*pip, "--no-deps", *PEERS], check=True)
    script = Path(__file__).with_name("pddlgym_steps.py")
    done = subprocess.run(
        [str(python), str(script), str(domain), str(folder / "problems")], check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["won"] == 1.0, f"pddlgym did not reach every goal: {told}"
    return told["steps"] / told["seconds"]


if __name__ == "__main__":
    for label, figure in measure(with_pddlgym="pddlgym" in sys.argv[1:]):
        print(f"{label:90} {figure}")
