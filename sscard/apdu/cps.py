"""Builders and DGI encoding of EMV CPS, as debit applications are personalized (pboc 1 [H])."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.errors import MalformedData

#: What fits under C-MAC and C-ENC: 255 less 8 bytes of MAC, whole blocks of it, less the padding.
CHUNK = 239

_LAST = 0x80
_ENCRYPTED = 0x60


def initialize_update(host_challenge: bytes, *, key_version: int = 0) -> CommandAPDU:
    """Open a channel with 8 random bytes; key version 0 is the card's default (pboc 1.1 [H])."""
    if len(host_challenge) != 8:
        raise ValueError("a host challenge has 8 bytes")
    return CommandAPDU(0x80, INS.INITIALIZE_UPDATE, key_version, 0x00, host_challenge, 256)


def store_data(
    data: bytes, block: int, *, last: bool = False, encrypted: bool = False
) -> CommandAPDU:
    """One block of DGIs, before the channel wraps it (pboc 1.6 [H]).

    ``encrypted`` says that all DGIs in it are enciphered under SKUDEK.  The block number counts
    from 0 in every application and goes on with 0 after 255.
    """
    p1 = (_LAST if last else 0) | (_ENCRYPTED if encrypted else 0)
    return CommandAPDU(0x80, INS.STORE_DATA, p1, block & 0xFF, data)


def store_data_commands(
    dgis: Sequence[tuple[bytes, bool]], *, chunk: int = CHUNK
) -> Iterator[CommandAPDU]:
    """All (encoded DGI, whether enciphered) of an application, one a command, the last marked.

    A DGI longer than ``chunk`` bytes goes on in the next command without a header (pboc 1.6 [M]).
    """
    parts = [
        (dgi[at : at + chunk], encrypted)
        for dgi, encrypted in dgis
        for at in range(0, len(dgi), chunk)
    ]
    for block, (part, encrypted) in enumerate(parts):
        yield store_data(part, block, last=block == len(parts) - 1, encrypted=encrypted)


def encode_dgi(identifier: int, value: bytes) -> bytes:
    """One data grouping: identifier (2), length (1, or FF and 2 from 255 on), value."""
    if not 0 <= identifier <= 0xFFFF or len(value) > 0xFFFF:
        raise ValueError("a DGI has a 2-byte identifier and at most 65535 bytes")
    width = 1 if len(value) < 0xFF else 2
    length = b"\xff"[: width - 1] + len(value).to_bytes(width, "big")
    return identifier.to_bytes(2, "big") + length + value


def parse_dgis(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The (identifier, value) pairs in ``raw``, in order.  Raises MalformedData."""
    at = 0
    while at < len(raw):
        start, end = _value(raw, at)
        if end > len(raw):
            raise MalformedData(f"DGI at offset {at} runs past the end")
        yield int.from_bytes(raw[at : at + 2], "big"), raw[start:end]
        at = end


def missing(raw: bytes) -> int:
    """How many bytes, at least, the last DGI in ``raw`` lacks: it goes on in the next block."""
    at = 0
    while at < len(raw):
        at = _value(raw, at)[1]
    return at - len(raw)


def _value(raw: bytes, at: int) -> tuple[int, int]:
    width = 3 if raw[at + 2 : at + 3] == b"\xff" else 1
    length = raw[at + 2 : at + 2 + width]
    start = at + 2 + width
    if len(length) < width:
        # The header itself is cut: all that is known is that it goes on.
        return start, start
    return start, start + int.from_bytes(length[width // 2 :], "big")
