"""Talking to anything but the caller."""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile

REQUEST = """
import http.client
connection = http.client.HTTPConnection('127.0.0.1', 80, timeout=1)
attempt(connection.request, 'GET', '/')
"""

PROGRAMS = [
    *(
        Hostile(f"a socket of the family {name}", f"import socket\nattempt(socket.socket, {number}, {kind})")
        for name, number, kind in [
            ("UNIX", 1, 1),
            ("INET", 2, 1),
            ("INET, datagrams", 2, 2),
            ("INET, raw", 2, 3),
            ("INET6", 10, 1),
            ("NETLINK", 16, 3),
            ("PACKET", 17, 3),
            ("CAN", 29, 3),
            ("BLUETOOTH", 31, 1),
            ("ALG", 38, 5),
            ("VSOCK", 40, 1),
            ("KCM", 41, 2),
            ("QIPCRTR", 42, 2),
            ("SMC", 43, 1),
            ("XDP", 44, 3),
            ("MCTP", 45, 2),
        ]
    ),
    Hostile(
        "a socket of every family",
        """
        for family in range(64):
            for kind in (1, 2, 3, 5):
                attempt(syscall, NR['socket'], family, kind, 0)
        """,
    ),
    Hostile(
        "a pair of sockets",
        """
        import socket
        attempt(socket.socketpair)
        """,
    ),
    Hostile(
        "a server",
        """
        import socket
        attempt(socket.create_server, ('127.0.0.1', 0))
        """,
    ),
    Hostile("a page of the web", REQUEST),
    Hostile(
        "a name",
        """
        import socket
        attempt(socket.getaddrinfo, 'example.invalid', 80)
        attempt(socket.gethostbyname, 'localhost')
        """,
    ),
    Hostile(
        "a socket from the C library",
        """
        def make():
            if libc.socket(2, 1, 0) < 0:
                raise PermissionError('socket')
        attempt(make)
        """,
    ),
    Hostile(
        "its own channel, led elsewhere",
        """
        import socket
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=3)
        attempt(channel.connect, '/run/docker.sock')
        attempt(channel.bind, '\\0pwned')
        attempt(channel.listen)
        attempt(channel.accept)
        channel.detach()
        """,
    ),
    Hostile(
        "an event loop",
        """
        import asyncio
        async def serve():
            await asyncio.start_server(print, '127.0.0.1', 0)
        attempt(asyncio.run, serve())
        """,
        endings=("finished", "raised"),
    ),
    Hostile(
        "the system's log",
        """
        import syslog
        syslog.syslog('pwned')
        attempt(lambda: open('/dev/log', 'w'))
        """,
    ),
]
