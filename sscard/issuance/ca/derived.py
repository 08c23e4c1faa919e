"""Everything that an authority makes for a card, derived from one secret.

The same card and key give the same values again; another key on the same card gives others.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.keys import sm2, sm2_keys
from sscard.keys.sm2_keys import Random, SM2PrivateKey, SM2PublicKey
from sscard.keys.types import HMAC256, SM4, NotCopied, Pin
from sscard.keys.x509 import CertificateRequest
from sscard.keys.x509.answer import PIN_DIGITS

_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Derived(NotCopied):
    """The values of one card: HMAC-SHA-256 of a label, card identification code and public key."""

    secret: HMAC256
    context: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: HMAC256, request: CertificateRequest) -> Derived:
        """What ``secret`` gives this card and the key on it."""
        return cls(secret, bytes.fromhex(request.card_id) + request.public.point)

    def pair(self) -> SM2PrivateKey:
        """The encryption pair."""
        return sm2_keys.generate(self.random("encryption pair"))

    def admin_pin(self) -> Pin:
        """The administrator's PIN."""
        number = int.from_bytes(self.random("administrator's PIN")(_BLOCK), "big")
        return Pin(f"{number % 10**PIN_DIGITS:0{PIN_DIGITS}}")

    def master(self) -> SM4:
        """The master key."""
        return SM4(self.random("master key")(SM4.SIZE))

    def serial(self, request: CertificateRequest, first: int, size: int) -> bytes:
        """A serial number of ``size`` bytes; another for whatever else is in the request."""
        said = "\0".join(request.texts().values()).encode()
        return bytes((first,)) + self.random(f"serial number {first:02X}", said)(size - 1)

    def random(self, label: str, content: bytes = b"") -> Random:
        """Its own source for every label and content, each time from the beginning."""
        return stream(self.secret, label, self.context + content)


@dataclass(frozen=True, slots=True)
class DerivedSigner(NotCopied):
    """Signs with a nonce that follows from the message: the same message, the same signature.

    Two messages never share a nonce, which would give the key away (compare RFC 6979).
    """

    key: SM2PrivateKey
    secret: HMAC256

    @property
    def public(self) -> SM2PublicKey:
        """The key with which its signatures are checked."""
        return self.key.public

    def sign(self, message: bytes, /) -> bytes:
        """r ‖ s."""
        return sm2.sign(self.key, message, stream(self.secret, "signature", message))


def stream(secret: HMAC256, label: str, content: bytes) -> Random:
    """Bytes that nobody without ``secret`` knows: the same arguments, the same bytes."""
    prefix = f"sscard CA {label}".encode() + b"\0" + secret.digest(content)
    blocks = 0

    def more(size: int) -> bytes:
        nonlocal blocks
        drawn = b""
        while len(drawn) < size:
            drawn += secret.digest(prefix + blocks.to_bytes(4, "big"))
            blocks += 1
        return drawn[:size]

    return more
