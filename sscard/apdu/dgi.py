"""Identifiers of the data groupings that are no records (pboc 1.8 [H])."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class DGI(IntEnum):
    """Those of the debit application and of the PSE; a record's is its SFI and number."""

    KEYS = 0x8000  # UDK-AC, UDK-MAC, UDK-ENC; enciphered
    PIN_BLOCK = 0x8010  # enciphered
    CHECK_VALUES = 0x9000  # of the three keys
    PIN_TRIES = 0x9010  # counter and limit
    FCI = 0x9102  # template A5, contact
    PROCESSING_OPTIONS = 0x9104  # 82 and 94, contact


def record(sfi: int, number: int) -> int:
    """The identifier of a record's grouping."""
    return sfi << 8 | number
