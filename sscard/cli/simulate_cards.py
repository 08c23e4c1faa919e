"""The cards of ``sscard simulate``: where each comes from and what lies around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator import Protocol
    from simulator.pluggable import Pluggable
    from sscard.dialects import Chip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A card with its name for people, and the protocols that it has."""

    name: str
    card: Pluggable
    protocols: tuple[Protocol, ...]


def prepared(images: list[Path], blanks: list[str]) -> list[Prepared]:
    """All cards in the order of the slots: images, then blank chips.

    Raises MalformedData, TransportError, ProfileError.
    """
    return [*map(_from_image, images), *map(_blank, blanks)]


def _from_image(path: Path) -> Prepared:
    from simulator import VirtualCard

    card = VirtualCard.load(path)
    return Prepared(path.name, card, _protocols(card.chip))


def _blank(name: str) -> Prepared:
    from simulator import VirtualCard

    chip = _chip(name)
    return Prepared(f"空白卡 blank {chip.name}", VirtualCard.blank(chip), _protocols(chip))


def _chip(name: str) -> Chip:
    """The chip of this name, or that of the profile of this name."""
    from sscard.profiles import load_profile
    from sscard.profiles.chips import chip_names, load_chip

    return load_chip(name if name in chip_names() else load_profile(name).chip)


def _protocols(chip: Chip) -> tuple[Protocol, ...]:
    from simulator import Protocol

    antenna = (Protocol.CONTACTLESS,) if chip.ats else ()
    return (Protocol.T0, Protocol.T1, *antenna)
