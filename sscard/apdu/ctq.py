"""Card transaction qualifiers, tag 9F6C."""

from __future__ import annotations

from sscard.apdu.bit_field import BitField


class CTQ(BitField):
    """Tag 9F6C: how a contactless terminal is to verify the cardholder (pboc 2.4 [H])."""

    ONLINE_PIN = 0x8000
    SIGNATURE = 0x4000

    @classmethod
    def size(cls) -> int:
        """Two bytes."""
        return 2
