"""Explained entries for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from sscard.cli import dialogue
from sscard.trace.entries import Entry, Exchange, Remark
from sscard.trace.explainer import Explained
from sscard.trace.row import Direction

_MILLISECONDS = 1e3
#: Digits of an answer that the heading has said already.
_STATUS = 4


def shown(explained: Iterable[Explained], *, reveal: bool) -> Iterator[RenderableType]:
    """What is printed of a trace.  Lines that are no exchange are counted together."""
    for is_remark, group in groupby(explained, lambda each: isinstance(each.entry, Remark)):
        if is_remark and not reveal:
            yield _counted([each.entry.line for each in group])
            continue
        for each in group:
            yield from _entry(each)


def _entry(each: Explained) -> Iterator[RenderableType]:
    if isinstance(each.entry, Remark):
        yield Text(_remark(each.entry, reveal=True), dialogue.QUIET)
    for row in each.rows:
        way = row.direction.value
        status = row.direction is Direction.FROM_CARD and len(row.shown) == _STATUS
        bare = replace(row, shown="") if status else row
        yield dialogue.shown(bare, way, _took(each.entry) if way == "<" else "")


def _took(entry: Entry) -> str:
    if not isinstance(entry, Exchange) or entry.seconds is None:
        return ""
    return f"{entry.seconds * _MILLISECONDS:.3g} ms"


def _counted(lines: Sequence[int]) -> Text:
    span = f"{lines[0]}" if len(lines) == 1 else f"{lines[0]}–{lines[-1]}"
    said = f"# {span}: {len(lines)} 行不是交互，未显示 not an exchange, not shown"
    return Text(said, dialogue.QUIET)


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
