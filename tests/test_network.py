"""The rule that no test reaches a network is itself kept."""

import socket
from urllib.request import urlopen

import pytest

from tests.conftest import NetworkForbiddenError


def test_another_machine_cannot_be_reached():
    with socket.socket() as plain, pytest.raises(NetworkForbiddenError):
        plain.connect(("192.0.2.1", 80))
    with socket.socket() as plain, pytest.raises(NetworkForbiddenError):
        plain.connect_ex(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as plain, pytest.raises(NetworkForbiddenError):
        plain.sendto(b"", ("192.0.2.1", 53))


def test_no_name_is_looked_up():
    with pytest.raises(NetworkForbiddenError):
        urlopen("http://example.invalid")


def test_loopback_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
