"""vLLM in process: a Hugging Face directory on GPUs, with an optional PEFT adapter (extra `vllm`).

    [models.policy]
    name = "vllm"
    path = "/models/Qwen3-8B"
    gpus = 2                        # tensor parallel
    memory = 0.5                    # of each GPU; leave room for training in the same process

Prompts travel as tokens, written by the template that training sees. Scores are prompt log-probabilities, for which
vLLM reads each prompt anew; generation shares beginnings by its prefix cache. Models that came of one another by
`with_weights` have one seat on the GPU: an adapter joins the engine that sits there, other weights take its place.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from worldlore import config
from worldlore.config import missing_extra
from worldlore.errors import ConfigError
from worldlore.experience import Completion, Failure, Generate, Score, Scores, Usage
from worldlore.models.base import Model
from worldlore.models.weights import check_weights, digest, is_adapter

if TYPE_CHECKING:
    from worldlore.models.render import Template

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The sizes of adapters that vLLM can be made ready for."""


class VllmConfig(config.Config):
    """Which weights, and how much of which GPUs they get."""

    path: Path
    """The directory: config.json, *.safetensors, a tokenizer."""
    adapter: Path | None = None
    """A PEFT adapter for the weights."""
    gpus: int = Field(default=1, ge=1)
    """GPUs that share the weights (tensor parallel)."""
    memory: float = Field(default=0.9, gt=0, le=1)
    """Share of each GPU's memory that is taken."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of the computation; "auto": as stored."""
    max_context: int | None = Field(default=None, ge=1)
    """Tokens of prompt and reply together; unset: as the model's own configuration says."""
    engine: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Further arguments of vllm.LLM, such as quantization or enforce_eager."""


class Seat:
    """The place on the GPUs: at most one engine, and the adapters it has been told of."""

    def __init__(self) -> None:
        self.engine: Any = None
        self._for: tuple[str, int] | None = None
        self._adapters: dict[str, int] = {}

    def taken(self, config: VllmConfig) -> Any:
        """The engine for a folder, ready for its adapter; another one's is let go."""
        rank = 0 if config.adapter is None else _rank(config.adapter)
        folder = digest(config.path)
        if self._for is None or self._for[0] != folder or self._for[1] < rank:
            self.leave()
            self.engine, self._for = _engine(config, rank), (folder, rank)
        return self.engine

    def adapter(self, folder: Path) -> Any:
        """What vLLM wants to hear about an adapter."""
        number = self._adapters.setdefault(digest(folder), len(self._adapters) + 1)
        return import_module("vllm.lora.request").LoRARequest(f"adapter-{number}", number, str(folder))

    def leave(self) -> None:
        """Let go of the engine and its memory."""
        self.engine = self._for = None
        gc.collect()


class Vllm(Model):
    """Weights in a folder, run by vLLM in this process; loaded at the first request."""

    name = "vllm"
    Config = VllmConfig
    can = frozenset({"generate", "score"})

    def __init__(self, config: VllmConfig, seat: Seat | None = None):
        self.config = config
        self.seat = seat or Seat()
        self.weights = config.adapter or config.path
        folders = [config.path] if config.adapter is None else [config.path, config.adapter]
        for folder in folders:
            check_weights(folder)
        settings = json.dumps([config.dtype, config.max_context, config.engine], sort_keys=True)
        self.identity = f"vllm:{digest(*folders)} {settings}"

    def check(self) -> None:
        """Load everything; ConfigError where vLLM is not installed or cannot start."""
        assert self._engine()

    def with_weights(self, folder: Path) -> Vllm:
        """The same settings, on the same seat, with another whole model or with an adapter for this one."""
        if not is_adapter(folder):
            return Vllm(self.config.model_copy(update={"path": folder, "adapter": None}), self.seat)
        if self.config.adapter is not None:
            raise ConfigError(
                f"the model already has the adapter {self.config.adapter} and cannot take {folder} as well; "
                "merge one of them into the model"
            )
        return Vllm(self.config.model_copy(update={"adapter": folder}), self.seat)

    def close(self) -> None:
        """Let go of the engine, whoever sits there; the next request of any of them loads its own."""
        self.seat.leave()

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        """A reply to each, all in one batch."""
        engine = self._engine()
        begun = [self.template.reply(r.begun)[:-1] if r.begun else [] for r in requests]
        prompts = [self.template.prompt(r.messages) + start for r, start in zip(requests, begun, strict=True)]
        fits = [i for i, prompt in enumerate(prompts) if len(prompt) < self._context(engine)]
        params = [self._params(requests[i], self._context(engine) - len(prompts[i])) for i in fits]
        told = dict(zip(fits, self._run(engine, [prompts[i] for i in fits], params), strict=True))
        return [
            self._completion(told[i], request, begun[i]) if i in told else self._overflow(len(prompts[i]), engine)
            for i, request in enumerate(requests)
        ]

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """Log-probabilities of each continuation's tokens after its prompt, all in one batch."""
        engine = self._engine()
        own = 0  # log-probabilities of the prompt's own tokens, and of no others
        params = import_module("vllm").SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=own)
        rows: list[tuple[int, list[int], list[int]]] = []
        overflows: dict[int, Failure] = {}
        for i, request in enumerate(requests):
            prompt = self.template.prompt(request.messages)
            replies = [self.template.reply(text) for text in request.continuations]
            replies = replies if request.end_of_turn else [reply[:-1] for reply in replies]
            longest = len(prompt) + max(map(len, replies), default=0)
            if longest >= self._context(engine):  # vLLM always writes a token after what it reads
                overflows[i] = self._overflow(longest, engine)
                continue
            rows += [(i, prompt, reply) for reply in replies]
        outputs = self._run(engine, [prompt + reply for _, prompt, reply in rows], [params] * len(rows))
        found: list[list[tuple[float, ...]]] = [[] for _ in requests]
        for (i, prompt, reply), output in zip(rows, outputs, strict=True):
            told = output.prompt_logprobs[len(prompt) :]
            found[i].append(tuple(float(at[token].logprob) for at, token in zip(told, reply, strict=True)))
        used = [0] * len(requests)
        for i, prompt, reply in rows:
            used[i] = (used[i] or len(prompt)) + len(reply)
        return [overflows.get(i) or Scores(tuple(found[i]), Usage(used[i])) for i in range(len(requests))]

    @cached_property
    def template(self) -> Template:
        """The chat template."""
        from worldlore.models.render import Template  # loads transformers

        return Template.load(self.config.path)

    def _engine(self) -> Any:
        return self.seat.taken(self.config)

    def _run(self, engine: Any, prompts: list[list[int]], params: list[Any]) -> list[Any]:
        if not prompts:
            return []
        adapter = self.config.adapter and self.seat.adapter(self.config.adapter)
        tokens = [{"prompt_token_ids": prompt} for prompt in prompts]
        return engine.generate(tokens, params, use_tqdm=False, lora_request=adapter)

    def _params(self, request: Generate, room: int) -> Any:
        sampling = request.sampling
        return import_module("vllm").SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, room),
            stop=list(sampling.stop),
            stop_token_ids=sorted(self.template.ends),
            seed=sampling.seed,
            logprobs=0,
        )

    def _completion(self, output: Any, request: Generate, begun: list[int]) -> Completion:
        (written,) = output.outputs
        tokens = [int(token) for token in written.token_ids]
        logprobs = [float(at[token].logprob) for at, token in zip(written.logprobs, tokens, strict=True)]
        usage = Usage(len(output.prompt_token_ids), len(tokens))
        finish = "length" if written.finish_reason == "length" else "stop"
        if begun:  # what was begun was not drawn, so it has no log-probabilities
            return Completion(request.begun + written.text, finish, usage=usage)
        return Completion(written.text, finish, tuple(tokens), tuple(logprobs), usage)

    def _context(self, engine: Any) -> int:
        return int((getattr(engine, "model_config", None) or engine.llm_engine.model_config).max_model_len)

    def _overflow(self, tokens: int, engine: Any) -> Failure:
        return Failure(
            f"{tokens} tokens do not fit the model's context of {self._context(engine)}; "
            "shorten the conversation or use a model with a longer context",
            "context",
        )


def _engine(config: VllmConfig, rank: int) -> Any:
    try:
        package: Any = import_module("vllm")
    except ModuleNotFoundError as error:
        raise missing_extra("model 'vllm'", error, {"vllm": "vllm"}) from error
    ready = {"enable_lora": True, "max_lora_rank": rank} if rank else {}
    try:
        return package.LLM(
            model=str(config.path),
            tensor_parallel_size=config.gpus,
            gpu_memory_utilization=config.memory,
            dtype=config.dtype,
            max_model_len=config.max_context,
            **{**ready, **config.engine},
        )
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise ConfigError(
            f"vLLM could not start with {config.path} ({type(error).__name__}: {reason}); lower memory or max_context, "
            "give it more gpus, or use model 'local'"
        ) from error


def _rank(adapter: Path) -> int:
    """The size vLLM must be made ready for."""
    rank = int(json.loads((adapter / "adapter_config.json").read_text())["r"])
    fitting = next((size for size in RANKS if size >= rank), None)
    if fitting is None:
        raise ConfigError(
            f"the adapter {adapter} has rank {rank}, and vLLM takes at most {RANKS[-1]}; merge it instead"
        )
    return fitting
