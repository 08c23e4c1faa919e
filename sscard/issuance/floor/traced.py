"""What is kept of a card so that it can be traced (issuance 3 [S]): chip, keys by check values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sscard.keys import ChipLot
from sscard.perso.order import WantedCard


def of_chip(lot: ChipLot, blank_atr: bytes, software: str) -> Mapping[str, str | bytes]:
    """What is known of the chip before it is written."""
    return {
        "chip_lot": lot.name,
        "cos_version": lot.cos_version,
        "blank_atr": blank_atr,
        "software": software,
    }


def of_card(order: WantedCard) -> Mapping[str, Any]:
    """What the social-security station has made of it."""
    return {"card_id_code": order.card_id_code, "atr": order.atr, "kcvs": kcvs(order)}


def kcvs(order: WantedCard) -> Mapping[str, str]:
    """Check values of the card's own keys, by name and version: they tell keys apart, no more."""
    return {
        f"{reference.name}/{reference.version}": key.kcv.hex().upper()
        for reference, key in order.keys.items()
    }
