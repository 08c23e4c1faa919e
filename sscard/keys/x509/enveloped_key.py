"""A key pair on its way to a card: SKF ENVELOPEDKEYBLOB (GM/T 0016; ssc-more 1.5 [T]).

The private key is enciphered under a session key, the session key for the card's signature key.
Words are little-endian; numbers of 32 bytes stand on the right of fields of 64.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from sscard.errors import MalformedData
from sscard.keys import sm2, sm4
from sscard.keys.sm2_keys import Random, SM2PrivateKey, SM2PublicKey
from sscard.keys.types import SM4

#: version, algorithm, bits, private key; bits, X, Y; X, Y, hash, size, cipher
_LAYOUT = struct.Struct("<III64s I64s64s 64s64s32sI16s")
SIZE = _LAYOUT.size
_VERSION, _SM4_ECB, _BITS = 1, 0x401, 256
_NUMBER, _FIELD = 32, 64
_C3 = slice(64, 96)


@dataclass(frozen=True, slots=True)
class EnvelopedKey:
    """The parts as the card takes them one by one.

    ``session_cipher`` is C1 ‖ C3 ‖ C2, 112 bytes, for DECRYPT.  ``enciphered_private`` is the
    private key in ECB under that session key, 32 bytes, for IMPORT KEY.  ValueError for other
    sizes.
    """

    public: SM2PublicKey
    session_cipher: bytes = field(repr=False)
    enciphered_private: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.session_cipher) != 2 * _NUMBER + _NUMBER + SM4.SIZE:
            raise ValueError("the cipher of a session key has 112 bytes")
        if len(self.enciphered_private) != _NUMBER:
            raise ValueError("an enciphered private key has 32 bytes")

    def __bytes__(self) -> bytes:
        cipher = self.session_cipher
        x, y = _halves(self.public.point)
        c1_x, c1_y = _halves(cipher)
        return _LAYOUT.pack(
            *(_VERSION, _SM4_ECB, _BITS, _right(self.enciphered_private)),
            *(_BITS, x, y),
            *(c1_x, c1_y, cipher[_C3], SM4.SIZE, cipher[_C3.stop :]),
        )

    def open(self, receiver: SM2PrivateKey) -> SM2PrivateKey:
        """The pair, for whom it was enciphered.

        Raises MalformedData for another receiver, and for a private key that is not ``public``'s.
        """
        session = sm2.decrypt(receiver, self.session_cipher)
        number = sm4.ecb_decrypt(SM4(session), self.enciphered_private)
        try:
            found = SM2PrivateKey(number)
        except ValueError:
            raise MalformedData("enveloped key: no private key is in it") from None
        if found.public != self.public:
            raise MalformedData("enveloped key: the private key is not the public key's")
        return found


def seal(pair: SM2PrivateKey, receiver: SM2PublicKey, random: Random) -> EnvelopedKey:
    """``pair`` enciphered for ``receiver``; the session key and the nonce come of ``random``."""
    session = SM4(random(SM4.SIZE))
    cipher = sm2.encrypt(receiver, session.reveal(), random)
    return EnvelopedKey(pair.public, cipher, sm4.ecb_encrypt(session, pair.reveal()))


def parse(raw: bytes) -> EnvelopedKey:
    """The parts of ``raw``.  Raises MalformedData naming the field."""
    if len(raw) != SIZE:
        raise MalformedData(f"enveloped key: {len(raw)} bytes instead of {SIZE}")
    version, algorithm, bits, private, *rest = _LAYOUT.unpack(raw)
    key_bits, x, y, c1_x, c1_y, c3, size, c2 = rest
    _require("version", version, _VERSION)
    _require("algorithm", algorithm, _SM4_ECB)
    _require("bits of the private key", bits, _BITS)
    _require("bits of the public key", key_bits, _BITS)
    _require("size of the cipher", size, SM4.SIZE)
    point = _number("X", x) + _number("Y", y)
    cipher = _number("X of the cipher", c1_x) + _number("Y of the cipher", c1_y) + c3 + c2
    try:
        public = SM2PublicKey(point)
    except ValueError as error:
        raise MalformedData(f"enveloped key: {error}") from None
    return EnvelopedKey(public, cipher, _number("private key", private))


def _halves(pair: bytes) -> tuple[bytes, bytes]:
    return _right(pair[:_NUMBER]), _right(pair[_NUMBER : 2 * _NUMBER])


def _right(number: bytes) -> bytes:
    return number.rjust(_FIELD, b"\0")


def _number(name: str, content: bytes) -> bytes:
    if any(content[: _FIELD - _NUMBER]):
        raise MalformedData(f"enveloped key: {name} has more than {_NUMBER} bytes")
    return content[_FIELD - _NUMBER :]


def _require(name: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise MalformedData(f"enveloped key: {name} is {found:X}, not {wanted:X} (hexadecimal)")
