"""Lists keep the books of card bodies: a batch that went its way balances, and closes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from sscard.errors import LedgerError
from sscard.issuance.batches.bodies import Delivery, take_bodies
from sscard.issuance.batches.closing import close_batch
from sscard.issuance.batches.receiving import Counted, receive
from sscard.issuance.exchange import check_list, load_list_layout
from sscard.issuance.floor import GateRules
from sscard.issuance.ledger import reading
from sscard.issuance.ledger.schema.work import STOCK
from sscard.issuance.order_states import OrderState
from tests.issuance.batches.office import MADE_AFTER, Office
from tests.issuance.batches.people import BANKS, people, with_luhn

INTEGRATOR = Delivery("printed", "gen2", "L1", "integrator", "B1")


def booked(office: Office) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    with reading(office.orders.engine) as connection:
        for row in connection.execute(select(STOCK)):
            found[row.party, row.movement.name] += row.quantity
    return found


def bodies(office: Office, prefix: str) -> Path:
    """What the supplier delivers: a body for everybody who waits for a card."""
    waiting = office.orders.orders_of("B1", (OrderState.BANK_MATCHED,))
    rows = [f"{prefix}{each.id},{each.wanted_number}" for each in waiting]
    path = office.folder / f"{prefix}.csv"
    path.write_text("\n".join(("卡体号,社保卡号", *rows, "")), "utf-8-sig")
    return path


def worked(office: Office, prefix: str, *, spoil: int | None = None) -> None:
    """The first station, by bodies."""
    for order in list(office.orders.orders_of("B1", (OrderState.BANK_MATCHED,))):
        jobs, actor = office.orders.jobs, office.actor("ssse-1", "0")
        work = jobs.take(actor, 600, body=f"{prefix}{order.id}", made_after=MADE_AFTER)
        jobs.begin(work, actor)
        if order.position == spoil:
            jobs.fail(work, "6581 in step 3", actor)
        else:
            jobs.finish_ssse(work, actor, atr=bytes.fromhex("3B6D0000"))


def handed_over(office: Office) -> int:
    sent = office.send("hand-over")
    listed = check_list(sent.path, load_list_layout("hand-over"))
    counted = Counted(sent.written.records, "integrator")
    for again in (False, True):
        found = receive(office.orders, "B1", listed, counted, office.actor())
        assert (found.same, found.again) == (True, again)
    return sent.written.records


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path).opened()
    made.batch(list(people(4, bank=BANKS[2])))
    made.bank_asked()
    take_bodies(made.orders, bodies(made, "X"), INTEGRATOR, made.actor())
    return made


def test_a_batch_with_a_spoiled_card_balances_and_closes(office: Office) -> None:
    worked(office, "X", spoil=2)
    assert handed_over(office) == 3
    office.financed()
    office.send("spoiled")
    office.send("spoiled")
    # Again for the one: another number of the bank and of the office, another body.
    office.send("bank-request")
    request = office.folder / "B1-bank-request.txt"
    office.answer(office.bank_file(request, lambda _: with_luhn("62280041000000009"), "again.txt"))
    (order,) = office.orders.orders_of("B1", (OrderState.BANK_MATCHED,))
    office.orders.give_card_numbers({order.id: "A00000902"}, office.actor())
    take_bodies(office.orders, bodies(office, "Y"), INTEGRATOR, office.actor())
    worked(office, "Y")
    assert handed_over(office) == 1
    office.financed()
    office.send("deliver")
    assert booked(office) == {
        ("integrator", "RECEIVED"): 5,
        ("integrator", "SPOILED"): 1,
        ("integrator", "HANDED_OVER"): 4,
        ("bank", "RECEIVED"): 4,
        ("bank", "ISSUED"): 4,
    }
    close_batch(office.orders, "B1", office.actor(), GateRules(final_one_in=None))
    assert office.orders.batch("B1").state.name == "CLOSED"


def test_a_batch_with_bodies_that_nobody_counted_stays_open(office: Office) -> None:
    worked(office, "X", spoil=2)
    handed_over(office)
    office.financed()
    before = office.events()
    with pytest.raises(LedgerError, match=r"B1.*(balance|不平|未结清)"):
        close_batch(office.orders, "B1", office.actor(), GateRules(final_one_in=None))
    assert office.events() == before


def test_a_hand_over_that_went_on_is_not_written_again(office: Office) -> None:
    worked(office, "X")
    first = office.send("hand-over")
    assert office.send("hand-over").written == first.written
    (one, *_) = office.orders.orders_of("B1", (OrderState.HANDED_OVER,))
    jobs, actor = office.orders.jobs, office.actor("bank-1", "0")
    work = jobs.take_for_bank(one.person_hash, actor, 600)
    jobs.begin(work, actor)
    jobs.finish_bank(work, actor)
    with pytest.raises(LedgerError, match="cards went on since"):
        office.send("hand-over")
    assert first.path.exists()
