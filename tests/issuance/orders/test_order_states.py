"""The life of an order: the whole product of states against a list written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import product
from typing import Any

import pytest

from sscard.errors import LedgerError
from sscard.issuance import order_states, production_states
from sscard.issuance.order_states import (
    FINAL_ORDERS,
    LIVE_ORDERS,
    MAIN,
    TRANSITIONS,
    OrderState,
    require_step,
)

#: From issuance 3, by hand: what each state may become.
BY_HAND = {
    "ENTERED": "VERIFIED RETURNED CANCELLED",
    "VERIFIED": "BATCHED CHIP_BOUND RETURNED CANCELLED",
    "BATCHED": "BANK_REQUESTED CHIP_BOUND AUDITED RETURNED",
    "BANK_REQUESTED": "BANK_MATCHED RETURNED",
    "BANK_MATCHED": "CHIP_BOUND AUDITED RETURNED",
    "CHIP_BOUND": "SSSE_DONE VERIFIED BATCHED BANK_MATCHED SPOILED FAILED",
    "SSSE_DONE": "HANDED_OVER AUDITED SPOILED FAILED",
    "HANDED_OVER": "PSE_DONE SPOILED FAILED",
    "PSE_DONE": "HANDOVER_CLOSED SPOILED FAILED",
    "HANDOVER_CLOSED": "AUDITED SPOILED FAILED",
    "AUDITED": "DELIVERED COLLECTED SPOILED",
    "DELIVERED": "COLLECTED OVERDUE LOST",
    "COLLECTED": "LOST CANCELLED",
    "RETURNED": "",
    "SPOILED": "VERIFIED BATCHED BANK_MATCHED RETURNED",
    "FAILED": "VERIFIED BATCHED BANK_MATCHED RETURNED",
    "LOST": "REPLACED COLLECTED CANCELLED",
    "REPLACED": "",
    "OVERDUE": "COLLECTED RECOVERED LOST",
    "RECOVERED": "DELIVERED CANCELLED",
    "CANCELLED": "",
}


def test_the_list_names_every_state() -> None:
    assert list(BY_HAND) == [state.name for state in OrderState]


@pytest.mark.parametrize("before", OrderState, ids=lambda state: state.name)
def test_every_pair_is_in_the_table_or_refused(before: OrderState) -> None:
    allowed = BY_HAND[before.name].split()
    for after in OrderState:
        if after.name in allowed:
            require_step(17, before, after)
            continue
        with pytest.raises(
            LedgerError, match=f"order 17 is {before.name} {before.zh}.*{after.name}"
        ):
            require_step(17, before, after)


def test_final_states_are_those_after_which_a_person_may_come_again() -> None:
    assert {state.name for state in FINAL_ORDERS} == {"RETURNED", "REPLACED", "CANCELLED"}
    assert set(OrderState) == FINAL_ORDERS | LIVE_ORDERS


def test_every_state_is_reached_and_every_order_can_end() -> None:
    reached = {OrderState.ENTERED}
    while more := {after for before, after in TRANSITIONS if before in reached} - reached:
        reached |= more
    assert reached == set(OrderState)
    ends = set(FINAL_ORDERS)
    while more := {before for before, after in TRANSITIONS if after in ends} - ends:
        ends |= more
    assert ends == set(OrderState)


def test_the_way_is_the_first_part_of_the_list() -> None:
    assert [state for state in OrderState if state in MAIN][-1] is OrderState.COLLECTED
    assert len(MAIN) == 13


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (order_states.SIDE_TRANSITIONS, order_states.SideState),
        (order_states.PIN_TRANSITIONS, order_states.PinState),
        (order_states.TRANSITIONS, order_states.OrderState),
    ],
)
def test_each_step_has_its_words(steps: Mapping[Any, order_states.Word], kind: type[Enum]) -> None:
    assert {state for pair in steps for state in pair} <= set(kind)
    assert set(steps) <= set(product(kind, kind))
    assert all(word.zh and word.en for word in steps.values())


@pytest.mark.parametrize(
    "kind",
    [
        order_states.OrderState,
        order_states.SideState,
        order_states.PinState,
        production_states.BatchState,
        production_states.BodyState,
        production_states.StationState,
    ],
)
def test_each_state_has_its_words_and_fits_its_column(kind: Any) -> None:
    assert all(state.zh and state.en and len(state.name) <= 16 for state in kind)
    assert len({state.zh for state in kind}) == len(list(kind))


def test_batches_end_closed() -> None:
    table = production_states.BATCH_TRANSITIONS
    assert set(table) == set(production_states.BatchState)
    assert [state.name for state, after in table.items() if not after] == ["CLOSED"]
