"""What a card says: options, records, electronic cash (pboc 2.2, 2.3, 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu import afl, iso7816, tlv
from sscard.apdu.aip import AIP
from sscard.errors import MalformedData
from sscard.keys.certificates import static_data
from sscard.perso.plan import Plan

_FORMAT_1, _FORMAT_2 = 0x80, 0x77
_AIP, _AFL = 0x82, 0x94
_RECORD, _LAST_OF_TEMPLATES = 0x70, 10
_ACCOUNT, _TRACK_2, _SEQUENCE = 0x5A, 0x57, 0x5F34
#: Account number, expiry, CDOLs: without them there is no transaction (EMV book 3, 7.2 [G]).
MANDATORY = (0x5A, 0x5F24, 0x8C, 0x8D)


@dataclass(frozen=True, slots=True)
class ProcessingOptions:
    """The card's answer to GET PROCESSING OPTIONS; ``others`` are what a template adds."""

    aip: bytes
    afl: bytes
    others: Mapping[int, bytes] = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes) -> ProcessingOptions:
        """From template 80 or 77.  Raises MalformedData."""
        ((tag, content), *more) = list(tlv.parse(raw)) or [(0, b"")]
        if more or tag not in (_FORMAT_1, _FORMAT_2):
            raise MalformedData("GET PROCESSING OPTIONS answers one template, 80 or 77")
        if tag == _FORMAT_1:
            if len(content) < AIP.size():
                raise MalformedData("template 80 begins with the AIP")
            return cls(content[:2], content[2:], MappingProxyType({}))
        values = once(tlv.parse(content))
        if len(values.get(_AIP, b"")) != AIP.size():
            raise MalformedData("GET PROCESSING OPTIONS: tag 82 is missing or not 2 bytes")
        others = {each: value for each, value in values.items() if each not in (_AIP, _AFL)}
        return cls(values[_AIP], values.get(_AFL, b""), MappingProxyType(others))


@dataclass(frozen=True, slots=True)
class CardData:
    """Everything read: values by tag, and the contents that the issuer signed, in order."""

    aip: AIP
    values: Mapping[int, bytes] = field(repr=False)
    signed: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def account(self) -> str:
        """The account number, from 5A or, where there is none, from track 2.

        Raises MalformedData.
        """
        if _ACCOUNT in self.values:
            digits = self.values[_ACCOUNT].hex().upper().rstrip("F")
        else:
            digits = self.values.get(_TRACK_2, b"").hex().upper().partition("D")[0]
        if not digits.isdecimal() or not 8 <= len(digits) <= 19:
            raise MalformedData("the card's account number is missing or no number")
        return digits

    @property
    def sequence(self) -> str:
        """The account's sequence number, 2 digits; 00 for a card that has none."""
        return self.values.get(_SEQUENCE, b"\0").hex()

    @property
    def static(self) -> bytes:
        """What static signatures go over.  Raises CertificateError for another list than 82."""
        return static_data(self.signed, bytes(self.aip), self.values.get(0x9F4A))

    def need(self, tag: int) -> bytes:
        """A value without which the terminal cannot go on.  Raises MalformedData naming it."""
        if tag not in self.values:
            raise MalformedData(f"the card's data: tag {tag:X} is missing")
        return self.values[tag]


@dataclass(frozen=True, slots=True)
class ECash:
    """A card's electronic cash, in the smallest unit.

    ``balance`` and ``threshold`` are from before the transaction; ``left`` is the balance after it,
    None unless the card approved alone and told.
    """

    balance: int
    threshold: int
    left: int | None = None

    @property
    def paid(self) -> bool:
        """Whether the balance went down."""
        return self.left is not None and self.left < self.balance


def read(options: ProcessingOptions) -> Plan[CardData]:
    """Reads all records that the options name.  Raises StatusError and MalformedData."""
    objects: list[tuple[int, bytes]] = []
    signed: list[bytes] = []
    flagged = set(afl.signed_records(options.afl))
    for sfi, number in afl.records(options.afl):
        record = (yield iso7816.read_record(number, sfi=sfi)).require(f"read {sfi}.{number}")
        objects.extend(_objects(sfi, record))
        if (sfi, number) in flagged:
            signed.append(afl.signed_content(sfi, record))
    values = once(objects)
    for tag, value in options.others.items():
        # A contactless card may have said the same before; but not something else.
        if values.setdefault(tag, value) != value:
            raise MalformedData(f"the card's data: tag {tag:X} comes twice, with two values")
    return CardData(AIP.parse(options.aip), MappingProxyType(values), tuple(signed))


def once(objects: Iterable[tuple[int, bytes]]) -> dict[int, bytes]:
    """By tag.  Raises MalformedData for a tag that comes twice: nobody knows which one counts."""
    values: dict[int, bytes] = {}
    for tag, value in objects:
        if tag in values:
            raise MalformedData(f"the card's data: tag {tag:X} comes twice")
        values[tag] = value
    return values


def _objects(sfi: int, record: bytes) -> list[tuple[int, bytes]]:
    if sfi > _LAST_OF_TEMPLATES:
        # Further files are the issuer's: what is no template means nothing to a terminal.
        content = (tlv.find(record, _RECORD) or b"") if record[:1] == bytes((_RECORD,)) else b""
    else:
        content = afl.signed_content(sfi, record)
    return list(tlv.parse(content))
