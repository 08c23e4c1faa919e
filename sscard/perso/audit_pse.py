"""The financial side seen from outside, as a terminal would, against what was prepared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sscard.apdu import afl, aid, dgi, dol, iso7816, pboc, tlv
from sscard.apdu.dgi import DGI
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import Plan
from sscard.perso.pse_data import Instance

_TRIES = 0x9F17
_KEYS = ("UDK-AC", "UDK-MAC", "UDK-ENC")


def audit(instances: Iterable[Instance]) -> Plan[tuple[Finding, ...]]:
    """Read everything readable, present the offline PIN once, name what nothing proves yet.

    Differences are findings, not errors.  An instance that cannot be selected is one finding: what
    follows would go to another application.  A PPSE that only the antenna sees is not proven.
    """
    findings: list[Finding] = []
    for instance in instances:
        fci = tlv.encode(0x6F, tlv.encode(0x84, instance.name) + instance.value(DGI.FCI))
        answer = yield iso7816.select(instance.name)
        if instance.name == aid.PPSE and answer.sw == StatusWord.FILE_NOT_FOUND:
            findings.append(Finding(f"{instance.title}: FCI", Proof.NOT_PROVEN))
            continue
        findings.append(_read(f"{instance.title}: FCI", answer, fci))
        if answer.sw != StatusWord.OK:
            continue
        if any(each.identifier == DGI.PROCESSING_OPTIONS for each in instance.dgis):
            findings += yield from _application(instance)
        else:
            findings += yield from _directory(instance)
    return tuple(findings)


def _directory(instance: Instance) -> Plan[list[Finding]]:
    """The records from 1 on, of which a PPSE has none; the one after the last must not be there."""
    (sfi,) = tlv.find(instance.value(DGI.FCI), 0xA5, 0x88) or b"\x01"
    numbers = [each.identifier & 0xFF for each in instance.dgis if each.identifier >> 8 == sfi]
    findings = yield from _records(instance, [(sfi, number) for number in numbers])
    beyond = yield iso7816.read_record(max(numbers, default=0) + 1, sfi=sfi)
    absent = beyond.sw == StatusWord.RECORD_NOT_FOUND
    return [*findings, Finding(f"{instance.title}: end of directory", Proof.READING, absent)]


def _application(instance: Instance) -> Plan[list[Finding]]:
    options = instance.value(DGI.PROCESSING_OPTIONS)
    locator = tlv.find(options, 0x94) or b""
    expected = tlv.encode(0x80, (tlv.find(options, 0x82) or b"") + locator)
    # What a terminal would answer to the PDOL does not matter here: zeros.
    pdol = tlv.find(instance.value(DGI.FCI), 0xA5, 0x9F38) or b""
    answer = yield pboc.get_processing_options(bytes(dol.size(pdol)))
    findings = [_read(f"{instance.title}: processing options", answer, expected)]
    findings += yield from _records(instance, list(afl.records(locator)))
    findings += yield from _pin(instance)
    findings += [Finding(f"{instance.title}: {key}", Proof.NOT_PROVEN) for key in _KEYS]
    return findings


def _records(instance: Instance, places: Sequence[tuple[int, int]]) -> Plan[list[Finding]]:
    findings = []
    for sfi, number in places:
        answer = yield iso7816.read_record(number, sfi=sfi)
        identifier = dgi.record(sfi, number)
        subject = f"{instance.title}: record {identifier:04X}"
        findings.append(_read(subject, answer, instance.value(identifier)))
    return findings


def _pin(instance: Instance) -> Plan[list[Finding]]:
    """The try counter, then one VERIFY: a right PIN costs no try, a wrong one costs one."""
    tries = tlv.encode(_TRIES, instance.value(DGI.PIN_TRIES)[:1])
    counter = yield pboc.get_data(_TRIES)
    verified = yield pboc.verify(instance.value(DGI.PIN_BLOCK))
    right = verified.sw == StatusWord.OK
    return [
        _read(f"{instance.title}: PIN tries", counter, tries),
        Finding(f"{instance.title}: offline PIN", Proof.AUTHENTICATION, right),
    ]


def _read(subject: str, answer: ResponseAPDU, expected: bytes) -> Finding:
    agrees = answer.sw == StatusWord.OK and answer.data == expected
    return Finding(subject, Proof.READING, agrees)
