"""Rows of an explained dialogue for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sscard.trace.row import Detail, Row

QUIET = "bright_black"
#: Who speaks to whom; the host is the issuer's.
STYLES: Mapping[str, str] = MappingProxyType(
    {">": "cyan", "<": "green", "=>": "magenta", "<=": "magenta"}
)
WHO: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        ">": ("终端→卡", "terminal to card"),
        "<": ("卡→终端", "card to terminal"),
        "=>": ("终端→主机", "terminal to host"),
        "<=": ("主机→终端", "host to terminal"),
    }
)
#: Where details begin, and by how much each depth is further right.
_INDENT = 2


def shown(row: Row, way: str, beside: str = "") -> RenderableType:
    """A heading, the bytes as they went over the wire, and each object with its place in them.

    ``beside`` stands at the end of the heading.
    """
    heading = Text.assemble((WHO[way][0], f"bold {STYLES[way]}"), "  ", (row.meaning, "bold"))
    if beside:
        heading.append(f"  {beside}", QUIET)
    return Group(heading, *_inside(row))


def _inside(row: Row) -> Iterator[RenderableType]:
    if row.shown:
        yield indented(_INDENT, Text(row.shown, QUIET))
    for each in row.details:
        yield indented(2 * _INDENT + 2 * each.depth, _detail(each))


def _detail(each: Detail) -> Text:
    value = each.reading or each.value
    beside = f"  {each.value}" if each.reading and each.value not in ("", each.reading) else ""
    number = "" if each.tag is None else f"{each.tag:X} "
    tag = Text.assemble((number, "cyan"), f"{each.zh} {each.en}")
    if value:
        tag.append("  ").append(value, "bold").append(beside, QUIET)
    return tag


def indented(columns: int, text: Text) -> Table:
    """Longer text goes on below itself, not at the margin."""
    table = Table.grid()
    table.add_column(width=columns, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("", text)
    return table


def document(row: Row, way: str) -> dict[str, Any]:
    """A row with everything that is in it."""
    return {
        "from_to": WHO[way][1],
        "bytes": row.shown,
        "meaning": row.meaning,
        "objects": [
            {
                "depth": each.depth,
                "tag": None if each.tag is None else f"{each.tag:X}",
                "zh": each.zh,
                "en": each.en,
                "value": each.value,
                "reading": each.reading,
            }
            for each in row.details
        ],
    }
