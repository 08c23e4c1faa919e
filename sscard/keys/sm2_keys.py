"""SM2 keys: the private number, which never prints, and the point that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sscard.keys import sm2_curve as curve
from sscard.keys.sm3 import sm3
from sscard.keys.types import SecretKey

#: A source of random bytes, such as ``secrets.token_bytes``: how many, and here they are.
Random = Callable[[int], bytes]
_TRIES = 64


@dataclass(frozen=True, slots=True)
class SM2PublicKey:
    """X ‖ Y, 64 bytes.  ValueError for what is no point of the curve."""

    point: bytes

    def __post_init__(self) -> None:
        if not curve.is_point(self.point):
            raise ValueError("an SM2 public key is a point of the curve, 64 bytes")

    def __bytes__(self) -> bytes:
        return self.point

    @property
    def kcv(self) -> bytes:
        """First 3 bytes of SM3 over the point (our own rule: there is no block to encipher)."""
        return sm3(self.point)[:3]


class SM2PrivateKey(SecretKey):
    """The number d, 32 bytes.  ValueError unless 1 ≤ d ≤ n - 2 (GB/T 32918.1 §6.1)."""

    __slots__ = ("_public",)
    SIZE = 32

    def __init__(self, value: bytes, public: SM2PublicKey | None = None) -> None:
        """``public`` saves computing it, and is believed."""
        super().__init__(value)
        if not 0 < self._number() < curve.ORDER - 1:
            raise ValueError("no SM2 private key: out of range")
        self._public = public

    def _number(self) -> int:
        return int.from_bytes(self._value, "big")

    @property
    def public(self) -> SM2PublicKey:
        """The public key; computed once, about 7 ms."""
        if self._public is None:
            self._public = SM2PublicKey(curve.multiply(self._number()))
        return self._public

    @property
    def kcv(self) -> bytes:
        """That of the public key, so that both halves go by one name."""
        return self.public.kcv

    def sign_digest(self, digest: bytes, random: Random) -> bytes:
        """r ‖ s over a hash that has Z in it (``sm2.digest``)."""
        while True:
            if signature := curve.sign(self._number(), digest, scalar(random)):
                return signature

    def shared(self, point: bytes) -> bytes:
        """The point that both sides of an encryption reach.  ValueError for no point."""
        return curve.multiply(self._number(), point)


def generate(random: Random) -> SM2PrivateKey:
    """A new private key from this source of random bytes."""
    return SM2PrivateKey(scalar(random, curve.ORDER - 1).to_bytes(curve.NUMBER, "big"))


def scalar(random: Random, bound: int = curve.ORDER) -> int:
    """A number from 1 to ``bound`` - 1, all alike.  ValueError if the source is broken."""
    for _ in range(_TRIES):
        number = int.from_bytes(random(curve.NUMBER), "big")
        if 0 < number < bound:
            return number
    raise ValueError("a source of random bytes that gives no number in range")
