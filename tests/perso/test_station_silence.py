"""No key, no PIN and nothing of a person in what an order, a plan or an error shows."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sscard.apdu.status import StatusError
from sscard.keys import Pin
from sscard.perso import handover, social_security
from sscard.perso.activation import TransportKeyRefused
from sscard.perso.data import encode
from sscard.perso.order import CardOrder

if TYPE_CHECKING:
    from tests.perso.conftest import Station

Make = Callable[..., "Station"]
PIN = "918273"


def secrets(order: CardOrder) -> set[str]:
    """How keys, PIN and person could look in a text."""
    values = [key.reveal() for key in order.keys.values()]
    values += [order.exchange.reveal(), order.lot.transport.reveal()]
    keys = {form for value in values for form in (value.hex(), repr(value)[2:-1])}
    person = {PIN, order.id_number, order.name, "13987654321", "1990-03-07"}
    return keys | person | {form(order.name.encode("gbk").hex()) for form in (str, str.upper)}


@pytest.fixture
def secret(order: CardOrder) -> CardOrder:
    """The order with a PIN that is not the profile's, which anybody may see."""
    return replace(order, pin=Pin(PIN))


def test_nothing_secret_or_personal_in_any_repr(secret: CardOrder) -> None:
    plan = social_security.personalize(secret, random.Random(5).randbytes)
    holder = handover.Holder(secret.id_number, secret.name)
    shown = repr([secret, encode(secret), holder, plan, next(plan), secret.lot])
    assert not [each for each in secrets(secret) if each in shown]


def test_nothing_secret_or_personal_in_any_error(station: Make, secret: CardOrder) -> None:
    """A command refused here and there, and what the exception says."""
    clean = station()
    clean.personalize(secret)
    for at in [*range(12), *range(15, len(clean.sent), 5)]:
        if clean.sent[at] == "power up":
            continue
        made = station()
        made.answer = lambda _, answer, at=at, made=made: (
            b"\x6f\x00" if len(made.sent) == at + 1 else answer
        )
        refusals = (StatusError, TransportKeyRefused)
        with pytest.raises(refusals, match="UNKNOWN_ERROR") as caught:
            made.personalize(secret)
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        assert not [each for each in secrets(secret) if each in told], at
        assert not str(caught.value).startswith("command:"), "every step says what it was doing"
