"""Builders and DGI encoding of EMV CPS, as debit applications are personalized (pboc 1 [H])."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import NamedTuple

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.errors import MalformedData

#: What fits under C-MAC and C-ENC: 255 less 8 bytes of MAC, whole blocks of it, less the padding.
CHUNK = 239

#: What an extended command carries, less a MAC and a block of padding.
_LONGEST = 0xFFFF - 16
_LAST = 0x80
_ENCRYPTED, _DEPENDENT = 0x60, 0x20


@dataclass(frozen=True, slots=True)
class Packing:
    """How groupings are put into STORE DATA commands (pboc 1.6 [H, M]).

    ``chunk`` bytes at most go into one command; more than 255 make it an extended one, with an Lc
    of 3 bytes.  With ``several`` the groupings follow each other and every command is filled.
    ``dependent`` leaves it to the application which of them are enciphered.
    """

    chunk: int = CHUNK
    several: bool = False
    dependent: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.chunk <= _LONGEST:
            raise ValueError(f"a command carries 1 to {_LONGEST} bytes of groupings")


class Part(NamedTuple):
    """What goes into one command; ``groupings`` are the places of those it has a piece of."""

    data: bytes
    encrypted: bool
    groupings: range


#: One grouping to a command: what every public script does.
SINGLY = Packing()


def initialize_update(host_challenge: bytes, *, key_version: int = 0) -> CommandAPDU:
    """Open a channel with 8 random bytes; key version 0 is the card's default (pboc 1.1 [H])."""
    if len(host_challenge) != 8:
        raise ValueError("a host challenge has 8 bytes")
    return CommandAPDU(0x80, INS.INITIALIZE_UPDATE, key_version, 0x00, host_challenge, 256)


def store_data(
    data: bytes,
    block: int,
    *,
    last: bool = False,
    encrypted: bool = False,
    dependent: bool = False,
) -> CommandAPDU:
    """One block of DGIs, before the channel wraps it (pboc 1.6 [H]).

    ``encrypted`` says that all DGIs in it are enciphered under SKUDEK, ``dependent`` that those are
    which the application knows to be secret.  The block number counts from 0 in every application
    and goes on with 0 after 255.
    """
    mode = _DEPENDENT if dependent else _ENCRYPTED if encrypted else 0
    p1 = (_LAST if last else 0) | mode
    return CommandAPDU(0x80, INS.STORE_DATA, p1, block & 0xFF, data)


def store_data_commands(
    dgis: Sequence[tuple[bytes, bool]], packing: Packing = SINGLY
) -> Iterator[CommandAPDU]:
    """All (encoded DGI, whether enciphered) of an application as commands, the last marked.

    What is longer than a command goes on in the next one without a header (pboc 1.6 [M]).
    """
    made = list(parts(dgis, packing))
    for block, part in enumerate(made):
        yield store_data(
            part.data,
            block,
            last=block == len(made) - 1,
            encrypted=part.encrypted,
            dependent=packing.dependent,
        )


def parts(dgis: Sequence[tuple[bytes, bool]], packing: Packing = SINGLY) -> Iterator[Part]:
    """The contents of these commands: one never mixes what is enciphered with what is not."""
    for run in _runs(dgis, packing):
        raw = b"".join(dgis[at][0] for at in run)
        ends = list(accumulate(len(dgis[at][0]) for at in run))
        for start in range(0, len(raw), packing.chunk):
            end = min(start + packing.chunk, len(raw))
            pieces = run[bisect_right(ends, start) : bisect_left(ends, end) + 1]
            yield Part(raw[start:end], dgis[run[0]][1], pieces)


def _runs(dgis: Sequence[tuple[bytes, bool]], packing: Packing) -> Iterator[range]:
    """Places of groupings that may share commands."""

    def group(at: int) -> object:
        if not packing.several:
            return at
        return packing.dependent or dgis[at][1]

    for _, places in groupby(range(len(dgis)), group):
        each = list(places)
        yield range(each[0], each[-1] + 1)


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


def whole(raw: bytes) -> int:
    """How many bytes of ``raw`` are DGIs that lack nothing."""
    at = 0
    while at < len(raw) and _value(raw, at)[1] <= len(raw):
        at = _value(raw, at)[1]
    return at


def _value(raw: bytes, at: int) -> tuple[int, int]:
    width = 3 if raw[at + 2 : at + 3] == b"\xff" else 1
    length = raw[at + 2 : at + 2 + width]
    start = at + 2 + width
    if len(length) < width:
        # The header itself is cut: all that is known is that it goes on.
        return start, start
    return start, start + int.from_bytes(length[width // 2 :], "big")
