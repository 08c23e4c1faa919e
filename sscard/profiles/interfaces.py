"""How a card answers its reader: ATR on the contacts, ATS over the antenna, and what is where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from sscard.apdu import atr
from sscard.apdu.ats import Ats
from sscard.profiles.element import HexBytes, Label, Name, Part

#: Who decides bytes of the ATR: the chip's maker, the issuing region, the card's own number.
SetBy = Literal["chip", "region", "serial"]
#: Where something answers.
Over = Literal["both", "contact", "contactless"]

#: The first four digits of the division code, and TA to TD (ssc 6 [S]).
REGION_SIZE, SERIAL_SIZE = 2, 4

_Half = Annotated[int, Field(strict=True, ge=0, le=0x0F)]


class HistoricalField(Part):
    """Some of the historical bytes; ``place`` is what the specification calls them (T1–T2)."""

    name: Name
    place: Label
    zh: Label
    en: Label
    size: Annotated[int, Field(strict=True, ge=1, le=atr.HISTORICAL_SIZE)]
    set_by: SetBy


class Contact(Part):
    """The answer to reset: ``prefix``, then the historical bytes, field after field (ssc 6 [S]).

    A blank chip has what the chip's maker sets, and zeros for the serial number (decision 12).
    """

    prefix: HexBytes
    historical: tuple[HistoricalField, ...]

    def parts(self, historical: bytes) -> Iterator[tuple[HistoricalField, bytes]]:
        """Each field with its bytes; ValueError for another number than 13 bytes."""
        if len(historical) != atr.HISTORICAL_SIZE:
            raise ValueError("a social security card has 13 historical bytes")
        at = 0
        for field in self.historical:
            yield field, historical[at : at + field.size]
            at += field.size

    def is_blank(self, historical: bytes) -> bool:
        """Whether these bytes have no serial number yet."""
        return not any(
            any(value) for field, value in self.parts(historical) if field.set_by == "serial"
        )

    def serial(self, historical: bytes) -> bytes:
        """The card's own number in these bytes."""
        parts = self.parts(historical)
        return b"".join(value for field, value in parts if field.set_by == "serial")

    def final(self, blank: bytes, *, region: bytes, serial: bytes) -> bytes:
        """The bytes of a blank chip with those of region and card in their places."""
        own = {"region": region, "serial": serial}
        return b"".join(own.get(field.set_by, value) for field, value in self.parts(blank))


class Reach(Part):
    """Over which interface ``target`` answers.

    It is an application (``SSSE``, ``PSE``, ``PPSE``, ``debit``, ``certificates``), or a file as
    ``SSSE/EF07``; ``MF/exchange`` is the hand-over area.  A file that is not named answers where
    its application does.
    """

    target: Label
    over: Over


class Contactless(Part):
    """What the ATS says (ISO/IEC 14443-4): frame size, rates, times, CID; and who is there.

    ``fsci``, ``fwi`` and ``sfgi`` are coded as in the ATS.  ``rates_to_card`` and
    ``rates_from_card`` are in kbit/s, above the 106 that every card has.  The historical bytes are
    those of the ATR (ssc 6 [T]).
    """

    type: Literal["A"]
    fsci: _Half
    fwi: _Half
    sfgi: _Half
    rates_to_card: tuple[Literal[212, 424, 848], ...] = ()
    rates_from_card: tuple[Literal[212, 424, 848], ...] = ()
    same_rate: StrictBool
    cid: StrictBool
    nad: StrictBool
    reach: tuple[Reach, ...]

    def ats(self, historical: bytes) -> Ats:
        """The ATS with these historical bytes."""
        return Ats.of(
            fsci=self.fsci,
            fwi=self.fwi,
            sfgi=self.sfgi,
            rates_to_card=self.rates_to_card,
            rates_from_card=self.rates_from_card,
            same_rate=self.same_rate,
            cid=self.cid,
            nad=self.nad,
            historical=historical,
        )

    def over(self, target: str) -> Over:
        """Where ``target`` answers; a file that is not named as its directory does.

        A directory below SSSE that is not named, a region's own, answers where SSSE does; whatever
        else is not named answers on the contacts only.
        """
        named = {each.target: each.over for each in self.reach}
        application = target.partition("/")[0]
        above = "SSSE" if application.startswith("DF") else application
        return named.get(target) or named.get(application) or named.get(above) or "contact"
