"""DPI and orientation as a JPEG file states them: JFIF first, EXIF where that is silent."""

from __future__ import annotations

import struct
from typing import NamedTuple

from sscard.errors import MalformedData
from sscard.issuance.photo.jpeg import Jpeg, Marker

_JFIF, _EXIF = b"JFIF\0", b"Exif\0\0"
_CM_PER_INCH = 2.54
_INCH, _CENTIMETRE = 2, 3  # EXIF ResolutionUnit
_ENTRY = 12
_FORMS = {1: "B", 3: "H", 4: "I", 5: "II"}  # BYTE, SHORT, LONG, RATIONAL
_ORIENTATION, _X, _Y, _UNIT = 0x0112, 0x011A, 0x011B, 0x0128


class Stated(NamedTuple):
    """``dpi`` across and down, None when nothing states it; ``orientation`` 1 is upright."""

    dpi: tuple[float, float] | None
    orientation: int


def stated(jpeg: Jpeg) -> Stated:
    """What the file says of itself.

    Raises MalformedData for a broken EXIF directory, and for one that viewers could understand
    differently: what turns a photo must not be overlooked.
    """
    exif = _exif(jpeg)
    return Stated(_jfif_dpi(jpeg) or _exif_dpi(exif), _whole(exif.get(_ORIENTATION, 1.0)))


def _whole(orientation: float) -> int:
    if not orientation.is_integer():
        raise MalformedData("an EXIF orientation that is no whole number")
    return int(orientation)


def _jfif_dpi(jpeg: Jpeg) -> tuple[float, float] | None:
    for content in jpeg.contents(Marker.APP0, _JFIF)[:1]:
        if len(content) < 7:
            raise MalformedData("broken JFIF segment")
        unit, x, y = struct.unpack_from(">BHH", content, 2)
        if unit == 1:
            return float(x), float(y)
        if unit == 2:
            return x * _CM_PER_INCH, y * _CM_PER_INCH
    return None


def _exif_dpi(exif: dict[int, float]) -> tuple[float, float] | None:
    unit = exif.get(_UNIT, _INCH)
    if _X not in exif or _Y not in exif or unit not in (_INCH, _CENTIMETRE):
        return None
    factor = _CM_PER_INCH if unit == _CENTIMETRE else 1.0
    return exif[_X] * factor, exif[_Y] * factor


def _exif(jpeg: Jpeg) -> dict[int, float]:
    """The wanted numbers of the first directory (TIFF 6.0)."""
    segments = jpeg.contents(Marker.APP1, _EXIF)
    if len(segments) > 1:
        raise MalformedData("more than one EXIF segment")
    for tiff in segments:
        try:
            return _once(_entries(tiff, _byte_order(tiff)))
        except (struct.error, ZeroDivisionError):
            raise MalformedData("broken EXIF directory") from None
    return {}


def _once(entries: list[tuple[int, float]]) -> dict[int, float]:
    found = dict(entries)
    if len(found) < len(entries):
        raise MalformedData("an EXIF tag that stands there twice")
    return found


def _byte_order(tiff: bytes) -> str:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        raise MalformedData("broken EXIF directory")
    return order


def _entries(tiff: bytes, order: str) -> list[tuple[int, float]]:
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    found = []
    for start in range(at + 2, at + 2 + _ENTRY * count, _ENTRY):
        tag, kind, values = struct.unpack_from(f"{order}HHI", tiff, start)
        readable = kind in _FORMS and values == 1
        if tag == _ORIENTATION and not readable:
            raise MalformedData("an EXIF orientation that is no number")
        if tag in (_ORIENTATION, _X, _Y, _UNIT) and readable:
            found.append((tag, _number(tiff, order, _FORMS[kind], start + 8)))
    return found


def _number(tiff: bytes, order: str, form: str, at: int) -> float:
    if len(form) == 1:
        (number,) = struct.unpack_from(order + form, tiff, at)
        return float(number)
    (offset,) = struct.unpack_from(f"{order}I", tiff, at)
    above, below = struct.unpack_from(order + form, tiff, offset)
    return float(above / below)
