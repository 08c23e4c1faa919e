"""What a card does: memory, files, access, security state, keys, commands.  Bytes in, bytes out."""

from __future__ import annotations

from sscard.cos.card import Card
from sscard.cos.life_cycle import CardEvent, CardState
from sscard.cos.nvm import NVM
from sscard.cos.protocol import Protocol

__all__ = ["NVM", "Card", "CardEvent", "CardState", "Protocol"]
