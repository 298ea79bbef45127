"""The model that ships is `local` on the package's own weights."""

import pytest

from worldlore.errors import ConfigError
from worldlore.experience import Completion, Generate, Message
from worldlore.models import MODELS, embedded
from worldlore.models.local import Local

SHIPPED = (embedded.HOME / "household" / "model.safetensors").is_file()


def test_it_is_local_on_the_packages_folder(tiny_model_dir, tmp_path, monkeypatch):
    (tmp_path / "household").symlink_to(tiny_model_dir)
    monkeypatch.setattr(embedded, "HOME", tmp_path)
    model = MODELS.build({"name": "embedded", "batch": 8})
    assert model.identity == Local(Local.Config(path=tiny_model_dir)).identity
    assert isinstance(model.generate([Generate((Message("user", "look"),))])[0], Completion)


def test_it_takes_no_path():
    with pytest.raises(ConfigError, match="no key 'path'"):
        MODELS.build({"name": "embedded", "path": "elsewhere"})


@pytest.mark.skipif(not SHIPPED, reason="the recipe has not been run yet")
def test_the_shipped_weights_answer_and_are_small():
    model = MODELS.build({"name": "embedded"})
    reply = model.generate([Generate((Message("user", "look"),))])[0]
    assert isinstance(reply, Completion)
    assert sum(f.stat().st_size for f in embedded.HOME.rglob("*") if f.is_file()) <= 30e6
