"""The debit application as a terminal and its issuer see it, against what was prepared.

Each algorithm family goes through one transaction, which is declined.  What that costs: the ATC
goes on by one with each, and they count among the consecutive ones that 9F58 and 9F59 limit until
the card has been on line.  Nothing is spent or logged, and the card still never was on line.

So the options that only another kind of transaction would show are not proven; the records that
they name are read.  UDK-MAC is proven where 9F10 has a MAC; scripts would need an approval that
nobody asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sscard.apdu import afl, dgi, dol, iso7816, pboc, tlv
from sscard.apdu.dgi import DGI
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.keys.application_cryptogram import SM4_FAMILY, TDES_FAMILY, Family
from sscard.perso import audit_transaction
from sscard.perso.audit_transaction import Begun, Witnesses
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import Plan
from sscard.perso.pse_data import Instance

_TRIES, _SM = 0x9F17, 0xDF69
_PROFILE, _LOCATOR, _PDOL = 0x82, 0x94, 0x9F38
_YES = b"\x01"
#: Which GET DATA does not give as they were written: counters, what the card reckons itself, the
#: card's transaction qualifiers, and our own orders of answers.
_NOT_READ = frozenset({0x9F36, 0x9F13, 0x9F5D, 0x9F6C, 0xDF7E, 0xDF7F})
#: What only the antenna shows.
_ANTENNA = (DGI.FCI_CONTACTLESS, DGI.CONTACTLESS_OPTIONS, DGI.CONTACTLESS_OPTIONS_SM)


class _Way(NamedTuple):
    """One family's transactions: where the options of each kind are, what they are called."""

    family: Family
    options: DGI
    cash: DGI
    contactless: DGI
    suffix: str = ""


_WAYS = (
    _Way(
        TDES_FAMILY,
        DGI.PROCESSING_OPTIONS,
        DGI.CASH_OPTIONS,
        DGI.CONTACTLESS_OPTIONS,
    ),
    _Way(
        SM4_FAMILY,
        DGI.PROCESSING_OPTIONS_SM,
        DGI.CASH_OPTIONS_SM,
        DGI.CONTACTLESS_OPTIONS_SM,
        ", SM",
    ),
)


def application(instance: Instance, witnesses: Witnesses) -> Plan[list[Finding]]:
    """All findings about a selected debit application; the PIN is presented once."""
    findings: list[Finding] = []
    seen: dict[tuple[int, int], bytes] = {}
    for way in _WAYS:
        if way.options in instance:
            findings += yield from _way(instance, way, witnesses, seen)
        if way.cash in instance:
            findings.append(_open(instance, f"options of electronic cash{way.suffix}"))
    findings += yield from _objects(instance)
    findings += yield from _pin(instance)
    findings += [_open(instance, f"DGI {each:04X}") for each in _ANTENNA if each in instance]
    return findings


def records(instance: Instance, places: Sequence[tuple[int, int]]) -> Plan[list[Finding]]:
    """Whether these records, by SFI and number, are what was prepared."""
    return (yield from _records(instance, places, {}))


def _way(
    instance: Instance,
    way: _Way,
    witnesses: Witnesses,
    seen: dict[tuple[int, int], bytes],
) -> Plan[list[Finding]]:
    """One transaction: options, the records that no other had, signatures and cryptogram."""
    title = f"processing options{way.suffix}"
    pdol = tlv.find(instance.value(DGI.FCI), 0xA5, _PDOL) or b""
    said = {_SM: _YES} if way.family is SM4_FAMILY else {}
    if not said.keys() <= {tag for tag, _ in dol.entries(pdol)}:
        return [_open(instance, title)]
    options = instance.value(way.options)
    profile = tlv.find(options, _PROFILE) or b""
    locator = tlv.find(options, _LOCATOR) or b""
    answer = yield pboc.get_processing_options(dol.fill(pdol, said))
    findings = [_read(instance, title, answer, tlv.encode(0x80, profile + locator))]
    new = [place for place in _places(instance, way) if place not in seen]
    findings += yield from _records(instance, new, seen)
    begun = Begun(instance, way.family, profile, locator, seen)
    findings += yield from audit_transaction.signatures(begun, witnesses)
    findings += yield from audit_transaction.cryptogram(begun, witnesses)
    return findings


def _places(instance: Instance, way: _Way) -> list[tuple[int, int]]:
    """The records of all kinds of transactions, each once; the card makes one up (0601)."""
    kinds = (way.options, way.cash, way.contactless)
    locators = [tlv.find(instance.value(each), _LOCATOR) for each in kinds if each in instance]
    named = dict.fromkeys(place for each in locators for place in afl.records(each or b""))
    return [place for place in named if dgi.record(*place) in instance]


def _records(
    instance: Instance, places: Sequence[tuple[int, int]], seen: dict[tuple[int, int], bytes]
) -> Plan[list[Finding]]:
    findings = []
    for sfi, number in places:
        answer = yield iso7816.read_record(number, sfi=sfi)
        identifier = dgi.record(sfi, number)
        seen[sfi, number] = answer.data
        what = f"record {identifier:04X}"
        if identifier in instance.unknown:
            there, subject = answer.sw == StatusWord.OK, f"{instance.title}: {what}"
            findings.append(Finding(subject, Proof.READING, there))
        else:
            findings.append(_read(instance, what, answer, instance.value(identifier)))
    return findings


def _objects(instance: Instance) -> Plan[list[Finding]]:
    """Data objects outside records, as far as GET DATA tells."""
    findings = []
    for holder in (DGI.CARD_DATA, DGI.INTERNAL_DATA):
        for tag, value in tlv.parse(instance.value(holder)) if holder in instance else ():
            if tag in _NOT_READ:
                findings.append(_open(instance, f"data object {tag:X}"))
                continue
            answer = yield pboc.get_data(tag)
            expected = tlv.encode(tag, value)
            findings.append(_read(instance, f"data object {tag:X}", answer, expected))
    return findings


def _pin(instance: Instance) -> Plan[list[Finding]]:
    """The try counter, then one VERIFY: a right PIN costs no try, a wrong one costs one.

    A PIN that came under a transport key is nobody's here to present.
    """
    tries = tlv.encode(_TRIES, instance.value(DGI.PIN_TRIES)[:1])
    counter = yield pboc.get_data(_TRIES)
    findings = [_read(instance, "PIN tries", counter, tries)]
    block = instance.grouping(DGI.PIN_BLOCK)
    if block is None or block.transport is not None:
        return [*findings, _open(instance, "offline PIN")]
    verified = yield pboc.verify(block.value)
    right = verified.sw == StatusWord.OK
    return [
        *findings,
        Finding(f"{instance.title}: offline PIN", Proof.AUTHENTICATION, right),
    ]


def _read(instance: Instance, what: str, answer: ResponseAPDU, expected: bytes) -> Finding:
    agrees = answer.sw == StatusWord.OK and answer.data == expected
    subject = f"{instance.title}: {what}"
    return Finding(subject, Proof.READING, agrees, (expected,), (answer.data,))


def _open(instance: Instance, what: str) -> Finding:
    return Finding(f"{instance.title}: {what}", Proof.NOT_PROVEN)
