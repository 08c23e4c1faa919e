"""The journal's layout: where its pages lie, and the record that makes its copies count.

Pages: the index, the recovery mark, the witnesses, the slots with the copies.  A record lies on the
index page or on a witness: state (1), number of pages (1), page numbers (2 each), CRC-32 over these
and over as many copies from the first slot on.  So a record is whole only together with its copies.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from sscard.dialects.chip import PAGE

#: Pages one command can change, besides those where nothing is stored yet.
JOURNAL_SLOTS = 24
#: Pages on which a recovery can put the record down before it relies on it.
WITNESSES = 3
JOURNAL_PAGES = 2 + WITNESSES + JOURNAL_SLOTS

INDEX, MARK = 0, 1
WITNESS = range(2, 2 + WITNESSES)
SLOTS = range(2 + WITNESSES, JOURNAL_PAGES)
#: What a whole recovery leaves erased.
ERASED_AFTER = (*WITNESS, MARK)
#: Where a record can lie.
RECORDS = (INDEX, *WITNESS)

#: The command has happened: its copies belong on the pages listed.
LIVE = 0x4C
#: The pages listed hold their copies: nothing is to be done.
SETTLED = 0x53

ERASED = bytes(PAGE)
#: On the mark: a recovery has begun, the witnesses may hold anything.
RECOVERING = b"\x52" * PAGE

#: Where the page numbers begin, and the size of the CRC behind them.
_NUMBERS, _CRC_SIZE = 2, 4


def record(state: int, pages: Sequence[int], copies: Sequence[bytes]) -> bytes:
    """The record of these pages and their copies."""
    head = bytes((state, len(pages))) + b"".join(page.to_bytes(2, "big") for page in pages)
    return (head + _crc(head, copies)).ljust(PAGE, b"\0")


def pages_of(raw: bytes, state: int, copies: Sequence[bytes]) -> tuple[int, ...] | None:
    """The pages that a record of this state lists; None when it is none or not of these copies."""
    count = raw[1]
    end = _NUMBERS + 2 * count
    if raw[0] != state or count > JOURNAL_SLOTS:
        return None
    if raw[end : end + _CRC_SIZE] != _crc(raw[:end], copies[:count]):
        return None
    return tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(_NUMBERS, end, 2))


def live(readings: Mapping[int, bytes], copies: Sequence[bytes]) -> dict[int, tuple[int, ...]]:
    """The pages among ``readings`` that hold a live record, each with the pages it lists."""
    listed = {place: pages_of(raw, LIVE, copies) for place, raw in readings.items()}
    return {place: pages for place, pages in listed.items() if pages is not None}


def _crc(head: bytes, copies: Sequence[bytes]) -> bytes:
    return zlib.crc32(head + b"".join(copies)).to_bytes(_CRC_SIZE, "big")


#: What a recovery leaves on the index page.
VOID = record(SETTLED, (), ())
