"""One-shot runs: what a program gives, says and calls, how it ends, and what its caller may rely on."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.batch import Lower
from tests.sandbox.hostile.base import descendants
from worldlore.errors import ConfigError, SandboxError
from worldlore.sandbox import Bounds, Rung, Sandbox, Stopped, Value, worker
from worldlore.sandbox.child import heavier
from worldlore.sandbox.inside.worker import remove

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=8,
)


def silent(name: str, args: Sequence[Value], named: dict[str, Value]) -> Value:
    return None


def ended(pids: set[int]) -> bool:
    """Whether all of these processes go away soon."""
    for _ in range(100):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.02)
    return False


def test_a_run_gives_what_it_printed_and_the_value_of_its_last_line(sandbox: Sandbox):
    ran = sandbox.run("print('hello')\nx = 20\nx * 2 + 2", {}, silent)
    assert (ran.ending, ran.output, ran.value, ran.error, ran.calls) == ("finished", "hello\n", "42", None, 0)
    assert 0 < ran.seconds < 5


@pytest.mark.parametrize("code", ["x = 1", "None", "", "print(1)", "def f(): pass", "# nothing"])
def test_a_last_line_without_a_value_gives_none(code: str, sandbox: Sandbox):
    assert sandbox.run(code, {}, silent).value is None


def test_standard_error_and_warnings_are_output_too(sandbox: Sandbox):
    code = "import sys, warnings\nprint('a')\nprint('b', file=sys.stderr)\nwarnings.warn('c')"
    output = sandbox.run(code, {}, silent).output
    assert output.startswith("a\nb\n") and "UserWarning: c" in output


def test_a_call_reaches_the_answer_and_its_answer_the_program(sandbox: Sandbox):
    heard = []

    def answer(name: str, args: list[Value], named: dict[str, Value]) -> Value:
        heard.append((name, args, named))
        return {"seen": args}

    code = "r = move('hall', room='kitchen')\nsay('a', 'b', to='c')\nr['seen'][1]"
    ran = sandbox.run(code, {"move": ["origin", "room"], "say": ["*words", "**named"]}, answer)
    assert ran.value == "'kitchen'" and ran.calls == 2
    assert heard == [("move", ["hall", "kitchen"], {}), ("say", ["a", "b"], {"to": "c"})]


@given(value=JSON)
def test_any_json_value_goes_there_and_back_unchanged(value: Value, sandbox: Sandbox):
    got = []
    code = f"value = fetch()\nkeep(value)\nvalue == {value!r}"
    ran = sandbox.run(code, {"fetch": [], "keep": ["x"]}, lambda name, args, named: got.extend(args) or value)
    assert ran.value == "True" and got == [value]


@pytest.mark.parametrize("call", ["move()", "move(1, 2)", "move(room=1, other=2)", "move({1, 2})", "move(object())"])
def test_a_wrong_call_is_a_type_error_inside_the_program_and_reaches_nobody(call: str, sandbox: Sandbox):
    code = f"try:\n    {call}\nexcept TypeError as error:\n    print('caught', error)"
    ran = sandbox.run(code, {"move": ["room"]}, lambda *_: pytest.fail("it was answered"))
    assert ran.output.startswith("caught") and ran.ending == "finished" and ran.calls == 0


def test_a_traceback_shows_the_program_and_nothing_of_ours(sandbox: Sandbox):
    code = "import json\ndef read(text):\n    return json.loads(text)\nread('{')"
    error = sandbox.run(code, {}, silent).error
    assert error is not None
    assert error.splitlines()[:5] == [
        "Traceback (most recent call last):",
        '  File "<action>", line 4, in <module>',
        "    read('{')",
        '  File "<action>", line 3, in read',
        "    return json.loads(text)",
    ]
    assert error.splitlines()[-1].startswith("json.decoder.JSONDecodeError: Expecting property name")
    assert error.count("File") == 2


def test_a_chain_of_exceptions_is_shown_whole(sandbox: Sandbox):
    code = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('worse') from error"
    error = sandbox.run(code, {}, silent).error
    assert error is not None and error.index("ZeroDivisionError") < error.index("direct cause") < error.index("worse")


def test_a_syntax_error_comes_with_its_caret(sandbox: Sandbox):
    ran = sandbox.run("x = 1\ny = = 2", {}, silent)
    assert ran.ending == "raised"
    assert ran.error == '  File "<action>", line 2\n    y = = 2\n        ^\nSyntaxError: invalid syntax'


def test_set_up_comes_first_in_the_same_names_and_its_errors_are_raised(sandbox: Sandbox):
    setup = "import math\ndef twice(x):\n    return 2 * go(x) if x else 1 / x"
    assert sandbox.run("twice(math.floor(2.5))", {"go": ["x"]}, lambda n, args, k: args[0], setup).value == "4"
    failed = sandbox.run("twice(0)", {"go": ["x"]}, silent, setup)
    assert failed.error is not None and '  File "<setup>", line 3, in twice' in failed.error
    broken = sandbox.run("print('never')", {}, silent, "1 / 0")
    assert broken.ending == "raised" and broken.output == "" and '"<setup>", line 1' in (broken.error or "")


@pytest.mark.parametrize(
    ("code", "ending", "error"),
    [
        ("import sys; sys.exit()", "finished", None),
        ("exit(0)", "finished", None),
        ("quit('no')", "raised", "SystemExit: no"),
    ],
)
def test_leaving_early_is_no_failure_unless_it_says_so(code: str, ending: str, error: str | None, sandbox: Sandbox):
    ran = sandbox.run("print('done')\n" + code, {}, silent)
    assert (ran.ending, ran.error, ran.output) == (ending, error, "done\n")


def test_stopped_ends_the_program_at_once_and_keeps_what_it_printed(sandbox: Sandbox):
    def answer(name: str, args: list[Value], named: dict[str, Value]) -> Value:
        raise Stopped

    code = "print('before')\ntry:\n    move()\nfinally:\n    print('after')"
    ran = sandbox.run(code, {"move": []}, answer)
    assert (ran.ending, ran.output, ran.error, ran.calls) == ("stopped", "before\n", None, 1)


def test_what_an_answer_raises_comes_out_at_the_caller(sandbox: Sandbox):
    def answer(name: str, args: list[Value], named: dict[str, Value]) -> Value:
        raise KeyError("the environment broke")

    with pytest.raises(KeyError, match="the environment broke"):
        sandbox.run("try:\n    move()\nexcept BaseException:\n    pass", {"move": []}, answer)
    assert sandbox.run("1", {}, silent).value == "1"


def test_time_inside_the_answer_is_not_the_programs():
    with Sandbox(Bounds(seconds=1)) as brief:
        ran = brief.run("move()\n'done'", {"move": []}, lambda *_: time.sleep(1.2))
        assert ran.value == "'done'" and ran.seconds < 1


def test_a_timeout_keeps_what_was_printed_and_names_its_bound():
    with Sandbox(Bounds(seconds=0.6)) as brief:
        ran = brief.run("print('so far')\nwhile True: pass", {}, silent)
        assert (ran.ending, ran.output) == ("timeout", "so far\n")
        assert ran.error == "the program ran longer than 0.6 s of wall clock and was ended"


def test_processor_time_is_bounded_apart_from_the_wall_clock():
    with Sandbox(Bounds(seconds=20, cpu_seconds=1)) as sandbox:
        ran = sandbox.run("while True: pass", {}, silent)
        assert ran.ending == "killed" and ran.error == "the program used more than 1 s of processor time"


def test_output_value_and_error_are_cut_with_a_note(sandbox: Sandbox):
    ran = sandbox.run("print('x' * 600)\n'y' * 600", {}, silent)
    assert ran.output == "x" * 500 + "\n… cut at 500 characters"
    assert ran.value == "'" + "y" * 499 + "\n… cut at 500 characters"


def test_a_program_that_calls_too_often_is_ended(sandbox: Sandbox):
    ran = sandbox.run("while True: move()", {"move": []}, silent)
    assert (ran.ending, ran.calls, ran.error) == ("killed", 20, "the program made more than 20 calls")


def test_memory_is_given_back_to_the_next_program(sandbox: Sandbox):
    assert "MemoryError" in (sandbox.run("x = bytearray(10**9)", {}, silent).error or "")
    assert sandbox.run("len(bytearray(10**8))", {}, silent).value == "100000000"


def test_a_set_of_strings_has_one_order_in_every_worker(sandbox: Sandbox):
    code = "list({'ball1', 'ball2', 'rooma', 'roomb', 'left', 'right'})"
    with Sandbox() as another:
        assert sandbox.run(code, {}, silent).value == another.run(code, {}, silent).value


def test_two_one_shot_runs_share_nothing(sandbox: Sandbox):
    if sandbox.rung >= Rung.LANDLOCK:
        assert sandbox.run("open('note', 'w').write('x')\nimport os\nos.listdir('.')", {}, silent).value == "['note']"
        assert sandbox.run("import os\nos.listdir('.')", {}, silent).value == "[]"
    sandbox.run("import math\nmath.pi = 3", {}, silent)
    assert sandbox.run("import math\nmath.pi > 3", {}, silent).value == "True"


def test_threads_of_the_caller_run_programs_side_by_side(sandbox: Sandbox):
    def one(n: int) -> str | None:
        return sandbox.run("ask() * 2", {"ask": []}, lambda *_: n).value

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(24))) == [str(2 * n) for n in range(24)]


def test_a_missing_rung_is_refused_with_the_reason_and_the_remedy():
    class Few(Lower):
        def __init__(self) -> None:
            super().__init__(Bounds(), ["namespaces", "landlock"])

    with Few() as few:
        assert few.rung is Rung.SECCOMP or few.rung is Rung.PROCESS
        few.close()
        few.at_least = Rung.NAMESPACES
        with pytest.raises(ConfigError, match=r"rung NAMESPACES .*gives .*landlock: left out, so use Linux 5.13"):
            few.run("1", {}, silent)


def test_every_rung_is_named_in_words_and_ordered():
    assert sorted(Rung) == [Rung.PROCESS, Rung.SECCOMP, Rung.LANDLOCK, Rung.NAMESPACES]
    assert all(len(rung.words) > 20 for rung in Rung)


@pytest.mark.parametrize(
    "functions",
    [
        {"not a name": []},
        {"f": ["x y"]},
        {"class": []},
        {"f": ["x=1"]},
        {"f": ["x", "x"]},
        {"f": ["**a", "b"]},
        {"_call": []},
    ],
)
def test_a_function_that_is_no_python_is_refused(functions: dict[str, list[str]], sandbox: Sandbox):
    with pytest.raises(ConfigError, match=r"function .* of the sandbox"):
        sandbox.run("1", functions, silent)


def test_closing_leaves_no_process_behind_and_the_sandbox_can_go_on():
    sandbox = Sandbox()
    sandbox.session({}).run("x = 1", silent)
    sandbox.run("1", {}, silent)
    below = descendants([os.getpid()])
    assert below
    sandbox.close()
    sandbox.close()
    assert ended(below - descendants([os.getpid()]))
    assert sandbox.run("1", {}, silent).value == "1"
    sandbox.close()


def test_a_sandbox_nobody_holds_ends_its_worker():
    before = descendants([os.getpid()])
    sandbox = Sandbox()
    sandbox.run("1", {}, silent)
    mine = descendants([os.getpid()]) - before
    del sandbox
    gc.collect()
    assert mine and ended(mine)


def test_a_worker_that_died_takes_its_sessions_and_another_takes_its_place():
    with Sandbox() as sandbox:
        session = sandbox.session({})
        session.run("x = 1", silent)
        first = sandbox._started()
        below = descendants([first._process.pid])
        first._process.kill()
        first._process.wait()
        assert below and ended(below)
        with pytest.raises(SandboxError, match="worker has ended"):
            session.run("x", silent)
        assert not session.alive
        assert sandbox.run("1", {}, silent).value == "1"
        assert sandbox._started() is not first


def test_a_program_that_gets_no_process_is_refused_and_nobody_else_suffers(monkeypatch: pytest.MonkeyPatch):
    """The first, fourth and sixth process can be made; the fifth is the one made in advance."""
    luck = "import inside.worker as w; luck, real = iter([1, 0, 0, 1, 0]), w.lock.scratch; "
    luck += "w.lock.scratch = lambda layers: real(layers) if next(luck, 1) else open('/nowhere'); "
    monkeypatch.setattr(worker, "START", worker.START.replace("main(", f"{luck} main("))
    with Sandbox() as sandbox:
        session = sandbox.session({})
        for _ in range(2):
            with pytest.raises(SandboxError, match=r"no process for a program: .*No such file"):
                sandbox.run("1", {}, silent)
        assert session.run("1", silent).value == "1"
        assert [sandbox.run(str(n), {}, silent).value for n in range(3)] == ["0", "1", "2"]


@pytest.mark.parametrize(("depth", "most", "over"), [(0, 9000, False), (0, 8000, True), (1900, 1 << 24, False)])
def test_a_scratch_folder_is_weighed_and_removed_whole(depth: int, most: int, over: bool, tmp_path: Path):
    at = f"{tmp_path}/scratch"
    for _ in range(depth + 1):
        os.mkdir(at)  # noqa: PTH102
        at += "/d"
    for name, size in (("x", 4500), ("y", 1)):
        with open(at[:-1] + name, "wb") as file:  # noqa: PTH123
            file.write(bytes(size))
    assert heavier(f"{tmp_path}/scratch", most) is over
    remove(f"{tmp_path}/scratch")
    assert not list(tmp_path.iterdir())


def test_a_caller_that_is_killed_takes_everything_with_it():
    code = (
        "import os, time\nfrom worldlore.sandbox import Sandbox\nfrom tests.sandbox.hostile.base import descendants\n"
        "s = Sandbox()\nsession = s.session({})\nsession.run('1', print)\n"
        "print(*descendants([os.getpid()]), flush=True)\ns.run('while True: pass', {}, print)"
    )
    caller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    below = {int(pid) for pid in caller.stdout.readline().split()}
    caller.kill()
    caller.communicate()
    assert below and ended(below)


def test_a_process_forked_from_the_caller_has_a_worker_of_its_own():
    sandbox = Sandbox()
    session = sandbox.session({})
    session.run("x = 7", silent)
    code = 0
    if (pid := os.fork()) == 0:
        try:
            code = int(sandbox.run("40 + 2", {}, silent).value != "42")
            session.close()
        finally:
            sandbox.close()
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    assert session.run("x", silent).value == "7"
    sandbox.close()


def test_programs_do_not_wait_for_one_another():
    with Sandbox(Bounds(seconds=3)) as sandbox:
        sandbox.run("1", {}, silent)
        slow = threading.Thread(target=sandbox.run, args=("import time; time.sleep(1)", {}, silent))
        slow.start()
        began = time.monotonic()
        sandbox.run("1", {}, silent)
        assert time.monotonic() - began < 0.9
        slow.join()
