"""Access rights of a file, as profiles state them and dialects code them (ssc 3.1 [S])."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Condition(Enum):
    """What a terminal must have shown before the card lets it read or update a file."""

    FREE = "free"
    NEVER = "never"
    PIN = "PIN"
    KEY = "key"
    PIN_OR_KEY = "PIN or key"
    PIN_AND_KEY = "PIN and key"

    @property
    def needs_key(self) -> bool:
        """Whether the condition names a key."""
        return self in (Condition.KEY, Condition.PIN_OR_KEY, Condition.PIN_AND_KEY)


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One right of one file.  ``kid`` is the key id in the card: bit 8 set means DF-local.

    ``secured``: the command must also carry a MAC under the directory's STK (ssc 3.1 [S]).
    ``contacts_only``: there is no such right over the antenna.
    """

    condition: Condition
    kid: int | None = None
    secured: bool = False
    contacts_only: bool = False

    def __post_init__(self) -> None:
        if self.condition.needs_key != (self.kid is not None):
            raise ValueError("a rule has a key id exactly when its condition names a key")
        if self.kid is not None and not 0 <= self.kid <= 0xFF:
            raise ValueError("a key id is a single byte")
        if self.secured and self.condition is Condition.NEVER:
            raise ValueError("what never happens needs no MAC")
        if self.contacts_only and self.condition is Condition.NEVER:
            raise ValueError("what never happens does so on both interfaces")


FREE = AccessRule(Condition.FREE)
NEVER = AccessRule(Condition.NEVER)
PIN = AccessRule(Condition.PIN)
