"""What one sees while an experiment runs: phase, rate, success so far, time left."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

VERBS = {
    "practice": "practises",
    "training": "trains",
    "learned": "has learned",
    "test": "is tested",
    "predictions": "foretells, told one theory after another",
}


class Display:
    """A line a phase, for one run; a plain line each where the output is no terminal."""

    def __init__(self, console: Console, name: str) -> None:
        self.console = console
        self.name = name
        self.bars: dict[str, TaskID] = {}
        self.seen: dict[str, tuple[int, int]] = {}
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}"),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
        )
        self.progress = Progress(*columns, console=console, transient=False, refresh_per_second=4)

    def __enter__(self) -> Display:
        if self.console.is_terminal:
            self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self.progress.stop()
        else:
            for phase, (done, _) in self.seen.items():
                if done:
                    self._say(phase)

    def tell(self, phase: str, record: Mapping[str, Any]) -> None:
        """Take note of a record; what it has to say is printed."""
        if phase == "note":
            self.console.print(f"{self.name}: {record['said']}", highlight=False, markup=False)
        elif phase == "training":
            self._show(phase, record.get("of"), int(record.get("step", 0)), _training(record))
        elif phase == "predictions":
            self._show(phase, record.get("total"), int(record.get("done", 0)), "")
        elif "total" in record:
            self.seen[phase] = (record["done"], record["wins"])
            self._show(phase, record["total"], record["done"], self._success(phase))
        elif "done" in record:
            self._count(phase, record["done"], record["wins"])
        elif "success" in record:
            self._count(phase, 1, record["success"] is True)

    def _count(self, phase: str, episodes: int, won: int) -> None:
        done, wins = self.seen.get(phase, (0, 0))
        self.seen[phase] = (done + episodes, wins + won)
        self._show(phase, None, done + episodes, self._success(phase))

    def _success(self, phase: str) -> str:
        done, wins = self.seen[phase]
        return f"success {wins / done:.0%}" if done else ""

    def _show(self, phase: str, total: float | None, done: int, note: str) -> None:
        if phase not in self.bars:
            text = f"{self.name} {VERBS.get(phase, phase)}"
            self.bars[phase] = self.progress.add_task(text, total=None, count="", note="")
        bar = self.bars[phase]
        self.progress.update(bar, completed=done, note=note)
        if total is not None:
            self.progress.update(bar, total=total)
        task = self.progress.tasks[self.progress.task_ids.index(bar)]
        rate = f"{task.speed:.1f}/s" if task.speed else ""
        of = f"/{task.total:.0f}" if task.total else ""
        self.progress.update(bar, count=f"{done}{of} {rate}".strip())

    def _say(self, phase: str) -> None:
        done, _ = self.seen[phase]
        episodes = "1 episode" if done == 1 else f"{done} episodes"
        text = f"{self.name} {VERBS.get(phase, phase)}: {episodes}, {self._success(phase)}"
        self.console.print(text, highlight=False)


def _training(record: Mapping[str, Any]) -> str:
    parts = [f"{key} {record[key]:.3f}" for key in ("loss", "margin", "accuracy") if isinstance(record.get(key), float)]
    return ", ".join(parts)
