"""Each flow from the list that comes to the card in the hand (issuance 3, flows A to G)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sscard.errors import LedgerError
from sscard.issuance.batches.closing import close_batch
from sscard.issuance.floor import GateRules
from sscard.issuance.floor.checks import Signed, sign
from sscard.issuance.floor.gates import What
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Body, Presence, Replacement
from tests.issuance.batches.office import MADE_AFTER, Office
from tests.issuance.batches.people import BANKS, account_of, people, with_luhn

EARLY, RURAL, CITY = BANKS
HOLDER = Presence("holder", "一街窗口")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path).opened()


def test_a_bank_first(office: Office) -> None:
    office.batch(list(people(6, bank=CITY)))
    assert office.bank_asked().whole
    office.bound()
    office.finished()
    office.send("deliver")
    office.collected()
    assert office.states() == ["COLLECTED"] * 6
    with pytest.raises(LedgerError, match=r"终检未完成.*还需 1 张"):
        close_batch(office.orders, "B1", office.actor(), GateRules())
    checked = next(iter(office.orders.orders_of("B1"))).card_number or ""
    with office.orders.book(office.actor()) as book:
        sign(book, Signed(What.FINAL, checked, passed=True, by="09"))
    close_batch(office.orders, "B1", office.actor(), GateRules())


def test_b_bank_after(office: Office) -> None:
    found = list(people(6, bank=RURAL))
    office.batch(found, "bank-after")
    office.bound()
    office.finished()
    assert office.states() == ["AUDITED"] * 6
    numbers = office.folder / "numbers.txt"
    lines = (f"{each.id_number}|{account_of(each.id_number)}|新增" for each in found)
    numbers.write_bytes("".join(f"{each}\r\n" for each in (*lines, "END|6")).encode("gbk"))
    assert office.answer(numbers, layout="number-correspondence").whole
    office.send("deliver")
    office.collected()
    assert office.states() == ["COLLECTED"] * 6


@pytest.mark.parametrize(("bank", "asked"), [(EARLY, True), (RURAL, False)])
def test_c_single_with_one_bank_before_the_chip_and_another_after(
    office: Office, bank: str, asked: bool
) -> None:
    found = list(people(2, bank=bank))
    office.batch(found, "single")
    if asked:
        assert office.bank_asked().whole
    office.bound()
    office.finished()
    if not asked:
        numbers = office.folder / "numbers.txt"
        rows = [f"{each.id_number}|{account_of(each.id_number)}|新增" for each in found]
        numbers.write_bytes("".join(f"{row}\r\n" for row in (*rows, "END|2")).encode("gbk"))
        assert office.answer(numbers, layout="number-correspondence").whole
    office.send("deliver")
    office.collected()
    assert office.states() == ["COLLECTED"] * 2


def test_d_replacement_is_marked_on_every_list(office: Office) -> None:
    office.batch(list(people(2, bank=EARLY)), "single")
    office.bank_asked()
    office.bound()
    office.finished()
    office.send("deliver")
    office.collected()
    old = next(iter(office.orders.orders_of("B1")))
    office.orders.lose(old.id, office.actor(), "lost")
    office.orders.replace(old.id, office.actor(), Replacement(fee_fen=2000))
    office.made(EARLY, "replacement", "B2")
    office.send("bank-request", "B2")
    request = office.folder / "B2-bank-request.txt"
    another = with_luhn("62280041000000001")
    assert office.answer(office.bank_file(request, lambda _: another), "B2").whole
    office.bound("B2")
    office.finished("B2")
    office.send("deliver", "B2")
    office.collected("B2")
    assert office.states() == ["REPLACED", "COLLECTED"]
    assert office.states("B2") == ["COLLECTED"]
    for kind in ("bank-request", "hand-over", "deliver"):
        assert [each.rpartition("|")[2] for each in office.lines(kind, "B2")] == ["补换"]


def test_e_instant_on_a_pre_made_blank(office: Office) -> None:
    (person,) = people(1, bank=EARLY)
    taken = office.enter([person], "instant")
    orders, number = office.orders, account_of(person.id_number)
    orders.verify(taken.orders, office.actor())
    blank = Body("P0001", "premade", "gen2", "L1", "integrator", bank_number=number)
    orders.add_bodies([blank], office.actor())
    (order,) = taken.orders
    jobs, actor = orders.jobs, office.actor("instant-1", "0")
    work = jobs.take(actor, 600, body="P0001", order=order, made_after=MADE_AFTER)
    jobs.begin(work, actor)
    done = jobs.finish_ssse(work, actor, keep=True, card_id_code=bytes(16), atr=b"\x3b")
    assert done is not None
    jobs.audited(done, actor)
    orders.collect(order, HOLDER, office.actor("window"))
    assert orders.order(order).state is OrderState.COLLECTED
    account = orders.account(order)
    assert account is not None
    assert account.number == number


@pytest.mark.parametrize("flow", ["group", "individual"])
def test_f_and_g_applications(office: Office, flow: str) -> None:
    office.batch(list(people(3, bank=CITY)), flow)
    assert office.bank_asked().whole
    office.bound()
    office.finished()
    office.send("deliver")
    office.collected()
    assert office.states() == ["COLLECTED"] * 3


def test_a_spoiled_card_is_on_its_list_and_the_person_gets_another(office: Office) -> None:
    office.batch(list(people(4, bank=EARLY)), "single")
    office.bank_asked()
    office.bound(spoil=[2])
    office.send("hand-over")
    office.send("spoiled")
    (line,) = office.lines("spoiled")
    assert line.endswith("|A00000002|6581 in step 3")
    assert len(office.lines("hand-over")) == 4
    office.financed()
    office.send("return-data")
    assert [each.split("|")[0] for each in office.lines("return-data")] == [
        "A00000001",
        office.orders.order(2).card_number,
        "A00000003",
        "A00000004",
    ]


def test_nobody_is_entered_for_a_replacement_by_a_list(office: Office) -> None:
    before = office.events()
    with pytest.raises(LedgerError, match="begun with the old order"):
        office.enter(list(people(1)), "replacement")
    assert office.events() == before
