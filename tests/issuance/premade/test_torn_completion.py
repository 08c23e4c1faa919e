"""A counter loses its card at every command, or power fails at a page: the card says how far it is.

Whatever was torn, the same order goes on, and in the end the card is as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816
from sscard.errors import TransportError
from sscard.perso.audit import require
from sscard.perso.standing import TEARS, Standing, Step

if TYPE_CHECKING:
    from tests.issuance.premade.conftest import Workshop

Reader = Callable[..., Any]


def contents(card: VirtualCard) -> bytes:
    """What is stored on the social-security side."""
    part = card.card._social.files.partition
    return bytes(card.card.nvm.image[part.base : part.base + part.size - part.free])


def steps(workshop: Workshop, whole: Any) -> list[Step]:
    """What each command of a run is for, by its place among the others."""
    root = bytes(iso7816.select(workshop.profile.directory("SSSE").df_name))
    survey, keys = [at for at, each in enumerate(whole.sent) if each == root][:2]
    first, last = whole.updates[0], whole.updates[-1]
    bounds = (survey, keys, first, first + 1, last + 1, len(whole.sent))
    return [
        next(step for step, bound in zip(Step, bounds, strict=True) if at < bound)
        for at in range(len(whole.sent))
    ]


def lost(workshop: Workshop, reader: Reader, every: int) -> dict[Step, set[Standing]]:
    """What is found where the reader was lost; the same order always goes on to the end.

    A card that has not heard a command is one whose answer to the command before was not heard.
    """
    whole, order = reader(workshop.blank()), workshop.order()
    workshop.counter.complete(order, whole)
    wanted, found = contents(whole.card), {step: set() for step in Step}
    for_what = steps(workshop, whole)
    for at in {*range(0, len(whole.sent), every), *whole.updates}:
        torn = reader(workshop.blank(), unplug_at=at)
        with pytest.raises(TransportError):
            workshop.counter.complete(order, torn)
        standing = workshop.counter.standing(order, torn.card)
        for step in for_what[max(at - 1, 0) : at + 1]:
            found[step].add(standing)
        assert workshop.counter.complete(order, torn.card).before is standing
        assert contents(torn.card) == wanted
    require(workshop.counter.audit(order, torn.card, workshop.record.bank.digest))
    return found


def test_the_reader_is_lost_at_every_command(second: Workshop, reader: Reader) -> None:
    found = lost(second, reader, every=1)
    assert found == {step: set(tear.found) for step, tear in TEARS.items()}


def test_the_reader_is_lost_here_and_there(third: Workshop, reader: Reader) -> None:
    found = lost(third, reader, every=9)
    assert all(found[step] <= tear.found for step, tear in TEARS.items())


def cut(workshop: Workshop, torn_nvm: Any, power_loss: Any, at: int, outcome: Any) -> None:
    """Power fails at the ``at``-th page that is programmed; then it goes on to the end."""
    order, card = workshop.order(), workshop.blank(torn_nvm)
    card.card.nvm.arm(at, outcome)
    with pytest.raises(power_loss):
        workshop.counter.complete(order, card)
    card.power_off()
    before = workshop.counter.standing(order, card)
    done = workshop.counter.complete(order, card)
    assert done.before is before
    assert workshop.counter.standing(order, card) is Standing.COMPLETE
    whole = workshop.blank()
    workshop.counter.complete(order, whole)
    assert contents(card) == contents(whole)


def pages(workshop: Workshop, torn_nvm: Any) -> int:
    card = workshop.blank(torn_nvm)
    before = card.card.nvm.programmed
    workshop.counter.complete(workshop.order(), card)
    return card.card.nvm.programmed - before


def test_power_fails_here_and_there(
    workshop: Workshop, torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    last, kinds = pages(workshop, torn_nvm), cycle(outcomes)
    assert last > 30
    for at in [*range(1, 9), *range(9, last, 7), last]:
        cut(workshop, torn_nvm, power_loss, at, next(kinds))


@pytest.mark.full
def test_power_fails_at_every_page(
    workshop: Workshop, torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    for at in range(1, pages(workshop, torn_nvm) + 1):
        for outcome in outcomes:
            cut(workshop, torn_nvm, power_loss, at, outcome)


def test_torn_twice_it_still_goes_on(workshop: Workshop, reader: Reader) -> None:
    order = workshop.order()
    whole = reader(workshop.blank())
    workshop.counter.complete(order, whole)
    for first in whole.updates[::2]:
        card = workshop.blank()
        with pytest.raises(TransportError):
            workshop.counter.complete(order, reader(card, unplug_at=first + 1))
        again = reader(card)
        again.unplug_at = first - 2
        with pytest.raises(TransportError):
            workshop.counter.complete(order, again)
        workshop.counter.complete(order, card)
        assert contents(card) == contents(whole.card)
