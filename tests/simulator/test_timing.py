"""The chip's clock, and a card that waits."""

from __future__ import annotations

import pytest

from simulator import ChipClock, Protocol, RealTimeCard, VirtualCard
from sscard.apdu import iso7816
from sscard.transport.line import LineOptions

COMMAND, PAGE = 1000e-6, 2000e-6  # of the packaged chip


class Wall:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def chip() -> ChipClock:
    return ChipClock(VirtualCard.blank("gen2-32k"))


def test_a_command_takes_its_time_and_so_does_each_page(chip: ChipClock) -> None:
    chip.power_on()
    before, pages = chip.seconds, chip.card.card.nvm.programmed
    chip.transmit(bytes(iso7816.get_challenge(8)))
    assert chip.seconds - before == pytest.approx(COMMAND)
    chip.transmit(bytes.fromhex("00200080020000"))  # refused; whatever it programs counts
    programmed = chip.card.card.nvm.programmed - pages
    assert chip.seconds - before == pytest.approx(2 * COMMAND + programmed * PAGE)


def test_pages_that_were_programmed_before_cost_nothing(chip: ChipClock) -> None:
    chip.card.card.nvm.wear[0] += 1000
    assert ChipClock(chip.card).seconds == 0
    again = ChipClock(chip.card)
    again.power_on()
    assert again.seconds == pytest.approx(COMMAND)


@pytest.mark.parametrize("protocol", [Protocol.T0, Protocol.T1])
def test_in_real_time_an_answer_comes_when_line_and_chip_are_done(
    chip: ChipClock, protocol: Protocol
) -> None:
    wall, line = Wall(), LineOptions.parse("contact").final()
    card = RealTimeCard(chip, lambda _: line, wall.now, wall.sleep)
    answer = card.power_on(protocol)
    assert wall.time == pytest.approx(17 * line.from_card + line.turnaround + COMMAND)
    assert answer == card.reset()
    started, command = wall.time, bytes(iso7816.get_challenge(8))
    assert len(card.transmit(command)) == 10
    assert wall.time - started == pytest.approx(
        5 * line.to_card + 11 * line.from_card + 2 * line.turnaround + COMMAND
    )


def test_a_card_that_is_slower_than_its_model_does_not_wait(chip: ChipClock) -> None:
    wall, line = Wall(), LineOptions.parse("contact").final()
    times = iter([0.0, 100.0])
    card = RealTimeCard(chip, lambda _: line, lambda: next(times), wall.sleep)
    card.reset()
    assert wall.time == 0
