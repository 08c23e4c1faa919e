"""The financial side of the card: PSE directory and PBOC debit application (pboc 1, 5)."""

from __future__ import annotations

from sscard.cos.pse.banking import Banking

__all__ = ["Banking"]
