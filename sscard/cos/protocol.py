"""How the card was reached at the last reset."""

from __future__ import annotations

from enum import Enum, unique


@unique
class Protocol(Enum):
    """What carries the commands (ssc 6 [S])."""

    T0 = "T=0"
    T1 = "T=1"
    CONTACTLESS = "contactless"
