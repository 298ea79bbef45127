"""A lineage as inline SVG: collections run to the right, each line of descent has a lane of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
LABEL = 44
"""Characters of a theory's last sentence, beside its end: what comes last is what theories differ in most."""


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
        lanes = self._lanes()
        height = TOP + LANE * len(self.lineage.ends) + BOTTOM
        head = (
            f'<svg class="descent" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Who was proposed from whom">'
        )
        best = {node.number for node in self.lineage.line(self.lineage.ends[0])}
        places = {number: (self._x(node), TOP + LANE * (lanes[number] + 0.5)) for number, node in self._nodes.items()}
        parts = [*self._axis(height), *self._branches(places, best), *self._dots(places, best), *self._labels(places)]
        return Markup(head + "".join(parts) + "</svg>")

    @property
    def _nodes(self) -> Mapping[int, Node]:
        return self.lineage.nodes

    def _x(self, node: Node) -> float:
        return scale(0, self.lineage.collections, LEFT, WIDTH - RIGHT)(node.collection)

    def _lanes(self) -> dict[int, int]:
        """A lane an end, lines that parted late side by side; a forebear lies in the lane of its first end."""
        children, lanes, order = self.lineage.children, dict[int, int](), list[int]()
        rank = {end: i for i, end in enumerate(self.lineage.ends)}
        first: dict[int, int] = {}
        for number in sorted(self._nodes, reverse=True):
            own = [rank[number]] if number in rank else []
            first[number] = min([*own, *(first[child] for child in children[number])])
        waiting = sorted(self.lineage.roots, key=first.__getitem__, reverse=True)
        while waiting:
            number = waiting.pop()
            order.append(number)
            waiting += sorted(children[number], key=first.__getitem__, reverse=True)
        at = {end: i for i, end in enumerate(n for n in order if n in rank)}
        for number in self._nodes:
            lanes[number] = at[self.lineage.ends[first[number]]]
        return lanes

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
            if number in self.lineage.ends:
                yield f'<path class="line{lit}" d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}"/>'

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

    def _labels(self, places: Mapping[int, tuple[float, float]]) -> Iterator[str]:
        numbers = {text: i for i, text in enumerate(self.shares, 1)}
        for end in self.lineage.ends:
            text, copies = self._nodes[end].text, self.lineage.copies[end]
            share = f"{100 * self.shares.get(text, 0.0):.0f} %"
            head = f"{numbers[text]}." if text in numbers else ABSENT
            many = f", {copies} particles" if copies > 1 else ""
            said = Markup.escape(_short(text))
            place = f'x="{WIDTH - RIGHT + 8}" y="{places[end][1]:.1f}" dy="0.32em"'
            yield f'<text class="said" {place}><tspan class="strong">{head} {share}{many}</tspan> {said}</text>'


def _short(text: str) -> str:
    told = sentences(text)
    more = "… " if len(told) > 1 else ""
    return more + shortened(told[-1], LABEL) if told else "no theory"
