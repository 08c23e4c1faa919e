"""Trays and hands: how cards come into a slot and leave it."""

from __future__ import annotations

from pathlib import Path

import pytest
from craft_standins import blank

from sscard.cli.station_slot import SlotFeeder
from sscard.cli.station_tray import TrayFeeder, put_into_tray
from sscard.errors import MalformedData
from sscard.issuance.floor import NoMoreCards, Place
from sscard.issuance.floor.body_numbers import Kind
from sscard.transport import CardMute, NoCard


class Plastic:
    """A card that somebody puts into a reader."""

    closed = 0

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        return command

    def close(self) -> None:
        self.closed += 1


class Hands:
    """A reader; ``there`` is what is in it at each look."""

    name = "ACR"

    def __init__(self, *there: Plastic | CardMute | None) -> None:
        self.there = list(there)

    def connect(self, *, contactless: bool | None = None) -> Plastic:
        card = self.there[0]
        if isinstance(card, CardMute):
            raise card
        assert card is not None
        return card

    def wait(self, seconds: float, /, *, present: bool) -> None:
        assert seconds <= 1  # Ctrl-C is noticed between two looks
        if len(self.there) > 1 and (self.there[0] is not None) is not present:
            self.there.pop(0)
        if (self.there[0] is not None) is not present:
            raise NoCard("nothing changed")


def test_a_card_counts_once_until_it_is_taken_out() -> None:
    one, two, told = Plastic(), Plastic(), list[str]()
    reader = Hands(None, one, None, two)
    feeder = SlotFeeder(reader, "R1", told.append)  # type: ignore[arg-type]
    fed = feeder.feed()
    assert fed is not None
    feeder.take_away(Place.OUT)
    assert one.closed == 1
    assert told[-1] == "R1: 请取出 take the card out: 成品 made"
    second = feeder.feed()
    assert second is not None
    feeder.take_away(Place.REJECTED)
    assert "废品 rejected" in told[-1]
    assert feeder.feed() is None  # the second one is still in


def test_nobody_is_asked_twice() -> None:
    told = list[str]()
    feeder = SlotFeeder(Hands(None), "R1", told.append)  # type: ignore[arg-type]
    assert [feeder.feed(), feeder.feed()] == [None, None]
    assert told == ["R1: 请放卡 put a card in"]


def test_a_card_that_does_not_answer_is_said_to_and_has_to_go() -> None:
    told = list[str]()
    feeder = SlotFeeder(Hands(CardMute("ACR: mute")), "R1", told.append)  # type: ignore[arg-type]
    with pytest.raises(CardMute):
        feeder.feed()
    feeder.take_away(Place.REJECTED)
    assert told == ["R1: 请取出 take the card out: 废品 rejected"]
    assert feeder.feed() is None


def test_a_simulated_reader_has_one_card() -> None:
    feeder = SlotFeeder(Hands(Plastic()), "R1", lambda _text: None, stays=True)  # type: ignore[arg-type]
    assert feeder.feed() is not None
    feeder.take_away(Place.OUT)
    with pytest.raises(NoMoreCards):
        feeder.feed()


@pytest.fixture
def tray(tmp_path: Path) -> Path:
    for name in ("1", "2"):
        put_into_tray(tmp_path, name, blank().create, {"barcode": f"B-{name}", "tray": int(name)})
    return tmp_path


def test_two_slots_share_a_tray(tray: Path) -> None:
    one, two = (TrayFeeder(tray, f"S-1/R{n}", lambda _text: None) for n in (1, 2))
    bodies = [one.feed(), two.feed()]
    assert [body.mark(Kind.BARCODE) for body in bodies] == ["B-1", "B-2"]  # type: ignore[attr-defined]
    assert bodies[0].mark(Kind.TRAY) == "1"  # type: ignore[attr-defined]
    assert bodies[0].mark(Kind.STRIPE) is None  # type: ignore[attr-defined]
    with pytest.raises(NoMoreCards):
        TrayFeeder(tray, "S-2/R1", lambda _text: None).feed()
    one.take_away(Place.OUT)
    two.take_away(Place.BACK)
    assert (tray / "out" / "1.card").exists()
    assert (tray / "out" / "1.body").exists()
    assert two.feed() is not None
    two.take_away(Place.REJECTED)
    assert (tray / "rejected" / "2.body").exists()


def test_what_a_dead_station_left_in_its_slot_is_rejected_and_told(tray: Path) -> None:
    TrayFeeder(tray, "S-1/R1", lambda _text: None).feed()
    told = list[str]()
    again = TrayFeeder(tray, "S-1/R1", told.append)
    assert (tray / "rejected" / "1.card").exists()
    assert told[0].startswith("S-1/R1: 1: 上次中断")
    assert again.feed() is not None
    again.take_away(Place.OUT)
    assert (tray / "out" / "2.card").exists()


@pytest.mark.parametrize("text", [b"barcode = \xff", b"barcode = ", b"[["])
def test_a_damaged_body_is_named_and_rejected(tray: Path, text: bytes) -> None:
    (tray / "in" / "1.body").write_bytes(text)
    feeder = TrayFeeder(tray, "S-1/R1", lambda _text: None)
    with pytest.raises(MalformedData, match=r"1\.body"):
        feeder.feed()
    feeder.take_away(Place.REJECTED)
    assert (tray / "rejected" / "1.card").exists()


def test_a_damaged_image_is_rejected(tray: Path) -> None:
    (tray / "in" / "1.card").write_bytes(b"no card")
    feeder = TrayFeeder(tray, "S-1/R1", lambda _text: None)
    with pytest.raises(MalformedData):
        feeder.feed()
    feeder.take_away(Place.REJECTED)
    assert (tray / "rejected" / "1.card").exists()
