"""The ledger: numbers given once, states by the table, errors that say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from sscard.errors import LedgerError
from sscard.issuance import numbering
from sscard.issuance.ledger import AccountOfFile, Ledger, LedgerKeys, NumberTaken
from sscard.issuance.ledger import ledger as ledger_module
from sscard.issuance.ledger.events import Chained
from sscard.issuance.states import CardState
from sscard.keys.stores import load_social_security

KEYS = LedgerKeys.of(load_social_security(None))
PROFILE = ("gen2", bytes(range(32)))
AT = datetime(2025, 3, 4, 10, 20, 30, tzinfo=UTC)
ANN, BEN, CAT = (bytes((each,)) * 32 for each in (1, 2, 3))


@pytest.fixture
def ledger(place: str) -> Iterator[Ledger]:
    with Ledger.open(place, KEYS) as opened:
        yield opened


def reserve(ledger: Ledger, person: bytes, wanted: str | None = None, **more: str) -> str:
    row = ledger.reserve(person, wanted_number=wanted, batch="B1", profile=PROFILE, at=AT, **more)
    return row.card_number


def account_of(ledger: Ledger, number: str) -> tuple[str | None, str | None]:
    row = ledger.card(number)
    return row.bank_number, row.account_source


def issue(ledger: Ledger, number: str) -> None:
    ledger.advance(number, CardState.SSSE_DONE, AT)
    ledger.advance(number, CardState.ISSUED, AT)


def test_numbers_are_allocated_in_order(ledger: Ledger) -> None:
    first = ledger.reserve(ANN, wanted_number=None, batch="B1", profile=PROFILE, at=AT)
    second = ledger.reserve(BEN, wanted_number=None, batch="B1", profile=PROFILE, at=AT)
    assert (first.card_number, first.serial) == ("T0000001X", b"\0\0\0\1")
    assert (second.card_number, second.serial) == (
        numbering.allocated_card_number(2),
        b"\0\0\0\2",
    )
    assert first.number_source == "allocated"
    assert first.state is CardState.RESERVED


def test_the_wanted_number_is_taken(ledger: Ledger) -> None:
    row = ledger.reserve(ANN, wanted_number="D2143569X", batch="2025-07", profile=PROFILE, at=AT)
    assert (row.card_number, row.number_source, row.batch_number) == (
        "D2143569X",
        "file",
        "2025-07",
    )


def test_allocation_steps_over_a_number_the_office_used(ledger: Ledger) -> None:
    assert reserve(ledger, ANN, "T0000001X") == "T0000001X"
    assert reserve(ledger, BEN) == numbering.allocated_card_number(2)


def test_the_district_letter_is_the_callers(ledger: Ledger) -> None:
    assert reserve(ledger, ANN, district="H").startswith("H0000001")


@pytest.mark.parametrize("end", [CardState.SPOILED, CardState.FAILED])
def test_a_used_up_number_is_replaced_by_an_allocated_one(ledger: Ledger, end: CardState) -> None:
    wanted = reserve(ledger, ANN, "D2143569X")
    ledger.advance(wanted, end, AT, reason="chip does not answer")
    replacement = ledger.reserve(ANN, wanted_number=wanted, batch="B2", profile=PROFILE, at=AT)
    assert (replacement.card_number, replacement.number_source) == ("T0000001X", "allocated")
    assert ledger.states() == {wanted: end, "T0000001X": CardState.RESERVED}
    assert ledger.card(wanted).reason == "chip does not answer"
    assert ledger.history("T0000001X")[0].note == "D2143569X was used up"


def test_a_number_of_another_person_is_refused(ledger: Ledger) -> None:
    number = reserve(ledger, ANN, "D2143569X")
    ledger.advance(number, CardState.SPOILED, AT, reason="torn")
    with pytest.raises(NumberTaken, match="D2143569X belongs to another person"):
        reserve(ledger, BEN, "D2143569X")
    assert len(ledger.states()) == 1


@pytest.mark.parametrize("wanted", ["../../x.y", "a12345678", "A1234567"])
def test_an_unsafe_number_is_refused(ledger: Ledger, wanted: str) -> None:
    with pytest.raises(ValueError, match="9 characters"):
        reserve(ledger, ANN, wanted)


def test_one_live_card_per_person(ledger: Ledger) -> None:
    number = reserve(ledger, ANN)
    with pytest.raises(LedgerError, match=f"{number}, RESERVED"):
        reserve(ledger, ANN)
    issue(ledger, number)
    with pytest.raises(LedgerError, match=f"{number}, ISSUED"):
        reserve(ledger, ANN, "D2143569X")


def test_a_person_has_at_most_one_live_card(ledger: Ledger) -> None:
    assert ledger.live_card(ANN) is None
    number = reserve(ledger, ANN)
    for state in (CardState.RESERVED, CardState.SSSE_DONE, CardState.ISSUED):
        if state is not CardState.RESERVED:
            ledger.advance(number, state, AT)
        row = ledger.live_card(ANN)
        assert row is not None
        assert (row.card_number, row.state) == (number, state)
    assert ledger.live_card(BEN) is None
    ledger.advance(reserve(ledger, BEN), CardState.SPOILED, AT, reason="torn")
    assert ledger.live_card(BEN) is None


def test_facts_and_history_are_kept(ledger: Ledger) -> None:
    number = reserve(ledger, ANN)
    later = AT + timedelta(seconds=2)
    ledger.advance(
        number,
        CardState.SSSE_DONE,
        later,
        station="ssse",
        card_id_code=bytes(16),
        atr=bytes(17),
    )
    ledger.advance(number, CardState.FAILED, later, station="audit", reason="DF01 differs")
    row = ledger.card(number)
    assert (row.card_id_code, row.atr) == (bytes(16), bytes(17))
    assert (row.reason, row.reserved_at, row.changed_at) == ("DF01 differs", AT, later)
    history = [(e.from_state, e.to_state, e.station, e.note) for e in ledger.history(number)]
    assert history == [
        (None, CardState.RESERVED, "ledger", ""),
        (CardState.RESERVED, CardState.SSSE_DONE, "ssse", ""),
        (CardState.SSSE_DONE, CardState.FAILED, "audit", "DF01 differs"),
    ]


def test_a_reservation_cut_in_its_middle_leaves_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(Chained, "write", cut)
        with pytest.raises(InterruptedError):
            reserve(ledger, ANN)
    assert not ledger.states()
    assert reserve(ledger, ANN) == numbering.allocated_card_number(1)


def test_times_keep_their_moment_and_need_a_zone(ledger: Ledger) -> None:
    beijing = AT.astimezone(timezone(timedelta(hours=8)))
    row = ledger.reserve(ANN, wanted_number=None, batch="B1", profile=PROFILE, at=beijing)
    assert row.reserved_at == AT
    assert row.reserved_at.tzinfo is not None
    with pytest.raises(ValueError, match="zone"):
        ledger.advance(row.card_number, CardState.SSSE_DONE, AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        ledger.reserve(
            BEN, wanted_number=None, batch="B1", profile=PROFILE, at=AT.replace(tzinfo=None)
        )


def test_a_step_outside_the_table_changes_nothing(ledger: Ledger) -> None:
    number = reserve(ledger, ANN)
    with pytest.raises(LedgerError, match="is RESERVED: it cannot become ISSUED"):
        ledger.advance(number, CardState.ISSUED, AT, atr=bytes(17))
    row = ledger.card(number)
    assert (row.state, row.atr) == (CardState.RESERVED, None)
    assert len(ledger.history(number)) == 1


@pytest.mark.parametrize("end", [CardState.SPOILED, CardState.FAILED])
def test_giving_up_needs_a_reason(ledger: Ledger, end: CardState) -> None:
    number = reserve(ledger, ANN)
    with pytest.raises(ValueError, match="reason"):
        ledger.advance(number, end, AT)


def test_an_unknown_card(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="no card D2143569X"):
        ledger.advance("D2143569X", CardState.SSSE_DONE, AT)


def test_a_test_account_is_given_once(ledger: Ledger) -> None:
    one, two = reserve(ledger, ANN), reserve(ledger, BEN)
    account = ledger.allocate_test_account(one, AT)
    assert account == numbering.allocated_account(1)
    assert ledger.allocate_test_account(one, AT) == account, "the same again after a crash"
    assert ledger.allocate_test_account(two, AT) == numbering.allocated_account(2)
    assert ledger.card(one).account_source == "test"
    ledger.advance(one, CardState.SPOILED, AT, reason="torn")
    assert ledger.allocate_test_account(reserve(ledger, ANN), AT) == numbering.allocated_account(3)


def test_a_closed_card_gets_no_account(ledger: Ledger) -> None:
    number = reserve(ledger, ANN)
    ledger.advance(number, CardState.SPOILED, AT, reason="torn")
    with pytest.raises(LedgerError, match="SPOILED"):
        ledger.allocate_test_account(number, AT)


def test_test_accounts_step_over_those_of_the_bank(ledger: Ledger) -> None:
    reserve(ledger, ANN, bank_number=numbering.allocated_account(1))
    account = ledger.allocate_test_account(reserve(ledger, BEN), AT)
    assert account == numbering.allocated_account(2)


def test_a_banks_account_belongs_to_one_person(ledger: Ledger) -> None:
    number = reserve(ledger, ANN, bank_number="6228001234567892")
    assert ledger.card(number).account_source == "file"
    with pytest.raises(NumberTaken, match="bank account belongs to another"):
        reserve(ledger, BEN, bank_number="6228001234567892")
    ledger.advance(number, CardState.SPOILED, AT, reason="torn")
    with pytest.raises(NumberTaken):
        reserve(ledger, BEN, bank_number="6228001234567892")
    again = reserve(ledger, ANN, bank_number="6228001234567892")
    assert ledger.card(again).bank_number == "6228001234567892"


def test_an_account_may_come_from_the_bank_later(ledger: Ledger) -> None:
    one, two = reserve(ledger, ANN), reserve(ledger, BEN)
    ledger.claim_account(one, "6228001234567892", AT)
    assert account_of(ledger, one) == ("6228001234567892", "file")
    with pytest.raises(NumberTaken, match="bank account belongs to another"):
        ledger.claim_account(two, "6228001234567892", AT)
    assert account_of(ledger, two) == (None, None)


def test_the_account_of_a_dead_card_stays_with_its_person(ledger: Ledger) -> None:
    dead = reserve(ledger, ANN, bank_number="6228001234567892")
    ledger.advance(dead, CardState.SPOILED, AT, reason="torn")
    with pytest.raises(NumberTaken):
        ledger.claim_account(reserve(ledger, BEN), "6228001234567892", AT)
    again = reserve(ledger, ANN)
    ledger.claim_account(again, "6228001234567892", AT)
    assert account_of(ledger, again) == ("6228001234567892", "file")


def test_the_same_claim_again_changes_nothing_also_when_the_card_is_done(ledger: Ledger) -> None:
    number = reserve(ledger, ANN)
    ledger.claim_account(number, "6228001234567892", AT)
    before = ledger.card(number)
    ledger.claim_account(number, "6228001234567892", AT)
    assert ledger.card(number) == before
    issue(ledger, number)
    ledger.claim_account(number, "6228001234567892", AT)
    with pytest.raises(LedgerError, match="is ISSUED: no account"):
        ledger.claim_account(number, "6228001234567900", AT)
    assert account_of(ledger, number) == ("6228001234567892", "file")


def test_the_banks_account_takes_the_place_of_a_test_account(ledger: Ledger) -> None:
    number = reserve(ledger, ANN)
    test = ledger.allocate_test_account(number, AT)
    ledger.claim_account(number, test, AT)
    assert account_of(ledger, number) == (test, "file")
    ledger.claim_account(number, "6228001234567892", AT)
    assert account_of(ledger, number) == ("6228001234567892", "file")


def test_no_test_account_for_a_card_that_has_the_banks(ledger: Ledger) -> None:
    number = reserve(ledger, ANN, bank_number="6228001234567892")
    with pytest.raises(AccountOfFile, match=number) as caught:
        ledger.allocate_test_account(number, AT)
    assert "6228001234567892" not in str(caught.value)
    assert account_of(ledger, number) == ("6228001234567892", "file")


def test_a_card_keeps_the_profile_it_was_begun_with(ledger: Ledger) -> None:
    other = ("gen3", bytes(32))
    one = ledger.reserve(ANN, wanted_number=None, batch="B1", profile=PROFILE, at=AT)
    two = ledger.reserve(BEN, wanted_number=None, batch="B1", profile=other, at=AT)
    assert (one.profile_name, one.profile_sha256) == PROFILE
    assert (two.profile_name, two.profile_sha256) == other
    with pytest.raises(ValueError, match="SHA-256"):
        ledger.reserve(CAT, wanted_number=None, batch="B1", profile=("gen3", b""), at=AT)


@pytest.mark.parametrize("batch", ["2025-07", "批次 七", "x" * 32])
def test_a_batch_number(ledger: Ledger, batch: str) -> None:
    row = ledger.reserve(ANN, wanted_number=None, batch=batch, profile=PROFILE, at=AT)
    assert row.batch_number == batch


@pytest.mark.parametrize("batch", ["x" * 33, "2025\n07", "a\0", "\x1b[2J"])
def test_a_batch_number_that_cannot_be_printed_is_refused(ledger: Ledger, batch: str) -> None:
    with pytest.raises(ValueError, match="32 printable characters"):
        ledger.reserve(ANN, wanted_number=None, batch=batch, profile=PROFILE, at=AT)
    assert not ledger.states()


def test_cards_come_in_order_over_pages(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "PAGE", 3)
    numbers = [reserve(ledger, bytes((each,)) * 32) for each in range(7)]
    assert [row.card_number for row in ledger.cards()] == numbers
    ledger.advance(numbers[4], CardState.SSSE_DONE, AT)
    assert [row.card_number for row in ledger.cards(CardState.SSSE_DONE)] == [numbers[4]]


def test_counts_name_every_state(ledger: Ledger) -> None:
    issue(ledger, reserve(ledger, ANN))
    reserve(ledger, BEN)
    assert ledger.counts() == {
        CardState.RESERVED: 1,
        CardState.SSSE_DONE: 0,
        CardState.ISSUED: 1,
        CardState.FAILED: 0,
        CardState.SPOILED: 0,
        CardState.WITHDRAWN: 0,
    }


def test_everything_is_there_after_opening_again(place: str) -> None:
    with Ledger.open(place, KEYS) as ledger:
        issue(ledger, reserve(ledger, ANN))
    with Ledger.open(place, KEYS) as ledger:
        assert ledger.live_card(ANN) is not None
        assert reserve(ledger, BEN) == numbering.allocated_card_number(2)


def test_an_error_keeps_accounts_and_passwords_to_itself(ledger: Ledger) -> None:
    row = ledger.reserve(
        ANN, wanted_number=None, batch="B", profile=PROFILE, at=AT, bank_number="6228001234567892"
    )
    assert "6228001234567892" not in repr(row)
    assert repr(ANN) not in repr(row)
    with pytest.raises(NumberTaken) as caught:
        reserve(ledger, BEN, bank_number="6228001234567892")
    assert "6228001234567892" not in repr(caught.value)
    with pytest.raises(LedgerError) as refused:
        Ledger.open("nosuchdb://user:hunter2@host/x", KEYS)
    assert "hunter2" not in str(refused.value)


def test_numbers_run_out_with_a_word(ledger: Ledger) -> None:
    with ledger._engine.begin() as raw:
        raw.execute(text("UPDATE counters SET last = 9999999 WHERE name = 'card_number'"))
    with pytest.raises(LedgerError, match="every card number"):
        reserve(ledger, ANN)
    assert reserve(ledger, ANN, "D2143569X") == "D2143569X"


def test_a_clash_in_the_database_does_not_carry_the_row(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even in what Python remembers behind an exception: the row has an account number."""
    account = "6228000000000011"
    first, second = reserve(ledger, ANN), reserve(ledger, BEN)
    ledger.claim_account(first, account, AT)
    monkeypatch.setattr("sscard.issuance.ledger.steps.require_own_account", lambda *_: None)
    with pytest.raises(LedgerError, match="used twice") as caught:
        ledger.claim_account(second, account, AT)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
