"""SM2 signatures over a card's data: SSAD (93), 67 bytes, and SDAD (9F4B) (pboc 4.1 [H, V])."""

from __future__ import annotations

from sscard.keys import sm2
from sscard.keys.certificates.data import DynamicData
from sscard.keys.certificates.error import CertificateError
from sscard.keys.sm2_keys import SM2PublicKey

STATIC, DYNAMIC = "static data", "dynamic data"
_STATIC, _DYNAMIC = 0x13, 0x15
#: Bytes of the unpredictable number that a CDA signature carries (pboc 4.1 [M]).
CARRIED = 4


def sign_static(code: bytes, static_data: bytes, issuer: sm2.SM2Signer) -> bytes:
    """Tag 93: 13 ‖ data authentication code of 2 bytes ‖ R ‖ S."""
    if len(code) != 2:
        raise ValueError("a data authentication code has 2 bytes")
    head = bytes((_STATIC,)) + code
    return head + issuer.sign(head + static_data)


def check_static(signed: bytes, static_data: bytes, issuer: SM2PublicKey) -> bytes:
    """The data authentication code (9F45).  Raises CertificateError."""
    head, signature = _split(STATIC, signed, _STATIC, 3)
    if not sm2.verify(issuer, head + static_data, signature):
        raise CertificateError(STATIC, "signature", "does not hold")
    return head[1:]


def sign_dynamic(dynamic: DynamicData, terminal: bytes, card: sm2.SM2Signer) -> bytes:
    """Tag 9F4B for DDA and fDDA: 15 ‖ length ‖ dynamic data ‖ R ‖ S, over the terminal's data too.

    ``terminal`` are the values the DDOL asks for; fDDA 00: 9F37, 01: 9F37 ‖ 9F02 ‖ 5F2A ‖ 9F69.
    """
    head = _dynamic(dynamic)
    return head + card.sign(head + terminal)


def check_dynamic(signed: bytes, terminal: bytes, card: SM2PublicKey) -> DynamicData:
    """What the card said.  Raises CertificateError."""
    head, signature = _split(DYNAMIC, signed, _DYNAMIC, len(signed) - sm2.SIGNATURE)
    dynamic = _content(head)
    if not sm2.verify(card, head + terminal, signature):
        raise CertificateError(DYNAMIC, "signature", "does not hold")
    return dynamic


def sign_combined(dynamic: DynamicData, unpredictable: bytes, card: sm2.SM2Signer) -> bytes:
    """Tag 9F4B for CDA: the terminal's number travels inside, before R ‖ S (pboc 4.1 [M])."""
    if len(unpredictable) != CARRIED:
        raise ValueError(f"an unpredictable number has {CARRIED} bytes")
    message = _dynamic(dynamic) + unpredictable
    return message + card.sign(message)


def check_combined(signed: bytes, unpredictable: bytes, card: SM2PublicKey) -> DynamicData:
    """What the card said.  Raises CertificateError."""
    message, signature = _split(DYNAMIC, signed, _DYNAMIC, len(signed) - sm2.SIGNATURE)
    if message[-CARRIED:] != unpredictable:
        raise CertificateError(DYNAMIC, "unpredictable number", "is not the terminal's")
    dynamic = _content(message[:-CARRIED])
    if not sm2.verify(card, message, signature):
        raise CertificateError(DYNAMIC, "signature", "does not hold")
    return dynamic


def _dynamic(dynamic: DynamicData) -> bytes:
    content = bytes(dynamic)
    if len(content) > 0xFF:
        raise ValueError("dynamic data have at most 255 bytes")
    return bytes((_DYNAMIC, len(content))) + content


def _content(head: bytes) -> DynamicData:
    if len(head) < 2 or head[1] != len(head) - 2:
        raise CertificateError(DYNAMIC, "length", "is not that of its fields")
    return DynamicData.parse(head[2:])


def _split(name: str, signed: bytes, header: int, at: int) -> tuple[bytes, bytes]:
    """What was signed, and the signature after it."""
    if at < 1 or len(signed) != at + sm2.SIGNATURE:
        raise CertificateError(name, "length", f"is {len(signed)}")
    if signed[0] != header:
        raise CertificateError(name, "header", f"is {signed[0]:02X}, not {header:02X}")
    return signed[:at], signed[at:]
