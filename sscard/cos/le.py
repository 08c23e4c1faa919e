"""What a card does with an Le that does not fit its answer."""

from __future__ import annotations

from sscard.apdu.status import StatusError, StatusWord

#: The longest answer that one byte of Le, and so 6Cxx, can name (00 = 256).
_SHORT = 0x100


def fit(data: bytes, ne: int) -> bytes:
    """All of ``data``; StatusError 6Cxx with the right length when Le is smaller.

    A larger Le gets the shorter answer (ssc 1.3, 12 [S]; a real card does so too, ssc-more 5 [T]).
    StatusError 6700 when the right length is more than 6Cxx can say.
    """
    if len(data) <= ne:
        return data
    if len(data) > _SHORT:
        raise StatusError(StatusWord.WRONG_LENGTH)
    raise StatusError(StatusWord(0x6C00 | len(data) & 0xFF))
