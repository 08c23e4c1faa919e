"""Bodies, posts, checks and signatures in a real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from floor_standins import VirtualTime
from ledger_standins import desk, small_ledger, writing
from sqlalchemy import Engine, select

from sscard.errors import LedgerError
from sscard.issuance.floor import Gate, GateRules, Mismatch, Mismatched, Reading, bodies, checks
from sscard.issuance.floor.body_numbers import Kind
from sscard.issuance.floor.checks import Signed
from sscard.issuance.floor.gates import CheckFailed, Verdict, What
from sscard.issuance.floor.posts import StationTaken, posts, release
from sscard.issuance.floor.signatures import NotSigned, TwoSignatures
from sscard.issuance.ledger import history, reading
from sscard.issuance.ledger.schema import BODIES, CARDS
from sscard.issuance.production_states import BodyState, StationState
from sscard.issuance.states import CardState

AB = TwoSignatures("A. Wang", "B. Li")


@pytest.fixture
def now() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = small_ledger(tmp_path)
    yield engine
    engine.dispose()


def become(engine: Engine, body: str, state: BodyState) -> None:
    with writing(engine) as book:
        book.update(BODIES, body, {"state": state}, "test")


def bound(engine: Engine, *readings: Reading) -> bodies.Bound:
    with reading(engine) as connection:
        return bodies.bound(connection, readings, "B1")


def barcode(number: str) -> Reading:
    return Reading(Kind.BARCODE, number)


def test_a_body_leads_to_its_order(engine: Engine) -> None:
    assert bound(engine, barcode("BODY-3")) == bodies.Bound("BODY-3", 3)
    assert bound(engine, Reading(Kind.TRAY, "3")) == bodies.Bound("BODY-3", 3)
    assert bound(engine, barcode("BODY-3"), Reading(Kind.TRAY, "3")).order == 3


@pytest.mark.parametrize(
    ("number", "state", "mismatch"),
    [
        ("BODY-9", None, Mismatch.UNKNOWN_BODY),
        ("BODY-6", None, Mismatch.OTHER_BATCH),
        ("BODY-7", None, Mismatch.FREE_BODY),
        ("BODY-1", BodyState.BOUND, Mismatch.TAKEN),
        ("BODY-1", BodyState.USED, Mismatch.USED_BODY),
        ("BODY-1", BodyState.HANDED_OVER, Mismatch.USED_BODY),
        ("BODY-1", BodyState.SPOILED, Mismatch.SPOILED_BODY),
        ("BODY-1", BodyState.DESTROYED, Mismatch.SPOILED_BODY),
        ("BODY-1", BodyState.TEST, Mismatch.SPOILED_BODY),
        ("BODY-1", BodyState.RETURNED, Mismatch.SPOILED_BODY),
    ],
)
def test_a_body_that_is_no_card_to_be_made(
    engine: Engine, number: str, state: BodyState | None, mismatch: Mismatch
) -> None:
    if state is not None:
        become(engine, number, state)
    with pytest.raises(Mismatched) as caught:
        bound(engine, barcode(number))
    assert caught.value.mismatch is mismatch
    assert caught.value.subject == ("" if mismatch is Mismatch.UNKNOWN_BODY else number)


def test_a_persons_number_held_to_the_scanner_is_not_written_down(engine: Engine) -> None:
    with pytest.raises(Mismatched) as caught:
        bound(engine, barcode("110101199003070038"))
    assert caught.value.mismatch is Mismatch.UNKNOWN_BODY
    assert "11010119900307" not in str(caught.value)
    assert (caught.value.subject, caught.value.detail) == ("", "…0038")


def test_every_state_of_a_body_is_decided(engine: Engine) -> None:
    assert {*BodyState} - {*bodies._GONE} == {BodyState.RECEIVED}


def test_two_reads_must_name_one_body(engine: Engine) -> None:
    with pytest.raises(Mismatched) as caught:
        bound(engine, Reading(Kind.TRAY, "2"), barcode("BODY-3"))
    assert caught.value.mismatch is Mismatch.TWO_READS
    assert caught.value.subject == "2 ≠ BODY-3"


def test_the_bank_knows_a_body_that_is_in_work(engine: Engine) -> None:
    become(engine, "BODY-1", BodyState.BOUND)
    with reading(engine) as connection:
        assert bodies.owner(connection, [barcode("BODY-1")], "B1").order == 1
    become(engine, "BODY-1", BodyState.SPOILED)
    with reading(engine) as connection, pytest.raises(Mismatched):
        bodies.owner(connection, [barcode("BODY-1")], "B1")


def test_a_mismatch_is_an_event(engine: Engine, now: VirtualTime) -> None:
    desk(engine, now).mismatch("R2", Mismatched(Mismatch.OTHER_BATCH, "BODY-6", "B2"))
    desk(engine, now).mismatch("R2", Mismatched(Mismatch.UNREAD))
    with reading(engine) as connection:
        (event,) = history(connection, "mismatch", "BODY-6")
        (other,) = history(connection, "mismatch", "SSSE-1/R2")
    assert (event.what, event.station, event.reader) == ("other_batch", "SSSE-1", "R2")
    assert event.facts == {"batch": "B1", "detail": "B2"}
    assert other.what == "unread"


def test_a_halt_reaches_every_station_until_two_people_release_it(
    engine: Engine, now: VirtualTime
) -> None:
    one, other = desk(engine, now), desk(engine, now, "SSSE-2")
    assert other.halted() is None
    one.halt("R1", "lot L1: refused")
    assert "lot L1: refused" in (other.halted() or "")
    with pytest.raises(NotSigned):
        TwoSignatures("wang", " WANG ")
    with writing(engine) as book:
        release(book, "line", AB, "key of lot L1 entered again")
    assert other.halted() is None
    with reading(engine) as connection:
        *_, event = history(connection, "station", "line")
    assert (event.facts["by"], event.facts["witness"]) == (AB.by, AB.witness)
    with writing(engine) as book, pytest.raises(LedgerError, match="neither halted"):
        release(book, "line", AB, "again")


def test_a_reader_that_was_taken_out_stays_out_until_it_is_released(
    engine: Engine, now: VirtualTime
) -> None:
    one = desk(engine, now)
    assert one.start(["R1", "R2"]) == {}
    one.take_out("R2", "3 failed")
    one.close()
    assert one.start(["R1", "R2"]) == {"R2": "3 failed"}
    one.close()
    with writing(engine) as book:
        release(book, "SSSE-1/R2", AB, "contacts cleaned")
    assert one.start(["R1", "R2"]) == {}


def test_one_process_at_a_time_is_a_station(engine: Engine, now: VirtualTime) -> None:
    one = desk(engine, now)
    one.start([])
    with pytest.raises(StationTaken, match="SSSE-1"):
        desk(engine, now).start([])
    now.pass_(minutes=2)
    one.beat()
    now.pass_(minutes=2)
    with pytest.raises(StationTaken):
        desk(engine, now).start([])
    now.pass_(minutes=2)
    desk(engine, now).start([])  # it was seen last four minutes ago
    with reading(engine) as connection:
        (post,) = posts(connection)
    assert (post.name, post.state) == ("SSSE-1", StationState.RUNNING)


def test_jobs_that_were_taken_back_stop_the_station(engine: Engine, now: VirtualTime) -> None:
    one = desk(engine, now)
    one.renew = lambda: ["R1"]
    with pytest.raises(LedgerError, match="R1"):
        one.beat()


def made(engine: Engine, number: str, state: CardState = CardState.SSSE_DONE) -> None:
    with writing(engine) as book:
        at = book.actor.at
        row = {
            "card_number": number,
            "serial": number[-4:].encode(),
            "batch_number": "B1",
            "profile_name": "gen2",
            "profile_sha256": bytes(32),
            "person_hash": number.ljust(32).encode(),
            "number_source": "file",
            "state": state,
            "reserved_at": at,
            "changed_at": at,
            "layers": (),
        }
        book.insert(CARDS, [row], "made")


def sign(engine: Engine, now: VirtualTime, signed: Signed) -> None:
    with writing(engine, now) as book:
        checks.sign(book, signed)


def test_checks_are_demanded_signed_and_found_again(engine: Engine, now: VirtualTime) -> None:
    one = desk(engine, now)
    gate = Gate(GateRules(patrol_cards=None, patrol_minutes=None), one, now, now())
    made(engine, "X00000001")
    assert gate.hold("R1") is None
    gate.made("R1", "X00000001")
    assert "X00000001" in (gate.hold("R1") or "")
    now.pass_(minutes=5)
    sign(engine, now, Signed(What.FIRST_ARTICLE, "X00000001", passed=True, by="QA"))
    assert gate.hold("R1") is None
    with reading(engine) as connection:
        assert [c.verdict for c in checks.checks(connection, "SSSE-1", "B1")] == [Verdict.PASSED]
        assert checks.checks(connection, "SSSE-2", "B1") == []
        assert checks.final_passed(connection, "B1") == 0
    sign(engine, now, Signed(What.FINAL, "X00000001", passed=True, by="QA"))
    with reading(engine) as connection:
        assert checks.final_passed(connection, "B1") == 1


def test_a_check_that_fails_stops_the_station_and_asks_for_another_first_card(
    engine: Engine, now: VirtualTime
) -> None:
    one = desk(engine, now)
    gate = Gate(GateRules(), one, now, now())
    made(engine, "X00000001")
    gate.hold("R1")
    gate.made("R1", "X00000001")
    now.pass_(minutes=5)
    sign(engine, now, Signed(What.FIRST_ARTICLE, "X00000001", passed=False, by="QA", note="stripe"))
    with pytest.raises(CheckFailed, match="X00000001: 首件检验"):
        gate.hold("R1")
    now.pass_(minutes=5)
    again = Gate(GateRules(), one, now, now())
    assert again.hold("R2") is None
    assert again.hold("R1") is not None  # R2 makes the first card now
    made(engine, "X00000002")
    again.made("R2", "X00000002")
    assert "X00000002" in (again.hold("R2") or "")


def test_only_cards_of_the_ledger_are_checked(engine: Engine, now: VirtualTime) -> None:
    with pytest.raises(LedgerError, match="X00000001"):
        sign(engine, now, Signed(What.PATROL, "X00000001", passed=True, by="QA"))
    made(engine, "X00000001")
    with pytest.raises(NotSigned):
        sign(engine, now, Signed(What.PATROL, "X00000001", passed=True, by=" "))


def test_a_card_that_is_not_made_is_not_checked(engine: Engine, now: VirtualTime) -> None:
    made(engine, "X00000001", CardState.RESERVED)
    with pytest.raises(LedgerError, match="X00000001 is RESERVED"):
        sign(engine, now, Signed(What.FIRST_ARTICLE, "X00000001", passed=True, by="QA"))


def row(engine: Engine, body: str) -> tuple[object, ...]:
    columns = (BODIES.c.state, BODIES.c.destroyed_by, BODIES.c.destroyed_witness)
    with reading(engine) as connection:
        return tuple(connection.execute(select(*columns).where(BODIES.c.id == body)).one())


def test_spoiled_cards_are_destroyed_with_two_signatures(engine: Engine) -> None:
    with writing(engine) as book, pytest.raises(LedgerError, match="BODY-1"):
        bodies.destroy(book, "BODY-1", AB)
    become(engine, "BODY-1", BodyState.SPOILED)
    with writing(engine) as book:
        bodies.destroy(book, "BODY-1", AB, "shredder 2")
    assert row(engine, "BODY-1") == (BodyState.DESTROYED, AB.by, AB.witness)
    with writing(engine) as book, pytest.raises(LedgerError):
        bodies.destroy(book, "BODY-1", AB)
    with writing(engine) as book, pytest.raises(LedgerError, match="BODY-9"):
        bodies.destroy(book, "BODY-9", AB)


def test_test_cards_are_counted_and_nobodys(engine: Engine) -> None:
    with writing(engine) as book:
        bodies.use_for_test(book, "BODY-7", "QA", "bending")
    assert row(engine, "BODY-7")[0] is BodyState.TEST
    for body in ("BODY-1", "BODY-7", "BODY-9"):
        with writing(engine) as book, pytest.raises(LedgerError, match=body):
            bodies.use_for_test(book, body, "QA")
