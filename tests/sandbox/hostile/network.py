"""Talking to anything but the caller."""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile

REQUEST = "import http.client\nconnection = http.client.HTTPConnection('127.0.0.1', 80, timeout=1)\nattempt(connection.request, 'GET', '/')"

PROGRAMS = [
    *(
        Hostile(f"a socket of the family {name}", f"import socket\nattempt(socket.socket, {number}, {kind})")
        for name, number, kind in [
            ("UNIX", 1, 1), ("INET", 2, 1), ("INET, datagrams", 2, 2), ("INET, raw", 2, 3), ("INET6", 10, 1),
            ("NETLINK", 16, 3), ("PACKET", 17, 3), ("CAN", 29, 3), ("BLUETOOTH", 31, 1), ("ALG", 38, 5),
            ("VSOCK", 40, 1), ("KCM", 41, 2), ("QIPCRTR", 42, 2), ("SMC", 43, 1), ("XDP", 44, 3), ("MCTP", 45, 2),
        ]
    ),
    Hostile("a socket of every family", "for family in range(64):\n    for kind in (1, 2, 3, 5):\n        attempt(syscall, NR['socket'], family, kind, 0)"),
    Hostile("a pair of sockets", "import socket\nattempt(socket.socketpair)"),
    Hostile("a server", "import socket\nattempt(socket.create_server, ('127.0.0.1', 0))"),
    Hostile("a page of the web", REQUEST),
    Hostile("a name", "import socket\nattempt(socket.getaddrinfo, 'example.invalid', 80)\nattempt(socket.gethostbyname, 'localhost')"),
    Hostile("a socket from the C library", "def make():\n    if libc.socket(2, 1, 0) < 0:\n        raise PermissionError('socket')\nattempt(make)"),
    Hostile("its own channel, led elsewhere", "import socket\nchannel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=3)\nattempt(channel.connect, '/run/docker.sock')\nattempt(channel.bind, '\\0pwned')\nattempt(channel.listen)\nattempt(channel.accept)\nchannel.detach()"),
    Hostile("an event loop", "import asyncio\nasync def serve():\n    await asyncio.start_server(print, '127.0.0.1', 0)\nattempt(asyncio.run, serve())", endings=("finished", "raised")),
    Hostile("the system's log", "import syslog\nsyslog.syslog('pwned')\nattempt(lambda: open('/dev/log', 'w'))"),
]  # fmt: skip
