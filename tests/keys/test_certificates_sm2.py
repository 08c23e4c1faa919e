"""SM2 certificates and signatures of debit cards, against published ones."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.keys import sm2
from sscard.keys.certificates import (
    CARD,
    ISSUER,
    CertificateError,
    Combined,
    DynamicData,
    SM2Certificate,
    Subject,
    sm2_certificate,
    sm2_signed,
    static_data,
)
from sscard.keys.certificates.subject import Kind
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey

PATH = Path(__file__).parents[1] / "vectors/certificates-sm2.toml"
VECTOR = {
    name: bytes.fromhex(value)
    for name, value in tomllib.loads(PATH.read_text("utf-8")).items()
    if isinstance(value, str) and name != "source"
}
ACCOUNT = VECTOR["account"].hex()
CA = SM2PublicKey(VECTOR["ca"])
ISSUED = VECTOR["issuer_certificate"]
CARD_CERTIFICATE = VECTOR["card_certificate"]
ISSUER_KEY = SM2Certificate.parse(ISSUER, ISSUED).key
CARD_KEY = SM2PrivateKey(VECTOR["card_private"])
SIGNER = sm2.SoftwareSigner(CARD_KEY, random.Random(9).randbytes)
DYNAMIC = DynamicData(bytes.fromhex("0001"))


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes((raw[at] ^ 0x01,)) + raw[at + 1 :]


def test_published_issuer_certificate() -> None:
    certificate = SM2Certificate.parse(ISSUER, ISSUED)
    certificate.check(CA)
    assert len(ISSUED) == 142
    assert certificate.subject == Subject(ISSUER, "62280001", 2020, 12, bytes.fromhex("000001"))
    assert certificate.curve == 0x11
    assert bytes(certificate) == ISSUED


def test_published_second_signature() -> None:
    raw = ISSUED[:78] + VECTOR["issuer_signature_2"]
    assert sm2_certificate.checked(ISSUER, raw, CA).key == ISSUER_KEY


def test_published_card_certificate() -> None:
    certificate = SM2Certificate.parse(CARD, CARD_CERTIFICATE)
    certificate.check(ISSUER_KEY, VECTOR["static_data"])
    assert len(CARD_CERTIFICATE) == 148
    assert certificate.key == CARD_KEY.public
    assert certificate.subject == Subject(CARD, ACCOUNT, 2020, 12, bytes.fromhex("000001"))
    assert certificate.curve == 0x04
    assert bytes(certificate) == CARD_CERTIFICATE


def test_published_static_signature() -> None:
    assert len(VECTOR["ssad"]) == 67
    code = sm2_signed.check_static(VECTOR["ssad"], VECTOR["static_data"], ISSUER_KEY)
    assert code.hex().upper() == "DAC1"


@pytest.mark.parametrize("at", range(78 + 64))
def test_every_byte_of_an_issuer_certificate_counts(at: int) -> None:
    with pytest.raises(CertificateError) as caught:
        sm2_certificate.checked(ISSUER, flipped(ISSUED, at), CA)
    assert caught.value.certificate == "issuer certificate"


FIELDS = [
    (0, 0x14, "header"),
    (1, 0xA2, "number"),
    (2, 0xFF, "number"),
    (5, 0x13, "expiry"),
    (5, 0x00, "expiry"),
    (6, 0x2A, "expiry"),
    (10, 0x01, "algorithm"),
    (11, 0x01, "algorithm"),
    (13, 0x41, "key length"),
    (14, 0xFF, "key"),
    (12, 0x04, "signature"),
    (7, 0x01, "signature"),
]


@pytest.mark.parametrize(("at", "value", "field"), FIELDS)
def test_errors_name_the_field(at: int, value: int, field: str) -> None:
    raw = ISSUED[:at] + bytes((value,)) + ISSUED[at + 1 :]
    with pytest.raises(CertificateError) as caught:
        sm2_certificate.checked(ISSUER, raw, CA)
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize("size", [0, 1, 141, 143, 148])
def test_lengths(size: int) -> None:
    with pytest.raises(CertificateError, match="length"):
        SM2Certificate.parse(ISSUER, ISSUED[:size].ljust(size, b"\0"))


def test_errors_show_no_account_and_no_key() -> None:
    certificate = SM2Certificate.parse(CARD, CARD_CERTIFICATE)
    with pytest.raises(CertificateError) as caught:
        certificate.check(ISSUER_KEY)
    for text in (str(caught.value), repr(certificate.subject)):
        assert ACCOUNT not in text
        assert ACCOUNT[:8] not in text


def test_a_certificate_that_once_failed_fails_again() -> None:
    raw = flipped(ISSUED, 141)
    for _ in range(2):
        with pytest.raises(CertificateError, match="signature"):
            sm2_certificate.checked(ISSUER, raw, CA)


def test_dynamic_signature() -> None:
    terminal = bytes.fromhex("01020304")
    signed = sm2_signed.sign_dynamic(DYNAMIC, terminal, SIGNER)
    assert signed[:5].hex() == "1503020001"
    assert len(signed) == 5 + 64
    assert sm2.verify(CARD_KEY.public, signed[:5] + terminal, signed[5:])
    assert sm2_signed.check_dynamic(signed, terminal, CARD_KEY.public) == DYNAMIC
    with pytest.raises(CertificateError, match="signature"):
        sm2_signed.check_dynamic(signed, bytes(4), CARD_KEY.public)


def test_combined_signature_has_the_published_layout() -> None:
    # The published sample is cut off inside S, so only its layout can be held against it.
    sample = bytes.fromhex(
        "152C02112240ABCDEFABCDEFABCDA347A797927B6BFAAC9BFDBE89C42C25C931"
        "06B9B9DE9B61B1E9C5981F3ADD9834EA02AB"
    )
    dynamic = DynamicData.parse(sample[2:-4])
    assert dynamic.number.hex() == "1122"
    combined = Combined.parse(dynamic.rest)
    assert combined.cid == 0x40
    assert bytes(combined) == dynamic.rest
    signed = sm2_signed.sign_combined(dynamic, sample[-4:], SIGNER)
    assert signed[:50] == sample
    assert len(signed) == 114
    assert sm2_signed.check_combined(signed, sample[-4:], CARD_KEY.public) == dynamic
    with pytest.raises(CertificateError, match="unpredictable"):
        sm2_signed.check_combined(signed, bytes(4), CARD_KEY.public)
    with pytest.raises(CertificateError, match="signature"):
        sm2_signed.check_combined(flipped(signed, 113), sample[-4:], CARD_KEY.public)


SIGNED = sm2_signed.sign_dynamic(DYNAMIC, b"", SIGNER)
DYNAMIC_FAULTS: list[tuple[bytes, str]] = [
    (b"", "length"),
    (bytes(64), "length"),
    (SIGNED[:-1], "length"),
    (b"\x05" + SIGNED[1:], "header"),
    (SIGNED[:1] + b"\x04" + SIGNED[2:], "length"),
    (SIGNED[:2] + b"\x09" + SIGNED[3:], "number"),
    (SIGNED[:3] + b"\xff" + SIGNED[4:], "signature"),
    (b"\x15" + SIGNED[5:], "length"),
    (b"\x15\x00" + SIGNED[5:], "number"),
]


@pytest.mark.parametrize(("signed", "field"), DYNAMIC_FAULTS, ids=range(len(DYNAMIC_FAULTS)))
def test_faults_of_dynamic_signatures(signed: bytes, field: str) -> None:
    with pytest.raises(CertificateError) as caught:
        sm2_signed.check_dynamic(signed, b"", CARD_KEY.public)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("signed", "field"),
    [
        (VECTOR["ssad"][:-1], "length"),
        (b"\x03" + VECTOR["ssad"][1:], "header"),
        (VECTOR["ssad"][:1] + bytes(2) + VECTOR["ssad"][3:], "signature"),
    ],
)
def test_faults_of_static_signatures(signed: bytes, field: str) -> None:
    with pytest.raises(CertificateError) as caught:
        sm2_signed.check_static(signed, VECTOR["static_data"], ISSUER_KEY)
    assert caught.value.field == field


def test_callers_mistakes() -> None:
    with pytest.raises(ValueError, match="2 bytes"):
        sm2_signed.sign_static(bytes(3), b"", SIGNER)
    with pytest.raises(ValueError, match="4 bytes"):
        sm2_signed.sign_combined(DYNAMIC, bytes(3), SIGNER)
    with pytest.raises(ValueError, match="255"):
        sm2_signed.sign_dynamic(DynamicData(bytes(2), bytes(253)), b"", SIGNER)
    with pytest.raises(ValueError, match="2 to 8"):
        DynamicData(bytes(9))
    with pytest.raises(ValueError, match="8 bytes"):
        Combined(0, bytes(7), bytes(20))


def test_static_data_end_with_the_aip_when_the_card_says_so() -> None:
    records, aip = (b"\x5a\x01\x11", b"\x5f\x24"), bytes.fromhex("7C00")
    assert static_data(records, aip) == b"\x5a\x01\x11\x5f\x24"
    assert static_data(records, aip, b"\x82") == b"\x5a\x01\x11\x5f\x24\x7c\x00"
    for wrong in (b"", b"\x94", b"\x82\x94"):
        with pytest.raises(CertificateError, match="9F4A"):
            static_data(records, aip, wrong)


subjects: st.SearchStrategy[Subject] = st.sampled_from([ISSUER, CARD]).flatmap(
    lambda kind: st.builds(
        Subject,
        st.just(kind),
        st.text("0123456789", min_size=kind.digits[0], max_size=kind.digits[1]),
        st.integers(1950, 2049),
        st.integers(1, 12),
        st.binary(min_size=3, max_size=3),
    )
)


@given(subjects)
def test_subjects_round_trip(subject: Subject) -> None:
    assert len(bytes(subject)) == subject.kind.size
    assert Subject.parse(subject.kind, bytes(subject)) == subject


def test_an_account_of_twenty_digits() -> None:
    with pytest.raises(CertificateError, match="number"):
        Subject.parse(CARD, b"\x11" * 10 + bytes.fromhex("1230000001"))


@settings(max_examples=10, deadline=None)
@given(subjects, st.integers(0, 0xFF), st.binary(max_size=60))
def test_certificates_round_trip(subject: Subject, curve: int, data: bytes) -> None:
    made = sm2_certificate.issue(subject, CA, SIGNER, data, curve)
    again = SM2Certificate.parse(subject.kind, bytes(made))
    assert again == made
    again.check(CARD_KEY.public, data)
    with pytest.raises(CertificateError, match="signature"):
        again.check(CARD_KEY.public, data + b"\0")


PARSERS: list[Callable[[bytes], object]] = [
    lambda raw: SM2Certificate.parse(ISSUER, raw),
    lambda raw: SM2Certificate.parse(CARD, raw),
    lambda raw: Subject.parse(ISSUER, raw.ljust(9, b"\0")[:9]),
    lambda raw: Subject.parse(CARD, raw.ljust(15, b"\0")[:15]),
    lambda raw: sm2_signed.check_static(raw, b"", CA),
    lambda raw: sm2_signed.check_dynamic(raw, b"", CA),
    lambda raw: sm2_signed.check_combined(raw, raw[-68:-64], CA),
    DynamicData.parse,
    Combined.parse,
]


@given(st.sampled_from(PARSERS), st.sampled_from(["", "12", "13", "14", "15"]), st.binary())
def test_any_bytes_parse_or_raise(parse: Callable[[bytes], object], head: str, raw: bytes) -> None:
    with suppress(CertificateError):
        parse(bytes.fromhex(head) + raw)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([(ISSUER, ISSUED), (CARD, CARD_CERTIFICATE)]), st.data())
def test_damaged_certificates_parse_or_raise(case: tuple[Kind, bytes], data: st.DataObject) -> None:
    kind, raw = case
    at = data.draw(st.integers(0, 20))
    damaged = raw[:at] + data.draw(st.binary(min_size=1, max_size=4)) + raw[at + 1 :]
    with suppress(CertificateError):
        assert bytes(SM2Certificate.parse(kind, damaged)) == damaged


@pytest.mark.parametrize(
    ("number", "year", "month", "serial"),
    [
        ("62", 2030, 1, bytes(3)),
        ("622800011", 2030, 1, bytes(3)),
        ("62A8", 2030, 1, bytes(3)),
        ("６２２８", 2030, 1, bytes(3)),
        ("6228", 2050, 1, bytes(3)),
        ("6228", 1949, 1, bytes(3)),
        ("6228", 2030, 0, bytes(3)),
        ("6228", 2030, 13, bytes(3)),
        ("6228", 2030, 1, bytes(4)),
    ],
)
def test_subjects_that_cannot_be(number: str, year: int, month: int, serial: bytes) -> None:
    with pytest.raises(ValueError, match="issuer certificate") as caught:
        Subject(ISSUER, number, year, month, serial)
    assert number not in str(caught.value)
