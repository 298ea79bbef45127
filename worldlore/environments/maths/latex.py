r"""An answer as Python writes it, put into LaTeX: its syntax tree is walked, nothing is evaluated.

    sqrt(3)/2              \frac{\sqrt{3}}{2}
    Rational(1, 3)         \frac{1}{3}
    (-oo, 2)               (-\infty, 2)
    Matrix([[1], [2]])     \begin{pmatrix}1 \\ 2\end{pmatrix}

A list is an interval, or the solutions that SymPy's `solve` gives; both are tried.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from decimal import Decimal

NAMES = {"pi": r"\pi", "oo": r"\infty", "E": "e", "I": "i", "inf": r"\infty", "True": r"\text{True}"}
FUNCTIONS = {
    "sqrt": r"\sqrt{%s}", "Abs": r"\left|%s\right|", "abs": r"\left|%s\right|", "exp": "e^{%s}", "log": r"\ln{(%s)}",
    "ln": r"\ln{(%s)}", "sin": r"\sin{(%s)}", "cos": r"\cos{(%s)}", "tan": r"\tan{(%s)}", "factorial": r"(%s)!",
    "Integer": "%s", "Float": "%s", "FiniteSet": r"\{%s\}", "Tuple": "(%s)", "Interval": "[%s]",
}  # fmt: skip
RATIOS = frozenset({"Rational", "Fraction"})
OPERATORS = {ast.Add: "%s + %s", ast.Sub: "%s - (%s)", ast.Mult: r"(%s) \cdot (%s)", ast.Div: r"\frac{%s}{%s}"}
LONGEST = 2000


class Foreign(Exception):
    """No expression this knows how to write."""


def from_python(text: str) -> tuple[str, ...]:
    """The LaTeX of a Python expression, in each way it can be meant; none where the text is no such expression."""
    if "\\" in text or "^" in text or len(text) > LONGEST:
        return ()
    try:
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.List):
            return written(node), r"\{" + _row(node.elts) + r"\}", _row(node.elts)
        if isinstance(node, ast.Tuple) and not text.startswith("("):
            return (_row(node.elts),)
        return (written(node),)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Foreign):
        return ()


def written(node: ast.expr) -> str:
    """One expression; Foreign for what is none."""
    match node:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            return f"{Decimal(repr(value)):f}"  # without an exponent, which LaTeX would read as a letter
        case ast.Name(name):
            return NAMES.get(name, name)
        case ast.UnaryOp(ast.USub(), inner):
            return f"-{_whole(inner)}"
        case ast.BinOp(left, operator, right):
            return _binary(left, operator, right)
        case _:
            return _compound(node)


def _binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> str:
    if isinstance(operator, ast.Pow):
        return f"{_whole(left)}^{{{written(right)}}}"
    if type(operator) not in OPERATORS:
        raise Foreign
    if isinstance(operator, ast.Mult) and isinstance(left, ast.Constant) and isinstance(right, ast.Name):
        return f"{written(left)}{written(right)}"  # 4i is known for a complex number, 4 times i is not
    return OPERATORS[type(operator)] % (written(left), written(right))


def _compound(node: ast.expr) -> str:
    match node:
        case ast.Tuple(items):
            return f"({_row(items)})"
        case ast.List(items):
            return f"[{_row(items)}]"
        case ast.Set(items):
            return rf"\{{{_row(items)}\}}"
        case ast.Call(ast.Name(name), arguments, []):
            return _call(name, arguments)
        case _:
            raise Foreign


def _call(name: str, arguments: Sequence[ast.expr]) -> str:
    if name in RATIOS and len(arguments) == 2:
        return rf"\frac{{{written(arguments[0])}}}{{{written(arguments[1])}}}"
    if name == "Matrix" and len(arguments) == 1 and isinstance(arguments[0], ast.List):
        return _matrix(arguments[0].elts)
    form = FUNCTIONS.get(name)
    if form is None:
        raise Foreign
    return form % _row(arguments)


def _matrix(rows: Sequence[ast.expr]) -> str:
    lines = [row.elts if isinstance(row, ast.List) else [row] for row in rows]
    body = r" \\ ".join(" & ".join(map(written, line)) for line in lines)
    return rf"\begin{{pmatrix}}{body}\end{{pmatrix}}"


def _row(items: Sequence[ast.expr]) -> str:
    return ", ".join(map(written, items))


def _whole(node: ast.expr) -> str:
    """An expression as one term, in brackets where it needs them."""
    simple = isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and not isinstance(node.value, complex))
    return written(node) if simple else f"({written(node)})"
