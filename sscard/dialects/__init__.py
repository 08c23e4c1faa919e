"""Factory commands of chip makers: neutral operations, and one file per dialect."""

from __future__ import annotations

from sscard.dialects.chip import Chip
from sscard.dialects.operations import KeyType, Operation, Structure
from sscard.dialects.rights import AccessRule, Condition

__all__ = ["AccessRule", "Chip", "Condition", "KeyType", "Operation", "Structure"]
