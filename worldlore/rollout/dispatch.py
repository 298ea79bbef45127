"""From pending requests to replies: whole batches for a model in process, many in flight for an endpoint.

A job is a generator that yields a tuple of requests, is sent the tuple of their replies and returns a result.
`drive` advances any number of jobs and yields their results in the order the jobs were given, so that what is
written down in that order is the same however the work was interleaved.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from worldlore.errors import ModelError
from worldlore.experience import Embed, Failure, Generate, Reply, Request, Score
from worldlore.models.base import Model

T = TypeVar("T")
Requests = tuple[Request, ...]
Replies = tuple[Reply, ...]
Job = Generator[Requests, Replies, T]
"""Yields requests, is sent their replies, returns a result."""
Models = Mapping[str, Model]
"""Role -> the model that plays it."""


def drive(jobs: Iterable[Job[T]], models: Models, width: int) -> Generator[T, None, None]:
    """Run jobs, at most `width` at a time; their results in the order of the jobs."""
    results: dict[int, T] = {}
    given = 0
    ended = completed(jobs, models, width)
    try:
        for place, result in ended:
            results[place] = result
            while given in results:
                given += 1
                yield results.pop(given - 1)
    finally:
        ended.close()


def completed(jobs: Iterable[Job[T] | None], models: Models, width: int) -> Generator[tuple[int, T], None, None]:
    """Run jobs, at most `width` at a time; the place of each and its result, as soon as there is one.

    Where the jobs give None there is none to be begun now; they are asked again once something has moved.
    """
    desk, waiting, running = Desk(models), iter(jobs), dict[int, "_Running[T]"]()
    results: dict[int, T] = {}
    begun = 0
    try:
        while True:
            while len(running) < width and (job := next(waiting, None)) is not None:
                running[begun] = _Running(job)
                _advance(begun, running, results, desk)
                begun += 1
                if results:
                    yield results.popitem()
            if not running:
                return
            for (place, k), reply in desk.collect():
                if running[place].answer(k, reply):
                    _advance(place, running, results, desk)
            while results:
                yield results.popitem()
    finally:
        desk.close()
        for left in running.values():
            left.job.close()


def together(jobs: Iterable[Job[T]]) -> Job[list[T]]:
    """Several jobs as one, in step: each round asks what all of them ask.

    A job may yield no request at all to wait for another one's progress.
    """
    live: dict[int, tuple[Job[T], Replies | None]] = {i: (job, None) for i, job in enumerate(jobs)}
    results: dict[int, T] = {}
    while live:
        asked: dict[int, Requests] = {}
        for i, (job, replies) in list(live.items()):
            try:
                asked[i] = next(job) if replies is None else job.send(replies)
            except StopIteration as end:
                results[i] = end.value
                del live[i]
        flat = tuple(request for requests in asked.values() for request in requests)
        answers = iter((yield flat) if flat else ())
        for i, requests in asked.items():
            live[i] = (live[i][0], tuple(next(answers) for _ in requests))
    return [results[i] for i in sorted(results)]


class _Running(Generic[T]):
    """A job and the replies it still waits for."""

    def __init__(self, job: Job[T]) -> None:
        self.job = job
        self.replies: list[Reply | None] | None = None

    def answer(self, k: int, reply: Reply) -> bool:
        """Note one reply; True if it was the last one missing."""
        assert self.replies is not None
        self.replies[k] = reply
        return None not in self.replies

    def next_requests(self) -> Requests:
        """Send the replies; what is asked next. StopIteration at the end."""
        replies = self.replies
        requests = next(self.job) if replies is None else self.job.send(tuple(r for r in replies if r is not None))
        self.replies = list[Reply | None]([None] * len(requests))
        return requests


def _advance(place: int, running: dict[int, _Running[T]], results: dict[int, T], desk: Desk) -> None:
    try:
        requests = running[place].next_requests()
    except StopIteration as end:
        results[place] = end.value
        del running[place]
        return
    for k, request in enumerate(requests):
        desk.put((place, k), request)


Ticket = tuple[int, int]
"""Which job, and which of its requests."""


class Desk:
    """Takes requests, hands out replies; it alone knows whether a model likes batches or a crowd."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.batches: dict[tuple[str, type[Request]], list[tuple[Ticket, Request]]] = {}
        self.flying: dict[Future[Reply], Ticket] = {}
        self.pools: dict[str, ThreadPoolExecutor] = {}

    def put(self, ticket: Ticket, request: Request) -> None:
        """Leave a request; its reply will carry the ticket."""
        model = self.models.get(request.to)
        if model is None or not model.concurrency:
            self.batches.setdefault((request.to, type(request)), []).append((ticket, request))
            return
        pool = self.pools.get(request.to)
        if pool is None:
            pool = self.pools[request.to] = ThreadPoolExecutor(model.concurrency, f"worldlore-{request.to}")
        self.flying[pool.submit(self._one, request)] = ticket

    def collect(self) -> Iterator[tuple[Ticket, Reply]]:
        """All replies there are; waits for one in flight only if nothing else can be done."""
        batches, self.batches = self.batches, {}
        for (role, _), pending in batches.items():
            replies = answer(self.models, role, [request for _, request in pending])
            yield from zip([ticket for ticket, _ in pending], replies, strict=True)
        if self.flying:
            done, _ = wait(self.flying, timeout=0 if batches else None, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: self.flying[f]):
                yield self.flying.pop(future), future.result()

    def close(self) -> None:
        """Let go of the threads; what is still in flight is not waited for."""
        for pool in self.pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, request: Request) -> Reply:
        return answer(self.models, request.to, [request])[0]


def answer(models: Models, role: str, requests: list[Request]) -> list[Reply]:
    """Replies to requests of one kind for one role; what a model throws becomes the Failure of each."""
    model = models.get(role)
    if model is None:
        known = ", ".join(sorted(models)) or "none"
        return [Failure(f"no model plays the role {role!r} (known: {known}); add it under [models]")] * len(requests)
    try:
        return list(_verb(model, requests))
    except ModelError as error:
        return [Failure(str(error))] * len(requests)


def _verb(model: Model, requests: list[Request]) -> list[Reply]:
    first = requests[0]
    if isinstance(first, Generate):
        return [*model.generate([r for r in requests if isinstance(r, Generate)])]
    if isinstance(first, Score):
        return [*model.score([r for r in requests if isinstance(r, Score)])]
    return [*model.embed([r for r in requests if isinstance(r, Embed)])]
