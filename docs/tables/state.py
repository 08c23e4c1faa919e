"""Card images and faults, from the code that reads and makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from construct import Construct, SizeofError

from simulator import image
from simulator.faults import Kind, Torn
from simulator.faults.fault import MOMENTS
from tables.markdown import table

_KINDS = {
    Kind.POWER_CUT: "the supply fails; the next power-up goes on from what the memory holds",
    Kind.REMOVED: "the card is pulled out; none is there until `insert()`",
    Kind.MUTE: "no answer any more before the next reset",
    Kind.WRONG_BYTE: "one byte of command, response or ATR is another (`byte`, `mask`)",
    Kind.SLOW: "the card asks `extensions` times for `seconds` more before it answers",
    Kind.WORN_PAGE: "a page can no longer be programmed: what needs it is answered 6581",
    Kind.READER_DIES: "no reader any more, until `replace_reader()`",
}


def image_frame() -> str:
    """The outer layout of a card image."""
    return _layout(image.FRAME)


def image_body() -> str:
    """The body of a card image."""
    return _layout(image.BODY)


def fault_kinds() -> str:
    """Kinds of faults, and when each can happen."""
    rows = [
        (f"`{kind.value}`", _KINDS[kind], ", ".join(f"`{each.value}`" for each in moments))
        for kind, moments in MOMENTS.items()
    ]
    return table(("kind", "what goes wrong", "moments"), rows)


def torn_pages() -> str:
    """What may become of a page at which power fails."""
    return "\n".join(f"* `{each.value}`" for each in Torn)


def _layout(layout: Construct) -> str:
    return table(("field", "bytes", "what"), list(_rows(layout)))


def _rows(layout: Any) -> Iterator[tuple[str, str, str]]:
    for field in layout.subcons:
        yield f"`{field.name}`", _size(field), field.docs


def _size(field: Construct) -> str:
    try:
        return str(field.sizeof(version=image.VERSION))
    except SizeofError:
        return "the rest" if field.name in ("body", "memory") else "as it says"
