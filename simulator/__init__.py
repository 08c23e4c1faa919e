"""A simulated card: power, ATR, commands, and a memory that can be saved."""

from __future__ import annotations

from .virtual_card import VirtualCard

__all__ = ["VirtualCard"]
