"""Keys not to be taken in: checked on import, generation and ceremony, never inside a card."""

from __future__ import annotations

from sscard.errors import KeyStoreError
from sscard.keys.types import AES, DES8, HMAC256, SM4, TDES, SecretKey

#: The 4 weak and 12 semi-weak DES keys (NIST SP 800-67 rev. 2, 3.3.2).
_TABLE = bytes.fromhex(
    "0101010101010101 FEFEFEFEFEFEFEFE E0E0E0E0F1F1F1F1 1F1F1F1F0E0E0E0E"
    "011F011F010E010E 1F011F010E010E01 01E001E001F101F1 E001E001F101F101"
    "01FE01FE01FE01FE FE01FE01FE01FE01 1FE01FE00EF10EF1 E01FE01FF10EF10E"
    "1FFE1FFE0EFE0EFE FE1FFE1FFE0EFE0E E0FEE0FEF1FEF1FE FEE0FEE0FEF1FEF1"
)
_WEAK = frozenset(_TABLE[at : at + 8] for at in range(0, len(_TABLE), 8))


def refuse_weak(name: str, key: SecretKey) -> None:
    """Raises KeyStoreError, naming the key, when it is weak, has equal halves or wrong parity.

    Those are properties of DES keys.  SM4 and AES have no known weak keys, and HMAC has none:
    refused are bytes that are all equal, a placeholder that was never replaced.
    """
    if isinstance(key, SM4 | AES | HMAC256) and len(set(key.reveal())) == 1:
        raise KeyStoreError(f"key {name}: bytes that are all equal are a placeholder")
    if not isinstance(key, DES8 | TDES):
        return
    value = key.reveal()
    if any(byte.bit_count() % 2 == 0 for byte in value):
        raise KeyStoreError(f"key {name}: not every byte has odd parity")
    halves = [value[at : at + DES8.SIZE] for at in range(0, len(value), DES8.SIZE)]
    if len(set(halves)) < len(halves):
        raise KeyStoreError(f"key {name}: both halves are equal, which is single DES")
    if not _WEAK.isdisjoint(halves):
        raise KeyStoreError(f"key {name}: weak or semi-weak DES key")
