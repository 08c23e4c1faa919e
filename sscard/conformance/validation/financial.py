"""The financial side against the record's account (pboc 2.2, 4, 5 [H])."""

from __future__ import annotations

from sscard.conformance.report.page import Words
from sscard.conformance.validation import contents, names, reasons
from sscard.conformance.validation.expected import Expected
from sscard.conformance.validation.judged import NOTHING, Judged, Verdict, verdict_of
from sscard.perso import audit_pse
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import Plan


def financial(expected: Expected) -> Plan[list[Judged]]:
    """Directory, FCI, options, records, data objects, signatures, and keys by one declined
    transaction of each family where the bank's are there.
    """
    if not expected.instances:
        words = Words("金融应用", "financial side")
        why = reasons.NO_ACCOUNT
        return [
            Judged("PSE", "PSE", words, Verdict.NOT_PROVEN, Proof.NOT_PROVEN, why=why),
        ]
    findings = yield from audit_pse.audit(expected.instances, expected.witnesses)
    return [each for found in findings for each in _told(expected, found)]


def _told(expected: Expected, found: Finding) -> list[Judged]:
    part, _, what = found.subject.partition(": ")
    words = names.of_bank(what)
    if found.proof is Proof.READING and found.expected is not None:
        return contents.of_answer(part, found, words)
    why = NOTHING
    if found.proof is Proof.NOT_PROVEN:
        known = expected.witnesses
        why = names.why_open(
            what, bank_keys=known.issuer is not None, authorities=bool(known.rsa or known.sm2)
        )
    verdict = verdict_of(found.proof, found.agrees)
    return [Judged(part, found.subject, words, verdict, found.proof, why=why)]
