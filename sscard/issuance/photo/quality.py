"""The JPEG quality (1 to 100) that a file was made with, from its quantization tables.

Encoders that follow the Independent JPEG Group scale the example tables of ITU-T T.81 Annex K by
the quality; such tables are recognized exactly.  Others (Photoshop, cameras) have no quality in
this sense: the nearest is reported and ``standard`` is false.
"""

from __future__ import annotations

from functools import cache
from math import log
from typing import NamedTuple

from sscard.errors import MalformedData
from sscard.issuance.photo.jpeg import Jpeg

Table = tuple[int, ...]

# T.81 tables K.1 and K.2, row by row.
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMINANCE = (
    17, 18, 24, 47, 99, 99, 99, 99,
    18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99,
    *(99,) * 32,
)  # fmt: skip
QUALITIES = range(1, 101)


class QualityEstimate(NamedTuple):
    """``standard``: the tables are exactly those of this quality; else it is the nearest."""

    quality: int
    standard: bool


def estimated_quality(jpeg: Jpeg) -> QualityEstimate:
    """Raises MalformedData when a component names a table that is not there."""
    numbers = list(dict.fromkeys(each.table for each in jpeg.frame.components))
    if not set(numbers) <= jpeg.tables.keys():
        raise MalformedData("a quantization table is missing")
    found = [jpeg.tables[number] for number in numbers[:2]]
    quality = min(QUALITIES, key=lambda each: _distance(found, each))
    return QualityEstimate(quality, found == list(_scaled(quality)[: len(found)]))


def _distance(found: list[Table], quality: int) -> float:
    pairs = zip(found, _scaled(quality), strict=False)
    return sum(
        abs(log(max(mine, 1) / standard))
        for table, reference in pairs
        for mine, standard in zip(table, reference, strict=True)
    )


@cache
def _scaled(quality: int) -> tuple[Table, Table]:
    """Luminance and chrominance as the IJG's library scales them for baseline files."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    luminance, chrominance = (
        tuple(min(max((table[at] * percent + 50) // 100, 1), 255) for at in _ZIGZAG)
        for table in (_LUMINANCE, _CHROMINANCE)
    )
    return luminance, chrominance


def _diagonal(at: int) -> tuple[int, int]:
    row, column = divmod(at, 8)
    return row + column, row if (row + column) % 2 else column


#: Where the values of a table stand in a file, one diagonal after the other.
_ZIGZAG = tuple(sorted(range(64), key=_diagonal))
