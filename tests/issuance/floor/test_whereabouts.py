"""Where a card belongs that somebody found."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_standins import small_ledger, writing

from sscard.issuance.floor.whereabouts import Belongs, belongs
from sscard.issuance.ledger import reading
from sscard.issuance.ledger.schema import BODIES
from sscard.issuance.production_states import BodyState


@pytest.mark.parametrize(
    ("state", "place"),
    [
        (BodyState.RECEIVED, Belongs.TRAY),
        (BodyState.BOUND, Belongs.WAIT),  # no card in work has it: somebody has to look
        (BodyState.USED, Belongs.FINISHED),
        (BodyState.SPOILED, Belongs.DESTROY),
        (BodyState.TEST, Belongs.DESTROY),
        (BodyState.DESTROYED, Belongs.GONE),
        (BodyState.HANDED_OVER, Belongs.GONE),
        (BodyState.RETURNED, Belongs.GONE),
    ],
)
def test_the_state_of_the_body_decides(tmp_path: Path, state: BodyState, place: Belongs) -> None:
    engine = small_ledger(tmp_path)
    with writing(engine) as book:
        book.update(BODIES, "BODY-1", {"state": state}, "test")
    with reading(engine) as connection:
        assert belongs(connection, "BODY-1") is place
        assert belongs(connection, "BODY-9") is Belongs.UNKNOWN
    engine.dispose()
