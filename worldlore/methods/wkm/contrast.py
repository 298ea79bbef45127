"""Knowledge without a language model: what successes of a kind of task have in common and failures lack.

Task knowledge of a task says where its things were found in other tasks, what not to do (from the agent's own try)
and the workflow: the kinds of action that successes of this family do equally often, in order; what they do now more,
now less often, is searching. State knowledge sums up an episode so far: what of the workflow is done, what of the
wanted is in sight, whether the last action did anything.

It reads actions as words and numbers, so it needs no knowledge of the world; in a world that speaks otherwise it has
less to say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from worldlore.experience import Step, Task, Trajectory, verb
from worldlore.methods.wkm.pairs import Pair
from worldlore.methods.wkm.phrases import Phrase, in_sight, listing, phrase, valid

STEADY = 0.7
"""A kind of action is of the workflow if this share of the successes, at least, does it the usual number of times."""
USUAL = 0.6
"""A thing the goal does not name is told in the workflow if this share of the successes uses it there."""
PLACES = 3
"""Places of a thing that are told, the most frequent ones."""
SHORT = 40
"""Longest last sentence of an observation, in characters, that state knowledge repeats."""


class Contrast:
    """What is known from pairs."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._wins: defaultdict[str, list[Trajectory]] = defaultdict(list)
        self._places: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for pair in pairs:
            self._wins[family(pair.chosen.task)].append(pair.chosen)
        self._workflow = {name: _steady(wins) for name, wins in self._wins.items()}
        self._usual = {name: self._companions(name) for name in self._wins}
        for wins in self._wins.values():
            for win in wins:
                self._note(win)

    def task_knowledge(self, pair: Pair) -> str:
        """In the published form: when …, you should …, you should not …; the workflow."""
        task = pair.chosen.task
        flow = self.workflow(pair.chosen)
        advice = [f"look for the {thing} in {listing(self._often(thing), 'or')}" for thing in self._sought(pair.chosen)]
        should = f", you should {listing(advice)}" if advice else ", you should go straight at it"
        not_ = self._cautions(pair, flow)
        shun = f" You should not {listing(not_, 'or')}." if not_ else ""
        steps = f" The action workflows are: {', '.join(flow)}." if flow else ""
        return f"When you have to {task.goal.rstrip('.')}{should}.{shun}{steps}"

    def general(self, most: int = PLACES) -> str:
        """One text for all tasks: where things mostly are, and how each family of tasks is done."""
        places = sum(self._places.values(), Counter[str]())
        often = [place for place, _ in places.most_common(most)]
        found = [f"Things are mostly found in {listing(often, 'or')}."] if often else []
        ways = [self._way(wins) for _, wins in sorted(self._wins.items())]
        shun = "You should not repeat an action, and not try what is not possible."
        return " ".join([*found, *filter(None, ways), shun])

    def _way(self, wins: Sequence[Trajectory]) -> str:
        """How the successes of a family mostly go, told of the first one that goes so."""
        ways = [tuple(p.verb for p in self._doings(win)) for win in wins]
        way, _ = Counter(ways).most_common(1)[0]
        first = wins[ways.index(way)]
        return f"In tasks such as to {first.task.goal.rstrip('.')}: {', '.join(self.workflow(first))}." if way else ""

    def workflow(self, win: Trajectory) -> list[str]:
        """What a success did, searching left out."""
        return [self._told(p, win.task) for p in self._doings(win)]

    def state_knowledge(self, seen: Trajectory) -> str:
        """A moment in a few words."""
        assert seen.final is not None
        done = list(dict.fromkeys(self._told(p, seen.task) for p in self._doings(seen)))
        text = seen.final.text
        sight = in_sight(text, seen.task.goal) if seen.steps else []
        told = [f"Done: {listing(done) or 'nothing yet'}.", f"In sight: {listing(sight) or 'nothing wanted'}."]
        last = text.strip().rpartition(". ")[2].strip()
        if seen.steps and len(last) <= SHORT:
            told.append(last)
        if seen.steps and not valid(seen.steps[-1]):
            told.append("The last action is not possible here.")
        return " ".join(told)

    def _doings(self, seen: Trajectory) -> list[Phrase]:
        kinds = self._workflow.get(family(seen.task), frozenset())
        done = [phrase(s.decision.action, seen.task.goal) for s in seen.steps if valid(s)]
        return [p for p in done if p.verb in kinds]

    def _told(self, p: Phrase, task: Task) -> str:
        return p.told(p.others == self._usual.get(family(task), {}).get(p.verb))

    def _companions(self, name: str) -> dict[str, tuple[str, ...]]:
        """Kind of action -> the things beside the wanted ones that it mostly goes with."""
        counts: defaultdict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for win in self._wins[name]:
            for p in self._doings(win):
                counts[p.verb][p.others] += 1
        best = {kind: count.most_common(1)[0] for kind, count in counts.items()}
        return {kind: others for kind, (others, n) in best.items() if n >= USUAL * counts[kind].total()}

    def _note(self, win: Trajectory) -> None:
        """Remember where the wanted things were."""
        for p in self._doings(win):
            if p.others and p.others != self._usual[family(win.task)].get(p.verb):
                for thing in p.wanted:
                    self._places[thing].update(p.others)

    def _sought(self, win: Trajectory) -> list[str]:
        wanted = dict.fromkeys(thing for p in self._doings(win) for thing in p.wanted)
        return [thing for thing in wanted if self._places[thing]]

    def _often(self, thing: str) -> list[str]:
        return [place for place, _ in self._places[thing].most_common(PLACES)]

    def _cautions(self, pair: Pair, flow: Sequence[str]) -> list[str]:
        if pair.rejected is None or not pair.rejected.steps:
            return []
        own = pair.rejected
        done = {self._told(p, own.task) for p in self._doings(own)}
        missing = list(dict.fromkeys(step for step in flow if step not in done))
        repeated = any(a == b for a, b in pairwise(own.actions)) or max(Counter(own.actions).values()) > 2
        refused = any(not valid(step) for step in own.steps)
        return [
            *(["repeat an action"] if repeated else []),
            *(["try what is not possible"] if refused else []),
            *([f"stop before you {listing(missing)}"] if missing else []),
        ]


def family(task: Task) -> str:
    """Tasks of a kind: as the environment names them, else all of its tasks."""
    return str(task.data.get("family", task.environment))


def _steady(wins: Sequence[Trajectory]) -> frozenset[str]:
    """Kinds of action that successes do equally often."""
    counts = [Counter(verb(step.decision.action) for step in win.steps if valid(step)) for win in wins]
    kinds = {kind for count in counts for kind in count}
    return frozenset(kind for kind in kinds if _usual_share([count[kind] for count in counts]) >= STEADY)


def _usual_share(numbers: Sequence[int]) -> float:
    """Share of the most frequent number, 0 if that is none at all."""
    number, times = Counter(numbers).most_common(1)[0]
    return times / len(numbers) if number else 0.0


def moments(trajectory: Trajectory) -> list[tuple[Trajectory, Step]]:
    """Every moment of an episode, as the agent saw it, and what it did then."""
    steps = trajectory.steps
    past = (replace(trajectory, steps=steps[:i], final=step.observation, stop=None) for i, step in enumerate(steps))
    return list(zip(past, steps, strict=True))
