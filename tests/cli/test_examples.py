"""Examples, run as their first lines say: from the root of the repository."""

import re
from pathlib import Path

import pytest

from worldlore.cli import main
from worldlore.experiments.store import Run
from worldlore.experiments.suite import load

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^#   worldlore run (\S+)((?:\\\n|[^\n&])*)", re.M)


@pytest.fixture
def wins(monkeypatch, tmp_path, capsys):
    """Name of each run of an example -> the test tasks it succeeds in, of how many."""
    monkeypatch.chdir(ROOT)

    def run(file):
        with pytest.raises(SystemExit) as end:
            main(["run", file, "--root", str(tmp_path)])
        assert not end.value.code, capsys.readouterr()
        names = [experiment.name for experiment in load(Path(file))]
        played = {name: list(Run.open(tmp_path / name).test(0)) for name in names}
        return {
            name.partition("/")[2]: (sum(bool(t.success) for t in test), len(test)) for name, test in played.items()
        }

    return run


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.stem)
def test_the_commands_in_an_examples_head_name_keys_there_are(file, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT / "examples")  # corridor.toml is run there, beside its module
    for path, rest in [(f"examples/{file.name}", ""), *COMMAND.findall(file.read_text())]:
        experiments = load(Path(path), re.findall(r"--set (\S+)", rest))
        assert all(experiment.resolved() for experiment in experiments)


def test_every_baseline_wins_the_instance_its_script_is_about(wins):
    names = ("act", "react", "act_reflexion", "react_reflexion", "code_as_policy", "codeact")
    assert wins("examples/baselines.toml") == dict.fromkeys(names, (1, 1))


def test_a_world_of_ones_own_is_found_from_the_root_and_solved_by_the_planner(wins):
    assert wins("examples/pddl.toml")["planner"] == (2, 2)
