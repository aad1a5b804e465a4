"""Markdown from untrusted text: none of it becomes markup."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")
_NUMBER = re.compile(r"-?[\d.,]+|–")
_LONGEST = 500


def line(value: Any) -> str:
    """``value`` as plain text on one line, markup escaped."""
    return _MARKUP.sub(r"\\\1", " ".join(str(value).split())[:_LONGEST])


def cell(value: Any) -> str:
    """A setting's value as a person would write it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; columns of numbers are right-aligned."""
    body = [[line(value) for value in row] for row in rows]
    marks = [
        "---:" if all(_NUMBER.fullmatch(text) for text in column) else "---"
        for column in zip(*body, strict=True)
    ] or ["---"] * len(heads)
    lines = [list(heads), marks, *body]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def block(text: str, language: str) -> str:
    """``text`` as a code block, fenced by more backticks than it has in a row."""
    longest = max((len(fence) for fence in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
