"""A real server: the same weights answer the same through `endpoint` and in process."""

from pathlib import Path

import pytest

import worldlore.models
from worldlore.errors import ConfigError
from worldlore.experience import Generate, Message, Sampling, Score
from worldlore.models.endpoint import Endpoint
from worldlore.models.local import Local
from worldlore.models.render import Template

pytestmark = pytest.mark.real
EMBEDDED = Path(worldlore.models.__file__).parent / "embedded"


@pytest.fixture(scope="module", params=["tiny", "embedded"])
def folder(request, tiny_model_dir):
    if request.param == "tiny":
        return tiny_model_dir
    if not (EMBEDDED / "model.safetensors").is_file():
        pytest.skip("no embedded weights here")
    return EMBEDDED


@pytest.fixture(scope="module")
def remote(folder, served):
    model = Endpoint(Endpoint.Config(base_url=served(folder), model=str(folder), concurrency=4))
    yield model
    model.close()


@pytest.fixture(scope="module")
def local(folder):
    model = Local(Local.Config(path=folder, threads=1))
    yield model
    model.close()


def conversations(**sampling):
    """Conversations of one, two and three turns."""
    said = [
        "You are in the middle of a room. Looking quickly around you, you see a desk 1, and a fridge 1.",
        "go to desk 1",
        "On the desk 1, you see a mug 1.",
        "take mug 1 from desk 1",
        "You pick up the mug 1 from the desk 1.",
    ]
    turns = [Message(("user", "assistant")[i % 2], text) for i, text in enumerate(said)]
    goals = ["put a clean mug in cabinet.", "look at pencil under the desklamp.", "café ☕"]
    return [
        Generate((Message("system", f"Your task is to: {goal}"), *turns[:length]), Sampling(**sampling))
        for goal in goals
        for length in (1, 3, 5)
    ]


@pytest.mark.parametrize("sampling", [{"max_tokens": 24}, {"max_tokens": 40, "stop": ("\n", "e", "1")}])
def test_greedy_completions_are_the_same_over_the_wire_and_in_process(remote, local, sampling):
    requests = conversations(**sampling)
    there, here = remote.generate(requests), local.generate(requests)
    assert [(r.text, r.finish) for r in there] == [(r.text, r.finish) for r in here]
    assert [r.usage.prompt_tokens for r in there] == [r.usage.prompt_tokens for r in here]
    assert len({r.text for r in here}) > 1


def test_the_server_reads_the_tokens_that_training_sees(remote, folder):
    template = Template.load(folder)
    for request, reply in zip(conversations(), remote.generate(conversations(max_tokens=1)), strict=True):
        assert reply.usage.prompt_tokens == len(template.prompt(request.messages))


def test_the_check_passes_and_finds_that_this_server_does_not_score(remote, folder):
    model = Endpoint(remote.config.model_copy(update={"tokenizer": folder}))
    model.check()
    assert model.can == {"generate"}
    with pytest.raises(ConfigError, match="cannot score"):
        model.score([Score((Message("user", "Hi"),), ("a",))])
    model.close()


def test_a_model_that_is_not_served_is_named(remote):
    model = Endpoint(remote.config.model_copy(update={"model": "another"}))
    with pytest.raises(ConfigError, match="another"):
        model.check()
    model.close()
