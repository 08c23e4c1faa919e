"""Numbers with an inner structure: card identification code, organization, card number (ssc 2.9).

They are parsed and built off the hot path, so their layouts are declared with construct.
"""

from __future__ import annotations

from dataclasses import dataclass

from construct import Bytes, Const, Construct, ConstructError, Struct

from sscard.errors import MalformedData

#: What stands in a card identification code whose authentication code was never computed.
NO_AUTHENTICATION_CODE = bytes.fromhex("FFFFFFFF")
#: How many bytes of the card identification code the authentication code covers.
AUTHENTICATED_SIZE = 12

_CARD_IDENTIFICATION: Construct = Struct(
    "city" / Bytes(3),
    "rid" / Const(bytes.fromhex("D156000005")),
    "serial" / Bytes(4),
    "authentication_code" / Bytes(4),
)
_ORGANIZATION: Construct = Struct(
    "prefix" / Const(bytes.fromhex("9156000002")),
    "issuing" / Bytes(3),
    "initializing" / Bytes(3),
    "sequence" / Bytes(1),
)
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CARD_NUMBER_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class CardIdentification:
    """The card identification code, 16 bytes (ssc 2.9 [S]).

    ``city`` has 6 digits; ``serial`` (4 bytes) is the chip's, TA to TD of the final ATR.
    """

    city: str
    serial: bytes
    authentication_code: bytes = NO_AUTHENTICATION_CODE

    def __post_init__(self) -> None:
        _require_division(self.city)
        if len(self.serial) != 4 or len(self.authentication_code) != 4:
            raise ValueError("serial and authentication code have 4 bytes each")

    @property
    def authenticated(self) -> bytes:
        """The first 12 bytes, over which the authentication code is computed."""
        return bytes(self)[:AUTHENTICATED_SIZE]

    def __bytes__(self) -> bytes:
        parts = {
            "city": bytes.fromhex(self.city),
            "serial": self.serial,
            "authentication_code": self.authentication_code,
        }
        return bytes(_CARD_IDENTIFICATION.build(parts))

    @classmethod
    def parse(cls, raw: bytes) -> CardIdentification:
        """The code in these 16 bytes.  Raises MalformedData."""
        parts = _parsed(_CARD_IDENTIFICATION, raw, 16, "card identification code")
        return cls(_division(parts["city"]), parts["serial"], parts["authentication_code"])


@dataclass(frozen=True, slots=True)
class InitializationOrganization:
    """The initialization organization number, 12 bytes (ssc 2.9 [S]).

    Both divisions have 6 digits.  ``sequence`` is one byte: two digits, yet DB was seen [T].
    """

    issuing: str
    initializing: str
    sequence: int

    def __post_init__(self) -> None:
        _require_division(self.issuing)
        _require_division(self.initializing)
        if not 0 <= self.sequence <= 0xFF:
            raise ValueError("the sequence is a single byte")

    def __bytes__(self) -> bytes:
        parts = {
            "issuing": bytes.fromhex(self.issuing),
            "initializing": bytes.fromhex(self.initializing),
            "sequence": bytes((self.sequence,)),
        }
        return bytes(_ORGANIZATION.build(parts))

    @classmethod
    def parse(cls, raw: bytes) -> InitializationOrganization:
        """The number in these 12 bytes.  Raises MalformedData."""
        parts = _parsed(_ORGANIZATION, raw, 12, "initialization organization number")
        issuing, initializing = _division(parts["issuing"]), _division(parts["initializing"])
        return cls(issuing, initializing, parts["sequence"][0])


def card_number_check(body: str) -> str:
    """The ninth character of a card number, from its eight others (ssc 2.9 [S]).

    Real cards break the rule (A21472424 [T]): it makes numbers, and refuses none.  Raises
    ValueError when the body is not eight digits or capital letters.
    """
    if len(body) != len(_WEIGHTS) or not set(body) <= set(_CARD_NUMBER_CHARACTERS):
        raise ValueError("the body of a card number is 8 digits or capital letters")
    total = sum(
        weight * _CARD_NUMBER_CHARACTERS.index(char)
        for weight, char in zip(_WEIGHTS, body, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def _parsed(layout: Construct, raw: bytes, size: int, what: str) -> dict[str, bytes]:
    if len(raw) != size:
        raise MalformedData(f"{what}: {len(raw)} bytes instead of {size}")
    try:
        return dict(layout.parse(raw))
    except ConstructError:
        raise MalformedData(f"{what}: its fixed part is another one") from None


def _division(raw: bytes) -> str:
    if not raw.hex().isdigit():
        raise MalformedData("a division code of other characters than digits")
    return raw.hex()


def _require_division(code: str) -> None:
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        raise ValueError("a division code has 6 digits")
