"""Builders for what the social security card adds to ISO/IEC 7816-4 (ssc 5.1 [S])."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS

#: The name of the social security environment, ``sx1.sh.社会保障`` in GBK (ssc 1.1 [S]).
SSSE_NAME = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")


def internal_authenticate(factor: bytes, data: bytes, *, version: int | None = None) -> CommandAPDU:
    """Let the card prove its IRK: process factor (8) and original data (8) give 8 bytes."""
    return CommandAPDU(
        0x00, INS.INTERNAL_AUTHENTICATE, data=_eights(factor, data) + _version(version), ne=8
    )


def external_authenticate(
    kid: int, authentication_data: bytes, data: bytes, *, version: int | None = None
) -> CommandAPDU:
    """Prove a key to the card: authentication data (8), original data (8), key version."""
    body = _eights(authentication_data, data) + _version(version)
    return CommandAPDU(0x00, INS.EXTERNAL_AUTHENTICATE, 0x00, kid, body)


def change_pin(old: bytes, new: bytes) -> CommandAPDU:
    """Change the PIN with the old one, both in card form and in clear."""
    return CommandAPDU(0x80, INS.CHANGE_PIN, 0x01, 0x00, old + b"\xff" + new)


def unblock_pin() -> CommandAPDU:
    """Give the PIN its tries back, after the PUK; the channel adds the MAC under the STK."""
    return CommandAPDU(0x80, INS.PIN_CHANGE_UNBLOCK, 0x00, 0x00)


def reload_pin(new: bytes) -> CommandAPDU:
    """Set a new PIN (empty: none), after the PUK; the channel enciphers it and adds the MAC."""
    return CommandAPDU(0x80, INS.PIN_CHANGE_UNBLOCK, 0x00, 0x01, new)


def application_block() -> CommandAPDU:
    """Block the current directory for good, after its LK; the channel adds the MAC."""
    return CommandAPDU(0x80, INS.APPLICATION_BLOCK, 0x00, 0x01)


def card_block() -> CommandAPDU:
    """Block the whole card for good, after the BK; the channel adds the MAC."""
    return CommandAPDU(0x80, INS.CARD_BLOCK)


def _eights(*parts: bytes) -> bytes:
    if any(len(part) != 8 for part in parts):
        raise ValueError("factor, authentication data and original data have 8 bytes each")
    return b"".join(parts)


def _version(version: int | None) -> bytes:
    if version is None:
        return b""
    if not 1 <= version <= 3:
        raise ValueError("key versions are 1, 2 and 3")
    return bytes((version,))
