"""What PSAM and terminal compute alike: keys from factors, CIPHER DATA over blocks (ssc 5.3 [S]).

The blocks of CIPHER DATA come padded; the first block of a MAC is its initial value.  The MAC of an
algorithm with 16-byte blocks is folded to 4 bytes inside the PSAM as in ssc 4 row 3 [I]: what a
terminal puts behind a command has 4 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from sscard.keys import des, sm4
from sscard.keys.padding import pad80
from sscard.keys.suite import Suite
from sscard.keys.types import SM4, SecretKey

_MAC = 4


def diversified(suite: Suite, key: SecretKey, factors: Iterable[bytes], size: int) -> SecretKey:
    """The card's key: ``factors`` as on the wire, the card's first; ``size`` is of the last one.

    ValueError where a key has no keys of that size below it.
    """
    way = tuple(factors)[::-1]
    for at, factor in enumerate(way, start=1):
        last = at == len(way)
        key = suite.diversify(key, factor, size=size if last else key.SIZE)
    return key


def encipher(session: SecretKey, blocks: bytes) -> bytes:
    """Whole blocks in ECB."""
    encrypt = sm4.ecb_encrypt if isinstance(session, SM4) else des.ecb_encrypt
    return encrypt(session, blocks)


def chained(session: SecretKey, value: bytes, blocks: bytes) -> bytes:
    """The CBC chain after ``blocks``, begun with ``value``; that itself for no blocks."""
    encrypt = sm4.cbc_encrypt if isinstance(session, SM4) else des.cbc_encrypt
    return encrypt(session, blocks, value)[-len(value) :] if blocks else value


def folded(chain: bytes) -> bytes:
    """The MAC of a chain's end: the left half of 8 bytes, the words of 16 XORed."""
    if len(chain) == 2 * _MAC:
        return chain[:_MAC]
    value = 0
    for at in range(0, len(chain), _MAC):
        value ^= int.from_bytes(chain[at : at + _MAC], "big")
    return value.to_bytes(_MAC, "big")


def mac_blocks(suite: Suite, message: bytes) -> bytes:
    """What a terminal sends to have ``message`` MACed: initial value 0, the padded message."""
    return bytes(suite.block) + pad80(message, suite.block)


def authentication_blocks(suite: Suite, data: bytes) -> bytes:
    """What it sends for EXTERNAL AUTHENTICATE: 8 bytes of original data, filled up with 00."""
    if len(data) != 8:
        raise ValueError("original data has 8 bytes")
    return data.ljust(suite.block, b"\0")


def authentication_data(cipher: bytes) -> bytes:
    """What it makes of the answer: 8 bytes; of 16 the halves are XORed (ssc 4 row 2 [S])."""
    left, right = int.from_bytes(cipher[:8], "big"), int.from_bytes(cipher[8:], "big")
    return (left ^ right).to_bytes(8, "big")


def session_factor(suite: Suite, challenge: bytes) -> bytes:
    """A user card's challenge as a session factor: filled up with 00 to a block."""
    return challenge.ljust(suite.block, b"\0")
