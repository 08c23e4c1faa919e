"""DDA, fDDA and CDA in both families, each signature opened by hand as well."""

from __future__ import annotations

import hashlib
import random

import pytest
from gmssl import sm3 as gmssl_sm3
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.keys import rsa_generation, sm2
from sscard.keys.certificates import CertificateError, DynamicData, dynamic
from sscard.keys.certificates.dynamic import Signer, Statement
from sscard.keys.sm2_keys import SM2PrivateKey

RSA = rsa_generation.generate(1024)
SM2 = sm2.SoftwareSigner(SM2PrivateKey(bytes(31) + b"\5"), random.Random(6).randbytes)
signers = pytest.mark.parametrize("signer", [RSA, SM2], ids=["rsa", "sm2"])

TERMINAL = {
    0x9F37: bytes.fromhex("11223344"),
    0x9F02: bytes.fromhex("000000001230"),
    0x5F2A: bytes.fromhex("0156"),
    0x9F69: bytes.fromhex("0100000000300000"),
}
UNPREDICTABLE = TERMINAL[0x9F37]
STATEMENT = Statement(bytes.fromhex("002A"), 0x40, bytes(range(8)), b"all that was said")


def sm3(data: bytes) -> bytes:
    return bytes.fromhex(gmssl_sm3.sm3_hash(list(data)))


def opened(signed: bytes) -> bytes:
    """The block that an RSA signature is."""
    return RSA.public.power(signed)


def test_fast_data_by_version() -> None:
    # pboc 4.1 [M]
    assert dynamic.fast_data(0, TERMINAL).hex() == "11223344"
    assert dynamic.fast_data(1, TERMINAL).hex() == "1122334400000000123001560100000000300000"
    for version in (2, 0x80, -1):
        with pytest.raises(CertificateError, match="version"):
            dynamic.fast_data(version, TERMINAL)
    for tag in TERMINAL:
        with pytest.raises(CertificateError, match=f"tag {tag:X} is missing"):
            dynamic.fast_data(1, {other: v for other, v in TERMINAL.items() if other != tag})


def test_dda_with_rsa_is_that_of_the_cards() -> None:
    # pboc 4.2: 6A 05 01 03 02 ATC BB…, hash over that and the terminal's data, BC.
    signed = dynamic.sign_dynamic(DynamicData(b"\0\x2a"), UNPREDICTABLE, RSA)
    block = opened(signed)
    data = bytes.fromhex("05010302002A").ljust(128 - 22, b"\xbb")
    assert block == b"\x6a" + data + hashlib.sha1(data + UNPREDICTABLE).digest() + b"\xbc"


@signers
@pytest.mark.parametrize("version", [0, 1])
def test_fast_signatures(signer: Signer, version: int) -> None:
    content, said = dynamic.fast_data(version, TERMINAL), DynamicData(b"\0\x2a")
    signed = dynamic.sign_dynamic(said, content, signer)
    assert dynamic.check_dynamic(signed, content, signer.public) == said
    with pytest.raises(CertificateError):
        dynamic.check_dynamic(signed, dynamic.fast_data(1 - version, TERMINAL), signer.public)


def test_cda_with_rsa_by_hand() -> None:
    block = opened(dynamic.sign_combined(STATEMENT, UNPREDICTABLE, RSA))
    said = b"\2\0\x2a\x40" + bytes(range(8)) + hashlib.sha1(STATEMENT.transaction).digest()
    data = (b"\5\1\x20" + said).ljust(128 - 22, b"\xbb")
    assert block == b"\x6a" + data + hashlib.sha1(data + UNPREDICTABLE).digest() + b"\xbc"


def test_cda_with_sm2_by_hand() -> None:
    # pboc 4.1 [M]: 15 2C 02 number CID AC SM3 UN, signed up to there; 114 bytes.
    signed = dynamic.sign_combined(STATEMENT, UNPREDICTABLE, SM2)
    said = b"\2\0\x2a\x40" + bytes(range(8)) + sm3(STATEMENT.transaction)
    message = b"\x15\x2c" + said + UNPREDICTABLE
    assert (signed[:-64], len(signed)) == (message, 114)
    assert sm2.verify(SM2.public, message, signed[-64:])


@signers
def test_a_statement_comes_back(signer: Signer) -> None:
    signed = dynamic.sign_combined(STATEMENT, UNPREDICTABLE, signer)
    key = signer.public
    assert dynamic.check_combined(signed, STATEMENT.transaction, UNPREDICTABLE, key) == STATEMENT
    with pytest.raises(CertificateError) as caught:
        dynamic.check_combined(signed, b"something else", UNPREDICTABLE, key)
    assert caught.value.field == "transaction"
    with pytest.raises(CertificateError):
        dynamic.check_combined(signed, STATEMENT.transaction, bytes(4), key)


@signers
def test_dda_is_no_cda(signer: Signer) -> None:
    key = signer.public
    signed = dynamic.sign_dynamic(DynamicData(b"\0\1"), UNPREDICTABLE, signer)
    with pytest.raises(CertificateError):
        dynamic.check_combined(signed, b"", UNPREDICTABLE, key)


@signers
@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
@settings(max_examples=25, deadline=None)
def test_every_bit_of_a_signature_counts(signer: Signer, at: int, bit: int) -> None:
    signed = bytearray(dynamic.sign_combined(STATEMENT, UNPREDICTABLE, signer))
    signed[at % len(signed)] ^= 1 << bit
    with pytest.raises(CertificateError):
        dynamic.check_combined(bytes(signed), STATEMENT.transaction, UNPREDICTABLE, signer.public)


@signers
@given(raw=st.binary(max_size=140))
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_refused_by_name(signer: Signer, raw: bytes) -> None:
    with pytest.raises(CertificateError):
        dynamic.check_combined(raw, b"", UNPREDICTABLE, signer.public)
    with pytest.raises(CertificateError):
        dynamic.check_dynamic(raw, UNPREDICTABLE, signer.public)


def test_caller_mistakes() -> None:
    with pytest.raises(ValueError, match="2 to 8 bytes"):
        dynamic.sign_combined(Statement(b"1", 0, bytes(8), b""), UNPREDICTABLE, RSA)
    with pytest.raises(ValueError, match="cryptogram has 8"):
        dynamic.sign_combined(Statement(b"12", 0, bytes(7), b""), UNPREDICTABLE, RSA)
    with pytest.raises(ValueError, match="4 bytes"):
        dynamic.sign_combined(STATEMENT, bytes(3), SM2)
