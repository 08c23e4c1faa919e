"""New RSA keys.  Not pure: the primes come from OpenSSL's own randomness, by ``cryptography``."""

from __future__ import annotations

from sscard.keys.rsa import EXPONENTS, RSAPrivateKey

_SMALLEST, _LARGEST = 1024, 2048


def generate(bits: int, exponent: int = EXPONENTS[1]) -> RSAPrivateKey:
    """A new key with a modulus of ``bits``, 1024 to 2048 in whole bytes; ValueError for others."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    if bits % 8 or not _SMALLEST <= bits <= _LARGEST or exponent not in EXPONENTS:
        raise ValueError("an RSA key has 1024 to 2048 bits in whole bytes, exponent 3 or 65537")
    numbers = rsa.generate_private_key(exponent, bits).private_numbers()
    return RSAPrivateKey(numbers.p, numbers.q, exponent)
