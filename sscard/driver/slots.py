"""A reader as the driver uses it: opened at each power-up, let go when the power goes."""

from __future__ import annotations

from logging import Logger
from pathlib import Path

from sscard.driver.reader_kinds import OpenCard
from sscard.driver.reader_names import reader
from sscard.errors import MalformedData, TransportError
from sscard.terminal.driver import ErrorCode, Moment
from sscard.transport.errors import CardMute, CardRemoved, NoCard, NoReader, NoService, ReaderInUse

_CODES = (
    (NoService, ErrorCode.READER),
    (NoReader, ErrorCode.READER),
    (ReaderInUse, ErrorCode.READER),
    (CardMute, ErrorCode.NO_ANSWER),
    (NoCard, ErrorCode.NO_CARD),
    (CardRemoved, ErrorCode.NO_CARD),
)


def blame(error: TransportError, moment: Moment) -> ErrorCode:
    """The code of ssc 7 [S] for a reader that did not answer: its class says why."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return ErrorCode.READER if moment is Moment.POWER_UP else ErrorCode.NO_ANSWER


class Slot:
    """A connection of the driver's.  Each reset opens the reader afresh.

    So a card that was changed between two calls is seen, and other programs can have the reader
    while nobody needs it.
    """

    def __init__(
        self, spec: str, folder: Path, log: Logger, *, contactless: bool | None = None
    ) -> None:
        """``contactless`` None: the card as it is, a PSAM.  ``log`` is told why nothing answers."""
        self._spec = spec
        self._folder = folder
        self._log = log
        self._contactless = contactless
        self._card: OpenCard | None = None

    def reset(self) -> bytes:
        """Power off and on; ATR, or ATS.  Raises TransportError."""
        self.power_off()
        try:
            return self._powered_up()
        except TransportError as error:
            self._log.warning("%s", error)
            raise

    def _powered_up(self) -> bytes:
        try:
            self._card = reader(self._spec, self._folder).connect(contactless=self._contactless)
            return self._card.reset()
        except (ValueError, MalformedData, OSError) as error:
            raise TransportError(f"{self._spec}: {error}") from None

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError, also where the card has no power."""
        if self._card is None:
            raise TransportError(f"{self._spec}: 未上电 no power")
        try:
            return self._card.transmit(command)
        except TransportError as error:
            self._log.warning("%s", error)
            raise

    def power_off(self) -> None:
        """Let go of the reader, if it was open."""
        if self._card is not None:
            card, self._card = self._card, None
            card.close()
