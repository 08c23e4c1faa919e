"""RSA signatures over a card's data: the issuer's (93), the card's own (9F4B) (pboc 4.2 [H, V])."""

from __future__ import annotations

from sscard.keys.certificates import rsa_block
from sscard.keys.certificates.data import DynamicData
from sscard.keys.certificates.error import CertificateError
from sscard.keys.rsa import RSAPublicKey, RSASigner

STATIC, DYNAMIC = "static data", "dynamic data"
_STATIC, _DYNAMIC = 0x03, 0x05
_SHA1 = 0x01


def sign_static(code: bytes, static_data: bytes, issuer: RSASigner) -> bytes:
    """Tag 93: 03 ‖ 01 ‖ data authentication code of 2 bytes ‖ BB …, sealed with the data."""
    if len(code) != 2:
        raise ValueError("a data authentication code has 2 bytes")
    return rsa_block.seal(bytes((_STATIC, _SHA1)) + code, static_data, issuer)


def check_static(signed: bytes, static_data: bytes, issuer: RSAPublicKey) -> bytes:
    """The data authentication code (9F45).  Raises CertificateError."""
    data, expected = rsa_block.recover(STATIC, signed, issuer, _STATIC)
    if len(data) < 4:
        raise CertificateError(STATIC, "length", "is too short for its fields")
    _check_algorithm(STATIC, data[1])
    rsa_block.check_hash(STATIC, data, static_data, expected)
    return data[2:4]


def sign_dynamic(dynamic: DynamicData, terminal: bytes, card: RSASigner) -> bytes:
    """Tag 9F4B: 05 ‖ 01 ‖ length ‖ dynamic data ‖ BB …, sealed with the terminal's data.

    ``terminal`` are the values the DDOL asks for, for CDA the unpredictable number (9F37).
    """
    content = bytes(dynamic)
    if len(content) > 0xFF:
        raise ValueError("dynamic data have at most 255 bytes")
    return rsa_block.seal(bytes((_DYNAMIC, _SHA1, len(content))) + content, terminal, card)


def check_dynamic(signed: bytes, terminal: bytes, card: RSAPublicKey) -> DynamicData:
    """What the card said.  Raises CertificateError."""
    data, expected = rsa_block.recover(DYNAMIC, signed, card, _DYNAMIC)
    if len(data) < 3 or data[2] > len(data) - 3:
        raise CertificateError(DYNAMIC, "length", "is more than the block has")
    _check_algorithm(DYNAMIC, data[1])
    rsa_block.check_hash(DYNAMIC, data, terminal, expected)
    return DynamicData.parse(data[3 : 3 + data[2]])


def _check_algorithm(name: str, algorithm: int) -> None:
    if algorithm != _SHA1:
        raise CertificateError(name, "algorithm", f"is {algorithm:02X}, not 01 (SHA-1)")
