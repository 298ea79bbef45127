"""Every benchmark in one table; `python -m benchmarks training rollout` runs only those.

Absolute speeds depend on the machine and on what else it does; each ratio is taken between two things measured
one after the other in this very run.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time

from rich.console import Console
from rich.table import Table

ROOMS = (
    "training",
    "generation",
    "environments",
    "robotics",
    "playground",
    "webshop",
    "scienceworld",
    "games",
    "theories",
    "exploring",
    "rollout",
    "distribution",
    "knowledge",
    "sandbox",
    "programs",
    "interpreting",
)


def main(rooms: tuple[str, ...]) -> None:
    """Measure and print."""
    console = Console()
    table = Table(title=f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores", title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for room in rooms:
        began = time.monotonic()
        for label, figure in importlib.import_module(f"benchmarks.{room}").measure():
            table.add_row(label, figure)
        table.add_section()
        console.print(f"{room}: measured in {time.monotonic() - began:.0f} s", highlight=False)
    console.print(table)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ROOMS)
