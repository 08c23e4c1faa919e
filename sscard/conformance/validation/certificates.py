"""The certificate application against record and profile (ssc-more 1): read, and keys tried.

What no record has is compared with itself: a certificate is of the key that the card shows, and
the card opens what was enciphered for it.  Who made the certificates a root tells, if there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sscard.apdu import pki
from sscard.apdu.status import StatusWord
from sscard.conformance.report.page import Words
from sscard.conformance.validation import reasons
from sscard.conformance.validation.expected import CertificatesExpected, Expected
from sscard.conformance.validation.judged import Judged, Verdict, verdict_of
from sscard.errors import MalformedData, NotVerified
from sscard.keys import sm2
from sscard.keys.sm2_keys import Random
from sscard.keys.x509 import Certificate, oids, parse, split, verify
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.delivered import contents, directories, unreadable
from sscard.perso.certificates.secrets_shown import needed, pin_of, tries_left, try_pin
from sscard.perso.findings import Proof
from sscard.perso.plan import Plan, tried
from sscard.profiles.certificates import CertificateApplication

PART = "PKI"
_SESSION_KEY = 16


class _Pair(NamedTuple):
    """The files of a pair, and what its certificate is for."""

    public: int
    private: int
    certificate: int
    usage: bytes


@dataclass(slots=True)
class _Visit:
    """One look at the application."""

    expected: Expected
    application: CertificateApplication
    read: Mapping[int, bytes]
    told: list[Judged] = field(default_factory=list)

    def say(
        self,
        subject: str,
        words: Words,
        agrees: bool,
        shown: tuple[str, str] = ("", ""),
        *,
        proof: Proof = Proof.READING,
        personal: bool = False,
    ) -> None:
        """Something that agrees or differs."""
        verdict = verdict_of(proof, agrees)
        self.told.append(Judged(PART, subject, words, verdict, proof, *shown, personal=personal))

    def leave(self, subject: str, words: Words, why: Words) -> None:
        """Something that is not proven."""
        proof = Proof.NOT_PROVEN
        self.told.append(Judged(PART, subject, words, Verdict.NOT_PROVEN, proof, why=why))


def certificates(expected: Expected, random: Random) -> Plan[list[Judged]]:
    """Everything about the application; nothing for a profile without it."""
    application = expected.card.profile.certificates
    if application is None:
        return []
    visit = _Visit(expected, application, {})
    found = yield from directories(application)
    for each in found:
        visit.say(each.subject, Words("选择应答", "FCI"), each.agrees)
    if not all(each.agrees for each in found):
        return visit.told
    visit.read = yield from contents(application)
    pairs = tuple(_pairs(application))
    for pair in pairs:
        yield from _pair(visit, pair)
    yield from _user_pin(visit, pairs, random)
    admin = pin_of(application, pki.ADMIN)
    visit.leave("PKI admin PIN", Words(admin.name_zh, admin.name_en), reasons.OF_THE_CA)
    for key in application.keys:
        visit.leave(f"PKI {key.name}", Words(key.name_zh, key.name_en), reasons.OF_THE_CA)
    return visit.told


def _pairs(application: CertificateApplication) -> Iterator[_Pair]:
    declared = application.certificate
    yield _Pair(
        pki.SIGNATURE_PUBLIC,
        pki.SIGNATURE_PRIVATE,
        pki.SIGNATURE_CERTIFICATE,
        declared.signature_key_usage,
    )
    yield _Pair(
        pki.ENCRYPTION_PUBLIC,
        pki.ENCRYPTION_PRIVATE,
        pki.ENCRYPTION_CERTIFICATE,
        declared.encryption_key_usage,
    )


def _pair(visit: _Visit, pair: _Pair) -> Plan[None]:
    closed = yield from unreadable(pair.private)
    name = _named(visit, pair.private)
    words = Words(f"{name.zh}不可读", f"{name.en}: nobody reads it")
    visit.say(f"{_place(pair.private)}: right to read", words, closed.agrees)
    for fid in (pair.public, pair.certificate):
        if files.is_empty(visit.read[fid]):
            visit.leave(_place(fid), _named(visit, fid), reasons.NO_CERTIFICATES)
    if not files.is_empty(visit.read[pair.certificate]):
        _certificate(visit, pair)


def _certificate(visit: _Visit, pair: _Pair) -> None:
    place = _place(pair.certificate)
    found = _parsed(visit.read[pair.certificate])
    form = _part(visit, pair, Words("格式", "form"))
    declared = visit.application.certificate
    visit.say(
        f"{place}/form",
        form,
        found is not None
        and (found.version, found.signature_algorithm, found.curve, len(found.serial))
        == (
            declared.version,
            declared.signature_algorithm,
            declared.curve,
            declared.serial_size,
        ),
    )
    if found is not None:
        _contents(visit, pair, found)
        _chain(visit, pair, found)


def _contents(visit: _Visit, pair: _Pair, found: Certificate) -> None:
    """What the certificate says of card, holder and key."""
    place, card = _place(pair.certificate), visit.expected.card
    public = visit.read[pair.public][-pki.POINT :]

    def words(zh: str, en: str) -> Words:
        return _part(visit, pair, Words(zh, en))

    agrees = found.public.point == public
    visit.say(f"{place}/key", words("公钥一致", "its key is the card's"), agrees)
    usage = _usage(found)
    shown = pair.usage.hex().upper(), usage.hex().upper()
    visit.say(f"{place}/key usage", words("密钥用途", "key usage"), usage == pair.usage, shown)
    number = found.extensions.get(oids.CARD_NUMBER, b"").decode("ascii", "replace")
    shown = card.numbers.card_number, number
    told = words("卡号", "card number")
    visit.say(f"{place}/card number", told, shown[0] == shown[1], shown, personal=True)
    shown = card.name, found.named("CN")
    told = words("持卡人", "holder")
    visit.say(f"{place}/holder", told, shown[0] == shown[1], shown, personal=True)
    _period(visit, f"{place}/validity", words("有效期", "validity"), found)


def _period(visit: _Visit, subject: str, words: Words, found: Certificate) -> None:
    at = visit.expected.certificates.at
    if at is None:
        visit.leave(subject, words, reasons.NO_DATE)
        return
    begin, end = (each.astimezone(at.tzinfo) for each in (found.not_before, found.not_after))
    shown = f"{at:%Y-%m-%d}", f"{begin:%Y-%m-%d} – {end:%Y-%m-%d}"
    visit.say(subject, words, begin <= at <= end, shown)


def _chain(visit: _Visit, pair: _Pair, found: Certificate) -> None:
    place, trusted = _place(pair.certificate), visit.expected.certificates
    words = _part(visit, pair, Words("证书链", "chain to the root"))
    if trusted.root is None or trusted.at is None or not _is_below(found, trusted):
        visit.leave(f"{place}/chain", words, reasons.NO_ROOT)
        return
    try:
        verify(found, trusted.issuers, trusted.root, trusted.at)
    except NotVerified:
        visit.say(f"{place}/chain", words, agrees=False, proof=Proof.SIGNATURE)
        return
    visit.say(f"{place}/chain", words, agrees=True, proof=Proof.SIGNATURE)


def _user_pin(visit: _Visit, pairs: tuple[_Pair, ...], random: Random) -> Plan[None]:
    """The user PIN once; then each private key opens what was enciphered for its certificate."""
    why = yield from _shown(visit)
    for pair in pairs:
        subject, words = _place(pair.private), _named(visit, pair.private)
        found = _parsed(visit.read[pair.certificate])
        if why is not None or found is None:
            visit.leave(subject, words, why or reasons.NO_CERTIFICATES)
            continue
        plain = random(_SESSION_KEY)
        answer = yield pki.decrypt(sm2.encrypt(found.public, plain, random), pair.private)
        opened = answer.sw == StatusWord.OK and answer.data == plain
        visit.say(subject, words, opened, proof=Proof.AUTHENTICATION)


def _shown(visit: _Visit) -> Plan[Words | None]:
    """Show the user PIN; why it was not, or None."""
    pin, secret = pin_of(visit.application, pki.USER), visit.expected.certificates.user_pin
    words = Words(pin.name_zh, pin.name_en)
    if secret is None:
        visit.leave("PKI user PIN", words, reasons.NO_PIN)
        return reasons.NO_PIN
    left = yield from tried(tries_left(pin))
    if not isinstance(left, int) or left < needed(pin, 1):
        visit.leave("PKI user PIN", words, reasons.FEW_USER_TRIES)
        return reasons.FEW_USER_TRIES
    taken = (yield from tried(try_pin(pin, secret))) == StatusWord.OK
    visit.say("PKI user PIN", words, taken, proof=Proof.AUTHENTICATION)
    return None if taken else reasons.NO_RIGHT


def _is_below(found: Certificate, trusted: CertificatesExpected) -> bool:
    """Whether the certificate names one of these CAs, or these are not just a guess."""
    known = [each.subject_key_id for each in trusted.issuers]
    try:
        return not trusted.guessed or found.authority_key_id in known
    except MalformedData:
        return True


def _usage(found: Certificate) -> bytes:
    try:
        return found.key_usage or b""
    except MalformedData:
        return b""


def _parsed(content: bytes) -> Certificate | None:
    try:
        return parse(split(content)[0])
    except MalformedData:
        return None


def _part(visit: _Visit, pair: _Pair, words: Words) -> Words:
    """Something about this pair's certificate."""
    name = _named(visit, pair.certificate)
    return Words(f"{name.zh}：{words.zh}", f"{name.en}: {words.en}")


def _named(visit: _Visit, fid: int) -> Words:
    file = files.file_of(visit.application, fid)
    return Words(file.name_zh, file.name_en)


def _place(fid: int) -> str:
    return f"{PART}/{fid:04X}"
