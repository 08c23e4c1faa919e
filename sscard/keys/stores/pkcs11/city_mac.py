"""The card identification code's MAC with a city's key, which stays in the token (decision 13)."""

from __future__ import annotations

import struct
from functools import reduce
from operator import xor

from sscard.keys.operations import Request
from sscard.keys.padding import pad80
from sscard.keys.stores.pkcs11.levels import City, Levels
from sscard.keys.stores.pkcs11.token import KeyToken

_DES_BLOCK = 8


def city_mac(token: KeyToken, levels: Levels, request: Request) -> bytes:
    """Row 7 of ssc 4 [S] under the key that the two factors lead to, 4 bytes.

    ValueError for a challenge of another length than the suite takes.
    """
    block = token.suite.block
    challenge = request.session_factor or bytes(4)
    sizes = (4,) if block == _DES_BLOCK else (4, 8)
    if len(challenge) not in sizes:
        raise ValueError(f"the challenge has {len(challenge)} bytes")
    message, iv = pad80(request.data, block), challenge.ljust(block, b"\0")
    with token.asked("make a MAC"):
        if block == _DES_BLOCK:
            return _retail_mac(levels, City(request.key, *request.factors), message, iv)[:4]
        last = levels.cbc(City(request.key, *request.factors), message, iv)
    words: tuple[int, ...] = struct.unpack(">4I", last)
    return reduce(xor, words).to_bytes(4, "big")


def _retail_mac(levels: Levels, city: City, message: bytes, chain: bytes) -> bytes:
    """Single DES for all blocks but the last (ISO/IEC 9797-1 algorithm 3)."""
    if len(message) > _DES_BLOCK:
        chain = levels.left_cbc(city, message[:-_DES_BLOCK], chain)
    return levels.cbc(city, message[-_DES_BLOCK:], chain)
