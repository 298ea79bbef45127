"""Several servers of one model: a conversation stays on one, load stays even, the dead are left."""

import threading
from collections import Counter
from random import Random

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.wire import CHAT, MODELS_LIST, Server, asked, chat, listing, wrong
from worldlore.errors import ConfigError
from worldlore.experience import Completion, Failure, Generate, Message
from worldlore.models import replicas
from worldlore.models.endpoint import Endpoint
from worldlore.models.replicas import Replicas

MANUAL = (Message("system", "a long manual"), Message("user", "an example"), Message("assistant", "go"))


class Client:
    """Stands for a connection to one server."""

    def close(self):
        pass


def servers(n: int, concurrency: int = 1000) -> Replicas:
    return Replicas([(f"http://h{i}/v1", Client()) for i in range(n)], concurrency)


def where(known: Replicas, messages) -> int:
    """Which server is asked."""
    clients = [replica.client for replica in known.all]
    return known.ask(messages, clients.index)


def beginning(task: int):
    return (*MANUAL, Message("user", f"task {task}"))


@given(st.integers(2, 6), st.integers(0, 2**32))
def test_a_task_and_all_that_branches_from_it_go_to_one_server(n, seed):
    known, draw = servers(n), Random(seed)
    grown = {task: [beginning(task)] for task in range(8)}
    home = {task: where(known, grown[task][0]) for task in grown}
    for _ in range(60):
        task = draw.randrange(8)
        parent = draw.choice(grown[task])
        branch = (*parent, Message("assistant", f"step {draw.random()}"), Message("user", f"seen {draw.random()}"))
        grown[task].append(branch)
        assert where(known, branch) == home[task]
        assert where(known, parent) == home[task]


def test_tasks_spread_evenly_though_their_prompts_begin_alike():
    known = servers(4)
    told = Counter(where(known, beginning(task)) for task in range(2000))
    assert min(told.values()) > 430 and max(told.values()) < 570


def test_every_process_places_a_task_alike():
    assert [where(servers(5), beginning(t)) for t in range(50)] == [where(servers(5), beginning(t)) for t in range(50)]


def test_one_server_more_moves_few_tasks():
    small, large = servers(4), servers(5)
    moved = sum(where(small, beginning(t)) != where(large, beginning(t)) for t in range(1000))
    assert 130 < moved < 270


def test_no_server_gets_more_than_its_share_and_a_quarter():
    known, gate, begun = servers(4, concurrency=16), threading.Event(), threading.Semaphore(0)
    told = Counter()

    def call(client):
        told[[replica.client for replica in known.all].index(client)] += 1
        begun.release()
        gate.wait(20)

    threads = [threading.Thread(target=known.ask, args=(beginning(0), call)) for _ in range(16)]
    for thread in threads:
        thread.start()
        assert begun.acquire(timeout=20)
    gate.set()
    for thread in threads:
        thread.join()
    assert max(told.values()) == 5
    assert sum(told.values()) == 16
    assert all(replica.flying == 0 for replica in known.all)


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(replicas, "KNOWN", 10)
    known = servers(2)
    for task in range(50):
        where(known, beginning(task))
    assert len(known._roots) == 10


def gone(*_):
    raise openai.APIConnectionError(request=httpx2.Request("POST", "http://h/v1"))


def test_a_server_that_rests_is_asked_again_later_and_its_tasks_come_home(monkeypatch):
    known = servers(3)
    home = where(known, beginning(7))
    clients = [replica.client for replica in known.all]
    away = known.ask(beginning(7), lambda client: gone() if clients.index(client) == home else clients.index(client))
    assert away != home
    assert where(known, beginning(7)) == away
    monkeypatch.setattr(replicas.time, "monotonic", lambda: known.all[home].rests_until)
    assert where(known, beginning(7)) == home


def test_when_no_server_answers_the_error_is_told_and_every_one_was_tried():
    known, tried = servers(3), []
    with pytest.raises(openai.APIConnectionError):
        known.ask(beginning(1), lambda client: gone(tried.append(client)))
    assert len(set(map(id, tried))) == 3


@pytest.fixture
def three():
    made = [Server() for _ in range(3)]
    threads = [threading.Thread(target=s.serve_forever, kwargs={"poll_interval": 0.01}) for s in made]
    for server, thread in zip(made, threads, strict=True):
        server.on(CHAT, chat())
        server.on(MODELS_LIST, listing("tiny"))
        thread.start()
    yield made
    for server, thread in zip(made, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()


def first(task: int) -> Generate:
    return Generate(beginning(task))


def test_the_endpoint_shares_the_work_among_its_servers(three, endpoint):
    model = endpoint(base_url=[server.url for server in three], concurrency=3)
    model.check()
    replies = model.generate([first(task) for task in range(60)])
    assert all(isinstance(reply, Completion) for reply in replies)
    told = [len(server.asked(CHAT)) for server in three]
    assert sum(told) == 60 and min(told) > 8


def test_a_dead_servers_requests_go_to_the_others_without_a_try_being_lost(three, endpoint):
    model = endpoint(base_url=[server.url for server in three], retries=0)
    model.generate([first(task) for task in range(20)])
    three[1].shutdown()
    three[1].server_close()
    before = len(three[1].asked(CHAT))
    assert all(isinstance(reply, Completion) for reply in model.generate([first(task) for task in range(40)]))
    assert len(three[1].asked(CHAT)) == before
    assert sum(len(server.asked(CHAT)) for server in three) == 60


def test_a_gateway_without_its_server_counts_as_dead_and_an_overloaded_server_does_not(three, endpoint):
    three[0].on(CHAT, wrong(503))
    model = endpoint(base_url=[server.url for server in three], retries=0)
    assert all(isinstance(reply, Completion) for reply in model.generate([first(task) for task in range(30)]))
    three[1].on(CHAT, wrong(429))
    replies = model.generate([first(task) for task in range(30)])
    assert any(isinstance(reply, Failure) for reply in replies)


def test_one_server_more_keeps_the_cache(endpoint):
    one, two = endpoint(base_url="http://h/v1"), endpoint(base_url=["http://h/v1", "http://i/v1"])
    assert one.identity == two.identity != endpoint(base_url="http://i/v1").identity


def test_a_check_goes_on_while_one_server_answers_and_names_it_when_none_does(three, endpoint, caplog):
    dead = ["http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"]
    endpoint(base_url=[*dead, three[0].url]).check()
    assert [record.getMessage().partition(" ")[0] for record in caplog.records] == dead
    with pytest.raises(ConfigError, match=r"http://127\.0\.0\.1:1/v1 does not answer"):
        endpoint(base_url=dead).check()


def test_every_server_must_run_the_model(three, endpoint):
    three[2].on(MODELS_LIST, listing("another"))
    three[2].on(CHAT, wrong(404))
    three[1].on(CHAT, wrong(404))
    three[0].on(CHAT, wrong(404))
    with pytest.raises(ConfigError, match="no model 'tiny'"):
        endpoint(base_url=[server.url for server in three]).check()


def test_openais_key_goes_to_openai_alone(endpoint, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-theirs")
    openais = "https://api.openai.com/v1"
    for urls, keys in ((openais, ["sk-theirs"]), ([openais, "http://h/v1"], ["none", "none"])):
        assert [replica.client.api_key for replica in endpoint(base_url=urls)._replicas.all] == keys


def test_one_server_with_another_model_is_told_before_half_of_the_episodes_fail(three, endpoint):
    three[1].on(MODELS_LIST, listing("tiny-2"))
    three[1].on(CHAT, wrong(404))
    with pytest.raises(ConfigError, match=rf"{three[1].url} finds no model 'tiny'.*did you mean 'tiny-2'"):
        endpoint(base_url=[server.url for server in three]).check()
    three[1].on(CHAT, chat())  # it serves the model under a name that it does not list
    endpoint(base_url=[server.url for server in three]).check()
    assert [len(server.asked(CHAT)) for server in three] == [0, 2, 0]


def test_a_gateway_without_its_server_is_left_to_the_others_by_a_check(three, endpoint, caplog):
    three[1].on(MODELS_LIST, wrong(503))
    three[1].on(CHAT, wrong(503))
    endpoint(base_url=[server.url for server in three], retries=0).check()
    assert [record.getMessage().partition(" ")[0] for record in caplog.records] == [three[1].url]


@pytest.mark.parametrize("urls", [[], ["http://h/v1", "http://h/v1/"], ["h:8000"]])
def test_addresses_that_are_none_or_twice_the_same_are_refused(urls):
    with pytest.raises(ValueError, match=r"differ|address like"):
        Endpoint.Config(base_url=urls, model="m")


def test_the_greeting_of_a_check_is_counted_out(three, endpoint):
    model = endpoint(base_url=[server.url for server in three])
    model.generate([asked()])
    assert all(replica.flying == 0 for replica in model._replicas.all)
