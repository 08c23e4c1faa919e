"""Application usage control, tag 9F07."""

from __future__ import annotations

from sscard.apdu.bit_field import BitField


class UsageControl(BitField):
    """Tag 9F07: where and for what the issuer lets a card be used (EMV book 3, C2 [G])."""

    DOMESTIC_CASH = 0x8000
    INTERNATIONAL_CASH = 0x4000
    DOMESTIC_GOODS = 0x2000
    INTERNATIONAL_GOODS = 0x1000
    DOMESTIC_SERVICES = 0x0800
    INTERNATIONAL_SERVICES = 0x0400
    TELLER_MACHINES = 0x0200
    OTHER_TERMINALS = 0x0100
    DOMESTIC_CASHBACK = 0x0080
    INTERNATIONAL_CASHBACK = 0x0040

    @classmethod
    def size(cls) -> int:
        """Two bytes."""
        return 2
