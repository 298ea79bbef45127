"""The shop's steps a second and the time of a search, with 1,000 and with 10,000 products, on one core.

"By the expert" is how the shop is used, a new search in each task; "at random" clicks about, searching with the
instruction's words. A search of a query that was asked before is remembered. CPU seconds, so that other work on the
machine does not count. Run it alone with `python -m benchmarks.webshop`.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import process_time

from benchmarks.playing import STEPS, Plays, moments, random_plays, speed
from worldlore.environments.webshop import Catalogue, Webshop, WebshopConfig, generated
from worldlore.environments.webshop.goals import keywords
from worldlore.experience import Task

SIZES = (1_000, 10_000)
TASKS = 500


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    return [row for size in SIZES for row in _shop(size)] + [moments(Webshop())]


def _shop(size: int) -> list[tuple[str, str]]:
    what = f"webshop, {size:,} products: "
    made, indexed, catalogue = _opened(size)
    env = Webshop(WebshopConfig(products=size))
    tasks = env.tasks("train")[:TASKS]
    queries = [keywords(task.goal) for task in tasks]
    slow, top = _searched(catalogue, queries), _found(catalogue, tasks, queries)
    expert, random = _expert(env, tasks), random_plays(env, tasks)
    fresh = [_fresh(env, plays) for plays in (expert, random)]
    known = [speed(env, plays, times=3) for plays in (expert, random)]
    return [
        (what + "seconds to make them, to index them", f"{made:.2f}, {indexed:.2f}"),
        (what + "a search; the target is among the first ten", f"{slow * 1e3:.2f} ms; {top:.0%}"),
        (what + "steps/s by the expert (fresh; known)", f"{fresh[0]:,.0f}; {known[0]:,.0f}"),
        (what + "steps/s at random (fresh; known)", f"{fresh[1]:,.0f}; {known[1]:,.0f}"),
    ]


def _opened(size: int) -> tuple[float, float, Catalogue]:
    generated(200).search("lamp")  # what is loaded once is loaded before
    began = process_time()
    catalogue = generated(size)
    made = process_time()
    catalogue.search("lamp")
    return made - began, process_time() - made, catalogue


def _searched(catalogue: Catalogue, queries: Sequence[str]) -> float:
    """Seconds of a search that was not made before."""
    catalogue.forget()
    began = process_time()
    for query in set(queries):
        catalogue.search(query)
    return (process_time() - began) / len(set(queries))


def _found(catalogue: Catalogue, tasks: Sequence[Task], queries: Sequence[str]) -> float:
    """How often the product an instruction was made from is on the first page."""
    pages = [catalogue.search(query)[:10] for query in queries]
    return sum(catalogue.places[t.data["asin"]] in page for t, page in zip(tasks, pages, strict=True)) / len(tasks)


def _expert(env: Webshop, tasks: Sequence[Task]) -> Plays:
    plays = []
    for task in tasks:
        env.reset(task, 0)
        commands, done = list[str](), False
        while not done and len(commands) < STEPS and (command := env.expert()) is not None:
            commands.append(command)
            done = env.step(command).done
        plays.append((task, commands))
    return plays


def _fresh(env: Webshop, plays: Plays) -> float:
    env.shop.catalogue.forget()
    return speed(env, plays)


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label:90} {figure}")
