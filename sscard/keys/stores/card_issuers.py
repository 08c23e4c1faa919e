"""The issuers that sign an office's cards: their certificates, and the keys behind them.

kind = "card-issuers"

[rsa]                    # a family that is not there: no card with it can be made
index = 0xF8             # of the CA's key: tag 8F
certificate = "6A02…"    # tag 90
remainder = "33…"        # tag 92, where there is one
key = "issuer-2026"      # an RSA key's label in the token of [pkcs11]; or p and q, in hexadecimal

[sm2]
index = 0xF9
certificate = "12…"
d = "…"                  # in hexadecimal

[[ca.rsa]]               # as in a file of CA keys; [[ca.sm2]] alike
[pkcs11]                 # as for master keys; needed by ``key`` only

Private keys in plain text make it a TEST file (``test = true``); others are sealed, or name a
token.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sscard.errors import KeyStoreError
from sscard.keys.certificates import RSAIssuer, SM2Issuer
from sscard.keys.rsa import RSAPrivateKey, RSASigner
from sscard.keys.sm2_keys import Random, SM2PrivateKey
from sscard.keys.stores import store_file
from sscard.keys.stores.ca_keys import ca_keys
from sscard.keys.stores.certificates import CertificateStore, signer
from sscard.keys.stores.passphrases import from_environment
from sscard.keys.stores.store_file import Ask

KIND = "card-issuers"
_INDEX, _CERTIFICATE, _REMAINDER, _EXPONENT = 0x8F, 0x90, 0x92, 0x9F32
Document = Mapping[str, Any]


def load_card_issuers(
    path: Path, ask: Ask = from_environment, random: Random | None = None
) -> CertificateStore:
    """The issuers in the file at ``path``; ``random`` is for SM2 signatures, as for ``signer``.

    Whether certificates and keys fit, ``CertificateStore.check`` says, who knows account and day.
    Raises KeyStoreError naming file and entry, never a value.
    """
    return issuers_of(store_file.document(path, KIND, ask), str(path), random)


def issuers_of(document: Document, path: str, random: Random | None = None) -> CertificateStore:
    """The issuers in a document that came from ``path``.  Raises KeyStoreError."""
    try:
        return _store(document, path, random)
    except KeyError as missing:
        raise KeyStoreError(f"{path}: card issuers: {missing} is not there") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise KeyStoreError(f"{path}: card issuers: {error}") from None


def _store(document: Document, path: str, random: Random | None) -> CertificateStore:
    test = document.get("test") is True
    known = ca_keys(_table(document, "ca"), test=test)
    rsa, sm2 = document.get("rsa"), document.get("sm2")
    if rsa is None and sm2 is None:
        raise ValueError("neither [rsa] nor [sm2] is there")
    signer, of_tests = (None, False) if rsa is None else _rsa_signer(document, path)
    return CertificateStore(
        test or of_tests,
        None if signer is None else _rsa(_table(document, "rsa"), signer),
        None if sm2 is None else _sm2(_table(document, "sm2"), random),
        known.rsa,
        known.sm2,
    )


def _rsa_signer(document: Document, path: str) -> tuple[RSASigner, bool]:
    """The key, and whether it is in a token that has TEST keys."""
    entry = _table(document, "rsa")
    if "key" in entry:
        from sscard.keys.stores.pkcs11.rsa_signer import open_rsa_signer

        return open_rsa_signer(document, path, _text(entry, "key"))
    p, q = (int.from_bytes(_hex(entry, name), "big") for name in ("p", "q"))
    return RSAPrivateKey(p, q), False


def _rsa(entry: Document, signer: RSASigner) -> RSAIssuer:
    remainder = {_REMAINDER: _hex(entry, "remainder")} if "remainder" in entry else {}
    exponent = {_EXPONENT: signer.public.exponent_bytes}
    return RSAIssuer({**_certified(entry), **remainder, **exponent}, signer)


def _sm2(entry: Document, random: Random | None) -> SM2Issuer:
    key = SM2PrivateKey(_hex(entry, "d"))
    return SM2Issuer(_certified(entry), signer(key, random))


def _certified(entry: Document) -> dict[int, bytes]:
    index = entry["index"]
    if not isinstance(index, int) or not 0 <= index <= 0xFF:
        raise ValueError("an index is a number from 0 to 255")
    return {_INDEX: bytes((index,)), _CERTIFICATE: _hex(entry, "certificate")}


def _table(document: Document, name: str) -> Document:
    found = document[name]
    if not isinstance(found, dict):
        raise TypeError(f"[{name}] is no table")
    return found


def _text(entry: Document, name: str) -> str:
    found = entry[name]
    if not isinstance(found, str):
        raise TypeError(f"{name} is no text")
    return found


def _hex(entry: Document, name: str) -> bytes:
    try:
        return bytes.fromhex(_text(entry, name))
    except ValueError:
        raise ValueError(f"{name}: not a hexadecimal string") from None
