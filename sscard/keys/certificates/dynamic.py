"""What a card signs with its own key, in either family: DDA, fDDA and CDA (pboc 4 [H, M]).

The family is that of the key.  Whoever needs the bytes of one family finds them in ``rsa_signed``
and ``sm2_signed``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from sscard.keys.certificates import rsa_signed, sm2_signed
from sscard.keys.certificates.data import Combined, DynamicData
from sscard.keys.certificates.error import CertificateError
from sscard.keys.rsa import RSAPublicKey, RSASigner
from sscard.keys.sm2 import SM2Signer
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.sm3 import sm3

Signer = RSASigner | SM2Signer
PublicKey = RSAPublicKey | SM2PublicKey

_NUMBER, _AMOUNT, _CURRENCY, _RELATED = 0x9F37, 0x9F02, 0x5F2A, 0x9F69
#: By the first byte of 9F69: what of the terminal and of the card fDDA signs (pboc 4.1 [M]).
_FAST = ((_NUMBER,), (_NUMBER, _AMOUNT, _CURRENCY, _RELATED))


def fast_data(version: int, values: Mapping[int, bytes]) -> bytes:
    """What fDDA signs beside the card's own data, in the place of a DDOL's values (pboc 4.1 [M]).

    Version 01 is for a terminal whose TTQ says so (byte 4, b8) and a card that has 9F69.  Raises
    CertificateError for another version or a value that is missing.
    """
    if version not in range(len(_FAST)):
        raise CertificateError(rsa_signed.DYNAMIC, "version", f"is {version:02X}")
    for tag in _FAST[version]:
        if tag not in values:
            raise CertificateError(rsa_signed.DYNAMIC, f"tag {tag:X}", "is missing")
    return b"".join(values[tag] for tag in _FAST[version])


def sign_dynamic(dynamic: DynamicData, terminal: bytes, signer: Signer) -> bytes:
    """Tag 9F4B for DDA, ``terminal`` being the values of the DDOL, and for fDDA (``fast_data``)."""
    if _is_rsa(signer):
        return rsa_signed.sign_dynamic(dynamic, terminal, signer)
    return sm2_signed.sign_dynamic(dynamic, terminal, _sm2(signer))


def check_dynamic(signed: bytes, terminal: bytes, key: PublicKey) -> DynamicData:
    """What the card said.  Raises CertificateError."""
    if isinstance(key, RSAPublicKey):
        return rsa_signed.check_dynamic(signed, terminal, key)
    return sm2_signed.check_dynamic(signed, terminal, key)


@dataclass(frozen=True, slots=True)
class Statement:
    """What CDA is about: the card's dynamic number, its decision, and the whole transaction.

    ``transaction`` are the values that the PDOL and the CDOLs asked for up to now, and then the
    answer to GENERATE AC as TLVs without 9F4B (EMV book 2, 6.6.1 [G]).
    """

    number: bytes
    cid: int
    cryptogram: bytes
    transaction: bytes = field(repr=False)


def sign_combined(statement: Statement, unpredictable: bytes, signer: Signer) -> bytes:
    """Tag 9F4B for CDA, ``unpredictable`` being the terminal's 9F37.  ValueError for lengths."""
    summary = transaction_hash(statement.transaction, signer.public)
    combined = Combined(statement.cid, statement.cryptogram, summary)
    dynamic = DynamicData(statement.number, bytes(combined))
    if _is_rsa(signer):
        return rsa_signed.sign_dynamic(dynamic, unpredictable, signer)
    return sm2_signed.sign_combined(dynamic, unpredictable, _sm2(signer))


def check_combined(
    signed: bytes, transaction: bytes, unpredictable: bytes, key: PublicKey
) -> Statement:
    """What the card said.  Raises CertificateError, also when it said it of something else."""
    if isinstance(key, RSAPublicKey):
        dynamic = rsa_signed.check_dynamic(signed, unpredictable, key)
    else:
        dynamic = sm2_signed.check_combined(signed, unpredictable, key)
    combined = Combined.parse(dynamic.rest)
    if combined.transaction_hash != transaction_hash(transaction, key):
        raise CertificateError(rsa_signed.DYNAMIC, "transaction", "is not the one that took place")
    return Statement(dynamic.number, combined.cid, combined.cryptogram, transaction)


def transaction_hash(transaction: bytes, key: PublicKey) -> bytes:
    """The hash that goes with the key: SHA-1, 20 bytes, or SM3, 32."""
    if isinstance(key, RSAPublicKey):
        return hashlib.sha1(transaction, usedforsecurity=False).digest()
    return sm3(transaction)


def _is_rsa(signer: Signer) -> TypeGuard[RSASigner]:
    return isinstance(signer.public, RSAPublicKey)


def _sm2(signer: Signer) -> SM2Signer:
    if not _is_sm2(signer):
        raise TypeError("a card signs with RSA or with SM2")
    return signer


def _is_sm2(signer: Signer) -> TypeGuard[SM2Signer]:
    return isinstance(signer.public, SM2PublicKey)
