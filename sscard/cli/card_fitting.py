"""Cards of which a profile can tell nothing: of another chip, or blocked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sscard.apdu import iso7816
from sscard.apdu.status import StatusWord
from sscard.dialects import Chip
from sscard.errors import ProfileError
from sscard.perso.inventory_pse import contactless_environment
from sscard.perso.node import Node
from sscard.perso.plan import POWER_UP, Plan, run
from sscard.perso.structure import MF_FID
from sscard.profiles import Profile

if TYPE_CHECKING:
    from simulator.simulated_card import SimulatedCard

_SILENT = "卡已锁定 blocked or dead: it answers 6A81 to every command"


def require_fitting(chip: Chip | None, profile: Profile, image: Path | str) -> None:
    """Raises ProfileError when the card is of another chip or cipher than the profile is for.

    Of a real card the chip is not known, None: then nothing is said.
    """
    if chip is not None and (chip.name, chip.suite) != (profile.chip, profile.suite):
        raise ProfileError(
            f"{image}: this card is of chip {chip.name} ({chip.suite}), profile {profile.name} is "
            f"for {profile.chip} ({profile.suite}); --profile names another"
        )


def is_silent() -> Plan[bool]:
    """Whether the card was blocked as a whole, or its transport key's tries are used up.

    Such a card answers to reset, and 6A81 to every command, also to SELECT (ssc 5.1 [S]).
    """
    (yield POWER_UP).require("power up")
    return (yield iso7816.select_fid(MF_FID)).sw == StatusWord.FUNCTION_NOT_SUPPORTED


def with_antenna(found: Node, card: SimulatedCard) -> Node:
    """With the PPSE of a finished card, which answers over the antenna only."""
    from simulator import Protocol

    if not card.chip.ats or any(each.name == "PPSE" for each in found.children):
        return found
    card.power_on(Protocol.CONTACTLESS)
    return replace(found, children=(*found.children, *run(contactless_environment(), card)))


def silenced(found: Node) -> Node:
    """A silent card's inventory: its answer to reset is all there is, and one note says why."""
    left = tuple(child for child in found.children if child.kind == "atr")
    return replace(found, note=_SILENT, children=left)
