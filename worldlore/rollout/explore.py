"""Growing trees: many rollouts of one task that share what they have in common.

A search says which addresses to try next. It is a generator that yields windows of addresses, may look at what has
grown between them, and returns why it ended:

    def search(growth, draw):          # draw: random.Random, seeded by the task
        yield [(0, 0, 0), (1, 0, 0)]   # each is walked from the root; only steps nobody has drawn are drawn
        return "all tried"

Environments that branch are put back by a snapshot, others by replaying the actions. A step's sampling seed depends
on the task and the address alone, so a tree is the same whatever else is grown beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from random import Random

from worldlore.agents.base import Agent
from worldlore.errors import EnvironmentFailure, ModelError, Unparsed, WorldloreError
from worldlore.experience import ROOT, Call, Cost, Generate, Leaf, Request, Stop, Task, Trajectory
from worldlore.rollout.dispatch import Job, Replies, Requests, together
from worldlore.rollout.growth import Address, Fork, Grown, Growth
from worldlore.rollout.loop import Fill, decide, ending, extended, seeded
from worldlore.rollout.watch import Pool, Watched

Search = Callable[[Growth, Random], Generator[Sequence[Address], None, str]]
"""Which addresses to try, window by window, and in the end why there are no more."""
Vary = Callable[[int, Generate], Generate]
"""What a label does to the request for a step."""


@dataclass(frozen=True, slots=True)
class Growing:
    """How trees are grown."""

    agent: Agent
    """Whose steps they are."""
    search: Search
    """Which addresses to try."""
    vary: Vary
    """What a label means."""
    depth: int
    """The longest address: the limit of steps."""
    merge: bool = False
    """Siblings that decide the same become one node."""


def grow(task: Task, seed: int, growing: Growing, pool: Pool) -> Job[Grown]:
    """A job that grows one tree."""
    growth = Growth(task, seed, growing.depth)
    search = growing.search(growth, Random(f"{task.key}:{seed}"))
    while True:
        try:
            window = next(search)
        except StopIteration as end:
            return growth.grown(str(end.value))
        for run, leaf in (yield from together([_Climber(growth, growing, pool).climb(address) for address in window])):
            growth.keep(run, leaf)


class _Climber:
    """One rollout: walks an address, drawing the steps nobody has drawn yet.

    It only goes down, and so does its environment: a rollout costs no more environment steps than its address is long.
    """

    def __init__(self, growth: Growth, growing: Growing, pool: Pool) -> None:
        self.growth = growth
        self.growing = growing
        self.pool = pool
        self.environment: Watched | None = None
        self.standing: int | None = None

    def climb(self, address: Address) -> Job[tuple[Address, Leaf]]:
        """Walk until the task or the address ends; how far that was, and the end."""
        growth, at = self.growth, ROOT
        try:
            self._begin()
            for depth, label in enumerate(address):
                if growth.over(at):
                    return address[:depth], growth.leaf(at)
                fork = (at, label)
                yield from self._visit(fork, address[: depth + 1])
                if fork in growth.dead:
                    return address[: depth + 1], growth.dead[fork]
                at = growth.known[fork]
            return address, growth.leaf(at)
        except EnvironmentFailure as error:
            return address, _broken(growth, at, error, [])
        finally:
            if self.environment is not None:
                self.pool.give(self.environment)

    def _visit(self, fork: Fork, address: Address) -> Generator[Requests, Replies, None]:
        growth = self.growth
        while fork in growth.busy:
            yield ()
        if fork in growth.known or fork in growth.dead:
            return
        growth.busy.add(fork)
        try:
            yield from self._draw(fork, self._fill(address))
        finally:
            growth.busy.discard(fork)

    def _draw(self, fork: Fork, fill: Fill) -> Generator[Requests, Replies, None]:
        growth, (parent, _) = self.growth, fork
        seen = growth.seen(parent)
        calls: list[Call] = []
        try:
            environment = self._stand(parent)
            decision = yield from decide(self.growing.agent, seen, environment, fill, calls)
            if decision is None:
                growth.dead[fork] = Leaf(parent, 0, seen.final, Stop.RESIGNED, False, None, tuple(calls))
                return
            twin = growth.twin(parent, decision) if self.growing.merge else None
            if twin is not None:
                growth.join(fork, twin)
                return
            outcome = environment.step(decision.action)
            growth.cost += Cost(steps=1)
            moment = environment.snapshot()
            self.standing = growth.add(fork, extended(seen, decision, outcome, calls), outcome)
            growth.snapshots[self.standing] = moment
        except (EnvironmentFailure, ModelError, Unparsed) as error:
            growth.dead[fork] = _broken(growth, parent, error, calls)
        finally:
            growth.cost += sum((Cost.of(call.reply) for call in calls), Cost())

    def _begin(self) -> None:
        growth = self.growth
        if growth.start is not None:
            return
        environment = self._hand()
        start = Trajectory(growth.task, growth.seed)
        first = environment.reset(growth.task, growth.seed)
        growth.snapshots[ROOT] = environment.snapshot()
        growth.start = replace(start, final=first)
        self.standing = ROOT

    def _hand(self) -> Watched:
        if self.environment is None:
            self.environment = self.pool.take()
        return self.environment

    def _stand(self, at: int) -> Watched:
        """The environment, put to the moment after a node."""
        environment, growth = self._hand(), self.growth
        if self.standing == at:
            return environment
        if environment.branches:
            environment.restore(growth.snapshots[at])
        else:
            self._replay(environment, growth.seen(at))
        self.standing = at
        return environment

    def _replay(self, environment: Watched, seen: Trajectory) -> None:
        """Repeat what was done since the node the environment stands at, or since the beginning."""
        if self.standing is None:
            environment.reset(seen.task, seen.seed)
        done = 0 if self.standing is None else len(self.growth.seen(self.standing).steps)
        expected = [step.observation for step in seen.steps[1:]] + [seen.final]
        for action, observation in zip(seen.actions[done:], expected[done:], strict=False):
            outcome = environment.step(action)
            self.growth.cost += Cost(steps=1)
            self.growth.mismatches += outcome.observation != observation

    def _fill(self, address: Address) -> Fill:
        seed = seeded(self.growth.task.key, self.growth.seed, address)

        def fill(request: Request, k: int) -> Request:
            varied = self.growing.vary(address[-1], request) if isinstance(request, Generate) else request
            return seed(varied, k)

        return fill


def _broken(growth: Growth, at: int, error: WorldloreError, calls: Sequence[Call]) -> Leaf:
    final = growth.seen(at).final if growth.start is not None else None
    end = ending(error)
    return Leaf(at, 0, final, end["stop"], end["success"], end["error"], tuple(calls))
