"""A simulated card: power, ATR, commands, a memory that can be saved, and readers to put it in."""

from __future__ import annotations

from sscard.cos.memory_map import Kind, MemoryMap, Part, Region
from sscard.cos.protocol import Protocol

from .psam_card import PsamCard, load_card
from .timing import ChipClock, RealTimeCard
from .virtual_card import VirtualCard

__all__ = [
    "ChipClock",
    "Kind",
    "MemoryMap",
    "Part",
    "Protocol",
    "PsamCard",
    "RealTimeCard",
    "Region",
    "VirtualCard",
    "load_card",
]
