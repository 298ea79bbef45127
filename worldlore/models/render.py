"""Rendering: a conversation as tokens, by the model's own chat template. Generation and training both use this page.

A conversation is written out by the tokenizer's template and encoded piece by piece, a piece running from one
special token to the next; pieces are remembered, so a long conversation costs only its new turns.

- `prompt(messages)` is what the sampler sees; `reply(text)` is what it would then have emitted, to the end of the
  turn. Their sum is what training sees: the bytes trained are the bytes sampled.
- `text(reply(t)) == t` for every `t` without special tokens. A template that rewrites replies when it writes them
  as history (some drop earlier thoughts) does so in `prompt` alone.
- Encoding by pieces equals encoding at once; where a tokenizer breaks that, pieces are given up, not the equality.
- The same messages give the same tokens on any day: a template that asks for the date is told a fixed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from transformers import AutoTokenizer

from worldlore.errors import ConfigError
from worldlore.experience import Message, Role
from worldlore.models.weights import check_tokenizer

PLAIN = (
    "{% for message in messages %}{{ '### ' + message.role.capitalize() + '\\n' + message.content }}"
    "{% if message.role == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Assistant\\n' }}{% endif %}"
)
"""The template of a tokenizer that brings none."""

_DATE = "26 Jul 2024"
_PROBE = (Message("user", "A cup? Yes."), Message("assistant", "go to desk 1"))


class Template:
    """One tokenizer's way to write a conversation."""

    ends: frozenset[int]
    """Tokens that end a turn."""
    source: str
    """The template itself, in Jinja."""

    def __init__(self, tokenizer: Any, ends: Iterable[int] = ()):
        """Wrap a Hugging Face tokenizer; `ends` are further end tokens, as a generation config names them."""
        self.tokenizer = tokenizer
        chosen = tokenizer.chat_template or PLAIN
        self.source = chosen["default"] if isinstance(chosen, dict) else chosen
        added = {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
        self._special = frozenset(added.union(tokenizer.all_special_ids))
        words = sorted(tokenizer.convert_ids_to_tokens(sorted(self._special)))
        self._split = re.compile(f"(?={'|'.join(map(re.escape, words))})" if words else r"(?!)")
        self._encode = lru_cache(maxsize=65536)(self._encode_once)
        self._end = self._find_end()
        eos = tokenizer.eos_token_id
        self.ends = frozenset({self._end, *ends, *(() if eos is None else (eos,))})
        self._opening = self._split.split(self.render(_PROBE[:1]))[-1]
        probe = self.render(_PROBE)
        self._by_pieces = self._pieces(probe) == self._encode_once(probe)

    @staticmethod
    def load(folder: Path | str, ends: Iterable[int] = ()) -> Template:
        """The template of a Hugging Face directory; ConfigError where it holds no readable tokenizer."""
        check_tokenizer(Path(folder))
        try:
            return Template(AutoTokenizer.from_pretrained(str(folder), local_files_only=True), ends)
        except ConfigError:
            raise
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            raise ConfigError(
                f"no readable tokenizer in {folder} ({reason}); copy tokenizer.json and tokenizer_config.json again "
                "from where the model is from, or write them with the tokenizer's save_pretrained"
            ) from error

    def render(self, messages: Sequence[Message]) -> str:
        """The conversation as the model reads it, open for the assistant's next words."""
        return self._write(messages, True)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of the conversation, the opening of the assistant's next turn included."""
        text = self.render(messages)
        return self._pieces(text) if self._by_pieces else self._encode_once(text)

    def reply(self, text: str) -> list[int]:
        """The tokens a sampler emits when it says `text` and ends its turn."""
        opening = self._encode(self._opening)
        both = self._encode_once(self._opening + text)
        inside = both[: len(opening)] == list(opening)
        own = both[len(opening) :] if inside else self._encode_once(text)
        return [*own, self._end]

    def words(self, text: str) -> list[int]:
        """The tokens of a text that stands in no conversation."""
        return self._encode_once(text)

    def text(self, ids: Sequence[int]) -> str:
        """What tokens say, without special tokens."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def _pieces(self, text: str) -> list[int]:
        return [i for piece in self._split.split(text) if piece for i in self._encode(piece)]

    def _encode_once(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False)

    def _find_end(self) -> int:
        """The token the template writes after a reply: the first special one, else the end of the text."""
        text = self._write(_PROBE, False)
        _, found, after = text.rpartition(_PROBE[-1].content)
        end = next((i for i in self._encode_once(after) if found and i in self._special), self.tokenizer.eos_token_id)
        if end is None:
            raise ConfigError(
                "the tokenizer has neither an end-of-turn nor an end-of-text token; set its eos_token and save it again"
            )
        return end

    def _write(self, messages: Sequence[Message], opened: bool) -> str:
        try:
            return self._apply(messages, opened)
        except TemplateError:
            try:
                return self._apply(plain_turns(messages), opened)
            except TemplateError as error:
                roles = ", ".join(m.role for m in messages)
                raise ConfigError(
                    f"the model's chat template refuses the conversation ({roles}): {error}; "
                    "use an agent or a model whose roles fit"
                ) from error

    def _apply(self, messages: Sequence[Message], opened: bool) -> str:
        turns = [{"role": m.role, "content": m.content} for m in messages]
        return self.tokenizer.apply_chat_template(
            turns, chat_template=self.source, tokenize=False, add_generation_prompt=opened, date_string=_DATE
        )


def plain_turns(messages: Sequence[Message]) -> list[Message]:
    """The conversation for templates that know no system role or insist on alternation: turns of one side are joined.

    >>> plain_turns([Message("system", "Be brief."), Message("user", "Hi.")])[0].content.split()
    ['Be', 'brief.', 'Hi.']
    """

    def side(message: Message) -> Role:
        return "user" if message.role == "system" else message.role

    return [Message(role, "\n\n".join(m.content for m in turns)) for role, turns in groupby(messages, key=side)]
