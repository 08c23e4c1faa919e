"""Application interchange profile, tag 82."""

from __future__ import annotations

from sscard.apdu.bit_field import BitField


class AIP(BitField):
    """Tag 82: what the card can do (pboc 2.4 [H])."""

    SDA = 0x4000
    DDA = 0x2000
    CARDHOLDER_VERIFICATION = 0x1000
    TERMINAL_RISK_MANAGEMENT = 0x0800
    ISSUER_AUTHENTICATION = 0x0400
    CDA = 0x0100

    @classmethod
    def size(cls) -> int:
        """Two bytes."""
        return 2
