"""`worldlore export LESSON_OR_RUN --to TARGET --out FOLDER`: learned actions, for use elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldlore.cli.terminal import Terminal


def export(
    lesson: Annotated[Path, typer.Argument(help="Folder of a run, or of a lesson.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="skills (Agent Skills) or openai-tools.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.", show_default=False)],
    seed: Annotated[int | None, typer.Option(help="Learning seed of a run; the first one unless told.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Write learned actions as Agent Skills or as OpenAI tool schemas."""
    from worldlore.reports.export import export as write
    from worldlore.reports.export import opened

    console = Terminal(highlight=False, soft_wrap=True)
    for path in write(opened(lesson, seed), to, out, force):
        console.print(str(path), markup=False)
