"""Are the certificates what was asked for, and the keys the card's?  Asked from outside.

What is read is judged by itself: each certificate is parsed as a stranger would, not only compared.
A private key proves itself by opening what was enciphered for the key in its certificate, which
changes nothing; PIN and master keys are shown once, and the former ones never.  That nobody makes
or brings keys without a PIN cannot be tried without harm: it is not proven.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sscard.apdu import iso7816, pki
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData
from sscard.keys import sm2
from sscard.keys.sm2_keys import Random, SM2PublicKey
from sscard.keys.types import NotCopied, Pin
from sscard.keys.x509 import Certificate, CertificateAnswer, CertificateRequest
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.certificate_findings import Expected, judged, parsed
from sscard.perso.certificates.delivered import (
    contents,
    directories,
    place,
    subject,
    tries,
    unreadable,
)
from sscard.perso.certificates.secrets_shown import (
    master_of,
    needed,
    pin_of,
    tries_left,
    try_master,
    try_pin,
)
from sscard.perso.findings import Finding, Proof, merged
from sscard.perso.plan import POWER_UP, Plan, attempt, tried
from sscard.profiles.certificates import CertificateApplication

_SESSION_KEY = 16
#: How much of a certificate is written over itself.
_SAME = 16


class Pair(NamedTuple):
    """The files of one pair."""

    public: int
    private: int
    certificate: int


PAIRS = (
    Pair(pki.SIGNATURE_PUBLIC, pki.SIGNATURE_PRIVATE, pki.SIGNATURE_CERTIFICATE),
    Pair(pki.ENCRYPTION_PUBLIC, pki.ENCRYPTION_PRIVATE, pki.ENCRYPTION_CERTIFICATE),
)


@dataclass(frozen=True, slots=True)
class Written(NotCopied):
    """What a card was given: the request, its answer, the user's PIN; and whom one trusts, when."""

    request: CertificateRequest
    answer: CertificateAnswer
    user_pin: Pin
    root: Certificate
    issuers: Sequence[Certificate]
    at: datetime


class Letter(NamedTuple):
    """Random bytes, and how they are enciphered for a certificate's key."""

    plain: bytes
    cipher: bytes


Letters = Mapping[Pair, "Letter | None"]


@dataclass(slots=True)
class Visit:
    """One power-up: what was read, and what was found out."""

    application: CertificateApplication
    written: Written
    read: Mapping[int, bytes] = field(repr=False)  # certificates name a person
    found: list[Finding]

    def certificate(self, fid: int) -> Certificate | None:
        """The certificate in this file."""
        return parsed(self.read[fid])

    def add(self, subject: str, proof: Proof, agrees: bool) -> None:
        """One finding more."""
        self.found.append(Finding(subject, proof, agrees))


def audit(
    application: CertificateApplication, written: Written, random: Random
) -> Plan[tuple[Finding, ...]]:
    """Every finding about the application; ``random`` makes what the private keys shall open.

    A refusal by the card is a finding that does not agree, never an exception.
    """
    (yield POWER_UP).require("power up")
    found = yield from directories(application)
    if not all(each.agrees for each in found):
        return tuple(found)
    visit = Visit(application, written, (yield from contents(application)), found)
    _compare(visit)
    _judge(visit)
    letters = {pair: _letter(visit, pair, random) for pair in PAIRS}
    visit.found += yield from tries(application)
    yield from _without_pins(visit, letters)
    yield from _with_pins(visit, letters)
    yield from _masters(visit)
    visit.found.append(Finding(subject("right to make and bring keys"), Proof.NOT_PROVEN))
    return merged(visit.found)


def _compare(visit: Visit) -> None:
    """Each readable file as a whole."""
    answer, request = visit.written.answer, visit.written.request
    wanted = {
        pki.SIGNATURE_PUBLIC: pki.stored_point(request.public.point),
        pki.ENCRYPTION_PUBLIC: pki.stored_point(answer.envelope.public.point),
        pki.SIGNATURE_CERTIFICATE: answer.signature,
        pki.ENCRYPTION_CERTIFICATE: answer.encryption,
    }
    for fid, content in wanted.items():
        whole, there = files.filled(visit.application, fid, content), visit.read[fid]
        visit.found.append(Finding(place(fid), Proof.READING, there == whole, (whole,), (there,)))


def _judge(visit: Visit) -> None:
    """What each certificate says."""
    written, said = visit.written, visit.application.certificate
    usages = (said.signature_key_usage, said.encryption_key_usage)
    for pair, usage in zip(PAIRS, usages, strict=True):
        public = _key(visit.read[pair.public], pair.public)
        expected = Expected(
            *(said, written.request, public, usage),
            *(written.root, written.issuers, written.at),
        )
        found = visit.certificate(pair.certificate)
        visit.found += judged(place(pair.certificate), found, expected)


def _without_pins(visit: Visit, letters: Letters) -> Plan[None]:
    """Nothing may be used, read or written that is not for everybody."""
    for pair in PAIRS:
        visit.found.append((yield from unreadable(pair.private)))
        opened = yield from _opens(pair, letters[pair])
        visit.add(f"{place(pair.private)}: right to decrypt", Proof.REFUSAL, opened is None)
        visit.found.append((yield from _unwritable(visit, pair.certificate)))


def _with_pins(visit: Visit, letters: Letters) -> Plan[None]:
    """Each PIN once; then the private keys prove themselves, and are still not read."""
    secrets = {pki.USER: visit.written.user_pin, pki.ADMIN: visit.written.answer.admin_pin}
    for reference, secret in secrets.items():
        pin = pin_of(visit.application, reference)
        left = yield from tried(tries_left(pin))
        enough = isinstance(left, int) and left >= needed(pin, 1)
        shown = enough and (yield from tried(try_pin(pin, secret))) == StatusWord.OK
        visit.add(subject(f"{pin.name} PIN"), Proof.AUTHENTICATION, shown)
    for pair in PAIRS:
        opened = yield from _opens(pair, letters[pair])
        visit.add(f"{place(pair.private)}: private key", Proof.AUTHENTICATION, opened is True)
        visit.found.append((yield from unreadable(pair.private)))


def _masters(visit: Visit) -> Plan[None]:
    """Both master keys, each once; the DDF's last, as that leaves the ADF."""
    for owner, enter in (("adf", files.enter), ("ddf", files.enter_ddf)):
        master, secret = master_of(visit.application, owner), visit.written.answer.master
        entered = yield from attempt(enter(visit.application))
        shown = not isinstance(entered, StatusError)
        shown = shown and (yield from tried(try_master(master, secret))) == StatusWord.OK
        visit.add(subject(master.name), Proof.AUTHENTICATION, shown)


def _letter(visit: Visit, pair: Pair, random: Random) -> Letter | None:
    """Something to open for whoever has the private key of a certificate."""
    found = visit.certificate(pair.certificate)
    if found is None:
        return None
    plain = random(_SESSION_KEY)
    return Letter(plain, sm2.encrypt(found.public, plain, random))


def _opens(pair: Pair, letter: Letter | None) -> Plan[bool | None]:
    """Whether the card opens it; None where it asks for a right."""
    if letter is None:
        return False
    answer = yield pki.decrypt(letter.cipher, pair.private)
    if answer.sw == StatusWord.SECURITY_NOT_SATISFIED:
        return None
    return answer.sw == StatusWord.OK and hmac.compare_digest(answer.data, letter.plain)


def _unwritable(visit: Visit, fid: int) -> Plan[Finding]:
    """UPDATE BINARY with what is there: whatever the card makes of it, nothing changes."""
    same = visit.read[fid][:_SAME]
    selected = (yield iso7816.select_fid(fid)).sw == StatusWord.OK
    refused = bool(same) and selected
    if refused:
        refused = (yield iso7816.update_binary(same)).sw == StatusWord.SECURITY_NOT_SATISFIED
    return Finding(f"{place(fid)}: right to update", Proof.REFUSAL, refused)


def _key(content: bytes, fid: int) -> SM2PublicKey | None:
    try:
        return files.parse_key(content, fid)
    except MalformedData:
        return None
