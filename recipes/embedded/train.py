"""The training run: seeded, logged, and resumed from its last checkpoint when it is started again.

Muon on the matrices of the layers, AdamW on the rest; the rate rises, stays, and falls in the last part. Games are
never repeated: each step reads new ones, so the state of a run is its weights, its optimisers and its step. The
assistant's words carry the loss; the world's count a little, because foreseeing it teaches where things are kept.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import LlamaConfig, LlamaForCausalLM

from recipes.embedded import sentences
from recipes.embedded import tokenizer as words
from recipes.embedded.bush import Bush
from recipes.embedded.language import Language, Lesson, language
from worldlore.errors import ConfigError
from worldlore.models.render import Template

Row = tuple[list[int], list[float]]
"""An episode's tokens, and what each weighs in the loss."""
ROUND = 32
"""Lengths are padded to multiples of this."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a run depends on."""

    language: str = "household"
    """What is read: one of `language.LANGUAGES`."""
    seed: int = 0
    """Of the weights, the slips and the order."""
    vocabulary: int = 1024
    """Tokens at most."""
    longest: int = 24
    """Characters of a token at most."""
    width: int = 192
    """Of the residual stream."""
    layers: int = 4
    """Blocks."""
    heads: int = 6
    """Attention heads of a layer."""
    inner: int = 512
    """Width inside the feed-forward layers."""
    tied: bool = True
    """One vector for a token that is read and one that is said."""
    alike: bool = False
    """Begin with attention to what is alike."""
    context: int = 2048
    """Longest conversation, in tokens."""
    steps: int = 2100
    """Optimiser steps; by their number one chooses how good the model becomes."""
    games: int = 16
    """Episodes a step."""
    passes: int = 1
    """Forward and backward passes a step."""
    group: int = 1
    """Lessons, one after another, that begin alike; what they share is computed once."""
    shelf: int = 16
    """Steps whose episodes are sorted by length together."""
    half: bool = True
    """Compute in bfloat16 where that is safe."""
    rate: float = 5e-3
    """Learning rate at its height, for both optimisers."""
    course: tuple[tuple[int, float], ...] = ((0, 0.02), (49, 1.0), (640, 1.0), (1600, 0.0), (1620, 0.3), (2100, 0.0))
    """The share of that height over the steps, in straight lines between these: a high hill, then a low one."""
    decay: float = 0.05
    """Weight decay of the matrices."""
    world: float = 0.1
    """Weight of the world's tokens, where the assistant's have 1."""
    opening: float = 0.0
    """Weight of the tokens that open a conversation."""
    save_every: int = 100
    """Steps between checkpoints."""

    @classmethod
    def of(cls, name: str) -> Recipe:
        """The recipe of a language."""
        return cls(language=name, **language(name).settings)


class Run:
    """One training run in a folder: `model/`, `state.pt`, `log.jsonl`."""

    def __init__(self, recipe: Recipe, folder: Path):
        self.recipe, self.folder = recipe, folder
        folder.mkdir(parents=True, exist_ok=True)
        spoken = language(recipe.language)
        self.corpus = spoken.corpus(recipe.seed)
        self.tokenizer = _tokenizer(recipe, spoken, folder / "model")
        self.template = Template(self.tokenizer)
        self.network = network(recipe, self.tokenizer)
        if parts := spoken.sentences():
            alike = {
                part: [self.tokenizer.encode(f" {name}")[0] for name in like] for part, like in spoken.alike().items()
            }
            sentences.compose(self.network, parts, alike)
        self.optimisers = _optimisers(recipe, self.network)
        self.step = self.tokens = 0
        self.seconds = 0.0
        """CPU time of all threads, over all sessions."""
        self._shelf = -1
        self._steps: list[list[Row]] = []
        self._resume()

    def train(self, until: int | None = None) -> None:
        """Go on to the last step, or to `until`, and save."""
        last = min(until or self.recipe.steps, self.recipe.steps)
        while self.step < last:
            begun = time.process_time()
            loss = self._one()
            self.step += 1
            self.seconds += time.process_time() - begun
            if self.step % 10 == 0 or self.step == last:
                self.record({"loss": round(loss, 4)})
            if self.step % self.recipe.save_every == 0 or self.step == last:
                self.save()

    def save(self) -> None:
        """The model as a Hugging Face directory, and what is needed to go on."""
        self.network.save_pretrained(self.folder / "model", state_dict=sentences.composed(self.network))
        self.tokenizer.save_pretrained(self.folder / "model")
        part = self.folder / "state.part"
        state = {name: getattr(self, name) for name in ("step", "tokens", "seconds")}
        optimisers = [o.state_dict() for o in self.optimisers]
        torch.save({**state, "network": self.network.state_dict(), "optimisers": optimisers}, part)
        part.replace(self.folder / "state.pt")

    def _one(self) -> float:
        """One optimiser step; the mean loss of the assistant's tokens."""
        recipe = self.recipe
        rows = self._rows()
        whole = sum(sum(weights) for _, weights in rows)
        size = -(-len(rows) // recipe.passes)
        parts = [rows[at : at + size] for at in range(0, len(rows), size)]
        losses = [
            self._together(part, whole) if recipe.group > 1 else self._pass(*padded(part), whole) for part in parts
        ]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = recipe.rate * rate(recipe, self.step)
            optimiser.step()
            optimiser.zero_grad()
        self.tokens += sum(len(ids) for ids, _ in rows)
        return sum(losses) / max(1, sum(weights.count(1.0) for _, weights in rows))

    def _rows(self) -> list[Row]:
        """The episodes of this step: like in length, so that little is padded."""
        shelf, at = divmod(self.step, self.recipe.shelf)
        if shelf != self._shelf:
            size = self.recipe.games
            lessons = self.corpus.read(shelf * self.recipe.shelf * size, self.recipe.shelf * size)
            rows, group = [self._row(lesson) for lesson in lessons], self.recipe.group
            groups = [rows[i : i + group] for i in range(0, len(rows), group)]
            groups.sort(key=lambda group: max(len(ids) for ids, _ in group))
            rows = [row for group in groups for row in group]
            self._steps = [rows[i : i + size] for i in range(0, len(rows), size)]
            Random(f"{self.recipe.seed} {shelf}").shuffle(self._steps)
            self._shelf = shelf
        return self._steps[at]

    def _pass(self, ids_BT: Tensor, weights_BT: Tensor, whole: float) -> float:  # noqa: N803
        goals, weights = ids_BT[:, 1:].flatten(), weights_BT[:, 1:].flatten()
        carries = weights.nonzero()[:, 0]
        room = (-len(carries)) % ROUND  # places without weight, so that few shapes occur
        carries = torch.cat([carries, (weights == 0).nonzero()[:room, 0]])
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.half):
            states = self.network.model(input_ids=ids_BT, use_cache=False).last_hidden_state
            logits = self.network.lm_head(states[:, :-1].flatten(0, 1)[carries])
        losses = F.cross_entropy(logits.float(), goals[carries], reduction="none")
        ((losses * weights[carries]).sum() / whole).backward()
        return float(losses.detach()[weights[carries] == 1].sum())

    def _together(self, rows: list[Row], whole: float) -> float:
        size = self.recipe.group
        bush = Bush.of([rows[at : at + size] for at in range(0, len(rows), size)])
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.half):
            loss = bush.losses(self.network)
        (loss / whole).backward()
        return float(loss.detach())

    def _row(self, lesson: Lesson) -> Row:
        return tokens(lesson, self.template, self.recipe.world, self.recipe.opening)

    def record(self, what: dict[str, Any]) -> None:
        """Add a line to the log."""
        line = {"step": self.step, "tokens": self.tokens, "cpu_seconds": round(self.seconds, 1), **what}
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def _resume(self) -> None:
        self._same_recipe()
        file = self.folder / "state.pt"
        if not file.is_file():
            return
        state = torch.load(file, weights_only=True)
        self.network.load_state_dict(state["network"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.tokens, self.seconds = state["step"], state["tokens"], state["seconds"]
        log = self.folder / "log.jsonl"
        lines = log.read_text().splitlines() if log.is_file() else []
        kept = [line for line in lines if json.loads(line)["step"] <= self.step]
        log.write_text("".join(line + "\n" for line in kept))

    def _same_recipe(self) -> None:
        """Only the number of steps may differ from the recipe the run was begun with."""
        file = self.folder / "recipe.json"
        now = json.loads(json.dumps(asdict(self.recipe)))
        before = json.loads(file.read_text()) if file.is_file() else now
        differ = sorted(key for key in now if before.get(key) != now[key] and key != "steps")
        if differ:
            raise ConfigError(f"the run in {self.folder} has other {', '.join(differ)}; give another folder")
        file.write_text(json.dumps(now, indent=1) + "\n")


def tokens(lesson: Lesson, template: Template, world: float, opening: float = 0.0) -> Row:
    """A lesson's tokens and what each weighs in the loss; slips weigh nothing."""
    ids = template.prompt(lesson.messages)[:-1]
    mark = dict(zip(words.SPECIAL, template.tokenizer.convert_tokens_to_ids(list(words.SPECIAL)), strict=True))
    weights, turn, weight = [], -1, 0.0
    for token in ids:
        weights.append(weight)
        if token == mark[words.ASSISTANT]:
            turn += 1
            weights[-1] = 0.0
            weight = 0.0 if turn in lesson.slips else 1.0
        elif token in (mark[words.END], mark[words.USER]):
            weight = world if turn >= 0 else opening
    return ids, weights


def padded(rows: list[Row]) -> tuple[Tensor, Tensor]:
    """Rows as ids [B, T] and weights [B, T]; T is rounded up, so that few shapes occur."""
    longest = max(len(ids) for ids, _ in rows)
    longest += -longest % ROUND
    ids_BT = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in rows])  # noqa: N806
    weights_BT = torch.tensor([weights + [0.0] * (longest - len(weights)) for _, weights in rows])  # noqa: N806
    return ids_BT, weights_BT


def rate(recipe: Recipe, step: int) -> float:
    """The share of the height at which the learning rate is in a step."""
    steps, shares = zip(*recipe.course, strict=True)
    return float(np.interp(step, steps, shares))


def network(recipe: Recipe, tokenizer: Any) -> LlamaForCausalLM:
    """A new network."""
    torch.manual_seed(recipe.seed)
    end = tokenizer.eos_token_id
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=recipe.width, num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads, num_key_value_heads=recipe.heads, intermediate_size=recipe.inner,
        max_position_embeddings=recipe.context, tie_word_embeddings=recipe.tied, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None, eos_token_id=end, attn_implementation="sdpa",
    )  # fmt: skip
    net = LlamaForCausalLM(config)
    if recipe.alike:
        _look_alike(net)
    return net


@torch.no_grad()
def _look_alike(net: LlamaForCausalLM) -> None:
    """Attention begins by looking for what is alike, and by passing on what it finds (cf. arXiv 2305.09828)."""
    net.model.embed_tokens.weight.normal_(std=0.5)
    for layer in net.model.layers:
        attention: Any = layer.self_attn
        for first, second in ((attention.q_proj, attention.k_proj), (attention.v_proj, attention.o_proj)):
            torch.nn.init.orthogonal_(first.weight, 0.7)
            second.weight.copy_(first.weight if second is attention.k_proj else first.weight.T)


def _optimisers(recipe: Recipe, net: LlamaForCausalLM) -> tuple[torch.optim.Optimizer, ...]:
    matrices = [p for p in net.model.layers.parameters() if p.ndim == 2]
    chosen = {id(p) for p in matrices}
    rest = [p for p in net.parameters() if id(p) not in chosen]
    muon = partial(torch.optim.Muon, adjust_lr_fn="match_rms_adamw", momentum=0.95)
    return (
        muon(matrices, lr=recipe.rate, weight_decay=recipe.decay),
        torch.optim.AdamW(rest, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.0),
    )


def _tokenizer(recipe: Recipe, spoken: Language, folder: Path) -> Any:
    """The run's own if it has one, else one trained on what comes after the last lesson of the longest run."""
    if (folder / "tokenizer.json").is_file():
        return words.PreTrainedTokenizerFast.from_pretrained(str(folder))
    lessons = spoken.corpus(recipe.seed).read(spoken.first, spoken.count)
    texts = (m.content for lesson in lessons for m in lesson.messages)
    cut = spoken.pieces()
    made = words.train(texts, spoken.names(), recipe.vocabulary, spoken.phrases(), recipe.longest, cut)
    sentences.add(made, spoken.sentences())
    made.save_pretrained(str(folder))
    return made
