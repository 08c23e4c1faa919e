"""Transaction status information, tag 9B."""

from __future__ import annotations

from sscard.apdu.bit_field import BitField


class TSI(BitField):
    """Tag 9B: which steps the terminal took (EMV book 3, C6 [G])."""

    OFFLINE_DATA_AUTHENTICATION_PERFORMED = 0x8000
    CARDHOLDER_VERIFICATION_PERFORMED = 0x4000
    CARD_RISK_MANAGEMENT_PERFORMED = 0x2000
    ISSUER_AUTHENTICATION_PERFORMED = 0x1000
    TERMINAL_RISK_MANAGEMENT_PERFORMED = 0x0800
    SCRIPT_PROCESSING_PERFORMED = 0x0400

    @classmethod
    def size(cls) -> int:
        """Two bytes."""
        return 2
