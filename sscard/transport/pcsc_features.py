"""What a PC/SC reader says about itself: the longest APDU that it takes.

PC/SC part 10: the features are a list of tag, length 4, control code; the properties a list of
tag, length and value, numbers in little-endian order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sscard.transport.pcsc_codes import SUCCESS

_GET_FEATURES = 3400
_FEATURE_PROPERTIES = 0x12
_MAX_APDU_DATA = 0x0A


def extended_length(scard: Any, card: Any) -> bool | None:
    """Whether the reader takes extended APDUs; None when it does not say."""
    features = dict(_elements(_control(scard, card, scard.SCARD_CTL_CODE(_GET_FEATURES))))
    code = features.get(_FEATURE_PROPERTIES)
    if code is None:
        return None
    properties = _control(scard, card, int.from_bytes(code, "big"))
    longest = dict(_elements(properties)).get(_MAX_APDU_DATA)
    return None if longest is None else int.from_bytes(longest, "little") > 0x100


def _control(scard: Any, card: Any, code: int) -> bytes:
    """The reader's answer; empty where it has none, which is its right."""
    result, answer = scard.SCardControl(card, code, [])
    return bytes(answer) if result == SUCCESS else b""


def _elements(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and values; a list that breaks off ends there."""
    while len(raw) >= 2 and len(raw) >= 2 + raw[1]:
        yield raw[0], raw[2 : 2 + raw[1]]
        raw = raw[2 + raw[1] :]
