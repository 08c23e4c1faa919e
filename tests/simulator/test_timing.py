"""The chip's clock, and a card that waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator import ChipClock, Protocol, PsamCard, RealTimeCard, VirtualCard
from simulator.faults import Fault, FaultyCard, FaultyNVM, Kind
from simulator.persistence import Persist, kept
from simulator.timing import Lines
from sscard.apdu import iso7816
from sscard.apdu.atr import InterfaceBytes
from sscard.apdu.pps import Pps
from sscard.profiles.chips import load_chip, load_psam_chip, psam_chip_names
from sscard.transport.line import LineOptions

COMMAND, PAGE = 1000e-6, 2000e-6  # of the packaged chips
CHALLENGE = bytes(iso7816.get_challenge(8))
CLOCK = 3_579_500.0  # of most readers


class Wall:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def chip() -> ChipClock:
    return ChipClock(VirtualCard.blank("gen2-32k"))


def fast(ta1: int) -> ChipClock:
    """A chip whose ATR offers a speed."""
    described = load_chip("gen2-32k")
    atr = dict.fromkeys(described.atr, (InterfaceBytes(ta=ta1),))
    return ChipClock(VirtualCard.blank(replace(described, atr=atr)))


def test_a_command_takes_its_time_and_so_does_each_page(chip: ChipClock) -> None:
    chip.power_on()
    before, pages = chip.seconds, chip.card.nvm.programmed
    chip.transmit(CHALLENGE)
    assert chip.seconds - before == pytest.approx(COMMAND)
    chip.transmit(bytes.fromhex("00200080020000"))  # refused; whatever it programs counts
    programmed = chip.card.nvm.programmed - pages
    assert chip.seconds - before == pytest.approx(2 * COMMAND + programmed * PAGE)


def test_a_psam_has_times_too(wall: Wall) -> None:
    psam = ChipClock(PsamCard.blank(load_psam_chip(psam_chip_names()[0])))
    card = RealTimeCard(psam, Lines(), wall.now, wall.sleep)
    card.power_on(Protocol.T0)
    before = psam.seconds
    card.transmit(CHALLENGE)
    assert psam.seconds - before == pytest.approx(psam.chip.times.command * 1e-6)
    assert wall.time > psam.seconds > before


def test_pages_that_were_programmed_before_cost_nothing(chip: ChipClock) -> None:
    chip.card.nvm.wear[0] += 1000
    assert ChipClock(chip.inside).seconds == 0
    again = ChipClock(chip.inside)
    again.power_on()
    assert again.seconds == pytest.approx(COMMAND)


def test_on_t0_an_answer_comes_when_line_and_chip_are_done(chip: ChipClock, wall: Wall) -> None:
    etu = 372 / CLOCK
    card = RealTimeCard(chip, Lines(), wall.now, wall.sleep)
    answer = card.power_on(Protocol.T0)
    assert wall.time == pytest.approx((17 * 12 + 4) * etu + COMMAND)
    assert answer == card.reset()
    started = wall.time
    assert len(card.transmit(CHALLENGE)) == 10
    assert wall.time - started == pytest.approx((16 * 12 + 2 * 4) * etu + COMMAND)


def test_61xx_and_its_get_response_take_what_one_exchange_takes(
    chip: ChipClock, wall: Wall
) -> None:
    card = RealTimeCard(chip, Lines(), wall.now, wall.sleep)
    card.power_on(Protocol.T0)
    started, worked = wall.time, chip.seconds
    select = bytes.fromhex("00A404000E315041592E5359532E4444463031")
    first = card.transmit(select)
    assert first[0] == 0x61
    rest = card.transmit(bytes((0x00, 0xC0, 0, 0, first[1])))
    on_line = wall.time - started - (chip.seconds - worked)
    assert on_line == pytest.approx(card.line.seconds(card.line.traffic(select, rest)))


def test_t1_and_the_antenna_are_lines_of_their_own(wall: Wall) -> None:
    chip = ChipClock(VirtualCard.blank("gen3-80k"))
    lines = Lines(antenna=LineOptions.parse("contactless:rate=848"))
    card = RealTimeCard(chip, lines, wall.now, wall.sleep)
    for protocol, name in (
        (Protocol.T0, "T=0, TA1=11, 3.5795 MHz"),
        (Protocol.T1, "T=1, TA1=11, 3.5795 MHz"),
        (Protocol.CONTACTLESS, "ISO 14443-4, 848 kbit/s"),
    ):
        card.power_on(protocol)
        assert card.line.name == name


def test_the_atr_says_how_fast_but_is_itself_slow(wall: Wall) -> None:
    slow, quick = 372 / CLOCK, 512 / 64 / CLOCK  # etu at TA1=11 and TA1=97
    card = RealTimeCard(fast(0x97), Lines(), wall.now, wall.sleep)
    assert len(card.power_on(Protocol.T0)) == 16
    assert wall.time == pytest.approx((16 * 12 + 4) * slow + COMMAND)
    started = wall.time
    card.transmit(CHALLENGE)
    assert wall.time - started == pytest.approx((16 * 12 + 2 * 4) * quick + COMMAND)


@pytest.mark.parametrize("ta1", [0x77, 0x10])
def test_a_speed_that_nobody_knows_is_not_taken(ta1: int, wall: Wall) -> None:
    card = RealTimeCard(fast(ta1), Lines(), wall.now, wall.sleep)
    card.power_on(Protocol.T0)
    assert "TA1=11" in card.line.name


def test_a_pps_changes_the_line(wall: Wall) -> None:
    card = RealTimeCard(fast(0x97), Lines(), wall.now, wall.sleep)
    card.power_on(Protocol.T0)
    started = wall.time
    assert Pps.parse(card.pps(bytes(Pps(0, 0x11)))).fi_di == 0x11
    assert wall.time > started
    assert "TA1=11" in card.line.name
    card.reset()
    assert "TA1=97" in card.line.name


@pytest.mark.parametrize("said", [b"\x00", bytes.fromhex("00A404000E31")])
@pytest.mark.parametrize("protocol", [Protocol.T0, Protocol.T1])
def test_what_is_no_command_takes_time_too(
    said: bytes, protocol: Protocol, chip: ChipClock, wall: Wall
) -> None:
    card = RealTimeCard(chip, Lines(), wall.now, wall.sleep)
    card.power_on(protocol)
    started = wall.time
    assert card.transmit(said) == bytes.fromhex("6700")
    least = len(said) * card.line.to_card + 2 * card.line.from_card
    assert wall.time - started >= least + COMMAND


def test_a_card_that_is_slower_than_its_model_does_not_wait(chip: ChipClock, wall: Wall) -> None:
    times = iter([0.0, 100.0])
    card = RealTimeCard(chip, Lines(), lambda: next(times), wall.sleep)
    card.reset()
    assert wall.time == 0


def test_a_kept_card_with_faults_waits_as_well(tmp_path: Path, wall: Wall) -> None:
    image = tmp_path / "a.card"
    VirtualCard.blank("gen2-32k").save(image)
    with kept(image, Persist.EACH_COMMAND, nvm=FaultyNVM) as inside:
        card = RealTimeCard(ChipClock(inside), Lines(), wall.now, wall.sleep)
        slow = Fault(Kind.SLOW, command=2, extensions=3, seconds=1.0)
        faulty = FaultyCard(card, [slow], wait=wall.sleep)
        faulty.power_on(Protocol.T0)
        took = []
        for _ in range(2):
            started = wall.time
            assert len(faulty.transmit(CHALLENGE)) == 10
            took.append(wall.time - started)
        assert took[1] - took[0] == pytest.approx(3.0)
