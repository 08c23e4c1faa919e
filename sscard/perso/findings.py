"""What the audit found out about a card, and how it knows (decision 23)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Proof(Enum):
    """How a fact about the card was shown, from outside."""

    READING = "reading"
    AUTHENTICATION = "authentication"
    MACED_COMMAND = "MACed command"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact: what it is about (never its value), how it was shown, whether it agrees."""

    subject: str
    proof: Proof
    agrees: bool = True
