"""What an office's program knows of the card before it; how the strings of steps are divided."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.errors import MalformedData

_OUTPUT_FIELDS = 11
#: Where ``iReadCardBas`` has the division and the historical bytes.
_DIVISION, _HISTORICAL = 0, 5


@dataclass(frozen=True, slots=True)
class CardSeen:
    """What a program knows of the card before it, both in digits: the source of the factors."""

    #: Division of the issuer (发卡地区区划), 6 digits.
    division: str
    #: The 13 historical bytes of the ATR (卡复位信息), 26 digits.
    historical: str

    @classmethod
    def of_basic(cls, output: str) -> CardSeen:
        """From what ``iReadCardBas`` gave.  Raises MalformedData."""
        fields = fields_of(output)
        if len(fields) != _OUTPUT_FIELDS:
            raise MalformedData(f"what iReadCardBas gives has {_OUTPUT_FIELDS} fields")
        return cls(fields[_DIVISION], fields[_HISTORICAL])


def fields_of(text: str) -> list[str]:
    """The fields of a step's string.  Raises MalformedData."""
    if not text.endswith("|"):
        raise MalformedData("the string of a step ends with |")
    return text[:-1].split("|")
