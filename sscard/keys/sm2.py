"""SM2: signatures with Z value and encryption (GB/T 32918.2, .4), over gmssl's curve.

Signatures are r ‖ s, ciphertexts C1 ‖ C3 ‖ C2 with C1 = X ‖ Y, all without the DER of GM/T 0009 and
without the 04 before a point, as on the card (pboc 4.1 [H, V]).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Protocol

from sscard.errors import MalformedData
from sscard.keys import sm2_curve as curve
from sscard.keys import sm2_fast
from sscard.keys.sm2_keys import Random, SM2PrivateKey, SM2PublicKey, scalar
from sscard.keys.sm3 import SIZE, sm3
from sscard.keys.types import NotCopied

#: The signer's name that goes into Z when nobody says another (pboc 3.1 [V]).
DEFAULT_ID = b"1234567812345678"
SIGNATURE = 2 * curve.NUMBER
_CURVE = b"".join(n.to_bytes(curve.NUMBER, "big") for n in (curve.A, curve.B)) + curve.BASE


class SM2Signer(Protocol):
    """Signs under one key: in memory, in an HSM, or in a faster library."""

    @property
    def public(self) -> SM2PublicKey:
        """The key with which its signatures are checked."""
        ...

    def sign(self, message: bytes, /) -> bytes:
        """r ‖ s over SM3(Z ‖ message), Z made with ``DEFAULT_ID``."""
        ...


@dataclass(frozen=True, slots=True)
class SoftwareSigner(NotCopied):
    """Signs with gmssl: the same random bytes give the same signature."""

    key: SM2PrivateKey
    random: Random

    @property
    def public(self) -> SM2PublicKey:
        """The key with which its signatures are checked."""
        return self.key.public

    def sign(self, message: bytes, /) -> bytes:
        """r ‖ s."""
        return sign(self.key, message, self.random)


def z_value(public: SM2PublicKey, user_id: bytes = DEFAULT_ID) -> bytes:
    """Z: who signs, on which curve, with which key (GB/T 32918.2 §5.5), 32 bytes."""
    if len(user_id) > 0x1FFF:
        raise ValueError("a signer's name has at most 8191 bytes")
    return sm3((8 * len(user_id)).to_bytes(2, "big") + user_id + _CURVE + public.point)


def digest(public: SM2PublicKey, message: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
    """SM3(Z ‖ message), which is what gets signed."""
    return sm3(z_value(public, user_id) + message)


def sign(key: SM2PrivateKey, message: bytes, random: Random, user_id: bytes = DEFAULT_ID) -> bytes:
    """r ‖ s, 64 bytes; 32 bytes of randomness, used for this signature only."""
    return key.sign_digest(digest(key.public, message, user_id), random)


def verify(
    public: SM2PublicKey, message: bytes, signature: bytes, user_id: bytes = DEFAULT_ID
) -> bool:
    """Whether ``signature`` is r ‖ s over ``message``; any bytes that are not are False."""
    if user_id == DEFAULT_ID and sm2_fast.available():
        return sm2_fast.verify(public, message, signature)
    return verify_digest(public, digest(public, message, user_id), signature)


def verify_digest(public: SM2PublicKey, digest: bytes, signature: bytes) -> bool:
    """The same over a hash that has Z in it.

    Always by gmssl: gmssl-fast prints where in its sources it found that a signature is wrong.
    """
    return curve.verify(public.point, digest, signature)


def encrypt(public: SM2PublicKey, plain: bytes, random: Random) -> bytes:
    """C1 ‖ C3 ‖ C2: 96 bytes more than ``plain``, of which there must be one (ValueError)."""
    if not plain:
        raise ValueError("SM2 enciphers at least one byte")
    while True:
        nonce = scalar(random)
        shared = curve.multiply(nonce, public.point)
        mask = _mask(shared, len(plain))
        if any(mask):
            return curve.multiply(nonce) + _tag(shared, plain) + _xor(plain, mask)


def decrypt(key: SM2PrivateKey, cipher: bytes) -> bytes:
    """The plaintext of C1 ‖ C3 ‖ C2.  MalformedData when it was not enciphered for this key."""
    c1, c3, c2 = (
        cipher[: curve.POINT],
        cipher[curve.POINT : curve.POINT + SIZE],
        cipher[curve.POINT + SIZE :],
    )
    if not c2 or not curve.is_point(c1):
        raise MalformedData("no SM2 ciphertext: too short, or C1 is no point of the curve")
    shared = key.shared(c1)
    plain = _xor(c2, _mask(shared, len(c2)))
    if not hmac.compare_digest(_tag(shared, plain), c3):
        raise MalformedData("SM2 ciphertext: C3 does not fit, wrong key or changed data")
    return plain


def _mask(shared: bytes, size: int) -> bytes:
    """The key derivation function (GB/T 32918.4 §5.4.3)."""
    blocks = (sm3(shared + n.to_bytes(4, "big")) for n in range(1, -(-size // SIZE) + 1))
    return b"".join(blocks)[:size]


def _tag(shared: bytes, plain: bytes) -> bytes:
    return sm3(shared[: curve.NUMBER] + plain + shared[curve.NUMBER :])


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
