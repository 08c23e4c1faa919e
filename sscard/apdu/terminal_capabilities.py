"""Terminal capabilities, tag 9F33."""

from __future__ import annotations

from sscard.apdu.bit_field import BitField


class TerminalCapabilities(BitField):
    """Tag 9F33: how a terminal reads, verifies and authenticates (EMV book 4, A2 [G])."""

    MANUAL_ENTRY = 0x800000
    MAGNETIC_STRIPE = 0x400000
    CONTACTS = 0x200000
    PLAIN_PIN = 0x008000
    ONLINE_PIN = 0x004000
    SIGNATURE = 0x002000
    ENCIPHERED_PIN = 0x001000
    NO_CVM = 0x000800
    SDA = 0x000080
    DDA = 0x000040
    CARD_CAPTURE = 0x000020
    CDA = 0x000008

    @classmethod
    def size(cls) -> int:
        """Three bytes."""
        return 3
