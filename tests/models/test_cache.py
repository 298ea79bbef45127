"""The response cache: nothing is asked twice, and nothing is remembered that should not be."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.errors import StoreError
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Sampling,
    Score,
    Scores,
    Usage,
    Vectors,
)
from worldlore.models import cache
from worldlore.models.base import Model
from worldlore.models.cache import Cached
from worldlore.models.scripted import Scripted


def asked(text: str, **sampling) -> Generate:
    return Generate((Message("user", text),), Sampling(**sampling))


class Counting(Model):
    """Answers each request with how many it was asked before, and counts."""

    name = "counting"
    can = frozenset({"generate", "score", "embed"})
    concurrency = 7
    weights = Path("folder")

    def __init__(self, identity="counting"):
        self.identity = identity
        self.asked = []
        self.closed = self.checked = False

    def generate(self, requests):
        self.asked += requests
        return [Completion(f"{r.messages[-1].content}!", usage=Usage(3, 2, 0.5)) for r in requests]

    def score(self, requests):
        self.asked += requests
        return [Scores(tuple((-0.1, -1e-17) for _ in r.continuations)) for r in requests]

    def embed(self, requests):
        self.asked += requests
        return [Vectors(tuple((0.6, 0.8) for _ in r.texts)) for r in requests]

    def check(self):
        self.checked = True
        self.can = frozenset({"generate"})

    def with_weights(self, folder):
        return Counting(f"counting:{folder}")

    def close(self):
        self.closed = True


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "cache.sqlite"


@pytest.fixture
def opened(path):
    """Opens caches and closes them after the test."""
    caches = []

    def build(model):
        caches.append(Cached(model, path))
        return caches[-1]

    yield build
    for each in caches:
        each.close()


def test_a_second_run_asks_the_model_nothing_and_hears_the_same(opened):
    requests = [asked("a"), asked("b", seed=1, temperature=1.0)]
    first, second = opened(Counting()), opened(Counting())
    replies = first.generate(requests)
    assert second.generate(requests) == replies == Counting().generate(requests)
    assert second.model.asked == []
    assert (first.hits, first.misses, second.hits, second.misses) == (0, 2, 2, 0)


def test_scores_and_vectors_come_back_exactly(opened):
    score, embed = Score((Message("user", "q"),), ("a", "b")), Embed(("x", "y"))
    fresh, known = opened(Counting()), opened(Counting())
    assert fresh.score([score]) == known.score([score]) == Counting().score([score])
    assert fresh.embed([embed]) == known.embed([embed]) == Counting().embed([embed])
    assert known.model.asked == []


def test_only_misses_are_passed_on_and_equal_requests_once(opened):
    model = opened(Counting())
    model.generate([asked("a")])
    replies = model.generate([asked("b"), asked("a"), asked("b"), asked("c")])
    assert [r.text for r in replies] == ["b!", "a!", "b!", "c!"]
    assert model.model.asked == [asked("a"), asked("b"), asked("c")]
    assert (model.hits, model.misses) == (2, 3)


def test_whatever_may_change_the_reply_changes_the_key(opened):
    model = opened(Counting())
    other = opened(Counting("other"))
    requests = [
        asked("a"),
        asked("a", seed=1),
        asked("a", seed=2),
        asked("a", temperature=1.0, seed=1),
        asked("a", top_p=0.9),
        asked("a", max_tokens=3),
        asked("a", stop=("x",)),
        Generate((Message("system", "a"),)),
        Generate((Message("user", "a"),), to="world"),
    ]
    model.generate(requests)
    other.generate(requests)
    assert len(model.model.asked) == len(other.model.asked) == len(requests)


def test_a_sampled_request_without_a_seed_is_always_asked(opened):
    model = opened(Counting())
    request = asked("a", temperature=1.0)
    model.generate([request, request])
    model.generate([request])
    assert len(model.model.asked) == 3 and model.hits == 0


def test_failures_are_not_remembered(opened):
    down = opened(Scripted.of(lambda r: Failure("down"), identity="m"))
    assert down.generate([asked("a"), asked("a")]) == [Failure("down")] * 2
    up = opened(Scripted.of(lambda r: "up", identity="m"))
    assert up.generate([asked("a")])[0].text == "up"


def test_the_contract_is_the_models_own(opened, path):
    model = opened(Counting())
    assert (model.can, model.concurrency, model.identity) == (Counting.can, 7, "counting")
    assert model.weights == Counting.weights
    model.check()
    assert model.model.checked and model.can == {"generate"}
    taught = model.with_weights(path)
    taught.generate([asked("a")])
    model.generate([asked("a")])
    assert len(model.model.asked) == 1 and taught.identity == f"counting:{path}"
    taught.close()
    assert taught.model.closed


def test_no_request_asks_nothing(opened):
    assert opened(Counting()).generate([]) == []


@given(st.lists(st.sampled_from("abcd"), max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_replies_are_those_of_the_bare_model_in_its_order(tmp_path_factory, first, second):
    model = Cached(Counting(), tmp_path_factory.mktemp("law") / "c")
    for batch in (first, second):
        requests = [asked(text) for text in batch]
        assert model.generate(requests) == Counting().generate(requests)
    assert len(model.model.asked) == len({*first, *second}) == model.misses
    assert model.hits + model.misses == len(first) + len(second)
    model.close()


def test_threads_may_share_one_cache(opened):
    model = opened(Counting())
    wrong = []

    def work():
        wrong.extend(i for i in range(20) if model.generate([asked(str(i))])[0].text != f"{i}!")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and model.hits + model.misses == 120


WORKER = """
import sys
from pathlib import Path
from worldlore.experience import Generate, Message
from worldlore.models.cache import Cached
from worldlore.models.scripted import Scripted
model = Cached(Scripted.of(lambda r: r.messages[0].content.upper(), identity="m"), Path(sys.argv[1]))
print("ready", flush=True)
for i in range(int(sys.argv[2])):
    (reply,) = model.generate([Generate((Message("user", f"q{i}"),))])
    assert reply.text == f"Q{i}"
    print(i, flush=True)
model.close()
"""


def worker(path, count):
    return subprocess.Popen([sys.executable, "-c", WORKER, str(path), str(count)], stdout=subprocess.PIPE, text=True)


def test_processes_may_share_one_file(path, opened):
    workers = [worker(path, 40) for _ in range(3)]
    for process in workers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    model = opened(Scripted.of(lambda r: Failure("not asked"), identity="m"))
    replies = model.generate([asked(f"q{i}") for i in range(40)])
    assert [r.text for r in replies] == [f"Q{i}" for i in range(40)]


def test_a_killed_process_leaves_every_reply_it_gave(path, opened):
    process = worker(path, 10**9)
    lines = [process.stdout.readline() for _ in range(30)]
    os.kill(process.pid, signal.SIGKILL)
    lines += process.communicate()[0].splitlines()
    given = [line for line in map(str.strip, lines) if line.isdigit()]
    model = opened(Scripted.of(lambda r: Failure("not asked"), identity="m"))
    assert len(given) >= 29
    assert [r.text for r in model.generate([asked(f"q{i}") for i in given[:29]])] == [f"Q{i}" for i in given[:29]]


def test_a_file_that_is_no_database_is_named_with_the_remedy(path):
    path.parent.mkdir()
    path.write_text("not a database at all, but long enough to be looked at " * 20)
    with pytest.raises(StoreError, match=r"cache\.sqlite is damaged or no cache.*delete it"):
        Cached(Counting(), path)


def test_another_programs_database_is_left_alone(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE bills (sum INT)")
    theirs.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Cached(Counting(), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("column", "value"), [("reply", "{torn"), ("kind", "Trajectory"), ("reply", '{"finish": 3}')])
def test_a_damaged_reply_is_named_with_the_remedy(opened, path, column, value):
    model = opened(Counting())
    model.generate([asked("a")])
    with sqlite3.connect(path) as hand:
        hand.execute(f"UPDATE replies SET {column} = ?", (value,))
    hand.close()
    with pytest.raises(StoreError, match="damaged"):
        model.generate([asked("a")])


def test_a_locked_file_is_waited_for_and_then_named(opened, path, monkeypatch):
    monkeypatch.setattr(cache, "PATIENCE", 0.2)
    model = opened(Counting())
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    begun = time.monotonic()
    with pytest.raises(StoreError, match=r"locked.*end that program"):
        model.generate([asked("a")])
    assert time.monotonic() - begun >= 0.15
    holder.execute("ROLLBACK")
    holder.close()
    assert model.generate([asked("a")])[0].text == "a!"


def test_a_full_disk_is_named_with_the_remedy(opened):
    model = opened(Counting())
    model._database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError, match=r"full.*space"):
        model.generate([asked("x" * 9000 + str(i)) for i in range(9)])


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Cached(Counting(), tmp_path / "file" / "below" / "c")


def test_what_is_stored_is_json(opened, path):
    opened(Counting()).generate([asked("a")])
    rows = sqlite3.connect(path)
    ((kind, reply),) = rows.execute("SELECT kind, reply FROM replies").fetchall()
    rows.close()
    assert kind == "Completion" and json.loads(reply)["text"] == "a!"


def test_what_the_model_behind_it_cannot_do_is_refused_in_that_model_s_words(tmp_path):
    model = Counting()
    assert str(Cached(model, tmp_path / "cache.sqlite").cannot("sing")) == str(model.cannot("sing"))
    assert "'cached'" not in str(model.cannot("sing"))
