"""Two processes, as `accelerate launch` starts them, learn what one learns."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from worldlore.training import Training, fit

PROGRAM = """
import pickle, sys
from pathlib import Path
from worldlore.training import fit
source, units, config, out = pickle.loads(Path(sys.argv[1]).read_bytes())
fit(source, units, config, out, lambda record: print("STEP", record["step"], record["loss"]))
"""


def test_two_processes_learn_what_one_learns(source, contrasts, tmp_path):
    config = Training(learning_rate=3e-3, epochs=2, batch=4, tokens_per_batch=30, save_every=2)
    records = []
    alone = fit(source, contrasts, config, tmp_path / "alone", records.append)
    job, program = tmp_path / "job", tmp_path / "program.py"
    job.write_bytes(pickle.dumps((source, contrasts, config, tmp_path / "together")))
    program.write_text(PROGRAM)
    command = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
    ]
    command += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", str(program), str(job)]
    here = {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(command, env={**os.environ, **here}, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("STEP")]
    assert [int(step) for _, step, _ in told] == [record["step"] for record in records]
    ours, theirs = (load_file(tmp_path / run / "weights" / "model.safetensors") for run in ("alone", "together"))
    assert all(torch.allclose(ours[name], theirs[name], atol=2e-5) for name in ours)
    assert alone.trained_tokens == sum(record["tokens"] for record in records)
