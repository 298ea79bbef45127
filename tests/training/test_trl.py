"""Held to TRL's own DPO trainer: equal tokens, losses, gradients and, after training, weights."""

import warnings
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training.conftest import tiny
from worldlore.models.attention import attending, forest_logprobs
from worldlore.models.render import Template
from worldlore.training import Training, fit
from worldlore.training.data import Example, Line, examples
from worldlore.training.objective import Objective
from worldlore.training.packing import pack

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore")]
LOSSES = {"dpo": "sigmoid", "ipo": "ipo"}


def trainer_of(source, contrasts, out, model, reference, loss, **keys):
    pytest.importorskip("trl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from datasets import Dataset
        from trl import DPOConfig, DPOTrainer
    rows = [
        {
            "prompt": [asdict(m) for m in c.chosen[0].messages],
            "chosen": [{"role": "assistant", "content": c.chosen[0].reply}],
            "rejected": [{"role": "assistant", "content": c.rejected[0].reply}],
        }
        for c in contrasts
    ]
    arguments = DPOConfig(
        output_dir=str(out),
        use_cpu=True,
        bf16=False,
        report_to=[],
        loss_type=[loss],
        per_device_train_batch_size=len(rows),
        gradient_checkpointing=False,
        disable_tqdm=True,
        save_strategy="no",
        **keys,
    )
    tokenizer = AutoTokenizer.from_pretrained(source)
    tokenizer.pad_token = tokenizer.eos_token
    return DPOTrainer(
        model=model,
        ref_model=reference,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )


def pairs(rows):
    def side(row, name):
        return (Line((*row["prompt_ids"], *row[f"{name}_ids"]), len(row["prompt_ids"])),)

    return [Example(side(row, "chosen"), side(row, "rejected"), 1.0, "") for row in rows]


def gradients(model):
    return torch.cat([p.grad.flatten() for p in model.parameters()])


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_and_gradients_are_those_of_trl_on_the_same_pairs(loss, source, contrasts, tmp_path):
    policy, reference = tiny(1, initializer_range=0.2), tiny(2, initializer_range=0.2)
    trainer = trainer_of(source, contrasts, tmp_path, policy, reference, LOSSES[loss])
    rows = list(trainer.train_dataset)
    given = pairs(rows)
    ours = list(examples(contrasts, Template.load(source), 1000))
    assert [e.lines for e in ours] == [e.lines for e in given]

    expected = trainer.compute_loss(trainer.model, trainer.data_collator(rows))
    expected.backward()
    expected_gradients = gradients(policy)
    policy.zero_grad()

    (packed,) = pack(given, 100_000)
    with torch.no_grad():
        before = torch.stack(packed.sums(forest_logprobs(reference, packed.forest)), 1)
    order = torch.tensor(packed.examples).argsort()
    objective = Objective.of(Training(loss=loss), given, before[order].tolist())
    with attending(policy):
        sums = packed.sums(forest_logprobs(policy, packed.forest, packed.wanted_W))
        got, _ = objective.of_pass(packed, *sums)
        got.backward()
    assert got.item() == pytest.approx(expected.item(), rel=1e-5)
    assert (gradients(policy) - expected_gradients).norm() <= 1e-5 * expected_gradients.norm()


def test_training_ends_at_the_weights_that_trl_ends_at(source, contrasts, tmp_path):
    plain = [c for c in contrasts if c.weight == 1.0]
    model, reference = (AutoModelForCausalLM.from_pretrained(source) for _ in range(2))
    keys = {"learning_rate": 1e-3, "num_train_epochs": 8, "lr_scheduler_type": "constant", "logging_steps": 1}
    trainer = trainer_of(source, plain, tmp_path / "trl", model, reference, "sigmoid", **keys)
    trainer.train()
    config = Training(learning_rate=1e-3, epochs=8, schedule="constant", warmup_ratio=0.0, batch=len(plain))
    records = []
    fitted = fit(source, plain, config, tmp_path / "ours", records.append)
    told = [entry for entry in trainer.state.log_history if "rewards/margins" in entry]
    assert [r["loss"] for r in records] == pytest.approx([entry["loss"] for entry in told], abs=1e-4)
    assert [r["margin"] for r in records] == pytest.approx([entry["rewards/margins"] for entry in told], abs=1e-3)
    ours, theirs = load_file(fitted.weights / "model.safetensors"), dict(trainer.model.named_parameters())
    assert all(torch.allclose(ours[name], theirs[name], rtol=0, atol=1e-4) for name in ours)
