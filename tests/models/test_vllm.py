"""vLLM in process, against a stand-in of its documented interface: what is asked, and what is made of the answers."""

import sys
import warnings

import pytest
from peft import LoraConfig, get_peft_model

from tests.models import standin_vllm
from tests.models.conftest import make_model
from worldlore.errors import ConfigError
from worldlore.experience import Completion, Failure, Generate, Message, Sampling, Score
from worldlore.models import MODELS
from worldlore.models.local import Local

SAID = (Message("user", "Your task is to: put a clean mug in cabinet."),)
LONGER = (*SAID, Message("assistant", "go to desk 1"), Message("user", "On the desk 1, you see a mug 1."))


@pytest.fixture
def engines(monkeypatch):
    standin_vllm.install(monkeypatch)
    return standin_vllm.MADE


@pytest.fixture
def model(engines, tiny_model_dir):
    return MODELS.build({"name": "vllm", "path": str(tiny_model_dir)})


@pytest.fixture(scope="module")
def local(tiny_model_dir):
    return Local(Local.Config(path=tiny_model_dir, threads=1))


@pytest.fixture(scope="module")
def adapter(tmp_path_factory, tiny_tokenizer):
    folder = tmp_path_factory.mktemp("adapter")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for what it is about to rename
        made = get_peft_model(
            make_model(tiny_tokenizer), LoraConfig(r=4, init_lora_weights=False, target_modules=["q_proj"])
        )
    made.save_pretrained(folder)
    return folder


def asked(**sampling) -> list[Generate]:
    return [Generate(SAID, Sampling(max_tokens=12, **sampling)), Generate(LONGER, Sampling(max_tokens=7, **sampling))]


@pytest.mark.parametrize("stop", [(), ("e", "1")])
def test_greedy_replies_are_those_of_the_same_weights_in_process(model, local, stop):
    for there, here in zip(model.generate(asked(stop=stop)), local.generate(asked(stop=stop)), strict=True):
        assert (there.text, there.finish, there.tokens, there.usage) == (
            here.text,
            here.finish,
            here.tokens,
            here.usage,
        )
        assert there.logprobs == pytest.approx(here.logprobs, abs=1e-4)


@pytest.mark.parametrize("end_of_turn", [True, False])
def test_scores_are_those_of_the_same_weights_in_process(model, local, end_of_turn):
    asks = [
        Score(messages, ("go to desk 1", "look", "")[:n], end_of_turn=end_of_turn)
        for messages, n in ((SAID, 3), (LONGER, 2))
    ]
    for there, here in zip(model.score(asks), local.score(asks), strict=True):
        assert there.usage == here.usage
        for a, b in zip(there.logprobs, here.logprobs, strict=True):
            assert a == pytest.approx(b, abs=1e-4)


def test_nothing_to_score_is_answered_with_nothing(model):
    assert model.score([Score(SAID, ()), Score(SAID, ("look",))])[0].logprobs == ()


def test_all_requests_travel_in_one_batch(model, engines):
    model.generate(asked() * 3)
    model.score([Score(SAID, ("a", "b")), Score(LONGER, ("c",))])
    assert engines[0].batches == [6, 3]


def test_seeds_decide_what_is_drawn(model):
    one, again, other = (model.generate(asked(temperature=1.0, seed=seed)) for seed in (1, 1, 2))
    assert one == again != other


def test_a_begun_reply_is_gone_on_with(model):
    (reply,) = model.generate([Generate(SAID, Sampling(max_tokens=3), begun="go to")])
    assert reply.text.startswith("go to")
    assert (reply.tokens, reply.logprobs) == (None, None)


def test_what_does_not_fit_fails_alone(engines, tiny_model_dir):
    model = MODELS.build({"name": "vllm", "path": str(tiny_model_dir), "max_context": 60})
    long = (Message("user", "mug " * 200),)
    sound, broken = model.generate([Generate(SAID, Sampling()), Generate(long, Sampling())])
    assert isinstance(sound, Completion) and len(sound.tokens) < 60
    assert isinstance(broken, Failure) and broken.kind == "context"
    scored, failed = model.score([Score(SAID, ("look",)), Score(long, ("look",))])
    assert len(scored.totals) == 1 and failed.kind == "context"


def test_an_adapter_joins_the_engine_that_is_ready_for_it(model, local, adapter, engines):
    taught = model.with_weights(adapter)
    assert taught.weights == adapter
    assert taught.identity != model.identity
    here = local.with_weights(adapter).generate(asked())
    assert [reply.text for reply in taught.generate(asked())] == [reply.text for reply in here]
    assert [reply.text for reply in model.generate(asked())] == [reply.text for reply in local.generate(asked())]
    assert [engine.lora_rank for engine in engines] == [8]
    with pytest.raises(ConfigError, match="already has the adapter"):
        taught.with_weights(adapter)


def test_other_whole_weights_take_the_place_of_the_first_ones(model, tiny_tokenizer, tmp_path, engines):
    make_model(tiny_tokenizer, seed=1).save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    other = model.with_weights(tmp_path)
    before = model.generate(asked())
    assert other.generate(asked()) != before
    assert model.generate(asked()) == before
    assert len(engines) == 3
    assert other.seat is model.seat


def test_an_engine_that_cannot_start_is_told_with_a_remedy(engines, tiny_model_dir):
    broken = MODELS.build({"name": "vllm", "path": str(tiny_model_dir), "engine": {"quantization": "no-such"}})
    with pytest.raises(
        ConfigError, match=r"vLLM could not start .*Unknown quantization.*; lower memory or max_context"
    ):
        broken.check()


def test_without_the_package_one_sentence_tells_what_to_install(tiny_model_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ConfigError, match=r"model 'vllm' needs the package 'vllm'.*pip install 'worldlore\[vllm\]'"):
        MODELS.build({"name": "vllm", "path": str(tiny_model_dir)}).check()
