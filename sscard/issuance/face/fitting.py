"""Text into its box: smaller first, then in several lines; what does not fit is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from sscard.issuance.face.error import FaceError
from sscard.issuance.face.layout import TextBox

MM_PER_INCH, PT_PER_INCH = 25.4, 72
#: From one line to the next, in sizes of the type.
LEADING = 1.1
_STEP = 0.5
#: A line rather ends behind one of these: the point between parts of a name, a space.
_BREAKS = "·•・ "

#: Width in mm of a text at a size in points.
Measure = Callable[[str, float], float]


@dataclass(frozen=True, slots=True)
class Fit:
    """Lines and the size of their type in points."""

    lines: tuple[str, ...] = field(repr=False)
    pt: float


def millimetres(pt: float) -> float:
    """A size of type, in mm."""
    return pt * MM_PER_INCH / PT_PER_INCH


def fitted(place: str, text: str, box: TextBox, measure: Measure) -> Fit:
    """The largest type in which ``text`` fits: in one line, else in as few as may be.

    Every character of ``text`` is in the lines; only a space where a line ends is not.  Raises
    FaceError naming the field when the smallest type is too large.
    """
    for most in range(1, box.lines + 1):
        for pt in _sizes(box):
            room = int(box.height_mm / (LEADING * millimetres(pt)) + 0.01)
            lines = _wrapped(text, min(most, room), partial(_width, measure, pt), box)
            if lines:
                return Fit(lines, pt)
    size = f"{box.width_mm:g} × {box.height_mm:g} mm"
    raise FaceError(place, f"does not fit into {size}, {box.lines} lines of {box.min_pt:g} pt")


def _width(measure: Measure, pt: float, text: str) -> float:
    return measure(text, pt)


def _badness(text: str, end: int) -> int:
    """Of a line that ends here: 0 behind a point or space, 2 where the next begins with one."""
    return 0 if text[end - 1] in _BREAKS else 2 if text[end] in _BREAKS else 1


def _sizes(box: TextBox) -> Iterator[float]:
    pt = box.pt
    while pt > box.min_pt:
        yield pt
        pt -= _STEP
    yield box.min_pt


def _wrapped(text: str, most: int, width: Callable[[str], float], box: TextBox) -> tuple[str, ...]:
    """At most ``most`` lines, or none where the text does not fit."""
    if most < 1:
        return ()
    if width(text) <= box.width_mm:
        return (text,)
    ends = range(len(text) - 1, 0, -1)
    fits = [end for end in ends if width(text[:end].rstrip(" ")) <= box.width_mm]
    even = width(text) / most
    for end in sorted(fits, key=lambda end: (_badness(text, end), abs(width(text[:end]) - even))):
        rest = _wrapped(text[end:].lstrip(" "), most - 1, width, box)
        if rest:
            return (text[:end].rstrip(" "), *rest)
    return ()
