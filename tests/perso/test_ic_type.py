"""The IC type in the ATR: a region asks for it, the chip's maker has the last word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import atr
from sscard.errors import ProfileError
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import audit, social_security
from sscard.perso.order import CardNumbers, CardOrder, prepare, with_ic_type
from sscard.perso.plan import run
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

NUMBERS = CardNumbers("X00000019", bytes.fromhex("C0666779"), "510100", date(2026, 1, 31))
PERSON = {"id_number": "110101199003070038", "name": "诸葛验收"}


class Lots:
    """The TEST store, with a lot whose blank ATR says nothing of the IC type."""

    def __init__(self) -> None:
        self._store = load_social_security()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def lot(self, name: str) -> Any:
        lot = self._store.lot(name)
        return replace(lot, blank_historical=b"\0\0" + lot.blank_historical[2:])


def order(store: Any, wanted: str) -> CardOrder:
    base = load_profile("gen2")
    setting = base.setting("historical_ic_type").model_copy(update={"value": wanted})
    settings = {**base.settings, "historical_ic_type": setting}
    profile = base.model_copy(update={"settings": settings})
    exchange = load_exchange()
    return prepare(profile, PERSON, NUMBERS, store=store, exchange=exchange, lot="TEST-GEN2")


@pytest.mark.parametrize(
    ("filled", "wanted", "final"), [("00", "96", "96"), ("81", "81", "81"), ("8C", "lot", "8C")]
)
def test_the_byte_that_the_card_gets(filled: str, wanted: str, final: str) -> None:
    historical = bytes.fromhex(f"00{filled}544C8686845101C0666779")
    assert with_ic_type(historical, wanted, "LOT").hex().upper() == (
        f"00{final}544C8686845101C0666779"
    )


def test_a_place_left_empty_is_filled_and_audited() -> None:
    store = Lots()
    card = order(store, "8C")
    assert card.historical.hex().upper() == "008C544C8686845101C0666779"
    chip = VirtualCard.blank(load_chip("gen2-32k"), lot=store.lot("TEST-GEN2"))
    random = Random(1).randbytes
    run(social_security.personalize(card, random), chip)
    (seen,) = [each for each in run(audit.audit(card, random), chip) if each.subject == "ATR"]
    assert seen.agrees
    assert chip.power_on() == atr.build(card.historical)


def test_chips_of_another_type_are_refused_before_one_is_spent() -> None:
    with pytest.raises(ProfileError) as caught:
        order(load_social_security(), "96")
    assert str(caught.value) == (
        "historical_ic_type: the profile asks for chips of IC type 96 (T2 of the ATR), those of "
        "lot TEST-GEN2 are 81"
    )
