"""What a card does with an Le that does not fit its answer (ssc 1.3, 12 [S])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.protocol import Protocol
from sscard.dialects.chip import Chip, TooLargeLe

#: The longest answer that one byte of Le, and so 6Cxx, can name (00 = 256).
_SHORT = 0x100

Fit = Callable[[bytes, int], bytes]


def policy(chip: Chip, protocol: Protocol) -> Fit:
    """How this chip fits answers over this protocol; Le 0, which is none, is never asked about."""
    return chosen(chip.le, protocol)


def chosen(le: Mapping[str, TooLargeLe], protocol: Protocol) -> Fit:
    """``policy`` of what a chip file says under ``le``."""
    return _POLICIES[le["t0" if protocol is Protocol.T0 else "other"]]


def _shorter(data: bytes, ne: int) -> bytes:
    """All of ``data``, also for a larger Le; StatusError 6Cxx for a smaller one."""
    if len(data) > ne:
        raise _wrong(data)
    return data


def _exact(data: bytes, ne: int) -> bytes:
    """All of ``data``; StatusError 6Cxx for any other Le."""
    if len(data) != ne:
        raise _wrong(data)
    return data


def _wrong(data: bytes) -> StatusError:
    """6Cxx with the right length; 6700 when that is more than 6Cxx can say (assumed)."""
    if len(data) > _SHORT:
        return StatusError(StatusWord.WRONG_LENGTH)
    return StatusError(StatusWord(0x6C00 | len(data) & 0xFF))


_POLICIES: Mapping[TooLargeLe, Fit] = MappingProxyType(
    {TooLargeLe.SHORTER_ANSWER: _shorter, TooLargeLe.REFUSED: _exact}
)
