"""RSA as EMV uses it: one modular power over a block as long as the modulus (pboc 4.2 [H, V]).

Moduli are whole bytes with the top bit set.  CA keys of PBOC have 1024, 1152, 1408 or 1984 bits
(indexes 01 to 04 of the published list; 1976 in test sets); 1984 is the most a certificate can
have, 2048 is there for keys without one.  Exponents are 3 and 65537.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol

from sscard.keys.types import Secret

EXPONENTS = (3, 0x10001)


@dataclass(frozen=True, slots=True)
class RSAPublicKey:
    """Modulus and exponent.  ValueError for other exponents or a modulus that is no whole bytes."""

    modulus: bytes
    exponent: int = EXPONENTS[1]

    def __post_init__(self) -> None:
        if self.exponent not in EXPONENTS:
            raise ValueError("an RSA exponent is 3 or 65537")
        if not self.modulus or self.modulus[0] < 0x80 or not self.modulus[-1] & 1:
            raise ValueError("an RSA modulus is odd and has its top bit set")

    @property
    def size(self) -> int:
        """Bytes in the modulus, and in every block."""
        return len(self.modulus)

    @property
    def exponent_bytes(self) -> bytes:
        """The exponent as tags 9F32 and 9F47 carry it: 03 or 010001."""
        return self.exponent.to_bytes((self.exponent.bit_length() + 7) // 8, "big")

    @property
    def kcv(self) -> bytes:
        """First 3 bytes of SHA-256 over modulus and exponent (our own rule)."""
        return sha256(self.modulus + self.exponent_bytes).digest()[:3]

    def power(self, block: bytes) -> bytes:
        """What was signed: ``block`` to the exponent.  ValueError for a block that cannot be."""
        number = self.number(block)
        powered = pow(number, self.exponent, int.from_bytes(self.modulus, "big"))
        return powered.to_bytes(self.size, "big")

    def number(self, block: bytes) -> int:
        """``block`` as a number below the modulus.  ValueError for other lengths and numbers."""
        number = int.from_bytes(block, "big")
        if len(block) != self.size or number >= int.from_bytes(self.modulus, "big"):
            raise ValueError(f"an RSA block has {self.size} bytes and is below the modulus")
        return number


class RSASigner(Protocol):
    """Raises a block to the private exponent: a key in memory, or raw RSA in an HSM."""

    @property
    def public(self) -> RSAPublicKey:
        """The key that undoes it."""
        ...

    def power(self, block: bytes, /) -> bytes:
        """``block`` to the private exponent, as long as the modulus."""
        ...


class CrtParts(NamedTuple):
    """The five numbers a card gets (pboc 1.8 DGI 8205 to 8201 [H, V]), each half a modulus long."""

    p: Secret
    q: Secret
    dp: Secret
    dq: Secret
    q_inverse: Secret


class RSAPrivateKey(Secret):
    """A private key as its CRT parts; p is the larger prime, so that q has an inverse below p."""

    __slots__ = ("_public",)

    def __init__(self, p: int, q: int, exponent: int = EXPONENTS[1]) -> None:
        """From two primes.  ValueError when they make no key; primality is not checked."""
        p, q = max(p, q), min(p, q)
        try:
            parts = (p, q, pow(exponent, -1, p - 1), pow(exponent, -1, q - 1), pow(q, -1, p))
            modulus = (p * q).to_bytes(((p * q).bit_length() + 7) // 8, "big")
        except (ValueError, OverflowError, ZeroDivisionError):
            raise ValueError("no RSA key: primes and exponent do not go together") from None
        self._public = RSAPublicKey(modulus, exponent)
        half = (p.bit_length() + 7) // 8
        super().__init__(b"".join(part.to_bytes(half, "big") for part in parts))

    @classmethod
    def from_crt(cls, parts: CrtParts) -> RSAPrivateKey:
        """From the five numbers a card gets.  ValueError when they do not belong together."""
        numbers = [int.from_bytes(part.reveal(), "big") for part in parts]
        p, q, dp = numbers[:3]
        for exponent in EXPONENTS:
            if p > q > 1 and exponent * dp % (p - 1) == 1:
                key = cls(p, q, exponent)
                if key._numbers() == numbers:
                    return key
        raise ValueError("no RSA key: its parts do not belong together")

    @property
    def public(self) -> RSAPublicKey:
        """Modulus and public exponent."""
        return self._public

    @property
    def kcv(self) -> bytes:
        """That of the public key, so that both halves go by one name."""
        return self._public.kcv

    @property
    def crt(self) -> CrtParts:
        """p, q, d mod p - 1, d mod q - 1, q⁻¹ mod p; 124 bytes each for 1984 bits."""
        return CrtParts(*map(Secret, self._parts()))

    @property
    def plain(self) -> RSAPlainKey:
        """The same key as modulus and private exponent."""
        p, q = self._numbers()[:2]
        private = pow(self._public.exponent, -1, (p - 1) * (q - 1))
        return RSAPlainKey(self._public.modulus, private.to_bytes(self._public.size, "big"))

    def _parts(self) -> list[bytes]:
        half = len(self._value) // len(CrtParts._fields)
        return [self._value[at : at + half] for at in range(0, len(self._value), half)]

    def _numbers(self) -> list[int]:
        return [int.from_bytes(part, "big") for part in self._parts()]

    def power(self, block: bytes, /) -> bytes:
        """``block`` to the private exponent.  ValueError for a block that cannot be.

        The result is checked with the public key: one that went wrong in only one of the primes
        would give the other away.
        """
        p, q, dp, dq, inverse = self._numbers()
        number = self._public.number(block)
        by_q = pow(number, dq, q)
        powered = by_q + q * ((pow(number, dp, p) - by_q) * inverse % p)
        signature = powered.to_bytes(self._public.size, "big")
        if self._public.power(signature) != block:
            raise ArithmeticError("an RSA signature came out wrong and is withheld")
        return signature

    def __repr__(self) -> str:
        return f"<RSAPrivateKey {8 * self._public.size} bits>"


class RSAPlainKey(Secret):
    """A private key as its exponent, for cards without primes (pboc 1.8 DGI 8101, 8103 [M])."""

    __slots__ = ("_public",)

    def __init__(self, modulus: bytes, private: bytes) -> None:
        """ValueError when the exponent is of no key with this modulus and exponent 3 or 65537."""
        number, power = int.from_bytes(modulus, "big"), int.from_bytes(private, "big")
        fitting = [each for each in EXPONENTS if number > 2 and pow(2, power * each, number) == 2]
        if not fitting:
            raise ValueError("no RSA key: modulus and private exponent do not belong together")
        self._public = RSAPublicKey(modulus, fitting[0])
        super().__init__(private)

    @property
    def public(self) -> RSAPublicKey:
        """Modulus and public exponent."""
        return self._public

    def power(self, block: bytes, /) -> bytes:
        """``block`` to the private exponent.  ValueError for a block that cannot be."""
        modulus = int.from_bytes(self._public.modulus, "big")
        powered = pow(self._public.number(block), int.from_bytes(self._value, "big"), modulus)
        return powered.to_bytes(self._public.size, "big")

    def __repr__(self) -> str:
        return f"<RSAPlainKey {8 * self._public.size} bits>"
