"""The life of the card: the whole product of states and events, and what a dead card says."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.life_cycle import TRANSITIONS, CardEvent, CardState, after

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker


@pytest.mark.parametrize(("state", "event"), list(product(CardState, CardEvent)))
def test_every_pair_is_in_the_table_or_is_6985(state: CardState, event: CardEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(StatusError) as caught:
        after(state, event)
    assert caught.value.sw is StatusWord.CONDITIONS_NOT_SATISFIED


def test_only_a_blank_card_changes_and_nothing_leads_back() -> None:
    assert {state for state, _ in TRANSITIONS} == {CardState.BLANK}
    assert CardState.BLANK not in TRANSITIONS.values()


def test_the_states_of_a_card(maker: Maker, terminal: Terminal) -> None:
    assert maker.card.card.system.state is CardState.BLANK
    assert terminal.card.card.system.state is CardState.ISSUED


def test_the_state_survives_power_off(maker: Maker) -> None:
    maker.ground()
    maker.card.power_on()
    assert maker.card.card.system.state is CardState.ISSUED
