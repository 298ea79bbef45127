"""Exported files, opened by those they are for: TRL, datasets, LLaMA-Factory, Inspect, ATIF's published models.

LLaMA-Factory wants other versions of transformers and TRL, so it lives in an environment of its own, whose Python is
named by LLAMAFACTORY_PYTHON; INSPECT_PYTHON names one with `inspect_ai` and `atif`. Without them, these are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from pathlib import Path

import pytest

from tests.reports.practised import practised
from worldlore.experience import Message
from worldlore.models.embedded import HOME
from worldlore.models.render import Template
from worldlore.reports.export import DATASETS, Selection, Source, write
from worldlore.training import Contrast, Turn
from worldlore.training.data import examples

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore")]
MODEL = HOME / "household"
LLAMAFACTORY = """
import contextlib, io, json, sys
with contextlib.redirect_stdout(io.StringIO()):
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer
    keys = dict(do_train=True, finetuning_type="full", cutoff_len=4096, overwrite_cache=True, use_cpu=True, bf16=False)
    given = json.loads(sys.argv[1])
    model, data, training, _, _ = get_train_args({**keys, "report_to": "none", **given})
    loaded = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(loaded["tokenizer"], data)
    stage = "rm" if given["stage"] == "dpo" else given["stage"]
    rows = list(get_dataset(template, model, data, training, stage=stage, **loaded)["train_dataset"])
print(json.dumps(rows))
"""
READERS = """
import json, sys
from pathlib import Path
from atif import Trajectory
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
folder = Path(sys.argv[1])
for path in folder.glob("*.json"):
    Trajectory.model_validate(json.loads(path.read_text()))
(file,) = map(str, folder.glob("*.eval"))
log = read_eval_log(file)
summaries = read_eval_log_sample_summaries(file)
scores = [{name: score.value for name, score in sample.scores.items()} for sample in log.samples]
told = [len(sample.messages) for sample in log.samples]
print(json.dumps([log.status, log.results.scores[0].metrics["accuracy"].value, scores, told, len(summaries)]))
"""


def exported(root, target, **keys):
    run = practised(root / "runs", method={"name": "densepolicy", "estimate": "rollouts", "pairs": {"visits": 1}})
    return write(Source(run, Selection(**keys)), DATASETS.load(target), root / target)


def elsewhere(variable, code, *arguments):
    """What a program prints in an environment of its own."""
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} names no Python")
    told = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, "-c", code, *map(str, arguments)], env=told, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def said(turns):
    return tuple(Message(**turn) for turn in turns)


def ours(path):
    """The exported pairs as our own training makes tokens of them."""
    records = [json.loads(line) for line in path.read_text().splitlines()]
    units = [Contrast.of(said(r["prompt"]), r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in records]
    return list(examples(units, Template.load(MODEL), 4096))


def masks(example):
    """Tokens of both sides, and how many of the first ones carry no loss."""
    (chosen,), (rejected,) = example.chosen, example.rejected
    return (chosen.tokens, chosen.reply), (rejected.tokens, rejected.reply)


def test_trls_own_trainer_makes_our_tokens_and_masks_of_the_file_and_the_same_loss(tmp_path):
    pytest.importorskip("trl")
    import torch
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    from worldlore.models.attention import attending, forest_logprobs
    from worldlore.training import Training
    from worldlore.training.objective import Objective
    from worldlore.training.packing import pack

    (file, _) = exported(tmp_path, "trl-preference", pairs="all")
    data = load_dataset("json", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
    policy, reference = (AutoModelForCausalLM.from_pretrained(MODEL) for _ in range(2))
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    keys = {"use_cpu": True, "bf16": False, "report_to": [], "gradient_checkpointing": False, "disable_tqdm": True}
    arguments = DPOConfig(output_dir=str(tmp_path / "out"), per_device_train_batch_size=8, beta=0.1, **keys)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = DPOTrainer(
            model=policy, ref_model=reference, args=arguments, train_dataset=data,
            processing_class=AutoTokenizer.from_pretrained(MODEL),
        )  # fmt: skip
    rows = list(trainer.train_dataset)
    found = ours(file)
    theirs = [
        tuple(((*row["prompt_ids"], *row[f"{s}_ids"]), len(row["prompt_ids"])) for s in ("chosen", "rejected"))
        for row in rows
    ]
    assert [masks(example) for example in found] == theirs

    policy.eval(), reference.eval()
    with torch.no_grad():
        expected = trainer.compute_loss(trainer.model, trainer.data_collator(rows)).item()
        (packed,) = pack(found, 100_000)
        before = torch.stack(packed.sums(forest_logprobs(reference, packed.forest)), 1)
        objective = Objective.of(Training(), found, before[torch.tensor(packed.examples).argsort()].tolist())
        with attending(policy):
            got, _ = objective.of_pass(packed, *packed.sums(forest_logprobs(policy, packed.forest, packed.wanted_W)))
    assert got.item() == pytest.approx(expected, rel=1e-5)
    assert abs(expected - 0.6931) > 1e-3  # the policy is not the reference


def test_datasets_opens_the_folders_with_every_column(tmp_path):
    datasets = pytest.importorskip("datasets")
    exported(tmp_path, "datasets-preference")
    exported(tmp_path / "test", "datasets-sft", part="test")
    cache = str(tmp_path / "cache")
    pairs = datasets.load_dataset(str(tmp_path / "datasets-preference"), split="train", cache_dir=cache)
    assert pairs[0]["prompt"][-1] == {"role": "user", "content": "position after r"}
    assert (pairs[0]["chosen"], pairs[0]["gap"]) == ([{"role": "assistant", "content": "> right"}], 1.0)
    wins = datasets.load_dataset(str(tmp_path / "test" / "datasets-sft"), split="test", cache_dir=cache)
    assert [turn["role"] for turn in wins[0]["messages"]] == ["user", "assistant"] * 2


def test_parquet_comes_in_again_as_it_went_out(tmp_path):
    pytest.importorskip("pyarrow")
    from worldlore.methods.mixes import PairMix, mixed

    (parquet, _) = exported(tmp_path / "a", "datasets-preference")
    (lines, _) = exported(tmp_path / "b", "trl-preference")
    (ranking, _, _) = exported(tmp_path / "c", "llamafactory-ranking")
    found = [
        mixed([PairMix(file=f, format=k)]) for f, k in ((parquet, "trl"), (lines, "trl"), (ranking, "llamafactory"))
    ]
    assert found[0].taken == found[1].taken
    assert set(found[2].taken) == set(found[0].taken)
    assert len(found[0].taken) == 2


def factory(path: Path, stage):
    given = {"dataset_dir": str(path.parent), "dataset": path.stem, "stage": stage, "model_name_or_path": str(MODEL)}
    return elsewhere("LLAMAFACTORY_PYTHON", LLAMAFACTORY, json.dumps({**given, "output_dir": str(path.parent / "o")}))


def test_llamafactorys_own_loader_makes_our_tokens_and_masks_of_pairs(tmp_path):
    (file, _, _) = exported(tmp_path, "llamafactory-ranking", pairs="all")
    (twin, _) = exported(tmp_path / "trl", "trl-preference", pairs="all")
    theirs = {
        tuple(
            (tuple(row[f"{s}_input_ids"]), sum(x == -100 for x in row[f"{s}_labels"])) for s in ("chosen", "rejected")
        )
        for row in factory(file, "dpo")
    }
    assert theirs == {masks(example) for example in ours(twin)}


def test_llamafactorys_own_loader_makes_our_tokens_and_masks_of_conversations(tmp_path):
    (file, _, _) = exported(tmp_path, "llamafactory-sharegpt")
    run = practised(tmp_path / "again")
    units = Source(run).turns
    lines = [[e.chosen[0] for e in examples(turns, Template.load(MODEL), 4096)] for turns in units]
    expected = []
    for told in lines:
        tokens = told[-1].tokens
        carries = {i for line in told for i in range(line.reply, len(line.tokens))}
        expected.append((list(tokens), [t if i in carries else -100 for i, t in enumerate(tokens)]))
    assert [(row["input_ids"], row["labels"]) for row in factory(file, "sft")] == expected
    assert all(isinstance(turn, Turn) for turns in units for turn in turns)


def test_inspects_own_reader_and_atifs_published_models_take_every_episode(tmp_path):
    run = practised(tmp_path / "runs")
    for target in ("atif", "inspect"):
        write(Source(run, Selection(part="test")), DATASETS.load(target), tmp_path / "out", force=True)
    status, accuracy, scores, lengths, summaries = elsewhere("INSPECT_PYTHON", READERS, tmp_path / "out")
    assert (status, accuracy, summaries) == ("success", 0.5, 3)
    assert scores == [{"success": "C", "score": 1.0}, {"success": "I", "score": 0.0}, {}]
    assert lengths == [5, 5, 5]
