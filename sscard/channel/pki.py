"""Proofs and protected commands of the certificate application, both roles (ssc-more 1.3).

Everything is SM4 under the key itself, no session key between: the PIN's key, which is half of its
SM3, or a directory's master key.  A challenge of 8 bytes counts with eight 00 behind it.
"""

from __future__ import annotations

import hmac

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.protection import Protection
from sscard.keys import SM4_SUITE, sm4
from sscard.keys.sm3 import sm3
from sscard.keys.types import SM4, SecretKey

#: Before a master key inside its cipher (ssc-more 1.3 [2+]: 13 00 00 00, the first is the length).
_ATTRIBUTES = bytes(3)


def pin_key(packed: bytes) -> SecretKey:
    """The key of a PIN in packed digits: the first 16 bytes of its SM3 (ssc-more 1.2 [T])."""
    return SM4(sm3(packed)[: SM4.SIZE])


def cryptogram(key: SecretKey, challenge: bytes) -> bytes:
    """The 16 bytes that prove a PIN's key or a master key (ssc-more 1.3 [T]).

    ValueError unless the challenge has 8 or 16 bytes.
    """
    if len(challenge) not in (8, pki.CHALLENGE):
        raise ValueError("the certificate application's challenges have 8 or 16 bytes")
    return sm4.ecb_encrypt(key, challenge.ljust(pki.CHALLENGE, b"\0"))


def proves(key: SecretKey, challenge: bytes, received: bytes) -> bool:
    """Whether ``received`` is the cryptogram: the card's side."""
    return hmac.compare_digest(cryptogram(key, challenge), received)


def change_admin_pin(old: SecretKey, new: bytes, challenge: bytes) -> CommandAPDU:
    """The whole command that replaces the administrator's PIN by ``new``, packed digits."""
    return _protection(old, challenge).seal_enciphered(pki.change_admin_pin(new))


def replace_master(old: SecretKey, new: bytes, challenge: bytes) -> CommandAPDU:
    """The whole command that replaces a master key by another of 16 bytes."""
    return _protection(old, challenge).seal_enciphered(pki.replace_master(_ATTRIBUTES + new))


def new_admin_pin(command: CommandAPDU, old: SecretKey, challenge: bytes) -> bytes:
    """The PIN in ``change_admin_pin``.  Raises StatusError 6987, 6988, 6A80."""
    return _protection(old, challenge).open_enciphered(command).data


def new_master(command: CommandAPDU, old: SecretKey, challenge: bytes) -> SecretKey:
    """The key in ``replace_master``.  Raises StatusError 6987, 6988, 6A80."""
    content = _protection(old, challenge).open_enciphered(command).data
    head, value = content[: len(_ATTRIBUTES)], content[len(_ATTRIBUTES) :]
    if head != _ATTRIBUTES or len(value) != SM4.SIZE:
        raise StatusError(StatusWord.WRONG_DATA, "master key")
    return SM4(value)


def encipher_private_key(session: SecretKey, number: bytes) -> bytes:
    """How a private key comes for ``import_private_key``: in ECB, nothing added."""
    return sm4.ecb_encrypt(session, number)


def decipher_private_key(session: SecretKey, enciphered: bytes) -> bytes:
    """The inverse of ``encipher_private_key``."""
    return sm4.ecb_decrypt(session, enciphered)


def _protection(key: SecretKey, challenge: bytes) -> Protection:
    return Protection.direct(SM4_SUITE, key, challenge)
