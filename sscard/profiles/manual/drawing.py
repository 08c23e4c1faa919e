"""SVG, drawn with boxes that are as wide as the text in them."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate, takewhile
from xml.etree import ElementTree

#: Width of a character in units of the font size, as in the widest of the usual fonts; wide ones
#: are Chinese and the like.
_WIDE, _CAPITAL, _DIGIT, _OTHER, _MONO, _BOLD = 1.0, 0.72, 0.64, 0.6, 0.62, 1.1
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Number = float | int


def text_width(text: str, size: Number, kind: str = "") -> float:
    """About how wide ``text`` is in a font of this size; rather too wide than too narrow.

    ``kind`` are classes of the text: ``mono`` and ``strong`` change its width.
    """
    width = sum(_character(char, "mono" in kind) for char in text)
    return size * width * (_BOLD if "strong" in kind else 1)


def fitted(text: str, room: Number, size: Number, kind: str = "") -> str:
    """``text``, or as much of its beginning as ``room`` has space for, and an ellipsis."""
    if text_width(text, size, kind) <= room:
        return text
    widths = accumulate(text_width(char, size, kind) for char in "…" + text)
    kept = sum(1 for _ in takewhile(lambda width: width <= room, widths)) - 1
    return text[: max(kept, 0)] + "…"


def _character(char: str, mono: bool) -> float:
    if unicodedata.east_asian_width(char) in "WFA":
        return _WIDE
    if mono:
        return _MONO
    return _DIGIT if char.isdigit() else _CAPITAL if char.isupper() else _OTHER


class Drawing:
    """A picture with a title; sizes are pixels.  Its height grows with what is drawn."""

    def __init__(self, width: Number, title: str) -> None:
        self._width = width
        self._height: float = 0
        self._title = _clean(title)
        self._parts: list[ElementTree.Element] = []

    def rect(self, x: Number, y: Number, width: Number, height: Number, kind: str) -> None:
        """A rectangle without text."""
        place = {"x": _n(x), "y": _n(y), "width": _n(width), "height": _n(height), "rx": "3"}
        self._parts.append(ElementTree.Element("rect", {**place, "class": kind}))
        self._grown(x + width, y + height)

    def line(self, points: list[tuple[Number, Number]], kind: str = "wire") -> None:
        """A line through these points."""
        text = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(ElementTree.Element("polyline", {"points": text, "class": kind}))
        self._grown(max(x for x, _ in points), max(y for _, y in points))

    def text(
        self, x: Number, y: Number, text: str, size: Number = 12, kind: str = "", end: bool = False
    ) -> None:
        """Text whose line stands at ``y``; it begins at ``x``, or ends there."""
        kinds = " ".join(part for part in (kind, "end" if end else "") if part)
        self._write(x, y, text, size, kinds)
        width = text_width(text, size, kind)
        self._grown(x if end else x + width, y + size * 0.3)

    def box(
        self,
        at: tuple[Number, Number],
        width: Number,
        height: Number,
        lines: list[tuple[str, Number, str]],
        kind: str,
    ) -> None:
        """A rectangle with centred lines of text (text, size, kind), each cut to its width."""
        x, y = at
        group = ElementTree.Element("g", {"class": "box"})
        outer, self._parts = self._parts, []
        self.rect(x, y, width, height, kind)
        step = height / (len(lines) or 1)
        for index, (text, size, text_kind) in enumerate(lines):
            shown = fitted(text, width - 4, size, text_kind)
            middle = y + step * (index + 0.5) + size * 0.36
            self._write(x + width / 2, middle, shown, size, f"mid {text_kind}".strip())
            if shown != text:
                title = ElementTree.SubElement(group, "title")
                title.text = _clean(text)
        group.extend(self._parts)
        self._parts = [*outer, group]

    def markup(self) -> str:
        """The picture as SVG."""
        width, height = _n(self._width), _n(self._height + 6)
        root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width} {height}",
                "width": width,
                "height": height,
                "role": "img",
                "aria-label": self._title,
            },
        )
        root.extend(self._parts)
        return ElementTree.tostring(root, encoding="unicode")

    def _write(self, x: Number, y: Number, text: str, size: Number, kind: str) -> None:
        place = {"x": _n(x), "y": _n(y), "font-size": _n(size)}
        found = ElementTree.Element("text", {**place, "class": kind} if kind else place)
        found.text = _clean(text)
        self._parts.append(found)

    def _grown(self, right: Number, bottom: Number) -> None:
        self._width = max(self._width, right + 2)
        self._height = max(self._height, bottom)


def _clean(text: str) -> str:
    """What XML cannot carry, as the replacement character."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _n(value: Number) -> str:
    return f"{value:.1f}".removesuffix(".0")
