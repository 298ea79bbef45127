"""What a model wrote, read patiently: fenced code, actions line by line, one sentence, a choice between two remedies.

A reply that holds nothing usable is a `Fault`; its message is what the model is told before it tries again.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from textwrap import shorten

from worldlore.experience.action import DEEPEST, depth

FENCE = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*(\w*)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)[^\n]*$|\Z)", re.S | re.M)
HEAD = r"^(?:(?!\n)[\W\d])*"
"""What may stand before a label in its line: marks and numbers."""
CHOICE = re.compile(HEAD + r"(?:choice|improve\w*|decision|remedy)\W*?:\W*(update|code|note|plan)s?\b", re.I | re.M)
CONTENT = re.compile(HEAD + r"(?:content|note)\W*?:(.*)", re.I | re.M | re.S)
OUTRO = re.compile(HEAD + r"(?:test(?: case)?|reason|failed reason|choice|improve\w*)\W*?:.*", re.I | re.M | re.S)
LABEL = re.compile(r"^\s*(?:>+|\$|\d+[.)]|[-*]|action\s*\d*\s*:)\s*", re.I)
SEEN = re.compile(r"^\s*(?:observation|thought|think|reason)\s*\d*\s*:", re.I)
POLITE = re.compile(r"^(?:sure|certainly|absolutely|of course|here(?:'s| is| are))\b[^\n]*", re.I)
LONGEST = 400
"""Characters of a description or a note at most: every agent is told them in every task."""
TOLD = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
"""Statements of a demonstration that are no actions."""
BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match)
"""Statements that cannot stand in a line with others."""


class Fault(Exception):
    """A reply cannot be used; the message says why, to the one who wrote it."""


@dataclass(frozen=True, slots=True)
class Update:
    """The remedy is other code."""

    code: str
    """The functions in full, and a call."""


@dataclass(frozen=True, slots=True)
class Note:
    """The remedy is advice."""

    text: str
    """To whoever calls the action."""


def parsed(code: str) -> ast.Module:
    """The syntax tree; Fault where it is not Python. What Python would only warn of is nobody's business here."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Fault(f"This is not Python: {error}") from error
    if depth(tree) > DEEPEST:  # a model that repeats itself without end
        raise Fault("This is nested too deeply. Say it in fewer words.")
    return tree


def code_in(text: str) -> str:
    """The Python of a reply: its fenced blocks, one after the other; all of it where there are no fences."""
    blocks = [block for language, block in FENCE.findall(text) if language.lower() in ("", "python", "py", "python3")]
    code = "\n".join(block.rstrip() for block in blocks).strip()
    if not code and not FENCE.search(text) and _defines(text):
        code = text.strip()
    if not code:
        raise Fault("There is no Python in this. Give the code in one block, fenced by ```python and ```.")
    return code


def statements(text: str) -> tuple[str, ...]:
    """The actions of a demonstration, one a line; lines that tell what was seen are left out.

    Statements that share a variable are one action, for no variable outlives an action. Definitions and imports are
    no actions, and neither is what is not Python.
    """
    try:
        return _statements(code_in(text))
    except Fault:
        lines = (LABEL.sub("", line).strip().strip("`") for line in text.splitlines() if not SEEN.match(line))
        return tuple(action for line in lines for action in _calls(line))


def sentence(text: str) -> str:
    """A description in one line, without courtesies, fences and labels; empty where there is none."""
    lines = [line.strip() for line in FENCE.sub("", text).splitlines()]
    if lines and POLITE.match(lines[0]):
        lines = lines[1:]
    found = " ".join(line for line in lines if line)
    found = re.sub(r"^\W*(?:description|about)\W*?:\W*", "", found, flags=re.I)
    return shorten(found.strip().strip('"`'), LONGEST, placeholder=" …")


def choice(text: str) -> Update | Note:
    """The remedy a reply chooses; where it does not say, code that defines something is an update."""
    said = CHOICE.search(text)
    kind = said[1].lower() if said else ("update" if _holds_code(text) else "note")
    if kind in ("update", "code"):
        return Update(code_in(text))
    found = CONTENT.search(text, said.end() if said else 0)
    note = OUTRO.sub("", FENCE.sub("", found[1])) if found else ""
    note = shorten(" ".join(note.split()).strip('"` '), LONGEST, placeholder=" …")
    if not note:
        raise Fault("There is no note in this. Write it after 'Content:', in one sentence.")
    return Note(note)


def _holds_code(text: str) -> bool:
    try:
        return _defines(code_in(text))
    except Fault:
        return False


def _defines(text: str) -> bool:
    try:
        return any(isinstance(node, ast.FunctionDef) for node in parsed(text).body)
    except Fault:
        return False


def _calls(line: str) -> tuple[str, ...]:
    try:
        return tuple(s for s in _statements(line) if "(" in s)
    except Fault:
        return ()


def _label(node: ast.stmt) -> bool:
    """Whether it is a word and a colon, such as "Observation: done", which Python takes for an annotation."""
    return isinstance(node, ast.AnnAssign) and node.value is None


def _statements(code: str) -> tuple[str, ...]:
    groups: list[list[ast.stmt]] = []
    for node in parsed(code).body:
        if isinstance(node, TOLD) or _label(node):
            continue
        needed = names_read(node)
        first = next((place for place, group in enumerate(groups) if _belongs(node, needed, group)), len(groups))
        groups[first:] = [[*(one for group in groups[first:] for one in group), node]]
    return tuple(_joined(code, group) for group in groups)


def _belongs(node: ast.stmt, needed: set[str], group: list[ast.stmt]) -> bool:
    """Whether a statement stands in the line of a group, or reads what the group assigns."""
    return node.lineno == group[-1].end_lineno or any(needed & names_bound(one) for one in group)


def _joined(code: str, group: list[ast.stmt]) -> str:
    """A group's source: in one line where Python allows that."""
    parts = [ast.get_source_segment(code, node) or "" for node in group]
    simple = len(group) == 1 or not any(
        "\n" in part or isinstance(node, BLOCKS) for part, node in zip(parts, group, strict=True)
    )
    return "; ".join(parts) if simple else "\n".join(parts)


def names_read(node: ast.AST) -> set[str]:
    """Names that are looked up somewhere inside."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def names_bound(node: ast.AST) -> set[str]:
    """Names that are assigned somewhere inside."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
