"""What tests of methods train: a tiny model of random weights."""

import pytest

from tests.models.conftest import make_model, make_tokenizer


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A tiny model of random weights."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = make_tokenizer()
    make_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
