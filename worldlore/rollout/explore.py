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

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from worldlore.agents.base import Agent
from worldlore.errors import EnvironmentFailure, ModelError, Unparsed, WorldloreError
from worldlore.experience import (
    ROOT,
    Call,
    Cost,
    Decision,
    Generate,
    Leaf,
    Reply,
    Sampling,
    Step,
    Stop,
    Task,
    Trajectory,
)
from worldlore.rollout.dispatch import Job, Replies, Requests, together
from worldlore.rollout.growth import Address, Fork, Grown, Growth
from worldlore.rollout.loop import decide, ending, extended, seeded
from worldlore.rollout.watch import Pool, Watched

Search = Callable[[Growth, Random], Generator[Sequence[Address], None, str]]
"""Which addresses to try, window by window, and in the end why there are no more."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch a step is drawn for."""

    label: int
    """Its label."""
    siblings: Mapping[int, Step]
    """The steps that were already drawn from the same node, by label."""


Vary = Callable[[Branch, Generate], Generator[Generate, Reply, Generate]]
"""What a branch does to the request for its step: returns the request that is sent, and may ask others before.

Of the request that is sent only the sampling is kept on record; the conversation on record is the agent's own, so words
added for the sampling are in no history. What is asked before is asked once a node and is on record as asked.
"""


def plainly(change: Callable[[Branch, Generate], Generate]) -> Vary:
    """A variation that asks nothing."""

    def vary(branch: Branch, request: Generate) -> Generator[Generate, Reply, Generate]:
        yield from ()
        return change(branch, request)

    return vary


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
    first: bool = False
    """The sibling with label 0 is drawn before any other, for variations that start from it."""


Asked = dict[tuple[int, Generate], Reply | None]
"""What variations asked in one tree: node and request -> reply, None while it is awaited."""


def grow(task: Task, seed: int, growing: Growing, pool: Pool) -> Job[Grown]:
    """A job that grows one tree."""
    growth = Growth(task, seed, growing.depth)
    search = growing.search(growth, Random(f"{task.key}:{seed}"))
    asked: Asked = {}
    while True:
        try:
            window = next(search)
        except StopIteration as end:
            return growth.grown(str(end.value))
        climbers = [_Climber(growth, growing, pool, asked) for _ in window]
        for run, leaf in (yield from together([c.climb(a) for c, a in zip(climbers, window, strict=True)])):
            growth.keep(run, leaf)


class _Climber:
    """One rollout: walks an address, drawing the steps nobody has drawn yet.

    It only goes down, and so does its environment: a rollout costs no more environment steps than its address is long.
    Only where siblings with label 0 come first, it may go back by a step for them.
    """

    def __init__(self, growth: Growth, growing: Growing, pool: Pool, asked: Asked) -> None:
        self.growth = growth
        self.growing = growing
        self.pool = pool
        self.asked = asked
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
            if self.growing.first and address[-1]:
                yield from self._visit((fork[0], 0), (*address[:-1], 0))
            yield from self._draw(fork, address)
        finally:
            growth.busy.discard(fork)

    def _draw(self, fork: Fork, address: Address) -> Generator[Requests, Replies, None]:
        growth, (parent, _) = self.growth, fork
        seen = growth.seen(parent)
        calls: list[Call] = []
        try:
            environment = self._stand(parent)
            decision = yield from self._decide(seen, environment, fork, address, calls)
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
            growth.cost += sum((Cost.of(call) for call in calls), Cost())

    def _decide(
        self, seen: Trajectory, environment: Watched, fork: Fork, address: Address, calls: list[Call]
    ) -> Generator[Requests, Replies, Decision | None]:
        """One decision of the agent; its requests are varied on the way out, and put on record as they were."""
        seed = seeded(self.growth.task.key, self.growth.seed, address)
        deciding = decide(self.growing.agent, seen, environment, seed, calls)
        sampled: dict[int, Sampling] = {}
        replies: Replies | None = None
        try:
            while True:
                (request,) = next(deciding) if replies is None else deciding.send(replies)
                if isinstance(request, Generate):
                    request = yield from self._varied(fork, request, calls)
                    sampled[len(calls)] = request.sampling
                replies = yield (request,)
        except StopIteration as end:
            return end.value
        finally:
            for at, sampling in sampled.items():
                if at < len(calls) and isinstance(asked := calls[at].request, Generate):
                    calls[at] = Call(replace(asked, sampling=sampling), calls[at].reply)

    def _varied(self, fork: Fork, request: Generate, calls: list[Call]) -> Generator[Requests, Replies, Generate]:
        """The request as its branch has it; what the variation asks for that is asked once a node."""
        parent, label = fork
        varying = self.growing.vary(Branch(label, self._siblings(parent)), request)
        reply: Reply | None = None
        try:
            while True:
                question = next(varying) if reply is None else varying.send(reply)
                reply = yield from self._answer(parent, question, calls)
        except StopIteration as end:
            return end.value

    def _answer(self, node: int, question: Generate, calls: list[Call]) -> Generator[Requests, Replies, Reply]:
        """The reply to what a variation asks, the one that a sibling got where it asked the same."""
        asked, key = self.asked, (node, question)
        while key in asked and asked[key] is None:
            yield ()
        if (known := asked.get(key)) is not None:
            return known
        asked[key] = None
        try:
            (reply,) = yield (question,)
            asked[key] = reply
            calls.append(Call(question, reply))
            return reply
        finally:
            if asked[key] is None:
                del asked[key]

    def _siblings(self, parent: int) -> dict[int, Step]:
        return {label: self.growth.nodes[node].step for label, node in self.growth.branches(parent).items()}

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
        if self.standing is not None and not self._below(at, self.standing):
            self.standing = None
        if environment.branches:
            environment.restore(growth.snapshots[at])
        else:
            self._replay(environment, growth.seen(at))
        self.standing = at
        return environment

    def _below(self, node: int, other: int) -> bool:
        """Whether a node is reached by going on from another one."""
        while node not in (ROOT, other):
            node = self.growth.nodes[node].parent
        return node == other

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


def _broken(growth: Growth, at: int, error: WorldloreError, calls: Sequence[Call]) -> Leaf:
    final = growth.seen(at).final if growth.start is not None else None
    end = ending(error)
    return Leaf(at, 0, final, end["stop"], end["success"], end["error"], tuple(calls))
