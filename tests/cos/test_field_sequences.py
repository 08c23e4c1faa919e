"""What terminals in the field say on T=0, replayed (ssc 12, ssc-more 5)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu.ssc import SSSE_NAME
from sscard.apdu.t0 import exchange
from sscard.cos import NVM
from sscard.cos.protocol import Protocol
from sscard.dialects.chip import TooLargeLe
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    SetFci,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import FREE, NEVER
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/field-sequences.toml").read_text("utf-8")
)
SEQUENCES = [pytest.param(each, id=each["name"]) for each in VECTORS["sequence"]]
Make = Callable[[], VirtualCard]


def file(fid: int, records: list[str]) -> CreateFile:
    contents = tuple(map(bytes.fromhex, records))
    return CreateFile(fid, Structure.VARIABLE, FREE, NEVER, contents)


@pytest.fixture
def v100(make_maker: Callable[..., Maker]) -> Make:
    """A card of version 1.00: DIR under SFI 0B, no 9F0C, EF06 free, tolerant of a too large Le."""

    def make() -> VirtualCard:
        bench, data = make_maker(), VECTORS["v100"]
        tolerant = {**bench.card.chip.le, "t0": TooLargeLe.SHORTER_ANSWER}
        maker = type(bench)(replace(bench.card.chip, le=tolerant))
        maker.open()
        maker.make(
            CreateDirectory(0x3F00),
            CreateDirectory(0xDDF1, SSSE_NAME),
            SetFci(bytes.fromhex(data["fci"])),
            file(0x000B, data["dir"]),
            file(0xEF05, data["ef05"]),
            file(0xEF06, data["ef06"]),
            WriteHistorical(bytes.fromhex(data["historical"])),
            EndPreIssue(),
        )
        maker.card.power_on(Protocol.T0)
        return maker.card

    return make


@pytest.fixture
def cards(v100: Make, clone: Callable[..., Terminal]) -> Mapping[str, Make]:
    """How each card of the sequences is made, powered with T=0."""

    def gen2() -> VirtualCard:
        card = clone().card
        card.power_on(Protocol.T0)
        return card

    return {"gen2": gen2, "1.00": v100}


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_each_tpdu_gets_its_answer(cards: Mapping[str, Make], sequence: dict[str, Any]) -> None:
    assert sequence["source"]
    card = cards[sequence["card"]]()
    for tpdu, wanted in sequence["talk"]:
        answer = card.transmit(bytes.fromhex(tpdu)).hex().upper()
        assert re.fullmatch(wanted, answer), f"{tpdu} got {answer}"


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_terminal_that_knows_t0_gets_the_data_at_once(
    cards: Mapping[str, Make], sequence: dict[str, Any]
) -> None:
    """6Cxx and 61xx never reach a program above ``exchange``."""
    card = cards[sequence["card"]]()
    for tpdu, _ in sequence["talk"]:
        if not tpdu.startswith("00C0"):
            assert exchange(card.transmit, bytes.fromhex(tpdu))[-2] not in (0x61, 0x6C)


@pytest.mark.parametrize(
    ("le", "gen2", "older"),
    [
        (0x0A, 0x6C0B, 0x6C0B),
        (0x0B, 0x9000, 0x9000),
        (0x0C, 0x6C0B, 0x9000),
        (0x00, 0x6C0B, 0x9000),
    ],
)
def test_the_two_cards_differ_in_a_too_large_le_alone(
    cards: Mapping[str, Make], le: int, gen2: int, older: int
) -> None:
    for name, wanted in (("gen2", gen2), ("1.00", older)):
        card = cards[name]()
        exchange(card.transmit, bytes((0x00, 0xA4, 0x04, 0x00, len(SSSE_NAME))) + SSSE_NAME)
        answer = card.transmit(bytes((0x00, 0xB2, 0x07, 0x2C, le)))
        assert int.from_bytes(answer[-2:], "big") == wanted
        assert len(answer) == 2 + (11 if wanted == 0x9000 else 0)


def test_a_card_that_is_in_ssse_from_the_reset_on(issued_cells: bytes) -> None:
    """Older cards of one city: 6A82 to the name, and EF05 straight after the reset."""
    chip = replace(load_chip("gen2-32k"), ssse_from_reset=True)
    card = VirtualCard(NVM(bytearray(issued_cells)), chip)
    for protocol in (Protocol.T0, Protocol.T1):
        card.power_on(protocol)
        named = bytes((0x00, 0xA4, 0x04, 0x00, len(SSSE_NAME))) + SSSE_NAME
        for said, wanted in ((named, "6a82"), (bytes.fromhex("00A4020002EF05"), "9000")):
            assert card.transmit(said).hex() == wanted
        assert card.transmit(bytes.fromhex("00B207000B")).endswith(b"\x90\x00")
        assert card.transmit(named).hex() == "6a82"
        assert card.transmit(bytes.fromhex("00B207000B")).endswith(b"\x90\x00")


def test_off_t0_a_too_large_le_gets_the_record(clone: Callable[..., Terminal]) -> None:
    """The default of the setting (ssc 12); T=0 is the protocol that must refuse."""
    for protocol in (Protocol.T1, Protocol.CONTACTLESS):
        terminal = clone()
        terminal.card.power_on(protocol)
        terminal.select()
        assert len(terminal.hex("00B2072C00")) == 2 * (11 + 2)
        assert terminal.hex("00B2072C0A") == "6C0B"
