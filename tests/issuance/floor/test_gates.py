"""Quality gates: who may begin a card, in virtual time."""

from __future__ import annotations

import pytest
from floor_standins import Notebook, VirtualTime

from sscard.issuance.floor.gates import CheckFailed, Gate, GateRules, Verdict, What


@pytest.fixture
def now() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def book(now: VirtualTime) -> Notebook:
    return Notebook(now)


def gate(book: Notebook, now: VirtualTime, **rules: object) -> Gate:
    return Gate(GateRules(**rules), book, now, now())  # type: ignore[arg-type]


def test_the_second_card_waits_until_the_first_is_signed(book: Notebook, now: VirtualTime) -> None:
    one = gate(book, now)
    assert one.hold("R1") is None
    assert "R1" in (one.hold("R2") or "")
    assert one.hold("R1") is None  # it may look again while it waits for a card
    one.made("R1", "X00000019")
    assert [(c.what, c.subject) for c in book.known] == [(What.FIRST_ARTICLE, "X00000019")]
    for reader in ("R1", "R2"):
        assert "X00000019" in (one.hold(reader) or "")
    book.sign(Verdict.PASSED)
    assert (one.hold("R1"), one.hold("R2")) == (None, None)


def test_a_first_card_that_fails_is_no_first_card(book: Notebook, now: VirtualTime) -> None:
    one = gate(book, now)
    assert one.hold("R1") is None
    one.lost("R1")
    assert one.hold("R2") is None
    one.made("R2", "X2")
    assert book.known[0].subject == "X2"


def test_a_first_card_that_was_not_good_stops_the_batch(book: Notebook, now: VirtualTime) -> None:
    one = gate(book, now)
    one.hold("R1")
    one.made("R1", "X1")
    book.sign(Verdict.FAILED)
    with pytest.raises(CheckFailed, match="X1: 首件检验"):
        one.hold("R1")


def test_a_station_that_starts_again_knows_what_was_signed(
    book: Notebook, now: VirtualTime
) -> None:
    one = gate(book, now)
    one.hold("R1")
    one.made("R1", "X1")
    assert gate(book, now).hold("R1") is not None
    book.sign(Verdict.PASSED)
    assert gate(book, now).hold("R1") is None


def test_patrol_draws_a_card_and_holds_at_the_next_one(book: Notebook, now: VirtualTime) -> None:
    one = gate(book, now, first_article=False, patrol_cards=3, patrol_minutes=None)
    for card in range(6):
        assert one.hold("R1") is None, card
        one.made("R1", f"X{card}")
    assert [(c.what, c.subject) for c in book.known] == [(What.PATROL, "X2")]
    assert "X2" in (one.hold("R1") or "")
    book.sign(Verdict.PASSED)
    assert one.hold("R1") is None
    one.made("R1", "X6")  # the one that was due while the line stood
    assert book.known[-1].subject == "X6"


def test_patrol_comes_by_the_clock_too(book: Notebook, now: VirtualTime) -> None:
    one = gate(book, now, first_article=False, patrol_cards=None, patrol_minutes=60)
    one.made("R1", "X0")
    now.pass_(minutes=59)
    one.made("R1", "X1")
    assert book.known == []
    now.pass_(minutes=1)
    one.made("R1", "X2")
    assert book.known[0].subject == "X2"


def test_no_gate_where_none_is_wanted(book: Notebook, now: VirtualTime) -> None:
    one = gate(book, now, first_article=False, patrol_cards=None, patrol_minutes=None)
    for card in range(1000):
        assert one.hold("R1") is None
        one.made("R1", str(card))
    assert book.known == []


@pytest.mark.parametrize(("made", "sample"), [(0, 0), (1, 1), (1000, 1), (1001, 2), (65616, 66)])
def test_final_sample(made: int, sample: int) -> None:
    assert GateRules().final_sample(made) == sample
    assert GateRules(final_one_in=None).final_sample(made) == 0
