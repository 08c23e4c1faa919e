"""Ed25519 signatures of whole files (RFC 8032), as ``openssl pkeyutl -sign -rawin`` makes them.

A public key comes from whoever trusts it, never from what it is to prove.  A private key lives as
long as one call: nothing here keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from sscard.errors import KeyStoreError
from sscard.keys.types import Secret

#: Bytes of a signature.
SIGNATURE_SIZE = 64
#: A PEM file under a passphrase says this, PKCS #8 in its label, the older form in a header.
_SEALED = b"ENCRYPTED"
_MAKE = "openssl genpkey -algorithm ed25519"
_NO_KEY = f"no Ed25519 {{}} key in PEM (make one with: {_MAKE})"


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key that the caller trusts."""

    _key: Ed25519PublicKey = field(repr=False, compare=False)
    #: SHA-256 of its SubjectPublicKeyInfo in DER; what people compare over the telephone.
    fingerprint: bytes

    @classmethod
    def from_pem(cls, pem: bytes) -> VerifyingKey:
        """The key in a file of ``openssl pkey -pubout``.  Raises KeyStoreError."""
        if b"PRIVATE KEY" in pem:
            raise KeyStoreError(
                "this is a private key, which stays with its issuer; its public one is made with: "
                "openssl pkey -in PRIVATE.pem -pubout"
            )
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise KeyStoreError(_NO_KEY.format("public")) from None
        if not isinstance(key, Ed25519PublicKey):
            raise KeyStoreError(_NO_KEY.format("public"))
        return cls._of(key)

    @classmethod
    def _of(cls, key: Ed25519PublicKey) -> VerifyingKey:
        encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(key, sha256(encoded).digest())

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is that of ``message`` under this key."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def is_sealed(pem: bytes) -> bool:
    """Whether a private key needs a passphrase."""
    return _SEALED in pem


def sign(message: bytes, pem: bytes, passphrase: Secret | None) -> tuple[bytes, VerifyingKey]:
    """The signature of ``message`` by the private key in ``pem``, and the key that verifies it.

    Raises KeyStoreError, which never says anything of what is in the file.
    """
    key = _private(pem, passphrase)
    return key.sign(message), VerifyingKey._of(key.public_key())


def _private(pem: bytes, passphrase: Secret | None) -> Ed25519PrivateKey:
    opening = passphrase.reveal() if passphrase and is_sealed(pem) else None
    try:
        key = load_pem_private_key(pem, opening)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Its own words may quote the file; and a wrong passphrase looks like a damaged file.
        why = "the passphrase is wrong or the file is damaged" if opening else None
        raise KeyStoreError(why or _NO_KEY.format("private")) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyStoreError(_NO_KEY.format("private"))
    return key
