"""Terminal transaction qualifiers, tag 9F66."""

from __future__ import annotations

from sscard.apdu.bit_field import BitField


class TTQ(BitField):
    """Tag 9F66: what a contactless terminal can do and wants (pboc 2.4 [H])."""

    CONTACTLESS_DEBIT_CREDIT = 0x40000000
    QPBOC = 0x20000000
    CONTACT_DEBIT_CREDIT = 0x10000000
    OFFLINE_ONLY = 0x08000000
    ONLINE_PIN = 0x04000000
    SIGNATURE = 0x02000000
    ONLINE_CRYPTOGRAM_REQUIRED = 0x00800000
    CVM_REQUIRED = 0x00400000
    FAST_DDA_VERSION_01 = 0x00000080

    @classmethod
    def size(cls) -> int:
        """Four bytes."""
        return 4
