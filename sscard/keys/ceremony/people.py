"""Officer and custodians: each signs with an Ed25519 key that only the own passphrase makes.

The record holds salt and public key, so it can check who signed, and a passphrase as well; the
private key is nowhere.  The price: whoever has the record can try passphrases.  So they are long,
and each try costs a scrypt with 128 MiB.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import Field

from sscard.keys.ceremony.errors import WrongEntry
from sscard.keys.ceremony.fields import Hash, Name, Recorded
from sscard.keys.types import NotCopied, Secret

SHORTEST_PASSPHRASE = 12
#: Binary logarithm of scrypt's cost: 128 MiB and about half a second.
COST = 17
_SEED, _FINGERPRINT = 32, 16


class PersonalPassphrase(Secret):
    """What a person types to sign.  Raises WrongEntry for one that is too short."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        plain = unicodedata.normalize("NFKC", text)
        if len(plain) < SHORTEST_PASSPHRASE:
            raise WrongEntry(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters")
        super().__init__(plain.encode("utf-8", "surrogatepass"))


class Signer(NotCopied):
    """A person's private key, for as long as a step lasts."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes."""
        return self._key.sign(message)

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        return self._key.public_key().public_bytes_raw()


class Person(Recorded):
    """Officer or custodian, as the record knows them."""

    name: Name
    salt: Hash
    #: Binary logarithm; the limits keep a forged record from taking all memory.
    cost: Annotated[int, Field(ge=4, le=18)]
    public_key: Hash

    def sign_in(self, passphrase: PersonalPassphrase) -> Signer:
        """The person's key.  Raises WrongEntry naming the person for another passphrase."""
        signer = _signer(passphrase, self.salt, self.cost)
        if signer.public_key != self.public_key:
            raise WrongEntry(f"{self.name}: wrong passphrase")
        return signer

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this person's over ``message``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def fingerprint(self) -> bytes:
        """What is printed on sheets and compared by eye: 16 bytes of SHA-256 of the public key."""
        return sha256(self.public_key).digest()[:_FINGERPRINT]


def enrol(
    name: str,
    passphrase: PersonalPassphrase,
    random: Callable[[int], bytes],
    *,
    cost: int | None = None,
) -> tuple[Person, Signer]:
    """A person for a new record, signed in.  ValueError for a name that a record does not take."""
    salt, cost = random(_SEED), cost or COST
    signer = _signer(passphrase, salt, cost)
    return Person(name=name, salt=salt, cost=cost, public_key=signer.public_key), signer


def require_new(passphrase: PersonalPassphrase, people: Sequence[Person]) -> None:
    """Raises WrongEntry when one of ``people`` has this passphrase: they would be one person."""
    for person in people:
        if _signer(passphrase, person.salt, person.cost).public_key == person.public_key:
            raise WrongEntry("somebody else of this ceremony has this passphrase: take another")


def _signer(passphrase: PersonalPassphrase, salt: bytes, cost: int) -> Signer:
    seed = Scrypt(salt=salt, length=_SEED, n=1 << cost, r=8, p=1).derive(passphrase.reveal())
    return Signer(Ed25519PrivateKey.from_private_bytes(seed))
