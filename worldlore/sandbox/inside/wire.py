"""Typed requests over one socket: a frame is four bytes of length, big-endian, then one JSON object.

- A frame longer than `MOST` is refused before it is read; so is one that is no JSON object.
- A file descriptor may ride on a frame, only from the caller towards the worker; what a program tries to send back
  is dropped by the kernel, because the caller never asks for it.
"""

from __future__ import annotations

import json
import socket
from typing import Any

MOST = 1 << 22
"""Bytes of a frame that a program may send: 4 MiB."""
HEAD = 4
PRIVATE = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
"""What arrives is not handed on to a program that is started."""


class Malformed(Exception):
    """What arrived is no frame."""


def pack(frame: dict[str, Any]) -> bytes:
    """A frame as bytes."""
    body = json.dumps(frame, separators=(",", ":")).encode()
    return len(body).to_bytes(HEAD, "big") + body


def unpack(body: bytes) -> dict[str, Any]:
    """The object a frame's body holds; Malformed when it holds anything else."""
    try:
        frame = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("a frame that is no JSON") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("op"), str):
        raise Malformed("a frame that is no request")
    return frame


def size(head: bytes, most: int = MOST) -> int:
    """How long the body is; Malformed when that is more than `most`."""
    length = int.from_bytes(head, "big")
    if length > most:
        raise Malformed(f"a request of {length} bytes, more than {most}")
    return length


def send(to: socket.socket, frame: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    """Send a whole frame, descriptors riding on its first byte."""
    data = pack(frame)
    if fds:
        sent = socket.send_fds(to, [data], fds)
        data = data[sent:]
    if data:
        to.sendall(data)


def receive(source: socket.socket, most: int = 1 << 30) -> tuple[dict[str, Any], list[int]]:
    """The next frame and the descriptors that came with it; EOFError when the other side has gone."""
    fds: list[int] = []
    head = _exactly(source, HEAD, fds)
    return unpack(_exactly(source, size(head, most), fds)), fds


def _exactly(source: socket.socket, count: int, fds: list[int]) -> bytes:
    got = bytearray()
    while len(got) < count:
        data, came, _, _ = socket.recv_fds(source, count - len(got), 4, PRIVATE)
        fds += came
        if not data:
            raise EOFError
        got += data
    return bytes(got)
