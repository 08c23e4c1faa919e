"""Markdown from rows and docstrings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its head."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def words(name: str) -> str:
    """A name of the code as words."""
    return name.replace("_", " ")


def summary(docstring: str | None) -> str:
    """The first sentence or line, as Markdown."""
    return (docstring or "").splitlines()[0].split(".  Raises ")[0].replace("``", "`")
