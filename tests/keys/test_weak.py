"""Which keys are not taken in."""

from __future__ import annotations

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import DES8, HMAC256, SM4, TDES, SecretKey
from sscard.keys.types import AES
from sscard.keys.weak import refuse_weak

GOOD = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
WEAK = bytes.fromhex("1F1F1F1F0E0E0E0E")
SEMI_WEAK = bytes.fromhex("01FE01FE01FE01FE")


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (TDES(GOOD[:8] * 2), "equal"),
        (TDES(bytes(16)), "parity"),
        (TDES(GOOD[:15] + b"\x11"), "parity"),
        (TDES(GOOD[:8] + WEAK), "weak"),
        (TDES(SEMI_WEAK + GOOD[8:]), "weak"),
        (DES8(WEAK), "weak"),
        (DES8(bytes(8)), "parity"),
        (SM4(bytes(16)), "placeholder"),
        (SM4(b"\x11" * 16), "placeholder"),
        (AES(bytes(24)), "placeholder"),
        (HMAC256(b"\xff" * 32), "placeholder"),
    ],
)
def test_refused_by_name(key: SecretKey, why: str) -> None:
    with pytest.raises(KeyStoreError, match=f"key UK1.*{why}") as caught:
        refuse_weak("UK1", key)
    assert key.reveal().hex() not in str(caught.value).lower()


@pytest.mark.parametrize(
    "key",
    [
        TDES(GOOD),
        DES8(GOOD[:8]),
        HMAC256(GOOD * 2),
        SM4(bytes(15) + b"\1"),
        AES(WEAK * 2),
        AES(GOOD + WEAK),
        AES(GOOD * 2),
    ],
)
def test_accepted(key: SecretKey) -> None:
    refuse_weak("UK1", key)
