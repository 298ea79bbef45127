"""What tests of WKM train: a tiny model whose context holds whole episodes."""

import pytest

from tests.models.conftest import make_model, make_tokenizer


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    model.config.max_position_embeddings = 4096
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
