"""What the card answers to GPO: AIP, and an AFL for each kind of transaction (pboc 1.8, 6.1 [H]).

An AFL names only records that are there, and an AIP offers only signatures that are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.apdu import afl
from sscard.apdu.aip import AIP
from sscard.apdu.dgi import DGI
from sscard.errors import ProfileError
from sscard.perso.pse_groupings import Dgi, objects
from sscard.perso.pse_records import CASH_SIGNED, SIGNED
from sscard.perso.pse_settings import Bank

#: DGI 0601: the card makes it up, so it is named and never written.
SIGNATURE_RECORD = 0x0601
#: Bytes of an RSA signature that the answer of qPBOC has room for (pboc 1.8, 5 [L, M]).
_LONGEST_SIGNATURE = 128
_SIGNATURES = AIP.SDA | AIP.DDA | AIP.CDA
#: SFI of the cardholder's records and of those for electronic cash and qPBOC; the record of CDOLs.
_CARDHOLDER, _RELATED, _RISK_RECORD = 1, 4, 0x0201


@dataclass(frozen=True, slots=True)
class Family:
    """Which records are of one algorithm family alone, and where its options go.

    ``static`` is the one with what only static authentication needs; ``cash_records`` are those
    that electronic cash has instead of others, as its signed record is its own.
    """

    certificates: tuple[int, ...]
    static: int | None
    contact: DGI
    cash: DGI
    contactless: DGI
    cash_records: Mapping[int, int]


RSA = Family(
    (0x0202, 0x0203, 0x0204, 0x0205, 0x0206),
    0x0204,
    DGI.PROCESSING_OPTIONS,
    DGI.CASH_OPTIONS,
    DGI.CONTACTLESS_OPTIONS,
    MappingProxyType({0x0204: 0x0207, 0x0205: 0x0208}),
)
SM = Family(
    (0x0502, 0x0503, 0x0504, 0x0505),
    None,
    DGI.PROCESSING_OPTIONS_SM,
    DGI.CASH_OPTIONS_SM,
    DGI.CONTACTLESS_OPTIONS_SM,
    MappingProxyType({0x0503: 0x0506, 0x0504: 0x0507}),
)


def interchange_profile(bank: Bank, *, signed: bool) -> bytes:
    """The AIP of every transaction.

    Raises ProfileError when it would be another over the antenna: one signature is over both.
    """
    found = _offered(bank, "aip", signed=signed)
    if bank.contactless and signed and _offered(bank, "contactless_aip", signed=signed) != found:
        raise ProfileError(
            "bank.aip and bank.contactless_aip differ, but the card's certificate is over one AIP"
        )
    return found


def options(
    bank: Bank, family: Family, there: Collection[int], *, signed: bool, virtual: bool = False
) -> list[Dgi]:
    """All groupings of processing options of a family; ``there`` are the records on the card."""
    own = [each for each in family.certificates if each in there]
    contact = [each for each in sorted(there) if each >> 8 == _CARDHOLDER]
    contact += [each for each in (_RISK_RECORD,) if each in there] + own + _signed(there)
    related = [each for each in sorted(there) if each >> 8 == _RELATED]
    short = [each for each in own if each != family.static] + _signed(there) + related
    aip = _offered(bank, "aip", signed=signed)
    made = [_options(family.contact, aip, contact, signed=signed)]
    if bank.cash:
        paying = _paying(family, contact, there)
        made.append(_options(family.cash, aip, paying + related, signed=signed))
    if bank.contactless:
        antenna = _offered(bank, "contactless_aip", signed=signed)
        own = [SIGNATURE_RECORD] if virtual else []
        made.append(_options(family.contactless, antenna, short + own, signed=signed))
    return made


def _paying(family: Family, contact: Iterable[int], there: Collection[int]) -> list[int]:
    """The records of a contact transaction, those of electronic cash instead where all are."""
    signed, cash = (sfi << 8 | number for sfi, number in (SIGNED, CASH_SIGNED))
    instead = {signed: cash, **family.cash_records}
    if any(old in there and new not in there for old, new in instead.items()):
        return list(contact)
    return [instead.get(each, each) for each in contact]


def needs_record(bank: Bank, signature: int) -> bool:
    """Whether a contactless signature of so many bytes is read as a record (pboc 1.8 [L]).

    Raises ProfileError where it would be and the bank did not ask for that: no terminal could read
    it then.
    """
    if not bank.contactless or signature <= _LONGEST_SIGNATURE:
        return False
    if not bank.asks("signature_record") or bank.text("signature_record") != "on":
        raise ProfileError(
            f"bank.signature_record: must be on for card keys of {8 * signature} bits, whose "
            "signatures do not fit into the answer of qPBOC"
        )
    return True


def _signed(there: Collection[int]) -> list[int]:
    identifier = SIGNED[0] << 8 | SIGNED[1]
    return [identifier] if identifier in there else []


def _options(identifier: DGI, aip: bytes, records: Iterable[int], *, signed: bool) -> Dgi:
    return Dgi(identifier, objects((0x82, aip), (0x94, locator(records, signed=signed))))


def locator(records: Iterable[int], *, signed: bool) -> bytes:
    """An AFL of these records in their order; ``signed`` flags the one that is."""
    runs: list[list[int]] = []
    for each in records:
        if runs and runs[-1][-1] + 1 == each and each & 0xFF:
            runs[-1].append(each)
        else:
            runs.append([each])
    return b"".join(bytes(_entry(run, signed=signed)) for run in runs)


def _entry(run: list[int], *, signed: bool) -> afl.Entry:
    sfi, first, last = run[0] >> 8, run[0] & 0xFF, run[-1] & 0xFF
    return afl.Entry(sfi, first, last, int(signed and (sfi, first) in (SIGNED, CASH_SIGNED)))


def _offered(bank: Bank, name: str, *, signed: bool) -> bytes:
    said = AIP.parse(bank.data(name))
    return bytes(said if signed else AIP(said & ~_SIGNATURES))
