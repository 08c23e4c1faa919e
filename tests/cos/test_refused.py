"""What a refused command must leave as it was: the current file and record, names, challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sscard.apdu import aid, iso7816
from sscard.apdu.t0 import exchange
from sscard.cos import Protocol
from sscard.dialects.operations import CreateDirectory, CreateFile, Structure
from sscard.dialects.rights import FREE

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker


@pytest.mark.parametrize(
    "refused",
    [
        "00B2013C0A",  # 6981: a transparent file
        "00B0880010",  # 6982
        "00B2633400",  # 6A83
        "00B2013401",  # 6C14
        "00DC013403080101",  # 6982
        "00D6880001FF",  # 6982
        "00B2012C",  # 6700
    ],
)
def test_no_file_becomes_current(terminal: Terminal, refused: str) -> None:
    terminal.select()
    card_number = terminal.hex("00B2072C00")
    terminal.hex("00A4020002EF05")
    assert not terminal.hex(refused).endswith("9000")
    assert terminal.hex("00B2070400") == card_number


def test_no_record_becomes_current(terminal: Terminal) -> None:
    terminal.select()
    terminal.hex("00A4020002001E")
    first = terminal.hex("00B2017400".replace("74", "04"))
    assert terminal.hex("00B2700201").startswith("6C")
    assert terminal.hex("00B2700200") == first
    second = terminal.hex("00B2700200")
    assert second == terminal.hex("00B2020400")
    assert second != first


def test_on_t0_every_entry_is_read_by_next(terminal: Terminal) -> None:
    """Each one takes 6Cxx and the command once more."""
    card, entries = terminal.card, []
    card.power_on(Protocol.T0)
    for command in (iso7816.select(terminal.order.profile.directory("SSSE").df_name),):
        exchange(card.transmit, bytes(command))
    exchange(card.transmit, bytes.fromhex("00A4020002001E"))
    for _ in range(7):
        entries.append(exchange(card.transmit, bytes.fromhex("00B2700200")))
    assert len(set(entries)) == 7
    assert all(entry.endswith(b"\x90\x00") for entry in entries)
    assert exchange(card.transmit, bytes.fromhex("00B2700200")).hex() == "6a83"


def test_a_challenge_is_of_the_application_that_gave_it(terminal: Terminal) -> None:
    terminal.select()
    terminal.challenge()
    terminal.hex("00A40000023F00")
    assert terminal.hex("0082001C10" + "00" * 16) == "6984"
    terminal.challenge()
    terminal.select()
    assert terminal.hex("0082000410" + "00" * 16) == "63CF", "that of SSSE is still there"
    terminal.card.power_on()
    terminal.select()
    assert terminal.hex("0082000410" + "00" * 16) == "6984"


def test_no_directory_takes_the_name_of_another_application(maker: Maker) -> None:
    maker.open()
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."))
    for name in (aid.PSE, aid.DEBIT, b"SSSE."):
        assert maker.say(CreateDirectory(0xDF01, name)) == 0x6A89
    assert maker.send(iso7816.select(aid.PSE)).data.startswith(b"\x6f\x10\x84\x0e1PAY")


@pytest.mark.parametrize("fid", [0xEF00, 0xEF1F, 0xEF20, 0xDDF1])
def test_a_file_has_a_short_identifier_and_is_no_directory(maker: Maker, fid: int) -> None:
    maker.open()
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."))
    file = CreateFile(fid, Structure.TRANSPARENT, FREE, FREE, (bytes(4),))
    assert maker.say(file) == 0x6A80


def test_a_record_of_one_byte_is_updated(maker: Maker) -> None:
    file = CreateFile(0xEF05, Structure.VARIABLE, FREE, FREE, (b"\x41", b"\x42\x00"))
    maker.ground(file)
    assert maker.card.transmit(bytes.fromhex("00DC012C0141")).hex() == "9000"
    assert maker.card.transmit(bytes.fromhex("00DC012C0143")).hex() == "6a80"
