"""Ray, where a crew finds its processes: one started on this machine, or a cluster that is running already.

Whoever started it stops it; a Ray that was there before is left as it was. An address nobody answers at is told within
seconds: Ray itself asks again and again for minutes, and its words say nothing of what to do.
"""

from __future__ import annotations

import logging
import math
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from pydantic import Field, field_validator, model_validator

from worldlore.config import Config, missing_extra
from worldlore.errors import ConfigError

STORE = 512 << 20
"""Bytes of memory a local Ray may use for what is on its way between processes."""
PATIENCE = 3.0
"""Seconds an address has to answer."""
AUTO = "auto"
"""The cluster this machine is part of."""
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
"""How HTTP/2 is begun, which a cluster's head speaks: its preface, and a frame of settings that sets nothing."""
SETTINGS = b"\x04"
"""The kind of frame that answers it, told in its fourth byte."""
QUIET = {"log_to_driver": False, "configure_logging": False, "logging_level": logging.ERROR}
TOLD = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",  # of several actors' same error one is told, by us
    "RAY_worker_niceness": "0",  # actors do the work, so no less is due to them than to us
}
"""What Ray is told, unless the user told it something else."""


class Cluster(Config):
    """Where episodes are played: in how many processes, and on which machines."""

    actors: int = Field(default=0, ge=0)
    """Processes, each with environments and models of its own; 0: none but the one that is run."""
    address: str = ""
    """Host and port of a running Ray cluster's head, or "auto" for the one this machine is part of; empty: one is
    started on this machine and stopped at the end."""
    cpus: float = Field(default=1, ge=0)
    """Processors an actor takes; also the threads its models may use."""
    gpus: float = Field(default=0, ge=0)
    """GPUs an actor takes; 0.5 lets two share one."""
    resources: dict[str, float] = Field(default_factory=dict[str, float])
    """What else an actor takes, by the names the cluster's machines were given."""

    @field_validator("address")
    @classmethod
    def _of_a_head(cls, address: str) -> str:
        if address not in ("", AUTO) and _place(address) is None:
            raise ValueError(
                'it is the host and port of a cluster\'s head, as "10.0.0.1:6379", or "auto" for the cluster this '
                "machine is part of; empty, it is this machine alone"
            )
        return address

    @model_validator(mode="after")
    def _with_actors(self) -> Cluster:
        if self.address and "actors" not in self.model_fields_set:
            raise ValueError("address is given and actors is not, so nothing would be played there; give both")
        return self

    @property
    def need(self) -> dict[str, float]:
        """What one actor takes, in Ray's words."""
        return {"CPU": self.cpus, "GPU": self.gpus, **self.resources}


@contextmanager
def joined(cluster: Cluster) -> Generator[Any]:
    """The package ray, connected; ConfigError where it is not installed, nobody answers, or GPUs are too few."""
    ray = _package(cluster)
    ours = not ray.is_initialized()
    try:
        if ours and cluster.address:
            reach(cluster)
            _join(ray, cluster.address)
        elif ours:
            _start(ray, cluster)
        _fits(ray, cluster)
        with _terminable():
            yield ray
    finally:
        if ours:
            ray.shutdown()


@contextmanager
def _terminable() -> Generator[None]:
    """Whoever is asked to end does so in order, where Ray's own handler writes a thousand frames first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def reach(cluster: Cluster) -> None:
    """ConfigError without Ray, or where nothing answers that may be a cluster; takes seconds, and joins nothing."""
    if not cluster.actors or _package(cluster).is_initialized() or not cluster.address:
        return
    try:
        place = _auto() if cluster.address == AUTO else _place(cluster.address)
        answered = place is None or _answers(*place)
    except OSError as error:
        raise _nobody(cluster.address, error.strerror or str(error).partition(". ")[0]) from error
    if not answered:
        raise _nobody(cluster.address, "what answers there is no Ray")


def _package(cluster: Cluster) -> Any:
    """The package ray, told how to behave; ConfigError where it is not installed."""
    for key, value in TOLD.items():
        os.environ.setdefault(key, value)
    if cluster.address:  # read when ray is imported: what was refused once is refused the other 19 times, too
        os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")
    logging.getLogger("ray._private").setLevel(logging.ERROR)
    try:
        return import_module("ray")
    except ModuleNotFoundError as error:
        raise missing_extra("[cluster]", error, {"ray": "ray"}) from error


def _place(address: str) -> tuple[str, int] | None:
    """Host and port."""
    found = re.fullmatch(r"\[?([^\s/\[\]]+)\]?:(\d+)", address)
    return (found[1], int(found[2])) if found and int(found[2]) < 1 << 16 else None


def _auto() -> tuple[str, int] | None:
    """Where the cluster of this machine is; None where only joining it tells. ConnectionError: it is part of none."""
    try:
        services: Any = import_module("ray._private.services")
        return _place(services.canonicalize_bootstrap_address(AUTO) or "")
    except (ImportError, AttributeError, TypeError):  # no promise of Ray's
        return None


def _answers(host: str, port: int) -> bool:
    """Whether what listens there speaks as a cluster's head does; OSError where nothing does."""
    with socket.create_connection((host, port), PATIENCE) as line:
        if os.environ.get("RAY_USE_TLS", "0") != "0":
            return True
        line.sendall(HELLO)
        return line.recv(9)[3:4] == SETTINGS


def _nobody(address: str, why: str) -> ConfigError:
    return ConfigError(
        f"no Ray cluster answers at {address!r} ({why}); start one with `ray start --head` and give its host and port "
        "(6379 unless told otherwise), or leave cluster.address out to use this machine"
    )


def _join(ray: Any, address: str) -> None:
    try:
        ray.init(address=address, **QUIET)
    except Exception as error:
        raise ConfigError(
            f"the Ray cluster at {address!r} does not let us in ({error}); if it asks for a token, as those begun with "
            "`ray start` do, set RAY_AUTH_MODE=token here and keep its token (`ray get-auth-token`, on its head) in "
            "~/.ray/auth_token; if not, see whether the port is its head's"
        ) from error


def _start(ray: Any, cluster: Cluster) -> None:
    ray.init(
        address="local",
        num_cpus=max(1, math.ceil(cluster.actors * cluster.cpus)),
        resources={name: cluster.actors * amount for name, amount in cluster.resources.items()},
        include_dashboard=False,
        object_store_memory=STORE,
        _node_ip_address="127.0.0.1",
        **QUIET,
    )


def _fits(ray: Any, cluster: Cluster) -> None:
    """ConfigError where this machine lacks what the actors take; a cluster may still grow."""
    has, wanted = ray.cluster_resources().get("GPU", 0), cluster.actors * cluster.gpus
    if not cluster.address and wanted > has:
        raise ConfigError(
            f"{cluster.actors} actors take {wanted:g} GPUs, and this machine has {has:g}; "
            "lower cluster.actors or cluster.gpus (0.5 lets two actors share one)"
        )
