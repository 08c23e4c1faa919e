"""The cards of ``sscard simulate``: where each comes from and what lies around it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator import Protocol
    from simulator.faults.scenario import Scenario
    from simulator.persistence import Persist
    from simulator.pluggable import Pluggable
    from simulator.simulated_card import SimulatedCard
    from simulator.timing import Lines
    from sscard.dialects import Chip
    from sscard.dialects.psam_chip import PsamChip
    from sscard.transport.recorder import Tell


@dataclass(frozen=True, slots=True)
class Prepared:
    """A card with its name for people, and the protocols that it has."""

    name: str
    card: Pluggable
    protocols: tuple[Protocol, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around every card: when its image is written, and what goes wrong with it.

    ``lines`` are those over which it is as slow as plastic; None lets it answer at once.
    """

    persist: Persist | None = None
    scenario: Scenario | None = None
    lines: Lines | None = None

    def card(self, inside: SimulatedCard) -> Pluggable:
        """The card with its line and its faults; a slow one really takes its time."""
        from simulator.faults import FaultyCard

        if self.lines is not None:
            inside = _in_real_time(inside, self.lines)
        if self.scenario is None:
            return inside
        patience = self.scenario.reader.patience_seconds
        faults = self.scenario.faults
        return FaultyCard(inside, faults, patience=patience, wait=time.sleep, in_slot=True)


@contextmanager
def prepared(images: list[Path], blanks: list[str], around: Around) -> Iterator[list[Prepared]]:
    """All cards in the order of the slots: images, then blank chips.

    At the end of the block no card has power, and what is to be kept is in the images.

    Raises MalformedData, TransportError, ProfileError.
    """
    with ExitStack() as stack:
        found = [_from_image(path, around, stack) for path in images]
        yield [*found, *(_blank(name, around) for name in blanks)]


def _in_real_time(inside: SimulatedCard, lines: Lines) -> SimulatedCard:
    from simulator import ChipClock, RealTimeCard

    return RealTimeCard(ChipClock(inside), lines, time.monotonic, time.sleep)


def recorded(cards: Sequence[Prepared], tells: Sequence[Tell]) -> list[Prepared]:
    """The same cards, and each tells somebody what is said to it."""
    from simulator.recording import RecordedCard

    return [
        replace(each, card=RecordedCard(each.card, tell, time.monotonic))
        for each, tell in zip(cards, tells, strict=True)
    ]


def _from_image(path: Path, around: Around, stack: ExitStack) -> Prepared:
    from simulator import load_card
    from simulator.faults import FaultyNVM
    from simulator.persistence import kept

    card: SimulatedCard
    if around.persist is None:
        card = load_card(path, nvm=FaultyNVM)
    else:
        card = stack.enter_context(kept(path, around.persist, load=load_card, nvm=FaultyNVM))
    return Prepared(path.name, around.card(card), _protocols(card.chip))


def _blank(name: str, around: Around) -> Prepared:
    from simulator import VirtualCard
    from simulator.faults import FaultyNVM

    chip = _chip(name)
    card = VirtualCard.blank(chip, nvm=FaultyNVM)
    return Prepared(f"空白卡 blank {chip.name}", around.card(card), _protocols(chip))


def _chip(name: str) -> Chip:
    """The chip of this name, or that of the profile of this name."""
    from sscard.profiles import load_profile
    from sscard.profiles.chips import chip_names, load_chip

    return load_chip(name if name in chip_names() else load_profile(name).chip)


def _protocols(chip: Chip | PsamChip) -> tuple[Protocol, ...]:
    """A user card's chip may have an antenna; a PSAM has none."""
    from simulator import Protocol
    from sscard.dialects import Chip

    antenna = (Protocol.CONTACTLESS,) if isinstance(chip, Chip) and chip.ats else ()
    return (Protocol.T0, Protocol.T1, *antenna)
