import json
import random
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training.conftest import tiny, told
from worldlore.errors import ConfigError, StoreError
from worldlore.training import Contrast, Lora, Training, Turn, fit
from worldlore.training.objective import Objective

FAST = Training(learning_rate=3e-3, epochs=3, batch=4, schedule="constant", warmup_ratio=0.0, save_every=0)


class Killed(BaseException):
    pass


def weights_of(fitted):
    (file,) = fitted.weights.glob("*.safetensors")
    return load_file(file)


def same(a, b, tolerance=0.0):
    return a.keys() == b.keys() and all(torch.allclose(a[k], b[k], rtol=0, atol=tolerance) for k in a)


def fitted_with(source, units, out, **keys):
    return fit(source, units, FAST.model_copy(update=keys), out)


def test_preference_training_raises_the_margin(source, contrasts, tmp_path):
    records = []
    fitted = fit(source, contrasts, FAST, tmp_path, records.append)
    assert records[0]["loss"] == pytest.approx(0.6931, abs=1e-3)
    assert records[0]["margin"] == 0
    assert fitted.final["margin"] > 0.5
    assert fitted.final["accuracy"] == 1.0
    assert records[-1]["chosen_reward"] - records[-1]["rejected_reward"] == pytest.approx(
        records[-1]["margin"], abs=1e-5
    )
    assert fitted.steps == len(records) == 9
    assert fitted.trained_tokens == sum(record["tokens"] for record in records)


def test_supervised_training_makes_the_replies_likely(source, turns, tmp_path):
    records = []
    fitted = fit(source, turns, FAST.model_copy(update={"epochs": 40}), tmp_path, records.append)
    assert records[0]["loss"] == pytest.approx(3.1, abs=0.3)
    assert fitted.final["loss"] < 0.7
    assert "margin" not in records[0]
    model = AutoModelForCausalLM.from_pretrained(fitted.weights)
    tokenizer = AutoTokenizer.from_pretrained(fitted.weights)
    prompt = tokenizer(
        turns[2].messages[0].content + " go to desk 1 </s> on the desk 1 a cup a lamp", return_tensors="pt"
    )
    said = model.generate(prompt.input_ids, max_new_tokens=6, do_sample=False, pad_token_id=1)
    assert tokenizer.decode(said[0, prompt.input_ids.shape[1] :]).startswith("take the cup 1 </s>")


def test_the_weights_are_a_whole_hugging_face_directory(source, turns, tmp_path):
    fitted = fitted_with(source, turns, tmp_path, epochs=1)
    assert {p.name for p in source.iterdir()} <= {p.name for p in fitted.weights.iterdir()}
    assert (fitted.weights / "tokenizer.json").read_bytes() == (source / "tokenizer.json").read_bytes()
    assert json.loads((fitted.weights / "config.json").read_text()).get("attn_implementation") is None
    assert {p.name for p in tmp_path.iterdir()} == {"weights", "fitted.json", "curve.jsonl"}
    assert len((tmp_path / "curve.jsonl").read_text().splitlines()) == fitted.steps


@pytest.mark.parametrize("keys", [{"tokens_per_batch": 1}, {"tokens_per_batch": 30}, {"gradient_checkpointing": True}])
def test_how_a_step_is_packed_does_not_change_what_is_learned(keys, source, contrasts, tmp_path):
    plain = fitted_with(source, contrasts, tmp_path / "plain", nll_weight=0.1, epochs=1)
    other = fitted_with(source, contrasts, tmp_path / "other", nll_weight=0.1, epochs=1, **keys)
    assert same(weights_of(plain), weights_of(other), tolerance=2e-5)
    assert plain.final == pytest.approx(other.final, abs=1e-4)


def test_a_weight_of_two_counts_as_two_units(source, contrasts, tmp_path):
    doubled = fitted_with(source, [replace(contrasts[0], weight=2.0), contrasts[1]], tmp_path / "a")
    twice = fitted_with(source, [contrasts[0], contrasts[0], contrasts[1]], tmp_path / "b")
    assert same(weights_of(doubled), weights_of(twice), tolerance=2e-5)


def test_a_trajectory_is_contrasted_by_the_sum_of_its_turns(source, tmp_path):
    goal, later = told("take the cup"), told("take the cup", "go to desk 1", "a cup")
    long = Contrast((Turn(goal, "go to desk 1"), Turn(later, "take cup 1")), (Turn(goal, "look"),))
    fitted = fitted_with(source, [long], tmp_path, epochs=10)
    assert fitted.final["margin"] > 0.5


@pytest.mark.parametrize("kill_at", [1, 4, 7])
@pytest.mark.parametrize("keys", [{}, {"lora": Lora(rank=4)}])
def test_a_killed_run_goes_on_and_ends_the_same(keys, kill_at, source, contrasts, tmp_path):
    config = FAST.model_copy(update={"save_every": 2, **keys})
    straight = fit(source, contrasts, config, tmp_path / "straight")

    def kill(record):
        if record["step"] == kill_at:
            raise Killed

    seen = []
    with pytest.raises(Killed):
        fit(source, contrasts, config, tmp_path / "killed", kill)
    resumed = fit(source, contrasts, config, tmp_path / "killed", seen.append)
    assert [record["step"] for record in seen] == list(range((kill_at - 1) // 2 * 2 + 1, 10))
    assert same(weights_of(straight), weights_of(resumed))
    assert (straight.steps, straight.trained_tokens, straight.final) == (
        resumed.steps,
        resumed.trained_tokens,
        resumed.final,
    )
    assert not list((tmp_path / "killed").glob("checkpoint-*"))


def test_a_run_that_is_done_is_not_done_again(source, turns, tmp_path):
    first = fit(source, turns, FAST, tmp_path)
    seen = []
    assert fit(source, turns, FAST, tmp_path, seen.append) == first
    assert seen == []


def test_another_runs_folder_is_refused(source, turns, tmp_path):
    fit(source, turns, FAST, tmp_path)
    with pytest.raises(StoreError, match="holds a training run on other weights, units or keys"):
        fit(source, turns[:-1], FAST, tmp_path)


def test_a_damaged_checkpoint_is_named(source, turns, tmp_path):
    def kill(record):
        if record["step"] == 3:
            raise Killed

    config = FAST.model_copy(update={"save_every": 2})
    with pytest.raises(Killed):
        fit(source, turns, config, tmp_path, kill)
    (tmp_path / "checkpoint-000002" / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(StoreError, match="checkpoint-000002 is damaged"):
        fit(source, turns, config, tmp_path)


def test_adapters_are_trained_alone_and_continued(source, contrasts, tmp_path):
    keys = {"lora": Lora(rank=4), "learning_rate": 3e-2}
    first = fitted_with(source, contrasts, tmp_path / "first", **keys)
    assert {p.name for p in first.weights.iterdir()} >= {"adapter_config.json", "adapter_model.safetensors"}
    assert all("lora" in name for name in weights_of(first))
    assert first.final["margin"] > 0.05
    again = fitted_with(first.weights, contrasts, tmp_path / "again", **keys)
    assert weights_of(again).keys() == weights_of(first).keys()
    assert not same(weights_of(again), weights_of(first))


def test_full_weights_are_trained_on_from_an_adapter_merged_in(source, contrasts, tmp_path):
    first = fitted_with(source, contrasts, tmp_path / "first", lora=Lora(rank=4), learning_rate=3e-2)
    whole = fitted_with(first.weights, contrasts, tmp_path / "whole", learning_rate=1e-9, epochs=1)
    assert weights_of(whole).keys() == load_file(source / "model.safetensors").keys()
    assert (whole.weights / "tokenizer.json").is_file()
    changed = {
        k for k, v in weights_of(whole).items() if not torch.allclose(v, load_file(source / "model.safetensors")[k])
    }
    assert changed
    assert all("proj" in name for name in changed)


def test_an_adapter_without_its_base_is_refused(source, contrasts, tmp_path):
    first = fitted_with(source, contrasts[:1], tmp_path / "first", lora=Lora(rank=4), epochs=1)
    file = first.weights / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "base_model_name_or_path": "gone"}))
    with pytest.raises(ConfigError, match="made for 'gone', which is not here"):
        fitted_with(first.weights, contrasts, tmp_path / "second")


@pytest.mark.parametrize("keys", [{"autocast": True}, {"dtype": "bfloat16", "learning_rate": 1e-2}, {"loss": "ipo"}])
def test_other_keys_learn_too(keys, source, contrasts, tmp_path):
    fitted = fitted_with(source, contrasts, tmp_path, **keys)
    assert fitted.final["margin"] > 0.1


def test_dropout_is_off(source, contrasts, tmp_path):
    model = tiny(attention_dropout=0.5)
    model.save_pretrained(tmp_path / "noisy")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (tmp_path / "noisy" / name).write_bytes((source / name).read_bytes())
    plain = fitted_with(source, contrasts, tmp_path / "a", epochs=1)
    noisy = fitted_with(tmp_path / "noisy", contrasts, tmp_path / "b", epochs=1)
    assert same(weights_of(plain), weights_of(noisy))


def test_units_that_do_not_fit_are_counted(source, turns, tmp_path):
    fitted = fitted_with(source, turns, tmp_path, max_length=12, epochs=1)
    assert 0 < fitted.final["left_out"] < len(turns)
    with pytest.raises(ConfigError, match="all 9 units are longer than max_length = 2"):
        fitted_with(source, turns, tmp_path, max_length=2)
    with pytest.raises(ConfigError, match="there are none"):
        fitted_with(source, [], tmp_path)


def test_corrupt_weights_are_one_sentence(source, turns, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in source.iterdir():
        (broken / file.name).write_bytes(file.read_bytes()[: 100 if file.suffix == ".safetensors" else None])
    with pytest.raises(ConfigError, match="damaged"):
        fitted_with(broken, turns, tmp_path / "out")


def test_too_little_disk_is_told_before_training(source, turns, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(StoreError, match=r"only 0\.0 GB are free; free some space"):
        fitted_with(source, turns, tmp_path)


def test_a_disk_that_fills_up_is_one_sentence_and_leaves_no_half_weights(source, turns, tmp_path, monkeypatch):
    def refuse(*_args, **_keys):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("transformers.PreTrainedModel.save_pretrained", refuse)
    with pytest.raises(StoreError, match="No space left on device"):
        fitted_with(source, turns, tmp_path, epochs=1)
    assert not (tmp_path / "weights").exists()


@pytest.mark.parametrize("loss", ["dpo", "ipo"])
def test_an_objective_adds_up_over_passes(loss):
    config = Training(nll_weight=0.5, loss=loss)
    rng = random.Random(0)
    chosen, rejected = (torch.tensor([rng.uniform(-9, 0) for _ in range(3)]) for _ in range(2))
    weights, tokens = torch.tensor([0.25, 0.25, 0.5]), torch.tensor([[2.0, 3.0], [3.0, 1.0], [4.0, 4.0]])
    whole = Objective(config, weights, tokens, torch.tensor([[-1.0, -2.0]] * 3))
    packed = lambda *which: type("P", (), {"examples": which})  # noqa: E731
    loss, facts = whole.of_pass(packed(0, 1, 2), chosen, rejected)
    parts = [whole.of_pass(packed(i), chosen[[i]], rejected[[i]]) for i in range(3)]
    assert torch.allclose(loss, sum(part for part, _ in parts))
    assert torch.allclose(facts, sum(told for _, told in parts))
