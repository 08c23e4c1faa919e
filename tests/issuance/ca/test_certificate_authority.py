"""The authority: what it answers, that it answers the same again, and what it does not answer."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sscard.issuance.ca import (
    Authority,
    AuthoritySecrets,
    CertificateAuthority,
    RequestRefused,
    establish,
)
from sscard.issuance.ca.derived import Derived
from sscard.keys import sm2
from sscard.keys.sm2_curve import ORDER
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.types import HMAC256
from sscard.keys.x509 import Certificate, CertificateAnswer, CertificateRequest, parse
from sscard.profiles.certificates import CertificateApplication

AT = datetime(2027, 6, 1, tzinfo=UTC)


def test_the_packaged_one_follows_from_its_rule(
    packaged: dict[str, bytes], application: CertificateApplication
) -> None:
    def value(name: str) -> bytes:
        return hashlib.sha256(f"sscard TEST {name}".encode()).digest()

    made = establish(
        test=True,
        root_name=(("C", "CN"), ("O", "sscard TEST"), ("CN", "sscard TEST root")),
        root_key=SM2PrivateKey(value("x509 root")),
        key=SM2PrivateKey(value("x509 issuing")),
        secret=HMAC256(value("x509 secret")),
        begin=date(2020, 1, 1),
        application=application,
    )
    assert (value("x509 issuing"), value("x509 secret")) == (packaged["key"], packaged["secret"])
    assert (made.root.der, made.issuing.der) == (packaged["root"], packaged["issuing"])


def test_it_is_an_authority(authority: CertificateAuthority) -> None:
    same: Authority = authority
    assert same.test
    (issuing,) = same.issuers
    assert issuing.issuer == same.root.subject == same.root.issuer
    assert "TEST" in same.root.named("CN")


def test_the_answer_is_for_the_card(
    authority: CertificateAuthority,
    asked: CertificateRequest,
    answered: CertificateAnswer,
    card_key: SM2PrivateKey,
) -> None:
    answered.require_for(asked, root=authority.root, issuers=authority.issuers, at=AT)
    assert answered.envelope.open(card_key).public == parse(answered.encryption).public


def test_both_certificates(
    answered: CertificateAnswer, authority: CertificateAuthority, asked: CertificateRequest
) -> None:
    """Everything that ssc-more 1.6 [T] says."""
    signature, encryption = parse(answered.signature), parse(answered.encryption)
    assert (signature.serial[:1], encryption.serial[:1]) == (b"\x10", b"\x20")
    assert signature.serial[1:] != encryption.serial[1:]
    assert (signature.key_usage, encryption.key_usage) == (b"\xc0", b"\x30")
    for each in (signature, encryption):
        assert each.version == 3
        assert len(each.serial) == 16
        assert each.issuer == (
            *(("C", "CN"), ("S", "北京"), ("L", "北京"), ("O", "CN")),
            ("CN", "人力资源和社会保障部信息中心"),
        )
        assert each.subject == (
            *(("C", "CN"), ("S", "浙江省"), ("L", "杭州市")),
            ("CN", "诸葛𠮷·验收"),
        )
        assert list(each.extensions) == [
            *("2.5.29.35", "2.5.29.14", "2.5.29.15"),
            *("1.2.156.2316.1.1", "1.2.156.2316.1.2"),
        ]
        assert each.extensions["1.2.156.2316.1.1"] == b"X00000019"
        point = b"\x04" + each.public.point
        assert each.subject_key_id == hashlib.sha1(point).digest()
        assert each.authority_key_id == authority.issuers[0].subject_key_id
        assert each.not_before == datetime(2026, 11, 21, 16, tzinfo=UTC)  # midnight in China
        assert each.not_after == datetime(2036, 11, 21, 16, tzinfo=UTC)
        assert len(each.der) < 660  # those of a real card have 631 and 627 bytes
        hashed = hashlib.new("sm3", asked.card_id.encode())
        assert each.extensions["1.2.156.2316.1.2"] == hashed.digest()


def test_the_same_request_gets_the_same_bytes(
    authority: CertificateAuthority, asked: CertificateRequest, answered: CertificateAnswer
) -> None:
    assert authority.answer(dataclasses.replace(asked)).texts() == answered.texts()


def parts(answer: CertificateAnswer) -> dict[str, object]:
    return {
        **answer.texts(),
        "signature serial": parse(answer.signature).serial,
        "encryption serial": parse(answer.encryption).serial,
        "pair": parse(answer.encryption).public.point,
        "signature": parse(answer.signature).signature,
    }


@pytest.mark.parametrize(
    "other",
    [
        {"card_id": "330100D1560000051234567812345679"},
        {"public": SM2PrivateKey(bytes(31) + b"\x07").public},
    ],
)
def test_another_card_or_key_shares_nothing(
    other: dict[str, Any],
    authority: CertificateAuthority,
    asked: CertificateRequest,
    answered: CertificateAnswer,
) -> None:
    one = parts(answered)
    two = parts(authority.answer(dataclasses.replace(asked, **other)))
    assert [name for name in one if one[name] == two[name]] == []


@pytest.mark.parametrize(
    "other", [{"name": "诸葛验收"}, {"issued_on": date(2026, 11, 23)}, {"city": "330200"}]
)
def test_other_words_make_other_certificates_of_the_same_pair(
    other: dict[str, Any],
    authority: CertificateAuthority,
    asked: CertificateRequest,
    answered: CertificateAnswer,
) -> None:
    """A serial number names one certificate; a card that has the pair already keeps it."""
    one = parts(answered)
    two = parts(authority.answer(dataclasses.replace(asked, **other)))
    same = [name for name in one if one[name] == two[name]]
    assert same == ["JMMY", "GLYPIN", "ZKMY", "pair"]


def test_the_session_key_of_the_envelope_is_nothing_else_of_the_card(
    authority: CertificateAuthority, asked: CertificateRequest
) -> None:
    """Whoever watches the card sees it in clear: master key and pair must not follow from it."""
    receiver = SM2PrivateKey(bytes(31) + b"\x07")
    request = dataclasses.replace(asked, public=receiver.public)
    answer = authority.answer(request)
    session = sm2.decrypt(receiver, answer.envelope.session_cipher)
    derived = Derived.of(authority.secrets.secret, request)
    labels = ("master key", "administrator's PIN", "encryption pair")
    others = [derived.random(each)(64) for each in labels]
    assert answer.envelope.open(receiver).reveal() in others[2]
    assert [each for each in others if session in each] == []


def nonce(key: SM2PrivateKey, certificate: Certificate) -> int:
    """k of a signature, by whoever has the key: s(1 + d) + rd (GB/T 32918.2 §6.1)."""
    d = int.from_bytes(key.reveal(), "big")
    r, s = (
        int.from_bytes(half, "big")
        for half in (certificate.signature[:32], certificate.signature[32:])
    )
    return (s * (1 + d) + r * d) % ORDER


def test_no_nonce_comes_twice(authority: CertificateAuthority, asked: CertificateRequest) -> None:
    """Two messages signed with one nonce would give the authority's key away."""
    changes: list[dict[str, Any]] = [
        {},
        {"name": "诸葛验收"},
        {"issued_on": date(2026, 11, 23)},
        {"card_number": "X00000027"},
        {"city": "330200"},
        {"card_id": "0" * 32},
    ]
    answers = [authority.answer(dataclasses.replace(asked, **each)) for each in changes]
    ders = [der for each in answers for der in (each.signature, each.encryption)]
    found = {nonce(authority.secrets.key, parse(der)) for der in ders}
    assert len(found) == len(ders)


def test_another_secret_gives_another_answer(
    authority: CertificateAuthority, asked: CertificateRequest, answered: CertificateAnswer
) -> None:
    secrets = dataclasses.replace(authority.secrets, secret=HMAC256(bytes(range(32))))
    other = parts(CertificateAuthority(secrets, authority.application).answer(asked))
    one = parts(answered)
    assert [name for name in one if one[name] == other[name]] == []


def test_what_is_derived_is_spread_out(asked: CertificateRequest) -> None:
    """HMAC of what it is for, of the card and of the key, written out."""
    secret = bytes(range(32))
    derived = Derived.of(HMAC256(secret), asked)

    def mac(message: bytes) -> bytes:
        ipad, opad = (bytes(byte ^ pad for byte in secret.ljust(64, b"\0")) for pad in (0x36, 0x5C))
        return hashlib.sha256(opad + hashlib.sha256(ipad + message).digest()).digest()

    context = mac(bytes.fromhex(asked.card_id) + asked.public.point)

    def block(label: str, number: int) -> bytes:
        return mac(b"sscard CA " + label.encode() + b"\0" + context + number.to_bytes(4, "big"))

    assert derived.master().reveal() == block("master key", 0)[:16]
    pin = int.from_bytes(block("administrator's PIN", 0), "big") % 10**8
    assert derived.admin_pin().reveal() == f"{pin:08}".encode()
    assert derived.pair().reveal() == block("encryption pair", 0)
    assert derived.random("x")(40) == (block("x", 0) + block("x", 1))[:40]
    drawing = derived.random("x")
    assert (drawing(32), drawing(32)) == (block("x", 0), block("x", 1))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a long name": ({"name": "诸" * 65}, "CN: 1 to 64 characters, not 65"),
    "a space behind the name": ({"name": "诸葛 "}, "CN: a space at an end"),
    "no province": ({"city": "990000"}, "division 990000: no name"),
    "no city": ({"city": "339900"}, "division 339900: no name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(
    case: str, authority: CertificateAuthority, asked: CertificateRequest
) -> None:
    change, said = REFUSED[case]
    request = dataclasses.replace(asked, **change)
    with pytest.raises(RequestRefused, match=said) as refusal:
        authority.answer(request)
    assert "诸" not in str(refusal.value)


def test_profiles_with_words_of_unknown_meaning(
    authority: CertificateAuthority, asked: CertificateRequest
) -> None:
    declared = authority.application.certificate
    strange = declared.extensions[0].model_copy(update={"name": "blood_group"})
    shorter = declared.extensions[0].model_copy(update={"size": 8})
    for change, said in (
        ({"subject": ("CN=<nickname>",)}, "nothing is known for <nickname>"),
        ({"extensions": (strange,)}, "extension blood_group"),
        ({"extensions": (shorter,)}, "extension card_number: nothing of 8 bytes"),
        ({"subject": ("X=<holder>",)}, "X: no part"),
    ):
        certificate = declared.model_copy(update=change)
        application = authority.application.model_copy(update={"certificate": certificate})
        with pytest.raises(RequestRefused, match=said):
            CertificateAuthority(authority.secrets, application).answer(asked)


@pytest.mark.parametrize(
    ("begin", "end"),
    [(date(2028, 2, 29), date(2038, 2, 28)), (date(2026, 1, 1), date(2036, 1, 1))],
)
def test_ten_years(
    begin: date, end: date, authority: CertificateAuthority, asked: CertificateRequest
) -> None:
    found = parse(authority.answer(dataclasses.replace(asked, issued_on=begin)).signature)
    china = timedelta(hours=8)
    assert (found.not_before + china).date() == begin
    assert (found.not_after + china).date() == end
    assert found.not_after.year - found.not_before.year == 10


def test_a_key_of_another_certificate_is_refused(authority: CertificateAuthority) -> None:
    secrets = authority.secrets
    with pytest.raises(ValueError, match="not that of the issuing"):
        AuthoritySecrets(
            True, secrets.root, secrets.issuing, SM2PrivateKey(bytes(31) + b"\1"), secrets.secret
        )


def test_nothing_secret_is_shown(authority: CertificateAuthority) -> None:
    secrets = authority.secrets
    for holder in (authority, secrets, Derived(secrets.secret, b"")):
        for value in (secrets.key.reveal(), secrets.secret.reveal()):
            assert value.hex() not in repr(holder)
            assert repr(value)[2:-1] not in repr(holder)
        with pytest.raises(TypeError, match="not pickled or copied"):
            pickle.dumps(holder)


def test_signatures_are_the_issuing_authoritys(
    authority: CertificateAuthority, answered: CertificateAnswer
) -> None:
    (issuing,) = authority.issuers
    found = parse(answered.signature)
    assert sm2.verify(issuing.public, found.signed, found.signature)
    assert not sm2.verify(authority.root.public, found.signed, found.signature)
