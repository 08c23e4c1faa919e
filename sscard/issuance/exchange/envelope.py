"""Lists that only their receiver may read: CMS enveloped data (RFC 5652), AES-256-CBC, DER.

The key of the content is enciphered under the RSA key in the receiver's certificate.  An envelope
says nothing of who made it: the seal is made over the list inside, and checked when it is open.
Of the receiver's certificate only the key is used; whose it is, is compared by fingerprint.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    pkcs7_decrypt_der,
)

from sscard.errors import KeyStoreError
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import ListError

#: Bytes of a list that are put in an envelope: it is in memory as a whole.
LARGEST = 256 << 20
#: Bytes of an envelope: a few thousand more than those of its content.
LARGEST_ENVELOPE = LARGEST + (1 << 16)
_SHORTEST_KEY = 2048


def enclose(content: bytes, certificate: bytes) -> bytes:
    """The envelope for the holder of a certificate (PEM).

    Raises KeyStoreError for a certificate that is none, or has no RSA key of 2048 bits or more, and
    ListError for more than ``LARGEST`` bytes.
    """
    if len(content) > LARGEST:
        raise ListError.because("envelope", Fault.TOO_LARGE, f"> {LARGEST}")
    builder = PKCS7EnvelopeBuilder().set_data(content).add_recipient(_receiver(certificate))
    builder = builder.set_content_encryption_algorithm(AES256)
    return builder.encrypt(Encoding.DER, [PKCS7Options.Binary])


def disclose(envelope: bytes, certificate: bytes, key: RSAPrivateKey, *, name: str) -> bytes:
    """The list in an envelope.

    Raises KeyStoreError for the certificate, and ListError naming the file for an envelope that is
    none, is damaged or is for another receiver: which of them is not told apart.
    """
    receiver = _receiver(certificate)
    try:
        return pkcs7_decrypt_der(envelope, receiver, key, [])
    except (ValueError, UnsupportedAlgorithm):
        raise ListError.because(name, Fault.ENVELOPE) from None


def _receiver(pem: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise KeyStoreError("receiver: no certificate in PEM") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _SHORTEST_KEY:
        raise KeyStoreError(f"receiver: needs an RSA key of {_SHORTEST_KEY} bits or more")
    return certificate
