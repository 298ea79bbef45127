"""One self-contained HTML page about one run or several: opened from a disk or sent by mail, it needs nothing else.

Style, script and data are inside; a content security policy lets nothing else in, no script but the page's own,
and no request out. Texts of models and environments are escaped by the template or set as text by the script,
never parsed. The same runs give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Cost
from worldlore.reports import words
from worldlore.reports.actions import lessons, share, success
from worldlore.reports.base import TEST, Row, RunView, labels, rows, title
from worldlore.reports.beside import beside
from worldlore.reports.figures import learning_curves
from worldlore.reports.forest import HEADINGS, LEGEND, density, forests
from worldlore.reports.payload import Payload
from worldlore.reports.published import of_study
from worldlore.reports.radar import left_out, radar
from worldlore.reports.settings import provenance, settings
from worldlore.reports.tables import CONDUCT, CONDUCTED
from worldlore.reports.theories.section import SHOWN, section
from worldlore.reports.tries import tries_section

TEMPLATE = Path(__file__).with_name("template")
SCRIPTS = ("data.js", "code.js", "step.js", "episodes.js", "tree.js", "page.js")
"""In the order they are joined."""

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot with whiskers on a track, all in percent of the track's width."""

    at: float
    """The dot."""
    low: float
    """Where the whisker begins."""
    high: float
    """Where it ends."""


def report(runs: Sequence[RunView], out: Path) -> Path:
    """Write the page about `runs`, the first being the baseline; the path written.

    ConfigError without a run, StoreError if the disk refuses.
    """
    if not runs:
        raise ConfigError("a report needs at least one run; give the folder of a run that was started")
    page = render(runs)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror}; give another place with --out") from error
    return out


def render(runs: Sequence[RunView]) -> str:
    """The page as text."""
    found = rows(runs)
    return _template().render(**_results(runs, found), **_learning(runs, found), **_records(runs), **_document())


def _template() -> Template:
    """The page's template, which knows our words."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        {
            "conducted": CONDUCTED,
            "forest_headings": HEADINGS,
            "forest_legend": LEGEND,
            "shown": SHOWN,
            "test": TEST,
            "words": words,
            "share": share,
            "success": success,
            "rate_mark": _rate_mark,
            "change_mark": _change_mark,
            "total": lambda row: sum(row.costs.values(), Cost()),
        }
    )
    return environment.get_template("page.html.jinja")


def _results(runs: Sequence[RunView], found: Sequence[Row]) -> Plain:
    """What the test says of each run, and each beside the first and the published."""
    return {
        "rows": found,
        "players": _players(runs),
        "reach": _reach(found),
        "families": _families(found),
        "radar": radar(found),
        "without_axis": left_out(found),
        "beside": beside(runs, found),
        "conduct": CONDUCT if len(runs) > 1 else {},
        "tries": tries_section(found),
    }


def _learning(runs: Sequence[RunView], found: Sequence[Row]) -> Plain:
    """What practice brought: curves, trees, theories, actions."""
    theories = section(runs)
    return {
        "figures": learning_curves(runs),
        "forests": forests(runs, found),
        "density": density(runs, found),
        "density_published": of_study("density"),
        "theories": theories,
        "foretold": theories and theories.foretold,
        "lessons": lessons(runs),
    }


def _records(runs: Sequence[RunView]) -> Plain:
    """The records themselves: what was set, where it came from, every episode and tree."""
    payload = Payload()
    for run, label in zip(runs, labels(runs), strict=True):
        payload.add(run, label)
    return {
        "title": title(runs),
        "settings": settings(runs),
        "provenance": provenance(runs),
        "records": [json.dumps(dict(run.record), indent=1, sort_keys=True, default=str) for run in runs],
        "notes": payload.notes,
        "data": payload.packed(),
        "has_trees": bool(payload.trees),
    }


def _document() -> Plain:
    """Style and script, and the policy that lets in no other."""
    script = Markup("\n".join((TEMPLATE / name).read_text(encoding="utf-8") for name in SCRIPTS))
    digest = base64.b64encode(hashlib.sha256(f"\n{script}\n".encode()).digest()).decode("ascii")
    return {
        "style": Markup((TEMPLATE / "page.css").read_text(encoding="utf-8")),
        "script": script,
        "policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:",
    }


def _players(runs: Sequence[RunView]) -> list[str]:
    """The agents that played the tests, each once; none where the records name none."""
    agents = [run.record.get("experiment", {}).get("agent", {}).get("name", "") for run in runs]
    return [name for name in dict.fromkeys(agents) if name]


def _rate_mark(low: float | None, value: float, high: float | None) -> Mark:
    return Mark(100 * value, 100 * (value if low is None else low), 100 * (value if high is None else high))


def _reach(found: Sequence[Row]) -> float:
    """The largest change the comparison's axis must hold, rounded up to a tenth."""
    ends = [
        abs(e) for row in found if row.comparison for e in (row.comparison.low, row.comparison.high) if e is not None
    ]
    return max((-(-end // 0.1) / 10 for end in ends), default=0.1)


def _change_mark(row: Row, reach: float) -> Mark:
    c = row.comparison
    if c is None:
        raise ValueError("a run without a comparison has no mark")
    low, high = (c.difference if end is None else end for end in (c.low, c.high))
    return Mark(*(50 + 50 * value / reach for value in (c.difference, low, high)))


def _families(found: Sequence[Row]) -> list[tuple[str, list[Any]]]:
    """Family -> each run's success on it, None where it was not measured; a single family says nothing new."""
    names = sorted({name for row in found for name in row.metrics if name.startswith("success/")})
    names = names if len(names) > 1 else []
    return [(name.partition("/")[2].replace("_", " "), [row.metrics.get(name) for row in found]) for name in names]
