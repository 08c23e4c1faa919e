"""The SM2 curve (GB/T 32918.5): points of 64 bytes X ‖ Y; the arithmetic is gmssl's.

gmssl takes what it is given: a point beside the curve, a signature number out of range, a scalar
of zero all give some answer.  What may go in is therefore checked here.  Its arithmetic is not
constant in time: keys that must withstand an observer belong into an HSM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gmssl.sm2 import CryptSM2

#: The field's prime.
PRIME = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
#: The curve is y² = x³ + Ax + B.
A = PRIME - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
#: How many points there are; scalars run from 1 to one less.
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
#: The base point.
BASE = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
#: Bytes in a number and in a point.
NUMBER, POINT = 32, 64


def is_point(point: bytes) -> bool:
    """Whether ``point`` is one of the curve: without this, decryption would tell about the key."""
    if len(point) != POINT:
        return False
    x, y = halves(point)
    return x < PRIME and y < PRIME and (y * y - (x * x * x + A * x + B)) % PRIME == 0


def multiply(scalar: int, point: bytes = BASE) -> bytes:
    """``scalar`` times ``point``; ValueError for no point of the curve or a scalar out of range."""
    if not 0 < scalar < ORDER or not is_point(point):
        raise ValueError("a scalar from 1 to the order, and a point of the curve")
    # The library has no public name for this; the pin in pyproject.toml keeps it.
    return bytes.fromhex(_gmssl()._kg(scalar, point.hex()))


def sign(private: int, digest: bytes, nonce: int) -> bytes | None:
    """r ‖ s; None for the rare nonce that does not serve (GB/T 32918.2 §6.1 A5, A6)."""
    engine = _gmssl()
    engine.private_key = f"{private:064x}"
    signature = engine.sign(digest, f"{nonce:064x}")
    return bytes.fromhex(signature) if signature else None


def verify(point: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether r ‖ s is a signature over ``digest``; False for everything else."""
    if len(signature) != 2 * NUMBER or not is_point(point):
        return False
    r, s = halves(signature)
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    engine = _gmssl()
    engine.public_key = point.hex()
    try:
        return bool(engine.verify(signature.hex(), digest))
    except TypeError:  # the sum of its two points is infinity, for which gmssl has None
        return False


def halves(pair: bytes) -> tuple[int, int]:
    """The two numbers of a point or a signature."""
    return int.from_bytes(pair[:NUMBER], "big"), int.from_bytes(pair[NUMBER:], "big")


def _gmssl() -> CryptSM2:
    from gmssl.sm2 import CryptSM2

    # Its constructor takes every leading 0 and 4 off a public key, so keys are set afterwards.
    return CryptSM2(private_key="", public_key="")
