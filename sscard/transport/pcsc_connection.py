"""One card in one PC/SC reader: whole APDUs, whatever protocol the card has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, unique
from types import TracebackType
from typing import Any, Self

from sscard.apdu import t0
from sscard.apdu.command import CommandAPDU
from sscard.errors import TransportError
from sscard.transport.errors import CardRemoved
from sscard.transport.pcsc import Service
from sscard.transport.pcsc_codes import check
from sscard.transport.pcsc_features import extended_length

_SHARE_EXCLUSIVE, _SHARE_SHARED = 1, 2
_LEAVE_CARD, _UNPOWER_CARD = 0, 2


@unique
class CardProtocol(Enum):
    """What the reader speaks to the card; the value is PC/SC's number of it."""

    T0 = 1
    T1 = 2


_EITHER = CardProtocol.T0.value | CardProtocol.T1.value


class PcscConnection:
    """A card for this program alone, from connecting until ``close``, which powers it off.

    With ``shared`` other programs may use it as well, except during a ``transaction``; closing
    then leaves the card as it is.  On T=0 GET RESPONSE and the second command after 6Cxx are sent
    here, so that callers see APDUs only.  A connection belongs to one thread at a time; several
    do not wait for each other.
    """

    def __init__(self, wanted: str, *, shared: bool = False, scard: Any = None) -> None:
        """``wanted`` is a reader's number, its name or a part of it; ``scard`` as in ``Service``.

        Raises NoService, NoReader, NoCard, CardMute, ReaderInUse.
        """
        service = Service(scard)
        self._service, self._scard = service, service.scard
        self._share = _SHARE_SHARED if shared else _SHARE_EXCLUSIVE
        self._open = False
        try:
            self.name = service.find(wanted)
            self._events = service.reader(self.name).events
            self._card, self._protocol = self._connected()
        except TransportError:
            service.close()
            raise
        self._open = True
        self._extended = extended_length(self._scard, self._card)

    @property
    def protocol(self) -> CardProtocol:
        """What was agreed on with the card at the last reset."""
        return self._protocol

    @property
    def atr(self) -> bytes:
        """The last answer to reset, as the reader gives it: over an antenna made from the ATS."""
        code, _, _, _, atr = self._scard.SCardStatus(self._card)
        self._check(code)
        return bytes(atr)

    def reset(self) -> bytes:
        """Take the power away and give it again (cold reset); the answer to reset.

        Raises CardRemoved when the card was taken out in between, even if one is there again.
        """
        if self._service.reader(self.name).events != self._events:
            raise CardRemoved(f"{self.name}: 卡片已取出 the card was removed")
        code, protocol = self._scard.SCardReconnect(self._card, self._share, _EITHER, _UNPOWER_CARD)
        self._check(code)
        self._protocol = CardProtocol(protocol)
        return self.atr

    def transmit(self, command: bytes, /) -> bytes:
        """The answer to a command APDU.

        Raises TransportError when there is none, or the command is longer than the way to the card
        allows; MalformedData for what is no APDU.
        """
        if self._protocol is CardProtocol.T0:
            self._require_short(command, "T=0")
            return t0.exchange(self._send, command)
        if self._extended is False:
            self._require_short(command, "此读卡器 this reader")
        return self._send(command)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """No other program reaches the card inside the block.  Raises TransportError."""
        self._check(self._scard.SCardBeginTransaction(self._card))
        try:
            yield
        finally:
            self._scard.SCardEndTransaction(self._card, _LEAVE_CARD)

    def close(self) -> None:
        """End the connection; more than once is harmless."""
        if self._open:
            self._open = False
            alone = self._share == _SHARE_EXCLUSIVE
            self._scard.SCardDisconnect(self._card, _UNPOWER_CARD if alone else _LEAVE_CARD)
            self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _connected(self) -> tuple[Any, CardProtocol]:
        answer = self._scard.SCardConnect(self._service.context, self.name, self._share, _EITHER)
        self._check(answer[0])
        return answer[1], CardProtocol(answer[2])

    def _send(self, command: bytes) -> bytes:
        code, answer = self._scard.SCardTransmit(self._card, self._protocol.value, list(command))
        self._check(code)
        return bytes(answer)

    def _require_short(self, command: bytes, who: str) -> None:
        if CommandAPDU.parse(command).extended:
            raise TransportError(
                f"{self.name}: 命令超长 {who} carries no extended-length command "
                f"({len(command)} bytes)"
            )

    def _check(self, code: int) -> None:
        check(code, self.name)
