"""Diagrams of bytes: boxes for tag, length and value, each with its offset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sscard.profiles.manual.drawing import Drawing, fitted, text_width
from sscard.profiles.manual.layout import Cell, Row
from sscard.profiles.manual.texts import Language, Words

_WIDTH = 860
_HEIGHT, _OFFSET, _GAP, _BETWEEN = 36, 13, 8, 20
_PADDING = 14
#: A long value is drawn wider, up to this many bytes.
_LONG, _PIXELS_A_BYTE = 64, 2


@dataclass(frozen=True, slots=True)
class _Box:
    """A cell as it is drawn: lines of (text, size, kind), and its width."""

    cell: Cell
    lines: tuple[tuple[str, float, str], ...]
    width: float


def record_diagram(title: str, rows: Iterable[Row], words: Words) -> str:
    """The records of a file, as many beside each other as there is room for."""
    drawing, left, top, bottom = Drawing(_WIDTH, title), 0.0, 0.0, 0.0
    for row in rows:
        boxes = [_box(cell, words) for cell in row.cells]
        heading = _heading(row, words)
        width = max(sum(box.width for box in boxes), text_width(" ".join(heading), 12))
        if left and left + width > _WIDTH:
            left, top = 0.0, bottom
        y = _head(drawing, left, top, heading)
        bottom = max(bottom, _draw(drawing, left, y, boxes))
        left += width + _BETWEEN
    return drawing.markup()


def byte_diagram(title: str, cells: Iterable[Cell], words: Words) -> str:
    """One run of bytes."""
    drawing = Drawing(_WIDTH, title)
    _draw(drawing, 0, 0, [_box(cell, words) for cell in cells])
    return drawing.markup()


def _draw(drawing: Drawing, left: float, y: float, boxes: Iterable[_Box]) -> float:
    """Draw boxes from ``y`` down, line after line; gives where they end."""
    x = left
    for box in boxes:
        if x > left and x + box.width > _WIDTH:
            x, y = left, y + _OFFSET + _HEIGHT + _GAP
        drawing.text(x + 1, y + _OFFSET - 3, str(box.cell.at), 9.5, "quiet mono")
        kind = f"{box.cell.role} d{min(box.cell.depth, 2)}"
        drawing.box((x, y + _OFFSET), box.width, _HEIGHT, list(box.lines), kind)
        x += box.width
    return y + _OFFSET + _HEIGHT + _GAP


def _heading(row: Row, words: Words) -> tuple[str, str]:
    """The numbers of the records, and what they are; empty for a transparent file."""
    if row.element is None:
        return "", ""
    name = row.element.zh if words.language == "zh" else row.element.en
    copies = row.last - row.first + 1
    size = words.ui["bytes_short"].format(n=row.size)
    if copies == 1:
        return f"#{row.first}", f"{name} · {size} @{row.at}"
    return f"#{row.first}–{row.last}", f"{name} · {copies} × {size} @{row.at}"


def _head(drawing: Drawing, x: float, y: float, heading: tuple[str, str]) -> float:
    numbers, name = heading
    if not numbers:
        return y
    drawing.text(x, y + 14, numbers, 12, "strong")
    room = _WIDTH - x - text_width(numbers, 12, "strong") - 8
    drawing.text(x + text_width(numbers, 12, "strong") + 8, y + 14, fitted(name, room, 12), 12)
    return y + 18


def _box(cell: Cell, words: Words) -> _Box:
    lines = _lines(cell, words.language, words.ui)
    return _Box(cell, tuple(lines), _width(cell, lines))


def _lines(cell: Cell, language: Language, ui: Mapping[str, str]) -> list[tuple[str, float, str]]:
    if cell.role in ("tag", "length"):
        note = {"tag": "T", "length": "L"}[cell.role] if cell.raw else ""
        return [
            (cell.raw.hex().upper(), 12, "mono"),
            (_label(cell, language) or note, 9.5, "quiet"),
        ]
    if cell.raw:
        name = cell.meaning or _label(cell, language)
        return [(_short(cell.raw), 12, "mono"), (name, 10, "quiet")]
    name = ui["unused"] if cell.role == "unused" else _label(cell, language)
    size = ui["bytes_short"].format(n=cell.size)
    return [(name, 12, ""), (f"{size} {cell.type}".strip(), 10, "quiet")]


def _label(cell: Cell, language: Language) -> str:
    # A tag's name stands at its value; fixed bytes without one (ATR) carry their own.
    if cell.role == "tag" and cell.zh != cell.en:
        return ""
    return cell.zh if language == "zh" else cell.en


def _width(cell: Cell, lines: list[tuple[str, float, str]]) -> float:
    text = max(text_width(line, size, kind) for line, size, kind in lines)
    long = 24 + min(cell.size, _LONG) * _PIXELS_A_BYTE if cell.role in ("value", "unused") else 0
    offset = text_width(str(cell.at), 9.5, "mono")
    return min(max(text, long, offset) + _PADDING, _WIDTH)


def _short(raw: bytes) -> str:
    text = raw.hex(" ").upper()
    return text if len(raw) <= 20 else f"{raw[:8].hex(' ').upper()} … {raw[-2:].hex(' ').upper()}"
