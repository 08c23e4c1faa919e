"""One reader through which the cards of a line go, in the hands of somebody who makes mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.cli.slot import Slot, noted, require_simulated
from sscard.errors import MalformedData, TransportError
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security
from sscard.profiles.chips import load_chip
from sscard.transport import CardMute, NoCard

CHIP = load_chip("gen2-32k")
LOT = load_social_security(None, SUITES[CHIP.suite]).lot(CHIP.lot)
ISSUED = bytes.fromhex("3B6D00000081544C868684510112345678")


class Plastic:
    """A card that answers to reset; ``error`` is what connecting to it says."""

    def __init__(self, answer: bytes, error: type[TransportError] | None = None) -> None:
        self.answer, self.error, self.closed = answer, error, 0

    def reset(self) -> bytes:
        return self.answer

    def transmit(self, command: bytes, /) -> bytes:
        return command

    def close(self) -> None:
        self.closed += 1


def blank() -> Plastic:
    return Plastic(VirtualCard.blank(CHIP, lot=LOT).power_on())


class Hands:
    """A reader into which one card after the other is put, None for a pause without any."""

    name = "reader"

    def __init__(self, *cards: Plastic | None) -> None:
        self.cards, self.waits = list(cards), []

    def connect(self, *, contactless: bool | None = None) -> Plastic:
        card = self.cards[0] if self.cards else None
        if card is None:
            raise NoCard("reader: no card")
        if card.error is not None:
            raise card.error("reader: says nothing")
        return card

    def wait(self, seconds: float, /, *, present: bool) -> None:
        self.waits.append((seconds, present))
        if not present:
            self.cards.pop(0)
            return
        while self.cards and self.cards[0] is None:
            self.cards.pop(0)
        if not self.cards:
            raise NoCard(f"nobody within {seconds:g} s")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def slot(told: list[str]) -> Callable[..., Slot]:
    return lambda *cards: Slot(Hands(*cards), lambda: LOT, 7, told.append)  # type: ignore[arg-type]


def test_a_blank_card_that_is_there_is_taken(slot: Any, told: list[str]) -> None:
    card = blank()
    taken = slot(card).blank()
    assert taken.reset() == card.answer
    assert taken.transmit(b"x") == b"x"
    assert told == []


def test_a_blank_card_is_asked_for_once_and_waited_for(slot: Any, told: list[str]) -> None:
    finished, mute, ours = Plastic(ISSUED), Plastic(b"", CardMute), blank()
    place = slot(finished, None, mute, ours)
    assert place.blank().answer == ours.answer
    assert told == [
        "请放入 put in: 批次TEST-GEN2的空白卡 a blank card of lot TEST-GEN2",
        "reader: says nothing",
    ]
    assert place.reader.waits == [(7, False), (7, True), (7, False), (7, True)]
    assert (finished.closed, ours.closed) == (1, 0), "a card that does not fit is let go untouched"
    place.close()
    place.close()
    assert ours.closed == 1


def test_an_empty_reader_waits_for_a_card_and_not_for_its_end(slot: Any) -> None:
    place = slot(None, blank())
    place.blank()
    assert place.reader.waits == [(7, True)]


def test_nobody_puts_one_in(slot: Any) -> None:
    with pytest.raises(NoCard, match="nobody within 7 s; 等待 waited for: 批次TEST-GEN2的空白卡"):
        slot(Plastic(ISSUED)).blank()


def test_what_is_no_atr_is_no_blank_card(slot: Any) -> None:
    assert slot(Plastic(b"\0"), blank()).blank().answer != b"\0"


def test_the_next_card_lets_go_of_the_one_before(slot: Any) -> None:
    first, second = blank(), blank()
    place = slot(first, second)
    place.blank()
    first.answer = ISSUED
    place.blank()
    assert (first.closed, second.closed) == (2, 0)


def test_a_half_done_card_is_known_by_its_atr(slot: Any, told: list[str], tmp_path: Path) -> None:
    kept = tmp_path / "X00000019.card.half"
    card = Plastic(ISSUED)
    place = slot(card)
    made = place._card(lambda answer: answer == ISSUED, "x")
    made.save(kept)
    assert noted(kept) == ISSUED
    assert kept.stat().st_mode & 0o777 == 0o600
    again = slot(blank(), Plastic(ISSUED)).waiting(kept)
    assert again.answer == ISSUED
    assert told == ["请放入 put in: 卡片 card X00000019"]


def test_a_simulated_card_cannot_come_into_a_reader(slot: Any, tmp_path: Path) -> None:
    kept = tmp_path / "X00000019.card.half"
    VirtualCard.blank(CHIP, lot=LOT).save(kept)
    require_simulated(kept)
    with pytest.raises(TransportError, match="is simulated: go on without --reader"):
        slot(Plastic(ISSUED)).waiting(kept)


def test_a_real_card_cannot_be_loaded_as_an_image(slot: Any, tmp_path: Path) -> None:
    kept = tmp_path / "X00000019.card.half"
    slot(blank()).blank().save(kept)
    with pytest.raises(TransportError, match="begun in a reader: go on with --reader"):
        require_simulated(kept)


@pytest.mark.parametrize("text", ["", "atr = 5\n", 'atr = "3B6"\n', "atr\n", "\udcff"])
def test_a_damaged_note(text: str, tmp_path: Path) -> None:
    kept = tmp_path / "X00000019.card.half"
    first = b"# sscard: a card that was made in a reader\n"
    kept.write_bytes(first + text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MalformedData, match="this note of a card is damaged"):
        noted(kept)


def test_a_note_that_cannot_be_read(tmp_path: Path) -> None:
    for read in (noted, require_simulated):
        with pytest.raises(TransportError, match="cannot be read"):
            read(tmp_path / "no.card")
