"""A training run on disk: whole at every moment, whenever it is killed.

    out/
      checkpoint-000200/   weights and optimiser after that many steps (accelerate's state), progress.json
      weights/             what came out, or is the best so far: a Hugging Face directory or a PEFT adapter
      fitted.json          its summary; present once the run is done
      curve.jsonl          one record an optimiser step

Everything is written beside its place and moved there at once. A folder belongs to one run, known by the hash of its
weights, units and keys; another run is refused.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from safetensors import SafetensorError

from worldlore.errors import StoreError
from worldlore.experience import write_jsonl

Record = dict[str, Any]

# Tied weights are stored once and tied again when they are read; nobody has to be warned of that.
logging.getLogger("accelerate.utils.other").addFilter(lambda record: "shared tensor" not in record.getMessage())


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    identity: str
    """Which run it is."""
    reference_P2: list[list[float]] = field(default_factory=list[list[float]])
    """Log-probability of each example's two sides before training."""
    step: int = 0
    """Optimiser steps taken."""
    tokens: int = 0
    """Tokens passed forward and backward."""
    curve: list[Record] = field(default_factory=list[Record])
    """One record a step."""
    held_out: list[Record] = field(default_factory=list[Record])
    """What was measured on units kept back."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a training run gave."""

    weights: Path
    """A Hugging Face directory or a PEFT adapter."""
    trained_tokens: int
    """Tokens passed forward and backward."""
    steps: int
    """Optimiser steps."""
    final: Record
    """Means over the last epoch, how many units were left out as too long, and what those kept back say."""


def finished(out: Path, identity: str) -> Fitted | None:
    """The summary of a run that is done; StoreError if the folder holds another run's."""
    file = out / "fitted.json"
    if not file.is_file():
        return None
    plain = json.loads(file.read_text())
    _check_owner(out, plain.pop("identity"), identity)
    return Fitted(out / "weights", **plain)


def finish(accelerator: Accelerator, out: Path, progress: Progress, final: Record) -> Fitted:
    """Write the summary, and drop what only an unfinished run needs; every process calls this."""
    plain: Record = {"trained_tokens": progress.tokens, "steps": progress.step, "final": final}
    if accelerator.is_main_process:
        write_jsonl(out / "curve.jsonl", progress.curve)
        _write(out / "fitted.json", {"identity": progress.identity, **plain})
        for folder in out.glob("checkpoint-*"):
            shutil.rmtree(folder)
    accelerator.wait_for_everyone()
    return Fitted(out / "weights", **plain)


def save(accelerator: Accelerator, out: Path, progress: Progress) -> None:
    """Write a checkpoint and drop the one before it; every process calls this."""
    folder = out / f"checkpoint-{progress.step:06d}"

    def write(draft: Path) -> None:
        accelerator.save_state(str(draft))
        if accelerator.is_main_process:
            _write(draft / "progress.json", asdict(progress))

    placed(accelerator, folder, write)
    if accelerator.is_main_process:
        for other in set(out.glob("checkpoint-*")) - {folder}:
            shutil.rmtree(other)


def restore(accelerator: Accelerator, out: Path, identity: str) -> Progress | None:
    """Take weights, optimiser and progress from the last checkpoint; None if there is none."""
    folders = sorted(p for p in out.glob("checkpoint-*") if not p.name.endswith(".draft"))
    if not folders:
        return None
    try:
        progress = Progress(**json.loads((folders[-1] / "progress.json").read_text()))
        _check_owner(out, progress.identity, identity)
        accelerator.load_state(str(folders[-1]))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise StoreError(f"the checkpoint {folders[-1]} is damaged ({error}); remove it and run again") from error
    return progress


def placed(accelerator: Accelerator, folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a draft of a folder, then move it to its place; StoreError if the disk refuses."""
    draft = folder.with_name(folder.name + ".draft")
    if accelerator.is_main_process:
        for old in (draft, folder):
            with suppress(FileNotFoundError):
                shutil.rmtree(old)
    accelerator.wait_for_everyone()
    try:
        draft.mkdir(parents=True, exist_ok=True)
        write(draft)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise StoreError(f"cannot write {folder} ({error}); free some space and run again") from error
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        draft.replace(folder)
    accelerator.wait_for_everyone()


def check_space(out: Path, needed: int) -> None:
    """StoreError unless the disk has room for `needed` bytes more."""
    free = shutil.disk_usage(out).free
    if free < needed:
        raise StoreError(
            f"training writes about {needed / 1e9:.1f} GB to {out}, but only {free / 1e9:.1f} GB are free; "
            "free some space, or set save_every = 0 to go without checkpoints"
        )


def _write(file: Path, plain: Record) -> None:
    draft = file.with_name(file.name + ".draft")
    draft.write_text(json.dumps(plain))
    draft.replace(file)


def _check_owner(out: Path, found: str, identity: str) -> None:
    if found != identity:
        raise StoreError(
            f"{out} holds a training run on other weights, units or keys; give another folder or remove this one"
        )
