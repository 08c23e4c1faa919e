"""Whose certificate, until when, which number: what RSA and SM2 certificates say alike."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date

from sscard.keys.certificates.error import CertificateError

_SERIAL = 3
#: Two-digit years from 50 on are of the 20th century (EMV book 4, 6.7.3).
_PIVOT = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """Issuer or ICC certificate: its first byte in either family, and how many digits name whom."""

    name: str
    rsa_format: int
    sm2_header: int
    digits: tuple[int, int]
    width: int

    @property
    def size(self) -> int:
        """Bytes that number, expiry and serial take."""
        return self.width + 2 + _SERIAL


#: Signed by the CA, tag 90: names an issuer by the first 3 to 8 digits of its accounts.
ISSUER = Kind("issuer certificate", 0x02, 0x12, (3, 8), 4)
#: Signed by the issuer, tag 9F46: names a card by its account number.
CARD = Kind("ICC certificate", 0x04, 0x14, (8, 19), 10)


@dataclass(frozen=True, slots=True)
class Terms:
    """The account, the day, and serials of issuer certificates that the CA revoked."""

    account: str = field(repr=False)
    on: date
    revoked: Container[bytes] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """Number, last month and serial of a certificate (pboc 4.1, 4.2 [H, V]).

    ValueError for other forms, without repeating the number.
    """

    kind: Kind
    number: str = field(repr=False)
    year: int
    month: int
    serial: bytes

    def __post_init__(self) -> None:
        low, high = self.kind.digits
        number = self.number
        if not (number.isascii() and number.isdigit() and low <= len(number) <= high):
            raise ValueError(f"{self.kind.name}: its number has {low} to {high} digits")
        if not (1 <= self.month <= 12 and 1900 + _PIVOT <= self.year < 2000 + _PIVOT):
            raise ValueError(f"{self.kind.name}: it expires in a month from 1950 to 2049")
        if len(self.serial) != _SERIAL:
            raise ValueError(f"{self.kind.name}: its serial has {_SERIAL} bytes")

    def __bytes__(self) -> bytes:
        number = bytes.fromhex(self.number.ljust(2 * self.kind.width, "F"))
        expiry = bytes.fromhex(f"{self.month:02}{self.year % 100:02}")
        return number + expiry + self.serial

    @classmethod
    def parse(cls, kind: Kind, raw: bytes) -> Subject:
        """From the bytes after a certificate's first.  Raises CertificateError."""
        number, expiry, serial = raw[: kind.width], raw[kind.width :][:2], raw[kind.width + 2 :]
        digits = number.hex().upper().rstrip("F")
        if not digits.isdecimal() or not kind.digits[0] <= len(digits) <= kind.digits[1]:
            raise CertificateError(kind.name, "number", "is not digits filled up with F")
        month, year = expiry.hex()[:2], expiry.hex()[2:]
        if not (month + year).isdecimal() or not 1 <= int(month) <= 12:
            raise CertificateError(kind.name, "expiry", "is no month and year")
        century = 1900 if int(year) >= _PIVOT else 2000
        return cls(kind, digits, century + int(year), int(month), serial)

    def check(self, terms: Terms) -> None:
        """Raises CertificateError when it is of another account, expired or revoked."""
        whole = terms.account if self.kind is CARD else terms.account[: len(self.number)]
        if self.number != whole:
            raise CertificateError(self.kind.name, "number", "is not that of the account")
        if (terms.on.year, terms.on.month) > (self.year, self.month):
            raise CertificateError(self.kind.name, "expiry", f"was {self.month:02}/{self.year}")
        if self.kind is ISSUER and self.serial in terms.revoked:
            raise CertificateError(self.kind.name, "serial", "was revoked")
