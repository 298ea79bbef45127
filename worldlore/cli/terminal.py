"""The terminal: what a model or a world said is shown there, and cannot steer it.

An escape sequence in a reply could clear the screen, set the window's title or fill the clipboard of whoever reads it;
so of the characters that control a terminal only line feed and tab are passed on.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

STEERING = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")})
"""Characters that are left out."""


class Terminal(Console):
    """A console that passes on no control character of what it prints."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments of something, in characters that can be seen."""
        for segment in super().render(renderable, options):
            plain = segment.control or segment.text.isprintable()
            yield segment if plain else Segment(segment.text.translate(STEERING), segment.style)
