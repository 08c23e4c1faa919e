"""Diversification factors: ministry → province → city → card (ssc 4 [S], city exception [2+])."""

from __future__ import annotations

from dataclasses import dataclass

HISTORICAL_SIZE = 13
_ZHEJIANG = "33"


def province_factor(city: str) -> bytes:
    """Level 1 to 2: first two digits of the city code, ``0000``, ``sh``."""
    return f"{_checked(city)[:2]}0000sh".encode("ascii")


def city_factor(city: str) -> bytes:
    """Level 2 to 3: the six digits and ``sx``; in Zhejiang the last two count as 00."""
    code = _checked(city)
    if code.startswith(_ZHEJIANG):
        code = f"{code[:4]}00"
    return f"{code}sx".encode("ascii")


def card_factor(historical: bytes) -> bytes:
    """Level 3 to card: the last 8 (T6 to TD) of the 13 historical bytes of the final ATR."""
    if len(historical) != HISTORICAL_SIZE:
        raise ValueError("a social security card has 13 historical bytes")
    return historical[-8:]


@dataclass(frozen=True, slots=True)
class Factors:
    """The three factors of one card, 8 bytes each, in the order they are used."""

    province: bytes
    city: bytes
    card: bytes

    @classmethod
    def of(cls, city: str, historical: bytes) -> Factors:
        """From the 6-digit city code and the 13 historical bytes; ValueError for other forms."""
        return cls(province_factor(city), city_factor(city), card_factor(historical))


def _checked(city: str) -> str:
    if len(city) != 6 or not (city.isascii() and city.isdigit()):
        raise ValueError("a city code has 6 digits")
    return city
