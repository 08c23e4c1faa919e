"""The line-time model against published arithmetic, and against counting by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData, TransportError
from sscard.transport.line import (
    T0,
    Blocks,
    Line,
    LineOptions,
    Speed,
    Traffic,
    antenna,
    contact,
    contactless,
    t1,
)

VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors" / "line_rates.toml").read_text(encoding="utf-8")
)
CONTACT = [pytest.param(each, id=f"{each['ta1']:02X}") for each in VECTORS["contact"]]
ANTENNA = [pytest.param(each, id=str(each["rate"])) for each in VECTORS["contactless"]]
#: 8 KiB written in 120 commands.
EIGHT_KIB = [bytes(4) + bytes((size,)) + bytes(size) for size in [68] * 119 + [8192 - 119 * 68]]


def speed(row: dict[str, Any]) -> Speed:
    return Speed(row["ta1"], row["megahertz"] * 1e6)


def characters(line: Line) -> float:
    return sum(line.characters(line.traffic(each, b"\x90\x00")) for each in EIGHT_KIB)


@pytest.mark.parametrize("row", CONTACT)
def test_bits_and_characters_per_second(row: dict[str, Any]) -> None:
    assert int(speed(row).bits_per_second) in (row["bits"], row["bits"] - 1)
    for is_t1, guard, name in ((False, 0, "t0"), (True, 0xFF, "t1")):
        line = contact(speed(row), t1(), t1=is_t1, guard=guard)
        assert round(1 / line.to_card) == row[name]
        assert line.to_card == line.from_card


@pytest.mark.parametrize("row", ANTENNA)
def test_bytes_per_second_over_an_antenna(row: dict[str, Any]) -> None:
    assert round(1 / antenna(row["rate"], contactless()).to_card) == row["bytes"]


@pytest.mark.parametrize("row", CONTACT)
def test_eight_kib_over_contacts(row: dict[str, Any]) -> None:
    assert characters(contact(speed(row), T0())) == pytest.approx(row["eight_kib"], rel=0.04)


@pytest.mark.parametrize("row", ANTENNA)
def test_eight_kib_over_an_antenna(row: dict[str, Any]) -> None:
    line = antenna(row["rate"], contactless())
    assert characters(line) == pytest.approx(row["eight_kib"], rel=0.04)


@pytest.mark.parametrize(
    ("command", "response", "traffic"),
    [
        # header, SW
        ("00A40000", "9000", Traffic(5, 2, 2)),
        # header, procedure byte + 8 + SW
        ("0084000008", "01020304050607089000", Traffic(5, 11, 2)),
        # a refused read: no procedure byte
        ("00B0000008", "6982", Traffic(5, 2, 2)),
        # header, procedure byte, data, SW
        ("00D6000003AABBCC", "9000", Traffic(8, 3, 4)),
        # the same with an answer of 2: 61 02, then GET RESPONSE
        ("00880000021122" + "00", "AABB9000", Traffic(7 + 5, 3 + 1 + 2 + 2, 6)),
    ],
)
def test_t0_by_hand(command: str, response: str, traffic: Traffic) -> None:
    assert T0().traffic(bytes.fromhex(command), bytes.fromhex(response)) == traffic


def test_t0_carries_no_extended_command() -> None:
    with pytest.raises(TransportError, match="short commands only"):
        T0().traffic(bytes(4) + b"\0\x01\x00" + bytes(256), b"\x90\x00")


@pytest.mark.parametrize(
    ("framing", "command", "response", "traffic"),
    [
        # one block each way: NAD PCB LEN … LRC
        (t1(), 32, 254, Traffic(36, 258, 2)),
        # two blocks to the card, so one acknowledgement comes back
        (t1(), 33, 2, Traffic(33 + 2 * 4, 2 + 2 * 4, 4)),
        # and two back: blocks I R I, I R I
        (t1(), 33, 255, Traffic(33 + 3 * 4, 255 + 3 * 4, 6)),
        (t1(crc=True), 5, 2, Traffic(10, 7, 2)),
        # PCB and CRC; 253 bytes fit into a frame of 256, with CID one less
        (contactless(), 253, 2, Traffic(256, 5, 2)),
        (contactless(cid=True), 253, 2, Traffic(253 + 8, 2 + 8, 4)),
    ],
)
def test_blocks_by_hand(framing: Blocks, command: int, response: int, traffic: Traffic) -> None:
    assert framing.traffic(bytes(command), bytes(response)) == traffic


@given(st.binary(min_size=4, max_size=300), st.binary(min_size=2, max_size=300))
def test_nothing_is_carried_for_free(command: bytes, response: bytes) -> None:
    for framing in (t1(), contactless()):
        traffic = framing.traffic(command, response)
        assert traffic.to_card >= len(command) + 3
        assert traffic.from_card >= len(response) + 3
        assert traffic.turns % 2 == 0


def test_guard_time_goes_to_the_card_only() -> None:
    plain, guarded = (contact(Speed(), T0(), guard=n) for n in (0, 3))
    assert guarded.to_card == pytest.approx(plain.to_card * 15 / 12)
    assert guarded.from_card == plain.from_card
    assert contact(Speed(), T0(), guard=0xFF).to_card == plain.to_card


def test_turnarounds() -> None:
    etu = Speed().etu
    assert contact(Speed(), T0()).turnaround == pytest.approx(4 * etu)
    assert contact(Speed(), t1(), t1=True).turnaround == pytest.approx(10 * etu)
    assert contact(Speed(), t1(), t1=True, guard=0xFF).turnaround == pytest.approx(11 * etu)
    at_106 = (1236 + 2 * 128) / 13.56e6
    assert antenna(106, contactless()).turnaround == pytest.approx(at_106)


@pytest.mark.parametrize("ta1", [0x71, 0x10, 0x1A, 0xF1])
def test_reserved_codes_are_refused(ta1: int) -> None:
    with pytest.raises(ValueError, match="reserved"):
        Speed(ta1)


def test_a_clock_above_what_fi_allows_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 5 MHz"):
        Speed(0x97, 5.1e6)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("contact", "T=0, TA1=11, 3.5795 MHz"),
        ("contact:TA1=97,clock=5", "T=0, TA1=97, 5 MHz"),
        ("contact:t=1", "T=1, TA1=11, 3.5795 MHz"),
        ("contactless:rate=848", "ISO 14443-4, 848 kbit/s"),
    ],
)
def test_lines_in_words(text: str, name: str) -> None:
    assert LineOptions.parse(text).blank().name == name


def test_ta1_is_the_blank_chips_alone() -> None:
    assert LineOptions.parse("contact:TA1=97").final().name == "T=0, TA1=11, 3.5795 MHz"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("radio", "begins with contact or contactless"),
        ("contact:speed=9", "'speed' is none of TA1, clock, t, guard"),
        ("contact:TA1=77", "TA1 cannot be '77'"),
        ("contact:TA1=97,clock=x", "clock cannot be 'x'"),
        ("contact:TA1=97,clock=6", "clocks from 1 to 5 MHz"),
        ("contact:t=2", "t cannot be '2'"),
        ("contact:guard=256", "guard cannot be '256'"),
        ("contactless:rate=500", "rate cannot be '500'"),
    ],
)
def test_words_without_meaning(text: str, place: str) -> None:
    with pytest.raises(MalformedData, match=place):
        LineOptions.parse(text)


@given(st.text())
def test_any_text_parses_or_raises(text: str) -> None:
    for kind in ("", "contact:", "contactless:"):
        try:
            LineOptions.parse(kind + text)
        except MalformedData:
            continue
