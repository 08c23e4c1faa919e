"""Card additional processing, tag 9F68."""

from __future__ import annotations

from sscard.apdu.bit_field import BitField


class CardProcessing(BitField):
    """Tag 9F68: what a card checks in contactless transactions (pboc 2.4 [M])."""

    ECASH_CHECK = 0x80000000
    ECASH_AND_CTTA_CHECK = 0x40000000
    ECASH_OR_CTTA_CHECK = 0x20000000
    NEW_CARD_CHECK = 0x10000000
    PIN_TRIES_CHECK = 0x08000000
    ALLOW_OTHER_CURRENCY_OFFLINE = 0x04000000
    PREFER_CONTACT_IF_ONLINE = 0x02000000
    RETURN_AVAILABLE_AMOUNT = 0x01000000
    PREPAID = 0x00800000
    DISALLOW_OTHER_CURRENCY = 0x00400000
    NEW_CARD_OFFLINE_ONLY_DECLINE = 0x00200000
    LOG_QPBOC = 0x00100000
    ONLINE_PIN_SAME_CURRENCY = 0x00008000
    ONLINE_PIN_OTHER_CURRENCY = 0x00004000
    CVM_FOR_OTHER_CURRENCY = 0x00002000
    SIGNATURE = 0x00001000

    @classmethod
    def size(cls) -> int:
        """Four bytes."""
        return 4
