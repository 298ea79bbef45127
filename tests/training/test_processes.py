"""Two processes, as `accelerate launch` starts them, learn what one learns."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from worldlore.cli import main
from worldlore.training import HeldOut, Training, fit

PROGRAM = """
import os, pickle, sys
from pathlib import Path
from worldlore.training import fit
assert os.environ["WORLD_SIZE"] == "2"
source, units, config, out = pickle.loads(Path(sys.argv[1]).read_bytes())
fit(source, units, config, out, lambda record: print("STEP", record["step"]))
"""


RUN = """
import os
from worldlore.cli import main
print("PROCESS", os.environ["RANK"], flush=True)
main(["run", "page.toml", "--root", "together"])
"""
PAGE = """
name = "pairs"
seeds = [0, 1]
environment = { name = "household", actions = false }
models.policy = { name = "embedded" }
train = { tasks = 0 }
test = { split = "dev", tasks = 1 }
method.name = "preferences"
method.mixes = [{ file = "pairs.jsonl", format = "trl" }]
method.training = { batch = 2, learning_rate = 1e-3, tokens_per_batch = 64 }
"""
LAUNCH = [
    *(sys.executable, "-m", "accelerate.commands.launch"),
    "--multi_gpu",  # on CPUs; with --cpu accelerate starts one process, whatever the number
    *("--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
    *("--main_process_port", "0"),
]


def launched(*program, folder):
    """What two processes print."""
    here = {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(
        [*LAUNCH, *map(str, program)],
        cwd=folder, env={**os.environ, **here}, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_two_processes_learn_what_one_learns(source, contrasts, tmp_path):
    held_out = HeldOut(share=0.3, every=2)
    config = Training(learning_rate=3e-3, epochs=2, batch=4, tokens_per_batch=30, save_every=2, held_out=held_out)
    records = []
    alone = fit(source, contrasts, config, tmp_path / "alone", records.append)
    job, program = tmp_path / "job", tmp_path / "program.py"
    job.write_bytes(pickle.dumps((source, contrasts, config, tmp_path / "together")))
    program.write_text(PROGRAM)
    told = [line.split() for line in launched(program, job, folder=tmp_path).splitlines() if line.startswith("STEP")]
    assert [int(step) for _, step in told] == [record["step"] for record in records]
    ours, theirs = (load_file(tmp_path / run / "weights" / "model.safetensors") for run in ("alone", "together"))
    assert all(torch.allclose(ours[name], theirs[name], atol=2e-5) for name in ours)
    assert alone.trained_tokens == sum(record.get("tokens", 0) for record in records)


@pytest.mark.real
def test_a_run_launched_as_two_processes_is_played_by_one_and_learned_by_both(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.toml").write_text(PAGE)
    (tmp_path / "program.py").write_text(RUN)
    pairs = [{"prompt": f"go to shelf {i}", "chosen": "go to desk 1", "rejected": "look"} for i in range(6)]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    with pytest.raises(SystemExit) as end:
        main(["run", "page.toml", "--root", "alone"])
    assert not end.value.code
    told = launched("program.py", folder=tmp_path)
    assert sorted(line for line in told.splitlines() if line.startswith("PROCESS")) == ["PROCESS 0", "PROCESS 1"]
    assert told.count("pairs is tested") == 1
    for seed in (0, 1):
        weights = f"pairs/seed-{seed}/lesson/weights/policy/model.safetensors"
        ours, theirs = load_file(tmp_path / "alone" / weights), load_file(tmp_path / "together" / weights)
        assert all(torch.allclose(ours[name], theirs[name], atol=2e-5) for name in ours)
    assert not list((tmp_path / "together").rglob("units.jsonl"))
