"""The command as a user meets it: what it prints, and how it ends."""

import resource
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.cli.terminal import refused

PAGE = """
name = "walk"
[environment]
name = "household"
[models.policy]
name = "scripted"
replies = ["look", "inventory"]
repeat = true
[test]
split = "dev"
tasks = 6
[limits]
steps = 4
"""


@pytest.fixture
def page(tmp_path):
    def write(text=PAGE):
        path = tmp_path / "page.toml"
        path.write_text(text)
        return path

    return write


def test_help_and_version_load_nothing_heavy(say):
    status, text = say("--help")
    assert status == 0
    for verb in ("demo", "run", "compare", "report", "show", "export", "play", "check", "list"):
        assert f"\n  {verb} " in text
    heavy = "('torch', 'transformers', 'openai', 'scipy', 'numpy')"
    code = f"import sys; from worldlore.cli import app; print(*[m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == ""
    assert say("--version") == (0, "worldlore 0.1.0\n")


def test_no_word_of_the_list_of_verbs_is_cut_at_eighty_columns(say, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = say("--help")[1]
    assert "..." not in text.partition("Commands:")[2]
    assert max(map(len, text.splitlines())) <= 80


def test_a_page_laid_over_another_one_says_what_its_size_is_good_for(say, page, tmp_path):
    (tmp_path / "smoke.toml").write_text('note = "a smoke test"\ntest.tasks = 2\n')
    status, text = say("run", page(), "--with", "smoke.toml")
    assert status == 0
    assert text.count("! says of itself: a smoke test") == 1
    (tmp_path / "mute.toml").write_text('note = "nothing is played"\nname = "mute"\ntest.attempts = 0\n')
    assert "! walk-mute says of itself: nothing is played" in say("run", page(), "--with", "mute.toml")[1]
    assert "says of itself: nothing is played" in say("show", "runs/walk-mute")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "page.toml"), "stopped; the same command goes on from here"),
        (("demo", "--fresh"), "stopped; the same command, without --fresh, goes on from here"),
    ],
)
def test_who_interrupts_a_run_is_told_how_to_go_on(say, monkeypatch, words, told):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("worldlore.experiments.suite.load", interrupted)
    assert say(*words) == (130, f"\n{told}\n")


def test_who_leaves_another_command_is_told_nothing_of_going_on(say, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("worldlore.experiments.store.Run.open", interrupted)
    assert say("show", "runs/home") == (130, "\nstopped\n")


def test_run_show_compare_report(say, page, tmp_path):
    status, text = say("run", page())
    assert status == 0
    assert "walk is tested: 6 episodes, success 0%" in text
    assert "worldlore report runs/walk" in text
    status, text = say("show", "runs/walk")
    assert status == 0
    assert "success" in text
    status, text = say("show", "runs/walk", "0")
    assert "Your task is to:" in text
    assert "look" in text
    say("run", page(), "--set", "name=other", "--set", "agent.name=expert", "--set", "limits.steps=30")
    status, text = say("compare", "runs/walk", "runs/other")
    assert status == 0
    assert "better" in text
    status, text = say("report", "runs", "--out", "page.html")
    assert status == 0
    assert (tmp_path / "page.html").read_text().lower().startswith("<!doctype html>")
    say("report", "runs/walk", "runs/other")
    assert (tmp_path / "runs" / "report.html").is_file()
    say("report", "runs/walk")
    assert (tmp_path / "runs" / "walk" / "report.html").is_file()
    status, text = say("list", "runs")
    assert "runs/walk  finished" in text


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("test.tasks=-1", "greater than or equal to 1"),
        ("train.start=-1", "greater than or equal to 0"),
        ("name=../evil", "no folder under the root"),
        ("seeds=[]", "give at least one learning seed, and each once, as seeds = [0, 1]; got []"),
        ("seeds=[0,0]", "each once, as seeds = [0, 1]; got [0, 0]"),
    ],
)
def test_what_no_run_can_have_is_refused(say, page, key, words):
    assert words in refused(say, "run", page(), "--set", key)


def test_an_error_says_which_variant_it_is_about(say, page):
    text = PAGE + '[variants.a]\nmethod = { name = "none" }\n[variants.b]\nmethod = { name = "replay" }\n'
    assert "walk/a: method 'none' has no key 'attempts' (it has no keys)" in refused(
        say, "run", page(text), "--set", "method.attempts=1"
    )


def test_running_again_goes_on_and_fresh_starts_over(say, page, tmp_path):
    say("run", page())
    before = (tmp_path / "runs/walk/result.json").stat().st_mtime_ns
    assert say("run", page())[0] == 0
    assert (tmp_path / "runs/walk/result.json").stat().st_mtime_ns == before
    assert say("run", page(), "--fresh")[0] == 0
    assert (tmp_path / "runs/walk/result.json").stat().st_mtime_ns > before


def test_a_world_in_a_world_is_named_by_a_key(say):
    status, text = say("check", "programs", "--set", "inner.name=gripper", "--split", "dev", "--tasks", "1")
    assert status == 0 and "passed  branching" in text
    status, text = say("check", "programs", "--set", "inner.name=griper")
    assert status and "did you mean 'gripper'?" in text


def test_a_person_plays_with_the_experts_help(say, monkeypatch):
    answers = iter(["?", "!", "nonsense", ""])
    monkeypatch.setattr("builtins.input", lambda *_: next(answers))
    status, text = say("play", "household", "--split", "dev")
    assert status == 0
    assert "go to " in text
    assert "Nothing happens." in text


def test_check_holds_an_environment_to_its_contract(say):
    status, text = say("check", "household", "--tasks", "1")
    assert status == 0, text
    assert "passed" in text
    assert "failed" not in text


HALL = """
from tests.experiments.worlds import Corridor

class Hall(Corridor):
    def tasks(self, split):
        return [] if split in {empty} else super().tasks(split)
"""


def test_check_leaves_out_a_split_without_tasks_that_nobody_named(say, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "hall_without_test.py").write_text(HALL.format(empty=("test",)))
    _, text = say("check", "hall_without_test:Hall", "--tasks", "1")
    assert "left out  split test: it has no tasks" in text
    assert "passed  tasks      12 tasks" in text
    status, text = say("check", "hall_without_test:Hall", "--tasks", "1", "--split", "test")
    assert status == 1
    assert "split test has no tasks" in text
    (tmp_path / "hall_without_any.py").write_text(HALL.format(empty=("train", "test")))
    assert "have no tasks; name one that has" in refused(say, "check", "hall_without_any:Hall")


def test_check_sandbox_takes_no_keys(say):
    assert "leave out --split and --set" in refused(say, "check", "sandbox", "--set", "x=1")


def test_list_names_what_there_is(say):
    _, text = say("list")
    for name in ("household", "alfworld", "embedded", "endpoint", "react", "densepolicy"):
        assert name in text


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("environment.name=houshold", "no environment 'houshold'; did you mean 'household'?"),
        ("agent.name=acct", "no agent 'acct'; did you mean 'act'?"),
        ("method.name=densepolic", "no method 'densepolic'; did you mean 'densepolicy'?"),
        ("models.policy.name=embeded", "did you mean 'embedded'?"),
        ("limits.step=3", "did you mean 'steps'?"),
        ("environment.dialekt=put", "did you mean 'dialect'?"),
        ("environment.dialect=french", "dialect"),
        ("test.split=tests", "did you mean 'test'?"),
        ("test.tasks=100000", "lower test.tasks"),
    ],
)
def test_unknown_names_and_keys_are_answered_with_the_nearest(say, page, override, says):
    assert says in refused(say, "run", page(), "--set", override)


def test_a_missing_file_run_and_episode_are_named(say, page):
    assert "no file absent.toml; give the path of an experiment's TOML file; see examples/" in refused(
        say, "run", "absent.toml"
    )
    assert say("show", "absent")[0] == 1
    say("run", page())
    assert "give a number below that" in refused(say, "show", "runs/walk", "99")
    assert "two runs or more" in refused(say, "compare", "runs/walk")


def test_a_missing_extra_tells_how_to_install_it(say, page, monkeypatch):
    monkeypatch.setitem(sys.modules, "textworld", None)
    monkeypatch.setitem(sys.modules, "alfworld", None)
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    text = refused(say, "run", page(), "--set", "environment.name=alfworld", "--set", "test.split=valid_seen")
    assert "pip install" in text or "ALFWORLD_DATA" in text


ENDPOINT = PAGE.replace('name = "scripted"\nreplies = ["look", "inventory"]\nrepeat = true', "{}")


def test_a_wrong_endpoint_is_told_before_anything_is_played(say, page):
    keys = 'name = "endpoint"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\nretries = 0'
    text = refused(say, "run", page(ENDPOINT.format(keys)))
    assert "127.0.0.1:9" in text


def test_a_wrong_key_is_told_before_anything_is_played(say, page, monkeypatch):
    class Refuse(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'{"error": {"message": "bad key", "type": "invalid_request_error"}}'
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Refuse)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        monkeypatch.setenv("MY_KEY", "sk-secret")
        url = f"http://127.0.0.1:{server.server_port}/v1"
        keys = f'name = "endpoint"\nmodel = "m"\nbase_url = "{url}"\nkey_env = "MY_KEY"'
        text = refused(say, "run", page(ENDPOINT.format(keys)))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "key" in text
    assert "sk-secret" not in text


def test_a_corrupt_weights_file_is_told_in_a_sentence(say, page, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "model.safetensors").write_bytes(b"not weights")
    (folder / "tokenizer.json").write_text("{}")
    text = refused(say, "run", page(ENDPOINT.format(f'name = "local"\npath = "{folder}"')))
    assert "model.safetensors" in text


def test_a_full_disk_is_told_in_a_sentence_and_nothing_is_lost(page, tmp_path):
    """The kernel refuses to let files grow: what was written stays, and the run goes on once there is room."""

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-m", "worldlore", "run", str(page()), "--root", str(tmp_path / "runs")]
    command += ["--set", "cache=false", "--set", "test.tasks=40"]
    full = subprocess.run(command, capture_output=True, text=True, preexec_fn=small, check=False)
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert "cannot write to" in full.stderr
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "40 episodes" in done.stdout


def test_a_fault_in_the_last_variant_is_told_before_the_first_is_played(say, page, tmp_path):
    text = PAGE + '[variants.good]\nseeds = [0]\n[variants.bad]\nagent = { name = "act", manual = "no_such.md" }\n'
    assert "no_such.md" in refused(say, "run", page(text))
    assert not (tmp_path / "runs").exists()


def test_a_folder_of_variants_is_compared_with_the_pages_first_one(say, page):
    status, text = say("run", page(PAGE + "[variants.zebra]\nlimits.steps = 3\n[variants.ape]\nlimits.steps = 2\n"))
    assert status == 0
    assert "Compared with zebra" in text
    assert "Compared with zebra" in say("compare", "runs/walk")[1]
    assert "Compared with ape" in say("compare", "runs/walk/ape", "runs/walk/zebra")[1]
