import hashlib
import json

import pytest
import torch
from pydantic import create_model
from safetensors.torch import load_file

from worldlore.models.render import Template
from worldlore.models.weights import digest
from worldlore.training import Contrast, HeldOut, Training, fit
from worldlore.training.data import Example, examples
from worldlore.training.held_out import best

FAST = Training(learning_rate=3e-3, epochs=6, batch=4, schedule="constant", warmup_ratio=0.0, save_every=0)


class Killed(BaseException):
    pass


def holding(epochs=6, save_every=0, **keys):
    held_out = HeldOut(share=0.3, **keys)
    return FAST.model_copy(update={"held_out": held_out, "epochs": epochs, "save_every": save_every})


def weights_of(fitted):
    return load_file(fitted.weights / "model.safetensors")


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def overfitting(contrasts, seed=0):
    """A run whose units kept back are the opposite of what is learned, whichever tree was drawn."""
    given = [Example((), (), 1.0, "\n".join(m.content for m in c.chosen[0].messages[:1])) for c in contrasts]
    _, held = HeldOut(share=0.3).parted(given, seed)
    turned = {example.tree for example in held}
    return [
        Contrast(c.rejected, c.chosen, c.weight) if example.tree in turned else c
        for c, example in zip(contrasts, given, strict=True)
    ]


def given(trees):
    return [Example((), (), 1.0, tree) for tree in trees]


def test_whole_trees_are_kept_back_drawn_by_the_seed():
    examples = given("aabbbccddd")
    for seed in range(5):
        learned, held = HeldOut(share=0.2).parted(examples, seed)
        assert not {e.tree for e in learned} & {e.tree for e in held}
        assert len(learned) + len(held) == 10
        assert 2 <= len(held) <= 3
    assert len({HeldOut(share=0.2).parted(examples, seed)[1][0].tree for seed in range(20)}) == 4


def test_something_is_always_left_to_learn():
    assert [len(part) for part in HeldOut(share=0.99).parted(given("abc"), 0)] == [1, 2]
    assert [len(part) for part in HeldOut(share=0.5).parted(given("aaa"), 0)] == [3, 0]


def test_measurements_are_made_at_the_beginning_now_and_then_and_at_the_end():
    held_out = HeldOut(share=0.1, every=3)
    assert [step for step in range(1, 9) if held_out.due(step, 8)] == [3, 6, 8]


def test_patience_counts_measurements_since_the_best():
    losses = [{"step": i, "loss": loss} for i, loss in enumerate([0.7, 0.5, 0.6, 0.5, 0.9])]
    assert best(losses)["step"] == 1
    assert HeldOut(share=0.1, patience=3).enough(losses)
    assert not HeldOut(share=0.1, patience=4).enough(losses)
    assert not HeldOut(share=0.1).enough(losses)


def test_units_kept_back_are_measured_and_not_learned(source, contrasts, tmp_path):
    records = []
    fitted = fit(source, contrasts, holding(every=2), tmp_path / "a", records.append)
    assert [r["step"] for r in records if "held_out_loss" in r] == [0, 2, 4, 6, 8, 10, 12]
    assert fitted.steps == 12
    assert records[0] == {
        "step": 0, "held_out_loss": pytest.approx(0.6931, abs=1e-4), "held_out_margin": 0.0,
        "held_out_accuracy": 0.0, "held_out_chosen_reward": 0.0, "held_out_rejected_reward": 0.0,
    }  # fmt: skip
    assert fitted.final["held_out"] == 3
    assert fitted.final["held_out_before"] == pytest.approx(0.6931, abs=1e-4)
    assert fitted.final["held_out_loss"] == min(r["held_out_loss"] for r in records if "held_out_loss" in r) < 0.6
    _, held = holding().held_out.parted(given("aaabbbccc"), 0)
    learned = [c for c, tree in zip(contrasts, "aaabbbccc", strict=True) if tree != held[0].tree]
    alone = fit(source, learned, holding(keep="last").model_copy(update={"held_out": None}), tmp_path / "b")
    last = fit(source, contrasts, holding(keep="last"), tmp_path / "c")
    assert same(weights_of(alone), weights_of(last))


def test_the_best_weights_come_out_though_training_went_on(source, contrasts, tmp_path):
    turned = overfitting(contrasts)
    kept = fit(source, turned, holding(every=1), tmp_path / "best")
    last = fit(source, turned, holding(every=1, keep="last"), tmp_path / "last")
    assert kept.final["kept_step"] == 0
    assert last.final["kept_step"] == kept.steps == last.steps == 12
    assert last.final["held_out_loss"] > kept.final["held_out_loss"] == kept.final["held_out_before"]
    assert same(weights_of(kept), load_file(source / "model.safetensors"))
    assert (kept.weights / "tokenizer.json").is_file()
    assert not same(weights_of(kept), weights_of(last))


def test_training_stops_when_its_patience_ends(source, contrasts, tmp_path):
    fitted = fit(source, overfitting(contrasts), holding(every=2, patience=2), tmp_path)
    assert fitted.steps == 4
    assert fitted.final["kept_step"] == 0


def test_a_run_begun_before_units_could_be_kept_back_is_known(source, turns, tmp_path):
    keys = {name: (field.annotation, field) for name, field in Training.model_fields.items() if name != "held_out"}
    before = create_model("Training", **keys)(**FAST.model_dump(exclude={"held_out"}))
    fit(source, turns, FAST, tmp_path)
    whole = (before, digest(source), list(examples(turns, Template.load(source), FAST.max_length)))
    identity = hashlib.sha256(repr(whole).encode()).hexdigest()[:16]
    assert json.loads((tmp_path / "fitted.json").read_text())["identity"] == identity


@pytest.mark.parametrize("kill_at", [0, 1, 4, 5, 8])
def test_a_killed_run_ends_with_the_same_best_weights(kill_at, source, contrasts, tmp_path):
    config = holding(every=2, epochs=4, save_every=3)
    straight = fit(source, contrasts, config, tmp_path / "straight")

    def kill(record):
        if record["step"] == kill_at:
            raise Killed

    with pytest.raises(Killed):
        fit(source, contrasts, config, tmp_path / "killed", kill)
    resumed = fit(source, contrasts, config, tmp_path / "killed")
    assert (straight.final, straight.steps) == (resumed.final, resumed.steps)
    assert same(weights_of(straight), weights_of(resumed))
    assert json.loads((tmp_path / "killed" / "fitted.json").read_text())["final"]["held_out"] == 3


def test_replies_to_imitate_are_kept_back_too(source, turns, tmp_path):
    fitted = fit(source, turns, holding(every=4), tmp_path)
    assert fitted.final["held_out_loss"] < fitted.final["held_out_before"]
    assert "held_out_accuracy" not in fitted.final
