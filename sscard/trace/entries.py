"""What a trace is made of: power-ups, exchanges, and whatever else stood in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from sscard.apdu.iso7816 import INS
from sscard.apdu.t0 import MORE, WRONG_LE

_HEADER, _P3, _SW = 4, 5, 2
_UNFINISHED = (MORE, WRONG_LE)


@dataclass(frozen=True, slots=True)
class PowerUp:
    """Power came on; ``answer`` is the ATR, over an antenna the ATS.  ``line`` counts from 1."""

    answer: bytes
    line: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command and what came back; an empty response is none.  Both may hold personal data.

    ``seconds`` is how long the answer took, where the trace tells.
    """

    command: bytes = field(repr=False)
    response: bytes = field(repr=False)
    line: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """A line that is no exchange.  Logs of readers put names and numbers of people there."""

    text: str = field(repr=False)
    line: int = 0


Entry: TypeAlias = PowerUp | Exchange | Remark


def joined(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same trace without what T=0 adds: 61xx with its GET RESPONSEs, 6Cxx with what follows.

    A command and its whole answer become one exchange.  Remarks in between come after it.
    """
    pending: Exchange | None = None
    remarks: list[Remark] = []
    for entry in entries:
        if pending is not None and isinstance(entry, Remark):
            remarks.append(entry)
            continue
        if pending is not None and isinstance(entry, Exchange) and _continues(pending, entry):
            entry = _merged(pending, entry)
        elif pending is not None:
            yield pending
            yield from remarks
            remarks = []
        pending = entry if isinstance(entry, Exchange) and _sw1(entry) in _UNFINISHED else None
        if pending is None:
            yield entry
            yield from remarks
            remarks = []
    if pending is not None:
        yield pending
    yield from remarks


def _sw1(exchange: Exchange) -> int:
    return exchange.response[-_SW] if len(exchange.response) >= _SW else 0


def _continues(before: Exchange, after: Exchange) -> bool:
    sw1 = _sw1(before)
    if sw1 == MORE:
        return after.command[:2] == bytes((0x00, INS.GET_RESPONSE))
    again = len(after.command) == _P3 and after.command[:_HEADER] == before.command[:_HEADER]
    return sw1 == WRONG_LE and again


def _merged(before: Exchange, after: Exchange) -> Exchange:
    seconds = [each for each in (before.seconds, after.seconds) if each is not None]
    whole = sum(seconds) if seconds else None
    return Exchange(before.command, before.response[:-_SW] + after.response, before.line, whole)
