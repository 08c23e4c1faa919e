"""The application seen from outside: what every card of its kind shows, whatever was written."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.apdu import iso7816, pki
from sscard.apdu.status import StatusWord
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.secrets_shown import tries_left
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import POWER_UP, Plan, tried
from sscard.profiles.certificates import CertificateApplication

Findings = list[Finding]
#: What anybody may read.
READABLE = (
    pki.SIGNATURE_PUBLIC,
    pki.ENCRYPTION_PUBLIC,
    pki.SIGNATURE_CERTIFICATE,
    pki.ENCRYPTION_CERTIFICATE,
)
PRIVATE = (pki.SIGNATURE_PRIVATE, pki.ENCRYPTION_PRIVATE)


def as_delivered(application: CertificateApplication) -> Plan[tuple[Finding, ...]]:
    """Every finding about a card that was given no certificates: nothing is tried on it.

    A refusal by the card is a finding that does not agree, never an exception.
    """
    (yield POWER_UP).require("power up")
    found = yield from directories(application)
    if not all(each.agrees for each in found):
        return tuple(found)
    for fid, content in (yield from contents(application)).items():
        found.append(Finding(place(fid), Proof.READING, files.is_empty(content), read=(content,)))
    for fid in PRIVATE:
        found.append((yield from unreadable(fid)))
    found += yield from tries(application)
    secrets = [f"{pin.name} PIN" for pin in application.pins]
    secrets += [key.name for key in application.keys]
    return (*found, *(Finding(subject(each), Proof.NOT_PROVEN) for each in secrets))


def subject(what: str) -> str:
    """How findings name a PIN or a key of this application."""
    return f"PKI {what}"


def place(fid: int) -> str:
    """How findings name a file of this application."""
    return f"PKI/{fid:04X}"


def directories(application: CertificateApplication) -> Plan[Findings]:
    """SELECT of both by name; the ADF stays current."""
    names = (
        (application.ddf_name, application.ddf_fci),
        (application.adf_name, application.adf_fci),
    )
    found = []
    for name, fci in names:
        answer = yield iso7816.select(name)
        agrees = answer.sw == StatusWord.OK and answer.data == fci
        title = f"FCI of {name.decode('gbk', 'replace')}"
        found.append(Finding(title, Proof.READING, agrees, (fci,), (answer.data,)))
    return found


def contents(application: CertificateApplication) -> Plan[Mapping[int, bytes]]:
    """The readable files, whole; what the card refuses is nothing at all."""
    found = {}
    for fid in READABLE:
        content = yield from tried(files.read(application, fid))
        found[fid] = content if isinstance(content, bytes) else b""
    return found


def unreadable(fid: int) -> Plan[Finding]:
    """READ BINARY of a private key must be refused; what comes else is kept nowhere."""
    refused = (yield iso7816.select_fid(fid)).sw != StatusWord.OK
    if not refused:
        refused = (yield iso7816.read_binary(pki.NUMBER)).sw != StatusWord.OK
    return Finding(f"{place(fid)}: right to read", Proof.REFUSAL, refused)


def tries(application: CertificateApplication) -> Plan[Findings]:
    """A new card's PINs have all their tries."""
    found = []
    for pin in application.pins:
        left = yield from tried(tries_left(pin))
        found.append(Finding(subject(f"{pin.name} PIN: tries"), Proof.READING, left == pin.tries))
    return found
