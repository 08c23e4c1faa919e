"""EMV certificates and signatures with RSA, against published ones and read by hand."""

from __future__ import annotations

import hashlib
import random
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from Crypto.Util.number import getPrime
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.keys import rsa_generation
from sscard.keys.certificates import (
    CARD,
    ISSUER,
    CertificateError,
    Combined,
    DynamicData,
    RSACertificate,
    Subject,
    check_value,
    rsa_block,
    rsa_certificate,
    rsa_signed,
)
from sscard.keys.rsa import RSAPrivateKey, RSAPublicKey

PATH = Path(__file__).parents[1] / "vectors/certificates-rsa.toml"
VECTORS = tomllib.loads(PATH.read_text("utf-8"))
ACCOUNT = VECTORS["card"]["account"]


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def triple(row: dict[str, Any]) -> RSACertificate:
    return RSACertificate(*(unhex(row[name]) for name in ("certificate", "remainder", "exponent")))


CA = RSAPublicKey(unhex(VECTORS["ca"]["modulus"]), VECTORS["ca"]["exponent"])
ISSUED, STATIC = triple(VECTORS["issuer"]), VECTORS["static"]
ISSUER_KEY = RSAPublicKey(unhex(VECTORS["issuer"]["modulus"]), 3)
CARD_KEY = RSAPrivateKey(int(VECTORS["card"]["p"], 16), int(VECTORS["card"]["q"], 16))
SUBJECTS = {
    ISSUER: Subject(ISSUER, "622800", 2030, 12, bytes.fromhex("000001")),
    CARD: Subject(CARD, ACCOUNT, 2030, 12, bytes.fromhex("000002")),
}
DYNAMIC = DynamicData(bytes.fromhex("0007"))


@pytest.fixture(scope="module")
def big() -> RSAPrivateKey:
    return rsa_generation.generate(1408, 3)


@pytest.fixture(scope="module")
def small() -> RSAPrivateKey:
    return rsa_generation.generate(1024)


@pytest.mark.parametrize("row", [VECTORS["ca"], *VECTORS["ca_list"]], ids=lambda r: r["index"])
def test_check_values_of_published_keys(row: dict[str, Any]) -> None:
    key = RSAPublicKey(unhex(row["modulus"]), row["exponent"])
    assert check_value(row["index"], key).hex().upper() == row["check_value"]


def test_published_issuer_certificate() -> None:
    assert CA.power(ISSUED.certificate).startswith(unhex(VECTORS["issuer"]["begins"]))
    subject, key = rsa_certificate.read(ISSUER, ISSUED, CA)
    assert subject == Subject(ISSUER, "622800", 2030, 12, bytes.fromhex("000001"))
    assert key == ISSUER_KEY


def test_published_static_signature() -> None:
    signed, data = unhex(STATIC["signed"]), unhex(STATIC["data"])
    assert ISSUER_KEY.power(signed).startswith(unhex(STATIC["begins"]))
    assert rsa_signed.check_static(signed, data, ISSUER_KEY) == unhex(STATIC["code"])
    with pytest.raises(CertificateError, match="hash"):
        rsa_signed.check_static(signed, data + b"\0", ISSUER_KEY)


def test_published_card_certificate() -> None:
    """All but its hash, whose record is not published: the key is that of the published primes."""
    card = triple(VECTORS["card"])
    data, _ = rsa_block.recover("card", card.certificate, ISSUER_KEY, 0x04)
    assert Subject.parse(CARD, data[1:16]).number == ACCOUNT
    assert data[16:20].hex() == "01016003"
    assert data[20:] + card.remainder == CARD_KEY.public.modulus
    with pytest.raises(CertificateError, match="hash"):
        rsa_certificate.read(CARD, card, ISSUER_KEY)


def by_hand(kind: int, made: RSACertificate, authority: RSAPublicKey, data: bytes) -> bytes:
    """An EMV certificate read with nothing of ours: the key in it."""
    modulus = int.from_bytes(authority.modulus, "big")
    block = pow(int.from_bytes(made.certificate, "big"), authority.exponent, modulus)
    raw = block.to_bytes(len(authority.modulus), "big")
    head = {2: 15, 4: 21}[kind]
    assert (raw[0], raw[1], raw[-1]) == (0x6A, kind, 0xBC)
    hashed = raw[1:-21] + made.remainder + made.exponent + data
    assert hashlib.sha1(hashed).digest() == raw[-21:-1]
    size, exponent = raw[head - 2], raw[head - 1]
    assert exponent == len(made.exponent)
    digits = raw[head:-21]
    assert set(digits[size:]) <= {0xBB}
    return digits[:size] + made.remainder


@pytest.mark.parametrize("kind", [ISSUER, CARD], ids=lambda kind: kind.name)
@pytest.mark.parametrize("data", [b"", b"\x5a\x01\x62" * 40])
def test_issued_certificates_read_by_hand(
    kind: Any, data: bytes, big: RSAPrivateKey, small: RSAPrivateKey
) -> None:
    for authority, key, remainder in ((big, small, 0), (big, big, 36 + 6 * (kind is CARD))):
        made = rsa_certificate.issue(SUBJECTS[kind], key.public, authority, data)
        assert len(made.remainder) == remainder
        assert by_hand(kind.rsa_format, made, authority.public, data) == key.public.modulus
        read = rsa_certificate.read(kind, made, authority.public, data)
        assert read == (SUBJECTS[kind], key.public)


def test_a_key_is_not_longer_than_its_signers(big: RSAPrivateKey, small: RSAPrivateKey) -> None:
    with pytest.raises(ValueError, match="longer"):
        rsa_certificate.issue(SUBJECTS[ISSUER], big.public, small)


def forged(signer: RSAPrivateKey, at: int, value: int, kind: Any = ISSUER) -> RSACertificate:
    """A certificate over the signer's own key, with one byte changed before it was signed."""
    made = rsa_certificate.issue(SUBJECTS[kind], signer.public, signer)
    block = bytearray(signer.public.power(made.certificate))
    block[at] = value if block[at] != value else value ^ 1  # a hash has every byte, sometimes
    if 0 < at < len(block) - 21:
        hashed = bytes(block[1:-21]) + made.remainder + made.exponent
        block[-21:-1] = hashlib.sha1(hashed).digest()
    return RSACertificate(signer.power(bytes(block)), made.remainder, made.exponent)


FAULTS = [
    (0, 0x4A, "header or trailer"),
    (-1, 0xBD, "header or trailer"),
    (1, 0x04, "format"),
    (2, 0xA2, "number"),
    (3, 0xFF, "number"),
    (6, 0x13, "expiry"),
    (11, 0x02, "algorithm"),
    (12, 0x02, "algorithm"),
    (13, 0x7F, "remainder"),
    (13, 0x81, "remainder"),
    (14, 0x01, "exponent length"),
    (15, 0x00, "key"),
    (-2, 0x00, "hash"),
]


@pytest.mark.parametrize(("at", "value", "field"), FAULTS)
def test_errors_name_the_field(at: int, value: int, field: str, small: RSAPrivateKey) -> None:
    made = forged(small, at, value)
    with pytest.raises(CertificateError) as caught:
        rsa_certificate.read(ISSUER, made, small.public)
    assert (caught.value.certificate, caught.value.field) == ("issuer certificate", field)


def test_other_faults_of_certificates(big: RSAPrivateKey, small: RSAPrivateKey) -> None:
    made = rsa_certificate.issue(SUBJECTS[ISSUER], small.public, small)
    value, remainder, exponent = made.certificate, made.remainder, made.exponent
    faults = [
        (RSACertificate(value[:-1], remainder, exponent), "length"),
        (RSACertificate(b"\xff" * 128, remainder, exponent), "value"),
        (RSACertificate(value, remainder[:-1], exponent), "remainder"),
        (RSACertificate(value, remainder[:-1] + b"\0", exponent), "key"),
        (RSACertificate(value, bytes(35) + remainder[-1:], exponent), "hash"),
        (RSACertificate(value, remainder, b"\x01\0\x03"), "key"),
        (RSACertificate(value, remainder, b"\x03"), "exponent length"),
    ]
    for wrong, field in faults:
        with pytest.raises(CertificateError) as caught:
            rsa_certificate.read(ISSUER, wrong, small.public)
        assert caught.value.field == field
        assert small.public.modulus.hex()[:8] not in str(caught.value)
    with pytest.raises(CertificateError, match="another key"):
        rsa_certificate.read(ISSUER, ISSUED, rsa_generation.generate(1024).public)


def test_a_certified_key_longer_than_its_signers(big: RSAPrivateKey, small: RSAPrivateKey) -> None:
    head = b"\x02" + bytes(SUBJECTS[ISSUER]) + bytes((1, 1, 176, 1))
    fits = rsa_block.room(small.public) - len(head)
    remainder = big.public.modulus[fits:]
    value = rsa_block.seal(head + big.public.modulus[:fits], remainder + b"\x03", small)
    with pytest.raises(CertificateError, match="more than that of the signer"):
        rsa_certificate.read(ISSUER, RSACertificate(value, remainder, b"\x03"), small.public)


def test_static_signatures(big: RSAPrivateKey) -> None:
    signed = rsa_signed.sign_static(b"\xda\xc1", b"data", big)
    assert rsa_signed.check_static(signed, b"data", big.public) == b"\xda\xc1"
    assert big.public.power(signed)[1:12].hex() == "0301dac1" + "bb" * 7
    with pytest.raises(ValueError, match="2 bytes"):
        rsa_signed.sign_static(b"\xda", b"data", big)


def test_dynamic_signatures() -> None:
    """What a card signs is laid out as a published card implementation does it (pboc 4.2)."""
    terminal = bytes.fromhex("01020304")
    signed = rsa_signed.sign_dynamic(DYNAMIC, terminal, CARD_KEY)
    plain = CARD_KEY.public.power(signed)
    assert plain.startswith(unhex("6A050103020007BB"))
    assert hashlib.sha1(plain[1:-21] + terminal).digest() == plain[-21:-1]
    assert rsa_signed.check_dynamic(signed, terminal, CARD_KEY.public) == DYNAMIC
    with pytest.raises(CertificateError, match="hash"):
        rsa_signed.check_dynamic(signed, bytes(4), CARD_KEY.public)


def test_combined_signatures() -> None:
    rest = Combined(0x40, bytes(8), hashlib.sha1(b"transaction").digest())
    dynamic = DynamicData(bytes(8), bytes(rest))
    signed = rsa_signed.sign_dynamic(dynamic, b"\x01\x02\x03\x04", CARD_KEY)
    read = rsa_signed.check_dynamic(signed, b"\x01\x02\x03\x04", CARD_KEY.public)
    assert Combined.parse(read.rest) == rest


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"\x05\x02\x03\x02\x00\x07", "algorithm"),
        (b"\x05\x01\xff\x02\x00\x07", "length"),
        (b"\x05\x01\x03\x01\x00\x07", "number"),
        (b"\x05\x01\x02\x02\x00\x07", "number"),
        (b"\x05\x01\x00\x02\x00\x07", "number"),
        (b"\x03\x01\x03\x02\x00\x07", "format"),
    ],
)
def test_faults_of_dynamic_signatures(data: bytes, field: str) -> None:
    signed = rsa_block.seal(data, b"", CARD_KEY)
    with pytest.raises(CertificateError) as caught:
        rsa_signed.check_dynamic(signed, b"", CARD_KEY.public)
    assert (caught.value.certificate, caught.value.field) == ("dynamic data", field)


def test_static_signature_of_another_algorithm(small: RSAPrivateKey) -> None:
    with pytest.raises(CertificateError, match="algorithm"):
        rsa_signed.check_static(rsa_block.seal(b"\x03\x02\xda\xc1", b"", small), b"", small.public)


def test_what_does_not_fit(big: RSAPrivateKey) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        rsa_block.seal(bytes(155), b"", big)
    with pytest.raises(ValueError, match="255"):
        rsa_signed.sign_dynamic(DynamicData(bytes(2), bytes(253)), b"", big)
    longest = rsa_generation.generate(1992, 3)
    with pytest.raises(ValueError, match="do not fit"):
        rsa_block.seal(bytes(10), b"", longest)
    with pytest.raises(CertificateError, match="length"):
        rsa_certificate.read(ISSUER, RSACertificate(bytes(249), b"", b"\3"), longest.public)


#: Keys too short for any block, for its fields, and for those of a card.
TINY = [RSAPublicKey(b"\xff" * size) for size in (1, 2, 13, 22, 23, 26, 40)]


def tiny(size: int) -> RSAPrivateKey:
    source = random.Random(size).randbytes
    while True:
        p, q = (getPrime(4 * size, randfunc=source) for _ in range(2))
        with suppress(ValueError):
            return RSAPrivateKey(p, q)


@pytest.mark.parametrize("size", [5, 22, 23, 24, 30, 37, 40])
def test_blocks_too_short_for_their_fields(size: int) -> None:
    key = tiny(size)
    for form in (2, 3, 4, 5):
        head = bytes((0x6A, form))
        data = head[1:] + bytes(max(0, size - 23))
        tail = hashlib.sha1(data).digest()[: size - 3] + b"\xbc"
        sealed = key.power((head[:1] + data + tail)[: size - 1] + b"\xbc")
        with pytest.raises(CertificateError):
            _read(form, sealed, key.public)


def _read(form: int, sealed: bytes, key: RSAPublicKey) -> object:
    if form == 3:
        return rsa_signed.check_static(sealed, b"", key)
    if form == 5:
        return rsa_signed.check_dynamic(sealed, b"", key)
    kind = ISSUER if form == 2 else CARD
    return rsa_certificate.read(kind, RSACertificate(sealed, b"", b"\3"), key)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([ISSUER, CARD]), st.binary(max_size=140), st.binary(max_size=40))
def test_any_bytes_read_or_raise(kind: Any, raw: bytes, remainder: bytes) -> None:
    for key in (CA, CARD_KEY.public, *TINY):
        sealed = raw.ljust(key.size, b"\0")[: key.size]
        for value in (raw, sealed):
            with suppress(CertificateError):
                rsa_certificate.read(kind, RSACertificate(value, remainder, b"\3"), key)
            with suppress(CertificateError):
                rsa_signed.check_static(value, remainder, key)
            with suppress(CertificateError):
                rsa_signed.check_dynamic(value, remainder, key)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([0x02, 0x03, 0x04, 0x05]), st.binary(max_size=73), st.binary(max_size=20))
def test_any_recovered_data_read_or_raise(form: int, data: bytes, tail: bytes) -> None:
    sealed = rsa_block.seal(bytes((form,)) + data, tail, CARD_KEY)
    key = CARD_KEY.public
    with suppress(CertificateError):
        kind = ISSUER if form == ISSUER.rsa_format else CARD
        rsa_certificate.read(kind, RSACertificate(sealed, tail, b"\3"), key)
    with suppress(CertificateError):
        rsa_signed.check_static(sealed, tail, key)
    with suppress(CertificateError):
        rsa_signed.check_dynamic(sealed, tail, key)
