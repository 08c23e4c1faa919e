"""PC/SC as far as sscard uses it, with two readers and what the tests put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

SUCCESS, TIMEOUT, NO_READERS = 0, 0x8010000A, 0x8010002E
UNKNOWN_READER, NO_CARD, SHARING, REMOVED = 0x80100009, 0x8010000C, 0x8010000B, 0x80100069
EMPTY, PRESENT = 0x10, 0x20
T0, T1 = 1, 2


def signed(code: int) -> int:
    """As pyscard gives it on some systems."""
    return code - (1 << 32) if code >> 31 else code


@dataclass
class Card:
    """``answer`` gives the response to what goes over the wire: on T=0 a TPDU."""

    atr: bytes
    protocol: int
    answer: Callable[[bytes], bytes]
    sent: list[bytes] = field(default_factory=list)


@dataclass
class FakeScard:
    """``states`` are given to whoever asks about the first reader, the last one again and again."""

    card: Card | None = None
    names: tuple[str, ...] = ("Maker Model 00 00", "Maker Model 00 01")
    states: list[int] = field(default_factory=list)
    service: int = SUCCESS
    connects: int = SUCCESS
    properties: bytes | None = None
    code: int = SUCCESS  # of the next exchange
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def SCardEstablishContext(self, scope: int) -> tuple[int, str]:
        self.calls.append(("establish", scope))
        return signed(self.service), "context"

    def SCardReleaseContext(self, context: str) -> int:
        self.calls.append(("release", context))
        return SUCCESS

    def SCardListReaders(self, context: str, groups: list[str]) -> tuple[int, list[str]]:
        return (SUCCESS if self.names else signed(NO_READERS)), list(self.names)

    def SCardGetStatusChange(
        self, context: str, milliseconds: int, wanted: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        ((name, known),) = wanted
        self.calls.append(("status", name, milliseconds))
        if name not in self.names:
            return signed(UNKNOWN_READER), [(name, 0, [])]
        here = self.card if name == self.names[0] else None
        raw = PRESENT if here else EMPTY
        if self.states and name == self.names[0]:
            raw = self.states[0] if len(self.states) == 1 else self.states.pop(0)
        code = signed(TIMEOUT) if raw == known else SUCCESS
        return code, [(name, raw, list(here.atr) if here and raw & PRESENT else [])]

    def SCardConnect(
        self, context: str, name: str, share: int, protocols: int
    ) -> tuple[int, str, int]:
        self.calls.append(("connect", name, share, protocols))
        code = self.connects or (SUCCESS if self.card else NO_CARD)
        return signed(code), "card", self.card.protocol if self.card else 0

    def SCardReconnect(self, card: str, share: int, protocols: int, how: int) -> tuple[int, int]:
        self.calls.append(("reconnect", share, protocols, how))
        return signed(self.code), self.card.protocol if self.card else 0

    def SCardStatus(self, card: str) -> tuple[int, str, int, int, list[int]]:
        return SUCCESS, self.names[0], 0, 0, list(self.card.atr if self.card else b"")

    def SCardTransmit(self, card: str, protocol: int, command: list[int]) -> tuple[int, list[int]]:
        if self.card is None or self.code:
            return signed(self.code or REMOVED), []
        assert protocol == self.card.protocol
        self.card.sent.append(bytes(command))
        return SUCCESS, list(self.card.answer(bytes(command)))

    def SCARD_CTL_CODE(self, number: int) -> int:
        return 0x42000000 + number

    def SCardControl(self, card: str, code: int, data: list[int]) -> tuple[int, list[int]]:
        if self.properties is None:
            return signed(0x80100016), []
        if code == 0x42000000 + 3400:
            return SUCCESS, [0x06, 4, 0x42, 0x33, 0, 6, 0x12, 4, 0x42, 0x33, 0, 0x12]
        assert code == 0x42330012
        return SUCCESS, list(self.properties)

    def SCardBeginTransaction(self, card: str) -> int:
        self.calls.append(("begin",))
        return signed(self.code)

    def SCardEndTransaction(self, card: str, how: int) -> int:
        self.calls.append(("end", how))
        return SUCCESS

    def SCardDisconnect(self, card: str, how: int) -> int:
        self.calls.append(("disconnect", how))
        return SUCCESS


def seconds(*times: float) -> Callable[[], float]:
    """A clock that shows these times, one after the other."""
    shown: Iterator[float] = iter(times)
    return lambda: next(shown)


@pytest.fixture(scope="session")
def new_scard() -> type[FakeScard]:
    return FakeScard


@pytest.fixture(scope="session")
def new_card() -> type[Card]:
    return Card


@pytest.fixture(scope="session")
def clock() -> Callable[..., Callable[[], float]]:
    return seconds
