"""Where a crew finds Ray: an address is looked at before Ray is asked, which would ask for minutes."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic

import pytest

from tests.rollout import standin_ray
from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.rollout import cluster
from worldlore.rollout.cluster import Cluster, joined, reach

SETTINGS = bytes(3) + b"\x04" + bytes(5)


@pytest.fixture
def ray(monkeypatch):
    for key in (*cluster.TOLD, "RAY_NUM_REDIS_GET_RETRIES", "RAY_ADDRESS", "RAY_USE_TLS"):
        monkeypatch.setenv(key, "0")
    found = standin_ray.install(monkeypatch)
    found.running = False
    return found


@contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """An address where one caller is answered with these bytes; None: with silence."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                heard = line.recv(64)
                if answer is None:
                    line.recv(1)
                elif heard:
                    line.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_an_address_nobody_listens_at_is_told_at_once_with_the_remedy(ray):
    address, began = f"127.0.0.1:{free_port()}", monotonic()
    with pytest.raises(ConfigError, match=rf"answers at '{address}' \(Connection refused\); start one with `ray start"):
        reach(Cluster(actors=2, address=address))
    assert monotonic() - began < 2
    assert not ray.begun


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"-ERR unknown command\r\n"])
def test_what_is_no_ray_is_told(ray, answer):
    with listening(answer) as address, pytest.raises(ConfigError, match="what answers there is no Ray"):
        reach(Cluster(actors=2, address=address))


def test_who_says_nothing_is_not_waited_for(ray, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.1)
    with listening(None) as address, pytest.raises(ConfigError, match="timed out"):
        reach(Cluster(actors=2, address=address))


def test_a_head_is_joined_at_its_address_and_left_running(ray):
    with listening(SETTINGS) as address, joined(Cluster(actors=2, address=address)):
        assert ray.begun[0]["address"] == address
    assert ray.ended == 1


def test_what_lets_nobody_in_is_told_with_what_it_may_want(ray):
    ray.refuses = ConnectionError("Failed to connect")
    with (
        listening(SETTINGS) as address,
        pytest.raises(ConfigError, match=r"does not let us in \(Failed to connect\); if it asks for a token"),
        joined(Cluster(actors=2, address=address)),
    ):
        pass
    assert ray.ended == 1


def test_a_command_that_is_asked_to_end_ends_ray_first(ray):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end, joined(Cluster(actors=1)):
        os.kill(os.getpid(), signal.SIGTERM)
    assert end.value.code == 143
    assert ray.ended == 1
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_ray_that_runs_already_is_neither_begun_nor_ended(ray):
    ray.running = True
    with joined(Cluster(actors=2, address="10.0.0.1:6379")):
        pass
    assert not ray.begun
    assert not ray.ended


def test_a_local_ray_has_room_for_every_actor(ray):
    with joined(Cluster(actors=3, cpus=0.5, resources={"disk": 2})):
        assert ray.begun[0]["num_cpus"] == 2
        assert ray.begun[0]["resources"] == {"disk": 6}


@pytest.mark.parametrize(
    "address", ["nonsense", "http://10.0.0.1:8265", "ray://10.0.0.1:10001", "10.0.0.1:99999", ":1"]
)
def test_what_is_no_address_is_refused_where_it_is_written(address):
    with pytest.raises(ConfigError, match=r'address: .*as "10.0.0.1:6379", or "auto"'):
        parse(Cluster, {"actors": 2, "address": address}, "cluster")


@pytest.mark.parametrize("address", ["auto", "head:6379", "10.0.0.1:6379", "[::1]:6379"])
def test_an_address_is_a_host_with_a_port_or_auto(address):
    assert Cluster(actors=2, address=address).address == address


def test_an_address_without_actors_is_no_slip_to_be_silent_about():
    with pytest.raises(ConfigError, match="actors is not, so nothing would be played there"):
        parse(Cluster, {"address": "auto"}, "cluster")
    assert not Cluster(actors=0, address="auto").actors
