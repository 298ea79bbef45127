"""The network a training run works on: loaded from a folder, made ready to learn, and written back.

A folder with a PEFT adapter is trained on where adapters are trained, and merged into its base model where full
weights are. Training is without dropout, as preference training usually is: tokens that many sequences share have
one set of activations, and the reference must be comparable.
"""

# pyright: reportUnknownMemberType=false
from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn
from transformers.utils import logging

from worldlore.errors import ConfigError
from worldlore.models.engine import load
from worldlore.models.weights import check_weights, is_adapter
from worldlore.training.recipe import Training

_TOKENIZER = ("*token*", "*vocab*", "merges.txt", "*.model", "*.jinja")


def base_of(source: Path) -> Path:
    """The folder with the whole model and its tokenizer: the source itself, or the base its adapter names."""
    check_weights(source)
    if not is_adapter(source):
        return source
    named = json.loads((source / "adapter_config.json").read_text()).get("base_model_name_or_path")
    if not named or not Path(named).is_dir():
        raise ConfigError(f"the adapter in {source} was made for {named!r}, which is not here; put the model there")
    return Path(named)


def trainable(source: Path, training: Training) -> nn.Module:
    """The model in a folder, with the parameters that learn requiring a gradient."""
    base = base_of(source).resolve()
    adapter = source if base != source.resolve() else None
    dtype = getattr(torch, training.dtype)
    torch.manual_seed(training.seed)
    model: Any = load(base, None if training.lora else adapter, dtype)
    if training.lora is None:
        model.requires_grad_(True)
    elif adapter is not None:
        from peft import PeftModel

        with _hushed():
            model = PeftModel.from_pretrained(model, str(adapter), is_trainable=True)
    else:
        model = _with_adapters(model, training)
    for module in cast(nn.Module, model).modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    if training.gradient_checkpointing:
        with _hushed():
            model.gradient_checkpointing_enable({"use_reentrant": False})
    return model.train()


def write(model: Any, source: Path, folder: Path, state: dict[str, Any]) -> None:
    """Save weights as safetensors; whole models with the tokenizer's files as they were."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    model.save_pretrained(str(folder), state_dict=state)
    if shown:
        logging.enable_progress_bar()
    if hasattr(model, "peft_config"):
        return
    base = base_of(source)
    for file in {file for pattern in _TOKENIZER for file in base.glob(pattern) if file.is_file()}:
        shutil.copyfile(file, folder / file.name)


def size(model: nn.Module) -> int:
    """Bytes of the parameters that learn; of those that ZeRO-3 holds in pieces, of the whole."""
    return sum(getattr(p, "ds_numel", p.numel()) * p.element_size() for p in model.parameters() if p.requires_grad)


def _with_adapters(model: Any, training: Training) -> Any:
    from peft import LoraConfig, TaskType, get_peft_model

    assert training.lora is not None
    targets = training.lora.targets
    lora = LoraConfig(
        r=training.lora.rank,
        lora_alpha=cast(int, training.lora.alpha),
        target_modules=targets if isinstance(targets, str) else list(targets),
        task_type=TaskType.CAUSAL_LM,
    )
    with _hushed():
        return get_peft_model(model, lora)


@contextmanager
def _hushed() -> Generator[None]:
    """Without advice on names: peft and we use those that all transformers versions of our range know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
