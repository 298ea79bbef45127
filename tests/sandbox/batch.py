"""Run the whole hostile set in one process, as whoever it is: `python -m tests.sandbox.batch FOLDER [LAYER …]`.

Prints one JSON object: the rung, the user, and for each program that should be contained here what went wrong.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.sandbox.hostile import HASTY, PATIENT, PROGRAMS, Arena, World
from worldlore.sandbox import Bounds, Sandbox
from worldlore.sandbox.worker import Worker


class Lower(Sandbox):
    """A sandbox that leaves layers out."""

    def __init__(self, bounds: Bounds, without: Sequence[str]) -> None:
        self.without = without
        super().__init__(bounds)

    def _start(self) -> Worker:
        return Worker(self.bounds, self.without)


def main(folder: Path, without: Sequence[str]) -> None:
    """Run every program the rung promises to contain; those that only the clock ends, at the highest rung only."""
    arena = Arena(World(folder), Lower(PATIENT, without), Lower(HASTY, without))
    chosen = [program for program in PROGRAMS if program.needs <= arena.rung and not (without and program.hasty)]
    faults = {program.name: arena.faults(program) for program in chosen}
    arena.close()
    sys.stdout.write(json.dumps({"rung": arena.rung.name, "user": os.geteuid(), "faults": faults}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
