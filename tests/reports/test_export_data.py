"""What was played, told to other programs: every record of each format once by eye, and what holds for all."""

from __future__ import annotations

import csv
import json
from ast import literal_eval
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.reports.practised import MANUAL, SYSTEM, again, practised, task, walk
from worldlore.agents.dialogues import BEGIN, NEXT
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Cost, Lesson, Message
from worldlore.experiments.experiment import Experiment
from worldlore.experiments.experiment import run as play
from worldlore.experiments.store import Run
from worldlore.experiments.suite import load
from worldlore.models.embedded import HOME
from worldlore.reports.export import DATASETS, Selection, Source, write
from worldlore.reports.export.data.source import whole
from worldlore.reports.export.data.treedpo import ROLLOUTS
from worldlore.training import Training
from worldlore.training.recipe import learning_rate

PUBLISHED = Path(__file__).parents[2] / "examples" / "published"

FIRST = f"{MANUAL}\n\ndoor 0, position 0"


@pytest.fixture
def run(tmp_path):
    return practised(tmp_path)


def told(run, target, out, **keys):
    """What a target writes: path -> text, and the tally."""
    source = Source(run, Selection(**keys))
    paths = write(source, DATASETS.load(target), out)
    return {str(path.relative_to(out)): path for path in paths}, source.tally


def records(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


# Pairs


def test_a_pair_for_trl_is_a_prompt_two_replies_and_what_the_tree_says(run, tmp_path):
    files, tally = told(run, "trl-preference", tmp_path / "out")
    assert records(files["walks_long_way_0_train_preference.jsonl"]) == [
        {
            "prompt": [user(FIRST), assistant("> right"), user("position after r")],
            "chosen": [assistant("> right")],
            "rejected": [assistant("> left")],
            "task": "corridor/train 0",
            "family": "walk",
            "step": 1,
            "usable": True,
            "gap": 1.0,
            "chosen_node": 1,
            "chosen_value": 1.0,
            "chosen_visits": 1,
            "chosen_remaining": 0.0,
            "rejected_node": 2,
            "rejected_value": 0.0,
            "rejected_visits": 1,
            "rejected_remaining": 0.0,
        },
        {
            "prompt": [user(FIRST)],
            "chosen": [assistant("> right")],
            "rejected": [assistant("> left")],
            "task": "corridor/train 0",
            "family": "walk",
            "step": 0,
            "usable": True,
            "gap": 0.5,
            "chosen_node": 0,
            "chosen_value": 0.5,
            "chosen_visits": 2,
            "chosen_remaining": 1.0,
            "rejected_node": 3,
            "rejected_value": 0.0,
            "rejected_visits": 2,
            "rejected_remaining": 1.0,
        },
    ]
    assert (tally["pairs"], tally["tasks"]) == (2, 1)


def test_a_pair_for_llamafactory_has_its_history_in_exchanges_and_an_entry(run, tmp_path):
    files, _ = told(run, "llamafactory-ranking", tmp_path / "out")
    name = "walks_long_way_0_train_ranking"
    later, first = records(files[f"{name}.jsonl"])
    asked = ("instruction", "input", "chosen", "rejected", "history")
    assert [later[key] for key in asked] == ["position after r", "", "> right", "> left", [[FIRST, "> right"]]]
    assert [first[key] for key in asked] == [FIRST, "", "> right", "> left", []]
    columns = {"prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected"}
    entry = {"file_name": f"{name}.jsonl", "ranking": True, "columns": {**columns, "history": "history"}}
    assert json.loads(files["dataset_info.json"].read_text()) == {name: entry}


def test_a_system_turn_is_a_column_where_there_is_one(tmp_path):
    files, _ = told(practised(tmp_path, before=(SYSTEM,)), "llamafactory-ranking", tmp_path / "out")
    name = "walks_long_way_0_train_ranking"
    assert [record["system"] for record in records(files[f"{name}.jsonl"])] == ["Be brief."] * 2
    assert json.loads(files["dataset_info.json"].read_text())[name]["columns"]["system"] == "system"


def test_turns_of_one_side_are_joined_where_they_must_alternate(tmp_path):
    before = (Message("user", "Listen."),)
    files, _ = told(practised(tmp_path, before=before), "llamafactory-sharegpt", tmp_path / "out")
    (record, _) = records(files["walks_long_way_0_train_sharegpt.jsonl"])
    assert [turn["from"] for turn in record["conversations"]] == ["human", "gpt", "human", "gpt"]
    assert record["conversations"][0]["value"] == f"Listen.\n\n{FIRST}"


def test_all_pairs_are_flagged_and_the_trained_ones_are_those_the_method_chose(tmp_path):
    keys = {"estimate": "rollouts", "pairs": {"gap": 0.9, "visits": 1}}
    run = practised(tmp_path / "gap", method={"name": "densepolicy", **keys})
    files, _ = told(run, "trl-preference", tmp_path / "all", pairs="all")
    assert [r["usable"] for r in records(next(iter(files.values())))] == [True, False]
    run = practised(tmp_path / "few", method={**run.record["experiment"]["method"], "balance": {"pairs": 0}})
    assert told(run, "trl-preference", tmp_path / "usable")[1]["pairs"] == 1
    with pytest.raises(ConfigError, match="give no pair"):
        told(run, "trl-preference", tmp_path / "trained", pairs="trained")


def test_a_run_without_trees_says_where_pairs_come_from(tmp_path):
    with Run.begin(tmp_path, "bare", {"name": "bare", "method": {"name": "none"}}, "d") as run:
        run.seed(0).keep(Lesson(), Cost())
    with pytest.raises(ConfigError, match=r"no tree was grown.*densepolicy.*trl-sft"):
        told(run, "trl-preference", tmp_path / "out")
    with pytest.raises(ConfigError, match="pairs come from --part train"):
        told(run, "trl-preference", tmp_path / "out", part="test")
    assert not (tmp_path / "out").exists()


# Conversations


def test_a_conversation_is_told_once_however_often_it_was_walked(run, tmp_path):
    files, tally = told(run, "trl-sft", tmp_path / "out")
    first, second = records(files["walks_long_way_0_train_sft.jsonl"])
    replies = [assistant("> right"), user("position after r"), assistant("> right")]
    assert first == {"messages": [user(FIRST), *replies]}
    assert second == {"messages": [user(FIRST.replace("door 0", "door 1")), *replies]}
    assert (tally["episodes"], tally["conversations"]) == (3, 2)


def test_told_reply_by_reply_equal_ones_are_told_once(run, tmp_path):
    files, tally = told(run, "trl-sft", tmp_path / "out", replies=True, episodes="all")
    found = records(files["walks_long_way_0_train_sft.jsonl"])
    # of the first tree 6 replies (two after nothing, two after each of them), of the second 2
    assert tally["replies"] == len(found) == 8
    assert all(set(record) == {"prompt", "completion"} for record in found)
    assert {record["completion"][0]["content"] for record in found} == {"> right", "> left"}


def test_a_reply_asked_for_twice_breaks_a_conversation_and_only_the_good_reply_is_told(tmp_path):
    run = practised(tmp_path)
    run.seed(0).add(again(walk(task(7), "r", True)))
    files, _ = told(run, "llamafactory-sharegpt", tmp_path / "out")
    found = records(files["walks_long_way_0_train_sharegpt.jsonl"])
    assert all(record["conversations"][-1]["value"] != "Hm." for record in found)
    assert "mask_history: true" in files["walks_long_way_0_train_sharegpt.md"].read_text()


def test_what_is_not_one_conversation_is_none():
    from worldlore.training import Turn

    opening, later = Message("user", "a"), Message("user", "b")
    first = Turn((opening,), "x")
    assert whole([first, Turn((opening, Message("assistant", "x"), later), "y")])[-1].content == "y"
    assert whole([first, Turn((later,), "y")]) is None
    assert whole([Turn((opening, Message("assistant", "an example"), later), "y")]) is None


# Tokens, examples, folders


def test_records_with_more_tokens_than_allowed_are_left_out_and_counted(run, tmp_path):
    keys = {"tokenizer": HOME / "household"}
    files, tally = told(run, "trl-preference", tmp_path / "some", tokens=40, **keys)
    assert (len(records(files["walks_long_way_0_train_preference.jsonl"])), tally["left out as too long"]) == (1, 1)
    with pytest.raises(ConfigError, match="more than 3 tokens; raise --tokens"):
        told(run, "trl-sft", tmp_path / "none", tokens=3, **keys)
    with pytest.raises(ConfigError, match="give --tokenizer"):
        told(run, "trl-sft", tmp_path / "half", tokens=3)


@pytest.fixture
def remembered(tmp_path, monkeypatch):
    """A run whose agent was shown its past successes in the test."""
    from tests.experiments.worlds import Corridor
    from worldlore.environments import ENVIRONMENTS

    names = {**ENVIRONMENTS.names, "corridor": f"{Corridor.__module__}:Corridor"}
    monkeypatch.setitem(ENVIRONMENTS.__dict__, "names", names)
    page = {"name": "walk", "environment": {"name": "corridor"}, "method": {"name": "replay", "attempts": 2}}
    policy = {"name": "scripted", "replies": ["right"], "repeat": True}
    sizes = {"train": {"tasks": 3}, "test": {"tasks": 2}}
    return play(Experiment(**page, models={"policy": policy}, **sizes), tmp_path / "runs")


def test_without_examples_the_same_agent_is_asked_anew_and_its_replies_stay(remembered, tmp_path):
    files, _ = told(remembered, "trl-sft", tmp_path / "with", part="test")
    shown = records(files["walk_0_test_sft.jsonl"])
    files, _ = told(remembered, "trl-sft", tmp_path / "without", part="test", examples=False)
    plain = records(files["walk_0_test_sft.jsonl"])
    assert all("An earlier success" in record["messages"][0]["content"] for record in shown)
    assert not any("An earlier success" in record["messages"][0]["content"] for record in plain)
    assert [record["messages"][1:] for record in plain] == [record["messages"][1:] for record in shown]
    assert all(record["messages"][0]["content"].endswith("position 0") for record in plain)


def test_solved_tasks_shown_as_turns_are_left_out_as_in_training_unless_asked_for(tmp_path):
    turns = (Message("user", f"Walk.\n\n{BEGIN}\n\nA task."), Message("assistant", "> up"), Message("user", NEXT))
    run = practised(tmp_path, before=turns)
    for target, prompt in (("trl-preference", "prompt"), ("trl-sft", "messages")):
        (plain, *_) = records(next(iter(told(run, target, tmp_path / target)[0].values())))
        (shown, *_) = records(next(iter(told(run, target, tmp_path / f"{target} all", examples=True)[0].values())))
        assert plain[prompt][:3] == [user("Walk."), user(FIRST), assistant("> right")]
        assert [turn["content"] for turn in shown["prompt"][:3]] == [turn.content for turn in turns]


def test_pairs_too_are_asked_without_examples(remembered, tmp_path):
    run = practised(tmp_path)
    files, _ = told(run, "trl-preference", tmp_path / "out", examples=False)
    later, first = records(files["walks_long_way_0_train_preference.jsonl"])
    assert later["prompt"][1:] == [assistant("> right"), user("position after r")]
    assert first["prompt"][0]["content"].endswith(FIRST)


def test_an_index_that_others_use_is_added_to(run, tmp_path):
    out = tmp_path / "data"
    out.mkdir()
    (out / "dataset_info.json").write_text('{"alpaca": {"file_name": "a.json"}}')
    source = Source(run)
    with pytest.raises(ConfigError, match="not empty"):
        write(source, DATASETS.load("llamafactory-ranking"), out)
    write(source, DATASETS.load("llamafactory-ranking"), out, force=True)
    assert set(json.loads((out / "dataset_info.json").read_text())) == {"alpaca", "walks_long_way_0_train_ranking"}
    (out / "dataset_info.json").write_text("[")
    with pytest.raises(StoreError, match="no JSON object"):
        write(source, DATASETS.load("llamafactory-ranking"), out, force=True)


def test_a_seed_that_is_not_there_is_refused(run, tmp_path):
    with pytest.raises(ConfigError, match="no learning seed 3; there: 0"):
        told(run, "atif", tmp_path / "out", seed=3)


# Viewers


def test_an_atif_document_tells_steps_tokens_and_outcome(run, tmp_path):
    files, _ = told(run, "atif", tmp_path / "out", part="test")
    document = json.loads(files["corridor_test_0-0.json"].read_text())
    assert (document["schema_version"], document["agent"]["name"]) == ("ATIF-v1.6", "worldlore-act")
    asked, acted, last = document["steps"]
    assert asked == {"step_id": 1, "source": "user", "message": FIRST}
    assert acted == {
        "step_id": 2,
        "source": "agent",
        "message": "> right",
        "reasoning_content": "On we go.",
        "tool_calls": [{"tool_call_id": "call-0", "function_name": "act", "arguments": {"action": "right"}}],
        "observation": {"results": [{"source_call_id": "call-0", "content": "position after r"}]},
        "metrics": {
            "prompt_tokens": 10,
            "completion_tokens": 2,
            "completion_token_ids": [7, 8],
            "logprobs": [-0.5, -0.25],
            "extra": {"calls": 1},
        },
        "extra": {"reward": 0.0, "info": {"valid": True}},
    }
    assert (last["step_id"], last["extra"]["reward"]) == (3, 1.0)
    assert document["final_metrics"] == {"total_prompt_tokens": 30, "total_completion_tokens": 4, "total_steps": 3}
    assert (document["extra"]["success"], document["extra"]["score"]) == (True, 1.0)
    broken = json.loads(files["corridor_test_2-0.json"].read_text())["extra"]
    assert (broken["success"], broken["score"], broken["error"]) == (None, None, "the floor gave way")


def test_an_inspect_log_scores_what_was_measured_and_says_why_the_rest_was_not(run, tmp_path):
    files, tally = told(run, "inspect", tmp_path / "out", part="test")
    with ZipFile(files["walks_long_way_0_test.eval"]) as log:
        header, summaries = (json.loads(log.read(f"{name}.json")) for name in ("header", "summaries"))
        won, lost, broken = (json.loads(log.read(f"samples/corridor/test {i}_epoch_1.json")) for i in range(3))
    success, score = header["results"]["scores"]
    assert (success["metrics"]["accuracy"]["value"], success["scored_samples"], success["unscored_samples"]) == (
        0.5,
        2,
        1,
    )
    assert (score["metrics"]["mean"]["value"], tally["episodes"], len(summaries)) == (0.5, 3, 3)
    assert [s["scores"].get("success") for s in (won, lost, broken)] == [{"value": "C"}, {"value": "I"}, None]
    assert lost["limit"]["type"] == "custom" and "limit" not in won
    assert broken["error"]["message"] == "the floor gave way"
    roles = [message["role"] for message in won["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    assert won["model_usage"] == {"scripted": {"input_tokens": 30, "output_tokens": 4, "total_tokens": 34}}


def test_the_same_task_tried_again_is_the_next_epoch(run, tmp_path):
    files, _ = told(run, "inspect", tmp_path / "out")
    with ZipFile(files["walks_long_way_0_train.eval"]) as log:
        names = [name for name in log.namelist() if name.startswith("samples/")]
    assert len(names) == len(set(names)) == 6
    assert "samples/corridor/train 1_epoch_2.json" in names


def test_what_happened_is_told_for_world_models(run, tmp_path):
    files, tally = told(run, "transitions-sft", tmp_path / "sft")
    found = records(files["walks_long_way_0_train_transitions.jsonl"])
    assert tally["transitions"] == len(found) == 7  # the second step is the same in both trees
    assert [turn["role"] for turn in found[0]["messages"]] == ["system", "user", "assistant"]
    assert found[0]["messages"][-1]["content"] == "position after r"
    files, tally = told(run, "transitions", tmp_path / "published", part="test")
    (first, *_) = json.loads(files["walks_long_way_0_test_transitions.json"].read_text())
    assert first["act"] == ["right", "left"]
    assert first["diff"] == ["position after r", "position after rl"]
    assert (len(first["obs"]), tally["episodes"]) == (3, 3)


# The published table


def test_trees_in_the_published_table_hold_each_rollout_under_its_address(run, tmp_path):
    files, tally = told(run, "treedpo", tmp_path / "out")
    with files["walks_long_way_0_train_trees.csv"].open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["input"], first["env"], first["score"], first["res"]) == ("reach the end", "corridor", "1", "True")
    rollouts = {name: literal_eval(first[name]) for name in ROLLOUTS}
    assert rollouts["res_cur"] == {(0, 0): True, (0, 1): False, (1, 0): False, (1, 1): False}
    assert rollouts["steps"] == dict.fromkeys(rollouts["res_cur"], 2)
    assert rollouts["history"][0, 1] == [
        user(FIRST),
        assistant("> right"),
        user("position after r"),
        assistant("> left"),
        user("position after rl"),
    ]
    assert all(len(told) == 2 * len(address) + 1 for address, told in rollouts["history"].items())
    assert literal_eval(second["res_cur"]) == {(0, 0): True}
    assert (tally["trees"], tally["rollouts"]) == (2, 5)
    with pytest.raises(ConfigError, match="no trees are grown in a test"):
        told(run, "treedpo", tmp_path / "test", part="test")


# Pages


@pytest.mark.parametrize("page", ["trees", "train"])
def test_the_pages_of_the_published_training_name_keys_there_are(page):
    (experiment,) = load(PUBLISHED / f"{page}.toml")
    resolved = experiment.resolved().method
    if page == "train":
        training = resolved["training"]
        asked = {"beta": 0.1, "learning_rate": 7.2e-8, "warmup_ratio": 1.0, "batch": 32, "lora": None, "epochs": 1}
        assert {key: training[key] for key in asked} == asked
        assert (training["held_out"]["share"], training["held_out"]["every"]) == (0.005, 500)
        assert [mix["most"] for mix in resolved["mixes"]] == [None, 14000, 14000]
        rates = [learning_rate(Training(**training), step, 1000) for step in (0, 499, 999)]
        assert rates == pytest.approx([7.2e-11, 3.6e-8, 7.2e-8])
