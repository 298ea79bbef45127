"""A lineage as inline SVG: collections run to the right, each line of descent has a lane of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from worldlore.reports.chart import scale, ticks
from worldlore.reports.theories.genealogy import Lineage, Node
from worldlore.reports.theories.sentences import sentences
from worldlore.reports.words import ABSENT, shortened

WIDTH, LANE = 1080, 26
LEFT, RIGHT, TOP, BOTTOM = 16, 330, 16, 30
DOTS = 240
"""Dots of a drawing; of more, evenly chosen ones are left out where nothing begins, ends or parts."""
LABEL = 48
"""Characters beside an end: number, share, and the theory's last sentence, in which theories differ most."""


@dataclass(frozen=True)
class Tree:
    """What is drawn."""

    lineage: Lineage
    """The theories and their forebears."""
    shares: Mapping[str, float]
    """Theory -> its probability; numbered in this order from 1."""
    run: int
    """Place of the run in the report, which picks the colour of the best theory's line."""

    @property
    def draw(self) -> Markup:
        """The drawing."""
        lanes, leads = self._lanes(), self._leads
        height = TOP + LANE * len(self.lineage.ends) + BOTTOM
        head = (
            f'<svg class="descent" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Who was proposed from whom">'
        )
        best = {node.number for node in self.lineage.line(self.lineage.ends[0])}
        tails = {end: TOP + LANE * (lane + 0.5) for end, lane in lanes.items()}
        places = {number: (self._x(node), tails[leads[number]]) for number, node in self._nodes.items()}
        lines = [*self._branches(places, best), *self._tails(places, tails, best)]
        parts = [*self._axis(height), *lines, *self._dots(places, best), *self._labels(tails)]
        return Markup(head + "".join(parts) + "</svg>")

    @property
    def _nodes(self) -> Mapping[int, Node]:
        return self.lineage.nodes

    def _x(self, node: Node) -> float:
        return scale(0, self.lineage.collections, LEFT, WIDTH - RIGHT)(node.collection)

    @property
    def _leads(self) -> dict[int, int]:
        """For each of the drawn the best end it led to; it lies in that one's lane."""
        ends, children = self.lineage.ends, self.lineage.children
        found: dict[int, int] = {}
        for number in sorted(self._nodes, reverse=True):
            own = [number] if number in ends else []
            found[number] = min([*own, *(found[child] for child in children[number])], key=ends.index)
        return found

    def _lanes(self) -> dict[int, int]:
        """A lane an end, from the top; lines that parted late lie side by side."""
        children, leads, ends, order = self.lineage.children, self._leads, self.lineage.ends, list[int]()

        def worst_first(numbers: Iterable[int]) -> list[int]:
            return sorted(numbers, key=lambda number: ends.index(leads[number]), reverse=True)

        waiting = worst_first(self.lineage.roots)
        while waiting:
            number = waiting.pop()
            order.append(number)
            waiting += worst_first(children[number])
        return {end: lane for lane, end in enumerate(number for number in order if number in ends)}

    def _axis(self, height: int) -> Iterator[str]:
        for tick in (t for t in ticks(0, self.lineage.collections) if t <= self.lineage.collections and t == int(t)):
            x = scale(0, self.lineage.collections, LEFT, WIDTH - RIGHT)(tick)
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height - BOTTOM}"/>'
            yield f'<text class="tick" x="{x:.1f}" y="{height - 14}" text-anchor="middle">{tick:g}</text>'
        middle = (LEFT + WIDTH - RIGHT) / 2
        yield f'<text class="tick" x="{middle:.1f}" y="{height - 2}" text-anchor="middle">collection</text>'

    def _branches(self, places: Mapping[int, tuple[float, float]], best: set[int]) -> Iterator[str]:
        for number, node in sorted(self._nodes.items(), key=lambda pair: pair[0] in best):
            x, y = places[number]
            lit = f" best run-{self.run}" if number in best else ""
            if node.parent is not None:
                from_x, from_y = places[node.parent]
                yield f'<path class="line{lit}" d="M{from_x:.1f} {from_y:.1f}V{y:.1f}H{x:.1f}"/>'

    def _tails(
        self, places: Mapping[int, tuple[float, float]], tails: Mapping[int, float], best: set[int]
    ) -> Iterator[str]:
        """From where a theory was found to the end, in its own lane: another may have sprung from it meanwhile."""
        for end, lane in tails.items():
            x, y = places[end]
            lit = f" best run-{self.run}" if end in best else ""
            yield f'<path class="line{lit}" d="M{x:.1f} {y:.1f}V{lane:.1f}H{WIDTH - RIGHT}"/>'

    def _dots(self, places: Mapping[int, tuple[float, float]], best: set[int]) -> Iterator[str]:
        children = self.lineage.children
        plain = [n for n in self._nodes if len(children[n]) == 1 and self._nodes[n].parent is not None]
        room = max(0, DOTS - (len(self._nodes) - len(plain)))
        left_out = (
            set(plain) - {plain[i * len(plain) // room] for i in range(room)} if len(plain) > room else set[int]()
        )
        for number in self._nodes:
            x, y = places[number]
            died = self.lineage.died.get(number, 0)
            lit = f" best run-{self.run}" if number in best else ""
            if died and number not in left_out:
                yield f'<path class="twig" d="M{x:.1f} {y:.1f}l6 8"/>'
            if number not in left_out:
                title = Markup.escape(self._said(number, died))
                yield f'<circle class="dot{lit}" cx="{x:.1f}" cy="{y:.1f}" r="3.4"><title>{title}</title></circle>'

    def _said(self, number: int, died: int) -> str:
        node = self._nodes[number]
        when = f"after collection {node.collection}" if node.collection else "at first"
        more = f"\n\n{died} accepted from here died out" if died else ""
        return f"{when}:\n{node.text or 'no theory'}{more}"

    def _labels(self, tails: Mapping[int, float]) -> Iterator[str]:
        numbers = {text: i for i, text in enumerate(self.shares, 1)}
        for end, y in tails.items():
            text, copies = self._nodes[end].text, self.lineage.copies[end]
            number = f"{numbers[text]}." if text in numbers else ABSENT
            many = f", {copies} particles" if copies > 1 else ""
            head = f"{number} {100 * self.shares.get(text, 0.0):.0f} %{many}"
            said = Markup.escape(_short(text, LABEL - len(head)))
            place = f'x="{WIDTH - RIGHT + 8}" y="{y:.1f}" dy="0.32em"'
            yield f'<text class="said" {place}><tspan class="strong">{head}</tspan> {said}</text>'


def _short(text: str, room: int) -> str:
    told = sentences(text)
    more = "… " if len(told) > 1 else ""
    return more + shortened(told[-1], room - len(more)) if told else "no theory"
