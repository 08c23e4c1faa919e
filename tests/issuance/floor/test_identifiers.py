"""What identifies a card body: rules as data, simulated marks, keyboard wedges."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from floor_standins import Card
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.issuance.floor.body_numbers import RULES, Check, Kind, NumberRule, rule
from sscard.issuance.floor.feeding import NoMoreCards
from sscard.issuance.floor.identifiers import Reads, SimulatedIdentifier
from sscard.issuance.floor.mismatches import Mismatch, Mismatched
from sscard.issuance.floor.wedge import Wedge, WedgeIdentifier

LUHN = rule("barcode,length=16,check=luhn")[1]


@pytest.mark.parametrize(
    ("word", "read", "number"),
    [
        ("stripe", ";8800123?\n", "8800123"),
        ("barcode", " BODY-0001\r\n", "BODY-0001"),
        ("barcode,length=16,check=luhn", "6228480402564890", None),
        ("barcode,length=16,check=luhn", "6228480402564891", None),
        # ISO/IEC 7812-1 annex B's own example is 1987 6543 2, check digit 8.
        ("barcode,length=8-10,check=luhn", "19876543-2", None),
        ("typed,length=5,check=luhn", "79927398713", None),
        ("typed,length=11,check=luhn", "79927398713", "79927398713"),
        ("typed,length=11,check=luhn", "79927398714", None),
        # The usual example of Code 39 with a check character: 159AZ, H.
        ("barcode,check=mod43", "159AZH", "159AZH"),
        ("barcode,check=mod43", "159AZG", None),
        ("camera,length=7,check=mod43", "159AZHY", "159AZHY"),
        ("tray", "17", "17"),
        ("tray", "0", None),
        ("barcode", "body", None),
        ("barcode", "=1+1", None),
        ("barcode", "", None),
    ],
)
def test_numbers_and_their_rules(word: str, read: str, number: str | None) -> None:
    _, form = rule(word)
    if number is not None:
        assert form.number(read) == number
        return
    with pytest.raises(MalformedData):
        form.number(read)


@pytest.mark.parametrize(
    "word", ["rfid", "stripe,length=0", "stripe,length=9-3", "stripe,check=crc", "stripe,x"]
)
def test_rules_that_do_not_exist(word: str) -> None:
    with pytest.raises(MalformedData, match=word.split(",")[0]):
        rule(word)


def independent_luhn(text: str) -> bool:
    doubled = "0246813579"
    places = reversed(list(enumerate(reversed(text))))
    return sum(int(doubled[int(d)] if at % 2 else d) for at, d in places) % 10 == 0


@given(st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_luhn_is_luhn(text: str) -> None:
    try:
        assert LUHN.number(text) == text
        assert independent_luhn(text)
    except MalformedData:
        assert not independent_luhn(text)


@given(st.sampled_from(list(Kind)), st.text(max_size=70))
def test_whatever_is_typed_is_a_number_or_malformed(kind: Kind, text: str) -> None:
    with suppress(MalformedData):
        number = RULES[kind].number(text)
        assert number.isascii()
        assert number in text


def test_what_was_held_to_the_scanner_by_mistake_is_not_repeated() -> None:
    with pytest.raises(MalformedData) as caught:
        rule("tray")[1].number("110101199003070038")
    assert "1101" not in str(caught.value)


def test_a_rule_needs_room() -> None:
    with pytest.raises(ValueError):
        NumberRule("x", 5, 4, Check.NONE)


def test_simulated_marks_and_their_absence() -> None:
    ways = tuple((SimulatedIdentifier(k), RULES[k]) for k in (Kind.BARCODE, Kind.STRIPE))
    card = Card("1", {Kind.BARCODE: "B-0001", Kind.STRIPE: ";990001?"})
    assert [(r.kind, r.number) for r in Reads(ways).of(card)] == [
        (Kind.BARCODE, "B-0001"),
        (Kind.STRIPE, "990001"),
    ]
    del card.marks[Kind.STRIPE]
    with pytest.raises(Mismatched) as caught:
        Reads(ways).of(card)
    assert caught.value.mismatch is Mismatch.UNREAD


def asked(wedge: Wedge, reader: str) -> tuple[threading.Thread, list[object]]:
    """A reader that asks, in a thread; it asks by the time this returns."""
    got: list[object] = []
    identifier = WedgeIdentifier(Kind.TYPED, wedge, reader, 10)

    def ask() -> None:
        try:
            got.append(identifier.read(Card("1")))
        except (MalformedData, NoMoreCards) as error:
            got.append(type(error))

    thread = threading.Thread(target=ask)
    thread.start()
    while not wedge.asking(reader) and not got:
        pass
    return thread, got


def test_a_line_goes_to_the_reader_it_names() -> None:
    told: list[str] = []
    wedge = Wedge(["R1", "R2"], told.append)
    thread, got = asked(wedge, "R2")
    for line in ("R1 1111", "R2", "R3 2222", "2222", "R2 3333"):
        wedge.typed(line)
    thread.join()
    assert got == ["3333"]
    assert len(told) == 5
    assert told[0].startswith("R2: 请扫描")
    assert told[1].startswith("R1: 请先放卡")


def test_with_one_reader_the_number_is_enough() -> None:
    wedge = Wedge(["R1"], lambda _text: None)
    wedge.typed("9999")  # before the card was in: not this card's
    thread, got = asked(wedge, "R1")
    wedge.typed("1234")
    thread.join()
    assert got == ["1234"]


def test_the_end_of_the_station_ends_the_waiting() -> None:
    wedge = Wedge(["R1"], lambda _text: None)
    thread, got = asked(wedge, "R1")
    wedge.close()
    thread.join()
    assert got == [NoMoreCards]


def test_nothing_typed_in_time_is_no_number() -> None:
    wedge = Wedge(["R1"], lambda _text: None)
    with pytest.raises(MalformedData, match="nothing was typed"):
        WedgeIdentifier(Kind.TYPED, wedge, "R1", 0).read(Card("1"))
