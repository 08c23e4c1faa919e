"""Status words: named where the specification names them, legal everywhere."""

from __future__ import annotations

from enum import IntEnum, unique

from sscard.errors import SscardError


@unique
class StatusWord(IntEnum):
    """Status words with a name (ssc 5.4 [S]).  The others, 6000 to 9FFF, are legal too."""

    OK = 0x9000
    FILE_INVALIDATED = 0x6283
    AUTHENTICATION_FAILED = 0x6300
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    WRONG_STATE = 0x6901
    WRONG_FILE_STRUCTURE = 0x6981
    SECURITY_NOT_SATISFIED = 0x6982
    AUTHENTICATION_BLOCKED = 0x6983
    NO_CHALLENGE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    MAC_MISSING = 0x6987
    MAC_WRONG = 0x6988
    WRONG_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NOT_ENOUGH_SPACE = 0x6A84
    WRONG_P1P2 = 0x6A86
    KEY_NOT_FOUND = 0x6A88
    FILE_EXISTS = 0x6A89
    WRONG_OFFSET = 0x6B00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00
    UNKNOWN_ERROR = 0x6F00
    TRANSACTION_MAC_WRONG = 0x9302
    APPLICATION_LOCKED = 0x9303
    INSUFFICIENT_BALANCE = 0x9401
    COUNTER_LIMIT = 0x9402
    KEY_VERSION_UNKNOWN = 0x9403
    NO_PROOF = 0x9406

    @classmethod
    def _missing_(cls, value: object) -> StatusWord | None:
        # The set is open: 61xx, 63Cx and 6Cxx carry a number in SW2.
        if not isinstance(value, int) or not 0x6000 <= value <= 0x9FFF:
            return None
        member = int.__new__(cls, value)
        member._name_, member._value_ = f"SW_{value:04X}", value
        return member

    @property
    def tries_left(self) -> int | None:
        """The counter in 63Cx, or None for any other status word."""
        return self & 0x0F if self & 0xFFF0 == 0x63C0 else None


class StatusError(SscardError):
    """The card answered, and the answer was no; the same exception on both sides of the wire."""

    def __init__(self, sw: StatusWord, doing: str = "command") -> None:
        super().__init__(f"{doing}: {sw.name} ({sw.value:04X})")
        self.sw = sw
        self.doing = doing
