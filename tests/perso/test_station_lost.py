"""What a lost reader or a cut supply leaves behind: an old card or a new one, nothing between.

Every page and every outcome is in ``test_station_torn.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import atr
from sscard.cos import Card
from sscard.errors import TransportError
from sscard.perso.activation import WrongLot
from sscard.perso.order import CardOrder

if TYPE_CHECKING:
    from tests.perso.conftest import Station

Make = Callable[..., "Station"]


@pytest.fixture(scope="module")
def whole(station: Make, order: CardOrder, torn_nvm: Any) -> Station:
    """A run from beginning to end, with what the card held before and after each step."""
    made = station(blank={"nvm": torn_nvm})
    made.held = [held(made.card.card)]
    made.answer = lambda _, answer: made.held.append(held(made.card.card)) or answer
    made.personalize(order)
    return made


def held(card: Card) -> tuple[bytes, ...]:
    """What is stored; the transport key's tries change in the middle of a command."""
    parts = [card._main.files.partition, card._social.files.partition, card.banking._partition]
    used = [bytes(card.nvm.image[part.base : part.base + part.size - part.free]) for part in parts]
    system = bytes(card.system.state.to_bytes(1, "big") + card.system.historical)
    return (*used, system)


def lost(station: Make, order: CardOrder, at: int) -> None:
    """Unplugged at this step, the chip is as good as new or is never tried again."""
    made = station(unplug_at=at)
    with pytest.raises(TransportError):
        made.personalize(order)
    again = station(card=made.card)
    if made.card.power_on() == atr.build(order.lot.blank_historical):
        again.personalize(order)
        assert made.card.power_on() == order.atr
    else:
        with pytest.raises(WrongLot):
            again.personalize(order)
        assert again.tries() == 0


def test_a_reader_lost_at_every_tenth_step(station: Make, order: CardOrder, whole: Station) -> None:
    for at in [*range(8), *range(10, len(whole.sent), 10)]:
        lost(station, order, at)


@pytest.mark.full
def test_a_reader_lost_at_every_step(station: Make, order: CardOrder, whole: Station) -> None:
    for at in range(len(whole.sent)):
        lost(station, order, at)


@pytest.fixture
def cut(
    station: Make, order: CardOrder, whole: Station, torn_nvm: Any, power_loss: Any
) -> Callable[[int, Any], None]:
    """Cut the supply at one programmed page: each command has happened as a whole or not at all."""

    def check(step: int, outcome: Any) -> None:
        made = station(blank={"nvm": torn_nvm})
        made.card.card.nvm.arm(step, outcome)
        with pytest.raises(power_loss):
            made.personalize(order)
        assert made.sent == whole.sent[: len(made.sent)]
        made.card.power_on()
        at = len(made.sent)
        assert held(made.card.card) in whole.held[at - 1 : at + 1], (step, outcome)

    return check


def steps(whole: Station, station: Make) -> int:
    """Pages programmed by the station itself."""
    return whole.card.card.nvm.programmed - station().card.card.nvm.programmed


def sweep(cut: Callable[[int, Any], None], at: Iterable[int], outcomes: Iterable[Any]) -> None:
    for step, outcome in zip(at, outcomes, strict=False):
        cut(step, outcome)


def test_power_cut_here_and_there(cut: Any, whole: Station, station: Make, outcomes: Any) -> None:
    last = steps(whole, station)
    assert last > 1000
    sweep(cut, [*range(1, 13), *range(20, last, 29), last], cycle(outcomes))
