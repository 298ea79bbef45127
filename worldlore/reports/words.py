"""Numbers in words: one spelling of a rate, a change, a cost and an ending, for the terminal and the page."""

from __future__ import annotations

from worldlore.evaluation.episodes import UNBOUNDED, Metric
from worldlore.evaluation.statistics import Comparison
from worldlore.experience import Stop, Trajectory

ABSENT = "—"
"""Written where nothing was measured."""

ENDINGS = {
    Stop.TERMINATED: "the world ended it",
    Stop.MAX_STEPS: "out of steps",
    Stop.MAX_TOKENS: "out of context",
    Stop.UNPARSED: "no action in the reply",
    Stop.RESIGNED: "given up by the agent",
    Stop.FAILED: "broken by a failure",
    None: "not finished",
}
"""Why an episode stopped."""

CUT = {
    "stopped": "ended early: the task was over",
    "timeout": "cut off: out of time",
    "killed": "cut off: it broke its bounds",
}
"""Why a program did not come to its own end."""


def percent(metric: Metric | None) -> str:
    """A rate with its interval: `81.0 % [75.0, 85.9]`."""
    if metric is None:
        return ABSENT
    if metric.low is None or metric.high is None:
        return f"{100 * metric.value:.1f} %"
    return f"{100 * metric.value:.1f} % [{100 * metric.low:.1f}, {100 * metric.high:.1f}]"


def measured(metric: Metric | None) -> str:
    """A mean with its interval, rates in percent: `81.0 [75.0, 85.9]`; a heading tells which."""
    if metric is None:
        return ABSENT
    scale = 1 if metric.name in UNBOUNDED else 100
    if metric.low is None or metric.high is None:
        return f"{scale * metric.value:.1f}"
    return f"{scale * metric.value:.1f} [{scale * metric.low:.1f}, {scale * metric.high:.1f}]"


def number(metric: Metric | None, digits: int = 1) -> str:
    """A mean without its interval."""
    return ABSENT if metric is None else f"{metric.value:.{digits}f}"


def points(comparison: Comparison | None) -> str:
    """A change of a rate in percentage points, with its interval: `+9.0 [+3.2, +14.9]`."""
    if comparison is None:
        return ABSENT
    change = f"{100 * comparison.difference:+.1f}"
    if comparison.low is None or comparison.high is None:
        return change
    return f"{change} [{100 * comparison.low:+.1f}, {100 * comparison.high:+.1f}]"


def verdict(comparison: Comparison) -> str:
    """Its verdict; "same" where every pair is equal and the interval has no width, as of one theory told twice."""
    ends = (comparison.difference, comparison.low or 0.0, comparison.high or 0.0)
    return comparison.verdict if any((*ends, comparison.wins, comparison.losses)) else "same"


def count(value: float) -> str:
    """A number of things, with three digits of it where it is large: `950`, `18.2k`, `3.41M`."""
    for least, size, unit in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if value >= least:
            scaled = value / size
            return f"{scaled:.{0 if scaled >= 100 else 1 if scaled >= 10 else 2}f}{unit}"
    return f"{value:,.0f}" if value == int(value) else f"{value:.1f}"


def number_of(count: int, noun: str) -> str:
    """`1 call`, `12 calls`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """One line of at most so many characters, the last an ellipsis where something is missing."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def duration(seconds: float) -> str:
    """Time as people say it: `0.4 s`, `25 s`, `3 min 20 s`, `2 h 05 min`; absent where no clock ran."""
    if not seconds:
        return ABSENT
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 120:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def outcome(episode: Trajectory) -> str:
    """`success`, `failure`, or `not measured`."""
    return {True: "success", False: "failure", None: "not measured"}[episode.success]
