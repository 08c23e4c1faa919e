"""Key and PIN types: what they accept, compare and encode."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from sscard.keys import DES8, HMAC256, SM4, TDES, Pin, SecretKey
from sscard.keys.types import AES


@pytest.mark.parametrize(("kind", "size"), [(DES8, 8), (TDES, 16), (HMAC256, 32)])
def test_a_key_has_its_size(kind: type[SecretKey], size: int) -> None:
    assert kind(bytes(size)).reveal() == bytes(size)
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(ValueError, match=f"{size} bytes, not {wrong}"):
            kind(bytes(wrong))


@pytest.mark.parametrize("size", [16, 24, 32])
def test_aes_keys_have_three_sizes(size: int) -> None:
    assert AES(bytes(size)).reveal() == bytes(size)
    assert repr(AES(bytes(size))) == f"<AES {8 * size} bits>"
    for wrong in (0, 8, size - 1, size + 1, 40):
        with pytest.raises(ValueError, match=f"16, 24 or 32 bytes, not {wrong}"):
            AES(bytes(wrong))


def test_equality_is_of_type_and_value() -> None:
    assert TDES(bytes(16)) == TDES(bytes(16))
    assert TDES(bytes(16)) != TDES(bytes(15) + b"\1")
    assert TDES(bytes(16)) != bytes(16)
    assert DES8(b"12345678") != Pin("12345678")
    assert AES(bytes(16)) != SM4(bytes(16))


def test_keys_are_not_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(TDES(bytes(16)))


def test_a_key_copies_what_could_change() -> None:
    value = bytearray(16)
    key = TDES(value)
    value[0] = 0xFF
    assert key.reveal() == bytes(16)


def test_hmac_key() -> None:
    key = HMAC256(bytes(32))
    assert key.digest(b"x") == hmac.new(bytes(32), b"x", hashlib.sha256).digest()
    assert key.kcv == hmac.new(bytes(32), b"", hashlib.sha256).digest()[:3]


@pytest.mark.parametrize(
    ("digits", "encoded", "block"),
    [
        ("123456", "123456", "26123456FFFFFFFF"),
        ("12345", "12345F", "2512345FFFFFFFFF"),
        ("1234", "1234", "241234FFFFFFFFFF"),
        ("123456789012", "123456789012", "2C123456789012FF"),
    ],
)
def test_pin_forms(digits: str, encoded: str, block: str) -> None:
    pin = Pin(digits)
    assert pin.encoded().hex().upper() == encoded
    assert pin.block().hex().upper() == block


@pytest.mark.parametrize(
    ("digits", "encoded"),
    [("1234567890123", "1234567890123F"), ("1234567890123456", "1234567890123456")],
)
def test_a_pin_that_only_social_security_cards_take(digits: str, encoded: str) -> None:
    assert Pin(digits).encoded().hex().upper() == encoded
    with pytest.raises(ValueError, match="a bank's PIN has up to 12 digits") as caught:
        Pin(digits).block()
    assert digits not in str(caught.value)


@pytest.mark.parametrize("digits", ["", "123", "1" * 17, "12a4", "１２３４", "12 4", "-123"])
def test_what_is_no_pin(digits: str) -> None:
    with pytest.raises(ValueError, match="4 to 16 decimal digits") as caught:
        Pin(digits)
    assert not digits or digits not in str(caught.value)
