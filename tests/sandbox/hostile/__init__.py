"""Hostile programs, by what they attack. All are ours; the patterns are those that broke sandboxes made of Python."""

from tests.sandbox.hostile import files, interpreter, kernel, machinery, network, processes, resources
from tests.sandbox.hostile.base import FUNCTIONS, HASTY, PATIENT, Arena, Hostile, World

PROGRAMS = [
    *files.PROGRAMS,
    *processes.PROGRAMS,
    *network.PROGRAMS,
    *kernel.PROGRAMS,
    *resources.PROGRAMS,
    *interpreter.PROGRAMS,
    *machinery.PROGRAMS,
]

__all__ = ["FUNCTIONS", "HASTY", "PATIENT", "PROGRAMS", "Arena", "Hostile", "World"]
