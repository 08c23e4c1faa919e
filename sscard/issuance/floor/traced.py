"""What is kept of a card so that it can be traced: chip, keys by their check values, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sscard.perso.order import CardOrder
from sscard.perso.plan import Connection


@dataclass(slots=True)
class TracedChip:
    """A chip whose first answer to reset is kept: the blank's ATR."""

    chip: Connection
    first: bytes = b""

    def reset(self) -> bytes:
        """Power off and on; the ATR."""
        answer = self.chip.reset()
        self.first = self.first or answer
        return answer

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        return self.chip.transmit(command)


def of_social(order: CardOrder, chip: TracedChip, software: str) -> Mapping[str, Any]:
    """What the social-security station knows of a card that it has made (issuance 3 [S])."""
    return {
        "chip_lot": order.lot.name,
        "cos_version": order.lot.cos_version,
        "blank_atr": chip.first,
        "atr": order.atr,
        "card_id_code": order.card_id_code,
        "kcvs": kcvs(order),
        "software": software,
    }


def kcvs(order: CardOrder) -> Mapping[str, str]:
    """Check values of the card's own keys, by name and version: they tell keys apart, no more."""
    return {
        f"{reference.name}/{reference.version}": key.kcv.hex().upper()
        for reference, key in order.keys.items()
    }

