"""pKey: what an HSM answers, as the steps take it (ssc 7 [S])."""

from __future__ import annotations

from sscard.terminal.driver.codes import DriverError, ErrorCode

_EIGHT = 8


def fields_in(text: str, count: int) -> list[str]:
    """So many fields, each ended by a bar.  Raises DriverError −14."""
    *fields, rest = text.split("|")
    if rest or len(fields) != count:
        raise DriverError(ErrorCode.PARAMETER)
    return fields


def bytes_in(text: str, size: int) -> bytes:
    """So many bytes in hexadecimal.  Raises DriverError −14."""
    if len(text) != 2 * size or not set(text) <= set("0123456789ABCDEFabcdef"):
        raise DriverError(ErrorCode.PARAMETER)
    return bytes.fromhex(text)


def proof_in(text: str, count: int) -> list[tuple[bytes, bytes]]:
    """So many proofs, each of 8 bytes, with their original data, 8 bytes.

    Raises DriverError −14.
    """
    raw = [bytes_in(each, 2 * _EIGHT) for each in fields_in(text, count)]
    return [(each[:_EIGHT], each[_EIGHT:]) for each in raw]
