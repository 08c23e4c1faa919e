"""The financial side seen from outside, as a terminal would, against what was prepared."""

from __future__ import annotations

from collections.abc import Iterable

from sscard.apdu import aid, iso7816, tlv
from sscard.apdu.dgi import DGI
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.perso import audit_debit
from sscard.perso.audit_transaction import Witnesses
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import Plan
from sscard.perso.pse_data import Instance

_NOBODY = Witnesses()


def audit(
    instances: Iterable[Instance], witnesses: Witnesses = _NOBODY
) -> Plan[tuple[Finding, ...]]:
    """Read everything readable, let the card sign and decline, present the offline PIN once.

    Differences are findings, not errors, and so is what nothing proves.  An instance that cannot be
    selected is one finding: what follows would go to another application.  A PPSE that only the
    antenna sees is not proven.
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
        if DGI.PROCESSING_OPTIONS in instance:
            findings += yield from audit_debit.application(instance, witnesses)
        else:
            findings += yield from _directory(instance)
    return tuple(findings)


def _directory(instance: Instance) -> Plan[list[Finding]]:
    """The records from 1 on, of which a PPSE has none; the one after the last must not be there."""
    (sfi,) = tlv.find(instance.value(DGI.FCI), 0xA5, 0x88) or b"\x01"
    numbers = [each.identifier & 0xFF for each in instance.dgis if each.identifier >> 8 == sfi]
    findings = yield from audit_debit.records(instance, [(sfi, number) for number in numbers])
    beyond = yield iso7816.read_record(max(numbers, default=0) + 1, sfi=sfi)
    absent = beyond.sw == StatusWord.RECORD_NOT_FOUND
    return [*findings, Finding(f"{instance.title}: end of directory", Proof.READING, absent)]


def _read(subject: str, answer: ResponseAPDU, expected: bytes) -> Finding:
    agrees = answer.sw == StatusWord.OK and answer.data == expected
    return Finding(subject, Proof.READING, agrees, (expected,), (answer.data,))
