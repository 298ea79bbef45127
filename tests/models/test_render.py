"""Rendering: prompts, replies, and the bytes in between."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.conftest import make_tokenizer
from worldlore.errors import ConfigError
from worldlore.experience import Message
from worldlore.models.render import PLAIN, Template, plain_turns

TOKENIZER = make_tokenizer()
TEMPLATE = Template(TOKENIZER)
TALK = [
    Message("system", "be brief"),
    Message("user", "You are in a room."),
    Message("assistant", "go to desk 1"),
    Message("user", "On the desk 1, you see a mug 1."),
]


def test_a_prompt_is_the_templates_own_rendering_with_the_assistants_turn_open():
    turns = [{"role": m.role, "content": m.content} for m in TALK]
    whole = TOKENIZER.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    assert TEMPLATE.prompt(TALK) == whole
    assert TOKENIZER.decode(TEMPLATE.prompt(TALK)).endswith("<|im_start|>assistant\n")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30), st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_encoding_by_pieces_equals_encoding_at_once(system, texts):
    talk = [Message("system", system)]
    talk += [Message("assistant" if i % 2 else "user", t) for i, t in enumerate(texts)]
    assert TEMPLATE.prompt(talk) == TOKENIZER.encode(TEMPLATE.render(talk), add_special_tokens=False)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_a_reply_reads_back_as_its_text_and_ends_the_turn(text):
    ids = TEMPLATE.reply(text)
    assert TEMPLATE.text(ids) == text
    assert ids[-1] in TEMPLATE.ends
    assert not TEMPLATE.ends.intersection(ids[:-1])


def test_the_next_prompt_extends_prompt_and_reply_when_the_conversation_goes_on():
    before, reply = TEMPLATE.prompt(TALK[:2]), TEMPLATE.reply(TALK[2].content)
    assert TEMPLATE.prompt(TALK)[: len(before) + len(reply)] == before + reply


def test_the_end_of_turn_is_found_even_where_it_is_not_the_end_of_text():
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer.eos_token = "<|pad|>"
    template = Template(tokenizer)
    assert template.reply("look")[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert template.ends == {tokenizer.convert_tokens_to_ids(t) for t in ("<|im_end|>", "<|pad|>")}


def test_a_template_that_rewrites_replies_ends_them_with_the_end_of_text():
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer.chat_template = "<|im_start|>{% for m in messages %}{{ m.content | upper }}{% endfor %}"
    template = Template(tokenizer)
    assert template.reply("look") == [*template.words("look"), tokenizer.eos_token_id]


def test_a_tokenizer_without_a_template_gets_the_plain_one():
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer.chat_template = None
    template = Template(tokenizer)
    assert template.source == PLAIN
    assert template.render(TALK[:2]) == "### System\nbe brief\n\n### User\nYou are in a room.\n\n### Assistant\n"
    assert template.text(template.reply("look")) == "look"


def test_a_tokenizer_without_any_end_is_refused():
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer.chat_template = None
    tokenizer.eos_token = None
    with pytest.raises(ConfigError, match="eos_token"):
        Template(tokenizer)


def test_a_template_without_a_system_role_gets_it_in_the_users_first_words():
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer.chat_template = (
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
    )
    template = Template(tokenizer)
    assert template.render(TALK[:2]) == "<|im_start|>be brief\n\nYou are in a room.<|im_end|>"
    with pytest.raises(ConfigError, match="roles must alternate"):
        template.render([Message("assistant", "hi")])


def test_a_date_in_the_template_does_not_change_from_day_to_day():
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer.chat_template = "{{ date_string or strftime_now('%d %b %Y') }}<|im_start|>" + TOKENIZER.chat_template
    assert Template(tokenizer).render(TALK[:1]).startswith("26 Jul 2024")


def test_a_folder_without_a_tokenizer_is_the_users_to_fix(tmp_path):
    with pytest.raises(ConfigError, match=r"no tokenizer in .*: tokenizer.json and tokenizer_config.json"):
        Template.load(tmp_path)
    with pytest.raises(ConfigError, match="to read a tokenizer from"):
        Template.load(tmp_path / "none")


def test_turns_of_one_speaker_are_joined():
    assert plain_turns([Message("user", "a"), Message("user", "b"), Message("assistant", "c")]) == [
        Message("user", "a\n\nb"),
        Message("assistant", "c"),
    ]
