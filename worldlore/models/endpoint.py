"""Any server that speaks the OpenAI protocol: vLLM, Ollama, llama.cpp, `transformers serve`, a hosted service.

    [model]
    name = "endpoint"
    base_url = "http://localhost:8000/v1"
    model = "Qwen/Qwen3-4B"

Chat completions generate, embeddings embed. Scoring reads the log-probabilities of a prompt off the completions
endpoint (`echo` with `logprobs`, prompts as tokens: vLLM and SGLang do it); it needs the model's own `tokenizer`,
and `check` tries it out before the first episode.

Several servers of the same model share the work, `base_url = ["http://a:8000/v1", "http://b:8000/v1"]`: a conversation
stays on one of them, and what one does not answer another is asked (`replicas.py`).

A request is tried again, after a wait that doubles, when that may help: rate limits, overload, timeouts, lost
connections, garbled answers. A `Retry-After` holds back every request in flight, not only the one that was told.
A bad key, an unknown model or a prompt that does not fit fails at once. The key is read from the environment and
never shown, not even where a server quotes it.
"""

from __future__ import annotations

import difflib
import logging
import math
import os
import re
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import openai
from pydantic import Field, field_validator, model_validator

from worldlore.config import Config
from worldlore.errors import ConfigError, ContextOverflow, ModelError
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Sampling,
    Score,
    Scores,
    Usage,
    Vectors,
    content_hash,
)
from worldlore.models.base import Model
from worldlore.models.patience import Patience
from worldlore.models.refusals import Words
from worldlore.models.replicas import Replica, Replicas, address, is_gone

if TYPE_CHECKING:
    from worldlore.models.render import Template

OPENAI = "https://api.openai.com/v1"

_LOG = logging.getLogger(__name__)
_Request = TypeVar("_Request")
_Reply = TypeVar("_Reply")


class EndpointConfig(Config):
    """Which server, which model, how patiently and at what price."""

    base_url: str | tuple[str, ...] = OPENAI
    """Where the server's API begins, usually ending in /v1; or several, of servers that run the same model."""
    model: str
    """The model's name on the server."""
    key_env: str | None = None
    """The environment variable that holds the key; OPENAI_API_KEY for OpenAI's own server, otherwise no key is sent."""
    concurrency: int = Field(16, ge=1)
    """Requests in flight."""
    timeout: float = Field(120.0, gt=0)
    """Seconds to wait for one answer."""
    retries: int = Field(6, ge=0)
    """Further tries of a request where trying again may help."""
    price_prompt: float = Field(0.0, ge=0)
    """Money for a million tokens read."""
    price_completion: float = Field(0.0, ge=0)
    """Money for a million tokens written."""
    logprobs: bool = False
    """Ask for the log-probability of every token written, where the server tells it."""
    tokenizer: Path | None = None
    """A local directory with the model's tokenizer and chat template: makes scoring possible."""
    context: int | None = Field(None, gt=0)
    """Tokens the model can hold; a longer prompt fails without being sent. Needs `tokenizer`."""
    embed_model: str | None = None
    """The model that embeds, by its name on the server; without one the endpoint does not embed."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """Further keys for the body of every chat request, such as top_k or chat_template_kwargs."""

    @field_validator("base_url")
    @classmethod
    def _urls(cls, told: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(told, str):
            return address(told)
        urls = tuple(map(address, told))
        if not urls or len(set(urls)) < len(urls):
            raise ValueError("expected one address, or several that differ")
        return urls

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all servers."""
        return (self.base_url,) if isinstance(self.base_url, str) else self.base_url

    @model_validator(mode="after")
    def _a_context_is_counted(self) -> EndpointConfig:
        if self.context and not self.tokenizer:
            raise ValueError("context needs tokenizer, a local directory with the model's tokenizer, to count by")
        return self


class Endpoint(Model):
    """A model behind an OpenAI-compatible server."""

    name = "endpoint"
    Config = EndpointConfig

    def __init__(self, config: EndpointConfig):
        self.config = config
        self.concurrency = config.concurrency
        settings = content_hash([config.extra, config.embed_model])
        self.identity = f"endpoint:{config.model}@{config.urls[0]}:{settings}"  # one server more changes no reply
        self.can = frozenset(
            {"generate"} | ({"score"} if config.tokenizer else set()) | ({"embed"} if config.embed_model else set())
        )
        self._key_env = config.key_env or ("OPENAI_API_KEY" if config.urls == (OPENAI,) else None)
        self._key = _key(self._key_env)
        timeout = openai.Timeout(config.timeout, connect=min(config.timeout, 10.0))
        keys: dict[str, Any] = {"api_key": self._key or "none", "timeout": timeout, "max_retries": 0}
        self._replicas = Replicas([(u, openai.OpenAI(base_url=u, **keys)) for u in config.urls], config.concurrency)
        self._template = _template(config.tokenizer) if config.tokenizer else None
        self._why = {
            "score": 'set tokenizer = "..." to a local directory with the model\'s tokenizer',
            "embed": 'set embed_model = "..." to the name of a model that embeds',
        }
        self._where = ", ".join(config.urls)
        self._words = Words(self._where, config.model, config.timeout, self._key_env, self._key)
        self._patience = Patience(config.retries)
        self._lock = threading.Lock()

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        """Chat completions, `concurrency` at a time."""
        return self._each(self._generate, requests)

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """Prompt log-probabilities; all continuations of a request travel together."""
        if "score" not in self.can:
            raise self.cannot("score")
        return self._each(self._score, requests)

    def embed(self, requests: Sequence[Embed]) -> list[Vectors | Failure]:
        """Embeddings, scaled to unit length."""
        if "embed" not in self.can:
            raise self.cannot("embed")
        return self._each(self._embed, requests)

    def check(self) -> None:
        """Find each server, the key and the model in order, and leave out of `can` what is not offered.

        A model that a server lists is believed; otherwise one short chat request to it finds out. Servers that do not
        answer are left to the others, while there are any.
        """
        silent = [fault for replica in self._replicas.all if (fault := self._missed(replica)) is not None]
        if len(silent) == len(self._replicas.all):
            raise silent[0]
        for fault in silent:
            _LOG.warning("%s; the others are asked meanwhile", fault)
        if "score" in self.can:
            self._leave_out("score", self._score, Score((Message("user", "Hi"),), ("Yes", "No, thanks")))
        if "embed" in self.can:
            self._leave_out("embed", self._embed, Embed(("Hi",)))

    def close(self) -> None:
        """Close the connections."""
        self._replicas.close()

    def cannot(self, verb: str) -> ConfigError:
        return ConfigError(f"model {self.config.model!r} at {self._where} cannot {verb}: {self._why[verb]}")

    def _missed(self, replica: Replica) -> ConfigError | None:
        """What keeps a server from answering, if anything; ConfigError where it answers that it has no such model."""
        listed: list[str] = []
        words = replace(self._words, base_url=replica.url)
        try:
            listed = [str(model.id) for model in replica.client.models.list().data]
        except openai.APIConnectionError as error:
            return ConfigError(words.explain(error))
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise ConfigError(words.explain(error)) from error
        except (openai.OpenAIError, ValueError, AttributeError, TypeError):
            pass  # a server may have no list
        if self.config.model in listed:
            return None
        hello = self._chat(Generate((Message("user", "Hi"),), Sampling(max_tokens=8)))
        try:
            self._patience.ask(lambda: hello(replica.client), words.failure)
        except ModelError as error:
            told = ConfigError(str(error) + self._suggest(listed))
            if is_gone(error.__cause__):
                return told
            raise told from error
        return None

    def _suggest(self, listed: list[str]) -> str:
        near = difflib.get_close_matches(self.config.model, listed, n=1)
        guess = f"; did you mean {near[0]!r}?" if near else ""
        return f"{guess} (the server lists: {', '.join(sorted(listed)[:20])})" if listed else ""

    def _leave_out(self, verb: str, ask: Callable[[Any], Any], sample: Any) -> None:
        try:
            ask(sample)
        except ModelError as error:
            self._why[verb] = str(error)
            self.can -= {verb}

    def _each(self, one: Callable[[_Request], _Reply], requests: Sequence[_Request]) -> list[_Reply | Failure]:
        def tried(request: _Request) -> _Reply | Failure:
            try:
                return one(request)
            except ContextOverflow as error:
                return Failure(str(error), "context")
            except ModelError as error:
                return Failure(str(error))

        if len(requests) < 2:
            return [tried(request) for request in requests]
        with ThreadPoolExecutor(min(len(requests), self.concurrency)) as pool:
            return list(pool.map(tried, requests))

    # The three requests

    def _generate(self, request: Generate) -> Completion:
        return self._go_on(request) if request.begun else self._ask(request.messages, self._chat(request))

    def _chat(self, request: Generate) -> Callable[[openai.OpenAI], Completion]:
        sampling, openais = request.sampling, OPENAI in self.config.urls
        taken = len(self._prompt(request.messages)) if self.config.context else 0
        body: dict[str, Any] = {
            "model": self.config.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            # OpenAI's newer models refuse the old name, most other servers know no other
            "max_completion_tokens" if openais else "max_tokens": min(sampling.max_tokens, self._left(taken)),
            "extra_body": self.config.extra or None,
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if sampling.seed is not None:
            body["seed"] = sampling.seed % 2**31
        if self.config.logprobs:
            body["logprobs"] = True
        return lambda client: self._completion(client.chat.completions.create(**body), sampling)

    def _completion(self, reply: Any, sampling: Sampling) -> Completion:
        choice = reply.choices[0]
        if choice.finish_reason == "content_filter":
            raise ModelError(f"the content filter of {self._where} withheld the reply; ask in other words")
        text = choice.message.content or getattr(choice.message, "refusal", None) or ""
        finish = "length" if choice.finish_reason == "length" else "stop"
        found = [place for place in map(text.find, sampling.stop) if place >= 0]
        if found:
            text, finish = text[: min(found)], "stop"
        told = getattr(choice.logprobs, "content", None)
        tokens = getattr(choice, "token_ids", None)
        return Completion(
            text,
            finish,
            tokens=tuple(tokens) if tokens else None,
            logprobs=tuple(token.logprob for token in told) if told else None,
            usage=self._usage(reply),
        )

    def _go_on(self, request: Generate) -> Completion:
        """A reply that is begun goes to the server as tokens, for chat requests have no agreed way to say so."""
        if self._template is None:
            raise ModelError(f"{self._where} cannot go on with a begun reply: {self._why['score']}")
        sampling = request.sampling
        start = self._prompt(request.messages) + self._reply(request.begun, False)
        body: dict[str, Any] = {
            "model": self.config.model,
            "prompt": [start],
            "max_tokens": min(sampling.max_tokens, self._left(len(start))),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "stop": list(sampling.stop) or None,
            "seed": None if sampling.seed is None else sampling.seed % 2**31,
        }

        def completion(client: openai.OpenAI) -> Completion:
            reply = client.completions.create(**body)
            choice = reply.choices[0]
            text = choice.text or ""
            text = text[: min((place for place in map(text.find, sampling.stop) if place >= 0), default=None)]
            finish = "length" if choice.finish_reason == "length" else "stop"
            return Completion(request.begun + text, finish, usage=self._usage(reply))

        return self._ask(request.messages, completion)

    def _score(self, request: Score) -> Scores:
        if not request.continuations:
            return Scores(())
        start = self._prompt(request.messages)
        replies = [self._reply(text, request.end_of_turn) for text in request.continuations]
        self._left(len(start) + max(map(len, replies)))
        body: dict[str, Any] = {
            "model": self.config.model,
            "prompt": [start + reply for reply in replies],
            "echo": True,
            "logprobs": 1,
            "max_tokens": 1,
            "temperature": 0.0,
        }

        def scores(client: openai.OpenAI) -> Scores:
            reply = client.completions.create(**body)
            told = {choice.index: choice.logprobs and choice.logprobs.token_logprobs for choice in reply.choices}
            spans = [(told.get(i) or [])[len(start) : len(start) + len(ids)] for i, ids in enumerate(replies)]
            if any(len(span) < len(ids) or None in span for span, ids in zip(spans, replies, strict=True)):
                raise ModelError(
                    f"{self._where} tells no log-probabilities of a prompt (completions with echo and "
                    "logprobs, as vLLM offers); score with model 'local' or another server"
                )
            return Scores(tuple(map(tuple, spans)), self._usage(reply))

        return self._ask(request.messages, scores)

    def _embed(self, request: Embed) -> Vectors:
        if not request.texts:
            return Vectors(())
        texts, model = list(request.texts), self.config.embed_model or ""

        def vectors(client: openai.OpenAI) -> Vectors:
            reply = client.embeddings.create(model=model, input=texts, encoding_format="float")
            values = {item.index: _unit(item.embedding) for item in reply.data}
            return Vectors(tuple(values[i] for i in range(len(texts))), self._usage(reply))

        return self._ask([Message("user", text) for text in texts], vectors)

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        assert self._template is not None
        with self._lock:  # a tokenizer is not safe under threads
            return self._template.prompt(messages)

    def _reply(self, text: str, end_of_turn: bool) -> list[int]:
        assert self._template is not None
        with self._lock:
            ids = self._template.reply(text)
        return ids if end_of_turn else ids[:-1]

    def _left(self, tokens: int) -> int:
        """Tokens that still fit after these; ContextOverflow if none do."""
        context = self.config.context or sys.maxsize
        if tokens >= context:
            raise ContextOverflow(
                f"{tokens} tokens do not fit the context of {context}; shorten the prompt or raise context"
            )
        return context - tokens

    def _usage(self, reply: Any) -> Usage:
        read = getattr(reply.usage, "prompt_tokens", None) or 0
        written = getattr(reply.usage, "completion_tokens", None) or 0
        money = read * self.config.price_prompt + written * self.config.price_completion
        return Usage(read, written, money / 1e6)

    def _ask(self, messages: Sequence[Message], call: Callable[[openai.OpenAI], _Reply]) -> _Reply:
        return self._patience.ask(lambda: self._replicas.ask(messages, call), self._words.failure)


def _key(variable: str | None) -> str:
    key = os.environ.get(variable or "", "").strip()
    if not re.fullmatch("[!-~]*", key):
        raise ConfigError(f"the environment variable {variable} holds no key: it has characters that keys never have")
    return key


def _template(folder: Path) -> Template:
    from worldlore.models.render import Template  # loads transformers

    return Template.load(folder)


def _unit(vector: Sequence[float]) -> tuple[float, ...]:
    length = math.sqrt(math.fsum(x * x for x in vector)) or 1.0
    return tuple(x / length for x in vector)
