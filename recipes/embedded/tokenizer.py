"""The tokenizer: byte-level BPE over pieces cut so that names can be copied.

Every name that a language copies and every number up to 30 is one token, the same wherever it stands: the mug of
"a mug 1," is the mug of "take mug 1 from". What lies between them may be merged across blanks (", you see a" is one
token), so the world's phrases cost little. Any text can be written, byte by byte if need be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD, USER, ASSISTANT, END = SPECIAL = ("<|pad|>", "<|user|>", "<|assistant|>", "<|end|>")
"""Nothing; the user speaks; the assistant speaks; the assistant has spoken."""
TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message.role == 'assistant' -%}{{ '<|assistant|>' + message.content + '<|end|>' }}"
    "{%- else -%}{{ '<|user|>' + message.content }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}"
)
"""The chat template; what a system turn says is read as the user's."""
NUMBERS = range(1, 31)
"""Those that are one token each."""
_EACH = 4000  # as often as a common phrase, so that no name is left in pieces


def train(
    texts: Iterable[str],
    names: Sequence[str],
    size: int,
    phrases: Sequence[str] | None = None,
    longest: int = 24,
    pieces: str = "",
) -> Any:
    """A tokenizer of `size` tokens at most, as transformers has it; the names, longest first, are one token each.

    Where there are phrases, each is one token too, and a name is one without the blank before it: in Python it stands
    between quotation marks. Other tokens have at most `longest` characters. A language may cut its own pieces.
    """
    tokenizer = Tokenizer(models.BPE())
    one = "|".join(map(re.escape, names))
    cut = rf" (?:{one})(?![a-z])| \d+|\n+" if phrases is None else rf"(?<![A-Za-z0-9])(?:{one})(?![A-Za-z0-9])|\n+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pieces or cut), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    words = [f" {word}" for word in chain(names, NUMBERS)] if phrases is None else names
    tokenizer.train_from_iterator(chain((w for w in words for _ in range(_EACH)), texts), _trainer(size, longest))
    tokenizer.add_tokens([AddedToken(phrase, normalized=False) for phrase in phrases or ()])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[USER, ASSISTANT],
        chat_template=TEMPLATE,
        model_max_length=2048,
        clean_up_tokenization_spaces=False,
    )


def _trainer(size: int, longest: int) -> trainers.BpeTrainer:
    return trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=longest,
        show_progress=False,
    )
