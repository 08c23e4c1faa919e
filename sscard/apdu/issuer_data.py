"""Issuer application data, tag 9F10: what the card tells its issuer (pboc 2.4 [H, M])."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sscard.apdu.cvr import CVR
from sscard.apdu.cvr import SIZE as CVR_SIZE
from sscard.errors import MalformedData

_LENGTH = 7
_FIXED = 1 + _LENGTH
_MAC = 4


@dataclass(frozen=True, slots=True)
class IssuerDiscretionaryData:
    """Identifier ‖ data ‖ MAC of 4 bytes: amounts of which the issuer wants to be sure [M]."""

    identifier: int
    data: bytes
    mac: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.identifier <= 0xFF or len(self.mac) != _MAC:
            raise ValueError("issuer discretionary data have one byte, data and a MAC of 4")
        if len(self.data) > 0xFF - 1 - _MAC:
            raise ValueError("issuer discretionary data have at most 255 bytes")

    def __bytes__(self) -> bytes:
        content = bytes((self.identifier,)) + self.data + self.mac
        return bytes((len(content),)) + content

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From their length to their end.  Raises MalformedData."""
        if len(raw) < 2 + _MAC or raw[0] != len(raw) - 1:
            raise MalformedData("issuer discretionary data: the length is not theirs")
        return cls(raw[1], raw[2:-_MAC], raw[-_MAC:])


@dataclass(frozen=True, slots=True)
class IssuerApplicationData:
    """07 ‖ key index ‖ cryptogram version ‖ CVR ‖ algorithm [‖ issuer discretionary data]."""

    dki: int
    cvn: int
    cvr: CVR
    algorithm: int
    idd: IssuerDiscretionaryData | None = None

    def __post_init__(self) -> None:
        if (self.dki | self.cvn | self.algorithm) & ~0xFF:
            raise ValueError("key index, cryptogram version and algorithm are single bytes")

    def __bytes__(self) -> bytes:
        head = bytes((_LENGTH, self.dki, self.cvn)) + bytes(self.cvr) + bytes((self.algorithm,))
        return head + (b"" if self.idd is None else bytes(self.idd))

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From the value of 9F10.  Raises MalformedData."""
        dki, cvn, cvr, algorithm, rest = _split(raw)
        return cls(dki, cvn, cvr, algorithm, IssuerDiscretionaryData.parse(rest) if rest else None)


@dataclass(frozen=True, slots=True)
class Template:
    """What is personalized in DGI 9200 or 9201: 9F10 whose CVR and amounts are still to come.

    ``identifier`` says which issuer discretionary data the card appends, None for none.
    """

    dki: int
    cvn: int
    algorithm: int
    identifier: int | None = None

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From a value such as 07010103000000010A01, or a whole 9F10.  Raises MalformedData."""
        dki, cvn, _, algorithm, rest = _split(raw)
        if len(rest) == 1:
            raise MalformedData("issuer application data: a length without an identifier")
        return cls(dki, cvn, algorithm, rest[1] if rest else None)

    def filled(
        self, cvr: CVR, idd: IssuerDiscretionaryData | None = None, *, cvn: int | None = None
    ) -> IssuerApplicationData:
        """9F10 of one transaction; ``cvn`` where the cryptogram is another than usual."""
        version = self.cvn if cvn is None else cvn
        return IssuerApplicationData(self.dki, version, cvr, self.algorithm, idd)


def _split(raw: bytes) -> tuple[int, int, CVR, int, bytes]:
    if len(raw) < _FIXED or raw[0] != _LENGTH:
        raise MalformedData("issuer application data begin with 07 and seven bytes")
    return raw[1], raw[2], CVR.parse(raw[3 : 3 + CVR_SIZE]), raw[_LENGTH], raw[_FIXED:]
