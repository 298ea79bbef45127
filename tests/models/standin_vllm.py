"""A stand-in for the package vllm, of the documented interface; numbers by transformers, one row at a time.

It stands in for what is asked of vLLM and in which shapes it answers, not for vLLM itself: no GPU was at hand.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

MADE: list[LLM] = []
"""Every engine that was started."""


@dataclass
class SamplingParams:
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = 16
    stop: list[str] = field(default_factory=list)
    stop_token_ids: list[int] = field(default_factory=list)
    seed: int | None = None
    logprobs: int | None = None
    prompt_logprobs: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.top_p <= 1 or self.temperature < 0 or (self.max_tokens or 1) < 1:
            raise ValueError("as vLLM would refuse it")


@dataclass(frozen=True)
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str

    def __post_init__(self) -> None:
        assert self.lora_int_id > 0


class LLM:
    def __init__(
        self,
        model,
        *,
        tensor_parallel_size=1,
        gpu_memory_utilization=0.9,
        dtype="auto",
        max_model_len=None,
        enable_lora=False,
        max_lora_rank=16,
        **more,
    ):
        if more.get("quantization") == "no-such":
            raise ValueError("Unknown quantization method: no-such")
        self.lora_rank = max_lora_rank if enable_lora else 0
        self.network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(model)
        self.adapted: dict[int, torch.nn.Module] = {}
        longest = max_model_len or self.network.config.max_position_embeddings
        self.llm_engine = SimpleNamespace(model_config=SimpleNamespace(max_model_len=longest))
        self.batches: list[int] = []
        MADE.append(self)

    def generate(self, prompts, sampling_params=None, *, use_tqdm=True, lora_request=None):
        assert isinstance(sampling_params, list) and len(sampling_params) == len(prompts)
        self.batches.append(len(prompts))
        network = self._with(lora_request)
        return [
            self._one(network, p["prompt_token_ids"], params)
            for p, params in zip(prompts, sampling_params, strict=True)
        ]

    def _with(self, lora: LoRARequest | None):
        if lora is None:
            return self.network
        assert self.lora_rank, "vLLM refuses an adapter where enable_lora was not set"
        if lora.lora_int_id not in self.adapted:
            base = AutoModelForCausalLM.from_pretrained(self.network.name_or_path, dtype=torch.float32)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for what it is about to rename
                adapted = PeftModel.from_pretrained(base, lora.lora_path).merge_and_unload()
            self.adapted[lora.lora_int_id] = adapted.eval()
        return self.adapted[lora.lora_int_id]

    @torch.inference_mode()
    def _one(self, network, prompt, params):
        longest = self.llm_engine.model_config.max_model_len
        assert len(prompt) + 1 <= longest, "vLLM refuses a prompt that leaves no room"
        draw = torch.Generator().manual_seed(params.seed or 0)
        tokens, logprobs, reason = [], [], "length"
        while len(tokens) < min(params.max_tokens, longest - len(prompt)):
            row = network(torch.tensor([prompt + tokens])).logits[0, -1].float()
            heat = params.temperature
            token = int(torch.multinomial((row / heat).softmax(-1), 1, generator=draw)) if heat else int(row.argmax())
            tokens.append(token)
            logprobs.append({token: SimpleNamespace(logprob=float(row.log_softmax(-1)[token]), rank=1)})
            text = self.tokenizer.decode(tokens, skip_special_tokens=True)
            if token in params.stop_token_ids or any(stop in text for stop in params.stop):
                reason = "stop"
                break
        text = self.tokenizer.decode(tokens, skip_special_tokens=True)
        text = text[: min((at for at in map(text.find, params.stop) if at >= 0), default=None)]
        written = SimpleNamespace(
            text=text,
            token_ids=tokens,
            logprobs=None if params.logprobs is None else logprobs,
            finish_reason=reason,
        )
        told = None if params.prompt_logprobs is None else self._told(network, prompt)
        return SimpleNamespace(prompt_token_ids=prompt, outputs=[written], prompt_logprobs=told)

    def _told(self, network, prompt):
        rows = network(torch.tensor([prompt])).logits[0].float().log_softmax(-1)
        after = [{token: SimpleNamespace(logprob=float(rows[i, token]))} for i, token in enumerate(prompt[1:])]
        return [None, *after]


def modules() -> dict[str, ModuleType]:
    """What `import vllm` finds where the stand-in is at work."""
    package, lora, request = ModuleType("vllm"), ModuleType("vllm.lora"), ModuleType("vllm.lora.request")
    package.LLM, package.SamplingParams, request.LoRARequest = LLM, SamplingParams, LoRARequest
    return {"vllm": package, "vllm.lora": lora, "vllm.lora.request": request}


def install(patch) -> None:
    """Put it where the package would be, until the test ends."""
    MADE.clear()
    for name, module in modules().items():
        patch.setitem(sys.modules, name, module)
