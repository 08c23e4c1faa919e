"""Whether a cryptogram is the card's: for requests, and for what terminals hand in later."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu import cryptogram_input
from sscard.apdu.authorization import IssuerRequest
from sscard.apdu.cryptogram import CID, Cryptogram
from sscard.apdu.cvr import CVR
from sscard.apdu.issuer_data import IssuerApplicationData, IssuerDiscretionaryData
from sscard.errors import MalformedData
from sscard.keys.application_cryptogram import family_of
from sscard.keys.issuer_operations import CardInUse, IssuerOperations

_AC, _CID, _ATC, _DATA = 0x9F26, 0x9F27, 0x9F36, 0x9F10
_AMOUNT, _PROCESSING, _CURRENCY = 0x9F02, 0x9C, 0x5F2A


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request says, once it has been taken apart.

    ``genuine`` is whether the cryptogram holds, and the MAC of the issuer's discretionary data in
    9F10 where the card says some.  ``currency`` is empty when the terminal did not tell it.
    """

    card: CardInUse
    kind: Cryptogram
    cvr: CVR
    cryptogram: bytes = field(repr=False)
    genuine: bool
    amount: int = field(repr=False)
    processing: int
    currency: bytes

    @property
    def atc(self) -> int:
        """The card's counter as a number."""
        return int.from_bytes(self.card.atc, "big")


def check(request: IssuerRequest, keys: IssuerOperations) -> Presented:
    """Takes a request apart and recomputes the cryptogram.

    Raises MalformedData for values that are missing or no such thing, KeyStoreError when the keys
    of the card's family are not there, ValueError for an account number that is none.
    """
    values = request.values
    said = IssuerApplicationData.parse(values.get(_DATA, b""))
    atc, cryptogram = values.get(_ATC, b""), values.get(_AC, b"")
    if len(atc) != 2 or len(cryptogram) != 8:
        raise MalformedData("authorization: tag 9F36 or 9F26 is missing or has another length")
    card = CardInUse(family_of(said.algorithm), request.account, request.sequence, atc)
    data = cryptogram_input.assemble(said.cvn, values, said.cvr)
    return Presented(
        card,
        _kind(request, said.cvr),
        said.cvr,
        cryptogram,
        keys.holds(card, data, cryptogram) and _vouched(said.idd, card, keys),
        _amount(values[_AMOUNT]),
        # A short cryptogram (qPBOC) does not cover it, and the terminal may leave it out.
        int.from_bytes(values.get(_PROCESSING, b"\0")[:1], "big"),
        values.get(_CURRENCY, b""),
    )


def _vouched(said: IssuerDiscretionaryData | None, card: CardInUse, keys: IssuerOperations) -> bool:
    """Whether the card itself said these amounts in 9F10, or none (pboc 2.4 [M, L])."""
    return said is None or keys.issuer_data_holds(card, said.identifier, said.data, said.mac)


def _amount(packed: bytes) -> int:
    if not packed.hex().isdecimal():
        raise MalformedData("authorization: tag 9F02 is no amount")
    return int(packed.hex())


def _kind(request: IssuerRequest, cvr: CVR) -> Cryptogram:
    """As the card's own results say, which its cryptogram covers; 9F27 is the terminal's word."""
    kind = cvr.first if cvr.second is None else cvr.second
    said = request.values.get(_CID)
    if said is not None and CID.parse(said).kind is not kind:
        raise MalformedData("authorization: 9F27 and the card's results name different decisions")
    return kind
