"""How a data object fills its place: numbers to the right, digits with F, the rest to the left.

EMV book 3, 4.3 and annex A [G]; lengths and formats of PBOC's own tags are of pboc 2.3 [H].
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType

# fmt: off
_NUMERIC = (
    0x5F24, 0x5F25, 0x5F28, 0x5F2A, 0x5F30, 0x5F34, 0x5F36, 0x5F57, 0x9A, 0x9C,
    0x9F01, 0x9F02, 0x9F03, 0x9F11, 0x9F15, 0x9F1A, 0x9F21, 0x9F35, 0x9F39, 0x9F3B,
    0x9F3C, 0x9F3D, 0x9F41, 0x9F42, 0x9F44, 0x9F51, 0x9F54, 0x9F57, 0x9F5C, 0x9F5D,
    0x9F6B, 0x9F6D, 0x9F73, 0x9F75, 0x9F76, 0x9F77, 0x9F78, 0x9F79, 0xDF62, 0xDF63,
)
# fmt: on
_COMPRESSED = (0x5A, 0x9F20)


@unique
class ValueFormat(Enum):
    """n, cn, and all that are filled alike (a, an, ans, b)."""

    NUMERIC = "n"
    COMPRESSED = "cn"
    OTHER = "b"

    def fit(self, value: bytes, size: int) -> bytes:
        """``value`` in a place of ``size`` bytes (EMV book 3, 5.4 [G]).

        A number loses and gains bytes on the left, everything else on the right; digits gain FF.
        """
        if self is ValueFormat.NUMERIC:
            return value[max(0, len(value) - size) :].rjust(size, b"\0")
        return value[:size].ljust(size, b"\xff" if self is ValueFormat.COMPRESSED else b"\0")


_FORMATS: Mapping[int, ValueFormat] = MappingProxyType(
    dict.fromkeys(_NUMERIC, ValueFormat.NUMERIC)
    | dict.fromkeys(_COMPRESSED, ValueFormat.COMPRESSED)
)


def format_of(tag: int) -> ValueFormat:
    """The format of a tag's value; tags that nobody named are bytes."""
    return _FORMATS.get(tag, ValueFormat.OTHER)
