"""Steps of pddlgym, run by the Python of a virtual environment that holds it; nothing of worldlore is imported.

    python pddlgym_steps.py domain.pddl FOLDER    with FOLDER/*.pddl the problems and FOLDER/plans.json

Prints one JSON line: steps taken, CPU seconds they took, and how many of the plans ended in a goal.
"""

import json
import sys
import warnings
from pathlib import Path
from time import process_time

warnings.simplefilter("ignore")
from pddlgym.core import PDDLEnv  # noqa: E402  # pyright: ignore[reportMissingImports]


def main(domain: str, folder: str, seconds: float = 4.0) -> None:
    """Play the plans again and again."""
    env = PDDLEnv(domain, folder, operators_as_actions=True, dynamic_action_space=False)
    plans = json.loads((Path(folder) / "plans.json").read_text())
    predicates = {predicate.name: predicate for predicate in env.action_predicates}
    steps = won = rounds = 0
    spent = 0.0
    while spent < seconds:
        rounds += 1
        for i, problem in enumerate(env.problems):
            env.fix_problem_index(i)
            state, _ = env.reset()
            objects = {o.name: o for o in state.objects}
            plan = plans[problem.problem_name]
            actions = [predicates[name](*(objects[a] for a in arguments)) for name, *arguments in plan]
            began = process_time()
            for action in actions:
                _, reward, *_ = env.step(action)
                won += reward > 0
            spent += process_time() - began
            steps += len(actions)
    print(json.dumps({"steps": steps, "seconds": spent, "won": won / (rounds * len(plans))}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
