"""Explained entries for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from sscard.cli import dialogue
from sscard.trace.entries import Exchange, Remark
from sscard.trace.explainer import Explained

_MILLISECONDS = 1e3


def shown(each: Explained, *, reveal: bool) -> Iterator[RenderableType]:
    """What is printed of an entry."""
    entry = each.entry
    if isinstance(entry, Remark):
        yield Text(_remark(entry, reveal=reveal), dialogue.QUIET)
    for row in each.rows:
        yield dialogue.shown(row, row.direction.value)
    if isinstance(entry, Exchange) and entry.seconds is not None:
        yield Text(f"  {entry.seconds * _MILLISECONDS:.1f} ms", dialogue.QUIET)


def document(each: Explained, *, reveal: bool) -> dict[str, Any]:
    """An entry with its rows; ``line`` is its line in the file."""
    entry = each.entry
    rows = [dialogue.document(row, row.direction.value) for row in each.rows]
    found: dict[str, Any] = {"line": entry.line, "rows": rows}
    if isinstance(entry, Remark):
        found["remark"] = _remark(entry, reveal=reveal)
    if isinstance(entry, Exchange):
        found["seconds"] = entry.seconds
    return found


def _remark(entry: Remark, *, reveal: bool) -> str:
    size = f"{len(entry.text)} 个字符 characters"
    return f"# {entry.line}: {entry.text if reveal else size}"
