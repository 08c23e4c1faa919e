"""The RSA key of whoever receives enciphered files (CMS): read, used for one call, not kept."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sscard.errors import KeyStoreError
from sscard.keys.ed25519 import is_sealed
from sscard.keys.types import Secret


def receiver_key(pem: bytes, passphrase: Secret | None) -> RSAPrivateKey:
    """The private key in ``pem``.  Raises KeyStoreError, which says nothing of what is in it."""
    opening = passphrase.reveal() if passphrase and is_sealed(pem) else None
    try:
        key = load_pem_private_key(pem, opening)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        why = "the passphrase is wrong or the file is damaged" if opening else "no RSA key in PEM"
        raise KeyStoreError(why) from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyStoreError("no RSA key in PEM")
    return key
