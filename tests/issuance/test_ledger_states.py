"""The life of a card in the ledger: the whole product of states."""

from __future__ import annotations

from itertools import product

import pytest

from sscard.errors import LedgerError
from sscard.issuance.states import LIVE, OPEN, TRANSITIONS, CardState, require_transition

ALLOWED = {
    (CardState.RESERVED, CardState.SSSE_DONE),
    (CardState.RESERVED, CardState.FAILED),
    (CardState.RESERVED, CardState.SPOILED),
    (CardState.SSSE_DONE, CardState.ISSUED),
    (CardState.SSSE_DONE, CardState.FAILED),
    (CardState.SSSE_DONE, CardState.SPOILED),
    (CardState.ISSUED, CardState.WITHDRAWN),
}


@pytest.mark.parametrize(("before", "after"), list(product(CardState, CardState)))
def test_every_pair_is_in_the_table_or_refused(before: CardState, after: CardState) -> None:
    if (before, after) in ALLOWED:
        require_transition("T0000001X", before, after)
        return
    with pytest.raises(LedgerError, match=f"T0000001X is {before.name}.*{after.name}"):
        require_transition("T0000001X", before, after)


def test_the_table_names_every_state() -> None:
    assert set(TRANSITIONS) == set(CardState)
    assert {CardState.RESERVED, CardState.SSSE_DONE} == OPEN
    assert {CardState.ISSUED} == LIVE - OPEN
