"""SELECT: directories by name and by FID, files by FID, from everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sscard.apdu import ssc
from sscard.apdu.status import StatusWord
from sscard.dialects.operations import CreateDirectory

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

SSSE_FCI = "6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C038601019000"
DF01, DF02 = "00A4040006D15600000500", "00A4040006D15600000501"
PSE = "00A404000E315041592E5359532E4444463031"


def test_ssse_by_name_and_by_fid_gives_its_fci(terminal: Terminal) -> None:
    assert terminal.hex(f"00A404000F{ssc.SSSE_NAME.hex()}") == SSSE_FCI
    assert terminal.hex(f"00A404000F{ssc.SSSE_NAME.hex()}00") == SSSE_FCI
    assert terminal.hex("00A4000002DDF1") == SSSE_FCI


def test_an_adf_has_no_template_a5(terminal: Terminal) -> None:
    assert terminal.hex(DF01) == "6F088406D156000005009000"


def test_the_main_file_has_no_name_and_no_fci(terminal: Terminal) -> None:
    assert terminal.hex("00A40000023F00") == "9000"


def test_a_file_answers_with_a_status_word(terminal: Terminal) -> None:
    terminal.select()
    for p1 in ("00", "02"):
        assert terminal.hex(f"00A4{p1}0002EF05") == "9000"
        assert terminal.hex("00B2010412")[:8] == "01105101"


def test_after_power_up_the_main_file_is_selected(terminal: Terminal) -> None:
    assert terminal.hex("00A4020002001C") == "9000"
    assert terminal.hex("00A4020002EF05") == "6A82"
    terminal.select()
    terminal.card.reset()
    assert terminal.hex("00A4020002EF05") == "6A82"


@pytest.mark.parametrize("here", [DF01, "00A4000002DDF1"])
def test_below_ssse_every_df_is_found(terminal: Terminal, here: str) -> None:
    terminal.hex(here)
    assert terminal.hex("00A4000002DF02").startswith("6F0884")
    assert terminal.hex("00A4020002EF06") == "9000"


def test_a_df_is_not_found_from_outside_by_its_fid(terminal: Terminal) -> None:
    assert terminal.hex("00A4000002DF01") == "6A82"
    assert terminal.hex(PSE)[-4:] == "9000"
    assert terminal.hex("00A4000002DF01") == "6A82"
    assert terminal.hex("00A4000002DDF1") == SSSE_FCI


def test_p1_02_finds_no_directory(terminal: Terminal) -> None:
    terminal.select()
    assert terminal.hex("00A4020002DF01") == "6A82"


@pytest.mark.parametrize("wrong", ["00A4040001AA", "00A4040005D156000005", "00A4000002AAAA"])
def test_what_is_not_found_changes_nothing(terminal: Terminal, wrong: str) -> None:
    terminal.select()
    terminal.hex("00A4020002EF05")
    assert terminal.show("UKSSSE") == 0x9000
    assert terminal.hex(wrong) == "6A82"
    assert terminal.hex("00DC020403020133") == "9000"


def test_selecting_a_directory_forgets_the_file(terminal: Terminal) -> None:
    terminal.select()
    terminal.hex("00A4020002EF05")
    terminal.select()
    assert terminal.hex("00B2010412") == "6986"


def test_naming_a_file_by_sfi_makes_it_the_current_one(terminal: Terminal) -> None:
    terminal.select()
    terminal.hex("00B2012C12")
    assert terminal.hex("00B2020403") == "0201339000"


def test_a_card_without_anything_on_it(maker: Maker) -> None:
    for command in ("00A40000023F00", "00A4000002DDF1", f"00A404000F{ssc.SSSE_NAME.hex()}"):
        assert maker.card.transmit(bytes.fromhex(command)).hex() == "6a82"
    assert maker.card.transmit(bytes.fromhex("00B0810001")).hex() == "6985"
    assert maker.card.transmit(bytes.fromhex("00A4020002001C")).hex() == "6985"


def test_two_directories_of_one_name_are_refused(maker: Maker) -> None:
    maker.ground(CreateDirectory(0xDF01, b"TWICE"), end=False)
    again = maker.say(CreateDirectory(0xDF02, b"TWICE"))
    assert again == StatusWord.FILE_EXISTS
    assert maker.say(CreateDirectory(0xDF02, b"OTHER")) == StatusWord.OK
