"""What an authority answers: two certificates, the encryption pair, new PIN and master key.

Fields and their names are those of ssc-more 1.5 [1].
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sscard.errors import MalformedData, NotVerified
from sscard.keys.types import SM4, NotCopied, Pin
from sscard.keys.x509 import certificate, chain, enveloped_key, oids
from sscard.keys.x509.certificate import Certificate
from sscard.keys.x509.enveloped_key import EnvelopedKey
from sscard.keys.x509.request import CertificateRequest

_T = TypeVar("_T")
#: The administrator's PIN (ssc-more 1.2 [2+]).
PIN_DIGITS = 8
#: What the pairs are for: the first byte of the key usage (ssc-more 1.6 [T]).
SIGNATURE_USAGE, ENCRYPTION_USAGE = b"\xc0", b"\x30"


@dataclass(frozen=True, slots=True)
class CertificateAnswer(NotCopied):
    """``signature`` and ``encryption`` are certificates in DER.

    ValueError for a PIN that has not 8 digits.
    """

    signature: bytes = field(repr=False)
    encryption: bytes = field(repr=False)
    envelope: EnvelopedKey
    admin_pin: Pin
    master: SM4

    def __post_init__(self) -> None:
        if len(self.admin_pin.reveal()) != PIN_DIGITS:
            raise ValueError(f"an administrator's PIN has {PIN_DIGITS} digits")

    def texts(self) -> Mapping[str, str]:
        """The fields as files and messages have them: secrets are in them in clear."""
        return {
            "QMZS": b64encode(self.signature).decode("ascii"),
            "JMZS": b64encode(self.encryption).decode("ascii"),
            "JMMY": b64encode(bytes(self.envelope)).decode("ascii"),
            "GLYPIN": self.admin_pin.reveal().decode("ascii"),
            "ZKMY": self.master.reveal().hex().upper(),
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> CertificateAnswer:
        """What ``texts`` gave.  Raises MalformedData naming the field, never its text."""
        return cls(
            _read(texts, "QMZS", _certificate),
            _read(texts, "JMZS", _certificate),
            _read(texts, "JMMY", lambda text: enveloped_key.parse(_base64(text))),
            _read(texts, "GLYPIN", _pin),
            _read(texts, "ZKMY", lambda text: SM4(bytes.fromhex(text))),
        )

    def require_for(
        self,
        request: CertificateRequest,
        *,
        root: Certificate,
        issuers: Sequence[Certificate],
        at: datetime,
        signature_usage: bytes = SIGNATURE_USAGE,
        encryption_usage: bytes = ENCRYPTION_USAGE,
    ) -> None:
        """Raises NotVerified unless all of it is for this card and its key, and trusted.

        That is: both certificates name holder and card number of ``request``, one has its key and
        the other the enveloped one, both say what the key is for, and both chains end at ``root``.
        About 40 ms.  Whether the envelope is for the card's key only the card can see.
        """
        if self.envelope.public == request.public:
            raise NotVerified("the encryption pair is the signature pair")
        pairs = (
            ("signature", self.signature, request.public, signature_usage),
            ("encryption", self.encryption, self.envelope.public, encryption_usage),
        )
        for pair, der, public, usage in pairs:
            found, said = _parsed(pair, der)
            if found.public != public:
                raise NotVerified(f"{pair} certificate: it is of another key")
            if said != usage:
                raise NotVerified(f"{pair} certificate: key usage is not {usage.hex().upper()}")
            require_subject(found, request, pair)
            chain.verify(found, issuers, root, at)


def require_subject(found: Certificate, request: CertificateRequest, pair: str) -> None:
    """Raises NotVerified unless the certificate names this request's holder and card number."""
    if found.extensions.get(oids.CARD_NUMBER) != request.card_number.encode("ascii"):
        raise NotVerified(f"{pair} certificate: it is of another card number")
    if found.named("CN") != request.name:
        raise NotVerified(f"{pair} certificate: it names another holder")


def _parsed(pair: str, der: bytes) -> tuple[Certificate, bytes | None]:
    """The certificate and its key usage."""
    try:
        found = certificate.parse(der)
        return found, found.key_usage
    except MalformedData as error:
        raise NotVerified(f"{pair} {error}") from None


def _read(texts: Mapping[str, str], name: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(texts[name])
    except KeyError:
        raise MalformedData(f"certificate answer: {name} is missing") from None
    except MalformedData as error:
        raise MalformedData(f"certificate answer: {name}: {error}") from None
    except ValueError:
        raise MalformedData(f"certificate answer: {name} cannot be read") from None


def _certificate(text: str) -> bytes:
    der = _base64(text)
    if certificate.parse(der).der != der:
        raise ValueError("fill behind a certificate")
    return der


def _base64(text: str) -> bytes:
    """Line breaks and spaces do not count: programs fold long lines."""
    return b64decode("".join(text.split()), validate=True)


def _pin(text: str) -> Pin:
    if len(text) != PIN_DIGITS:
        raise ValueError("8 digits")
    return Pin(text)
