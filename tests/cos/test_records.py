"""Records: by number, by identifier, to the last; fixed, variable and cyclic files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sscard.apdu import iso7816
from sscard.apdu.status import StatusWord
from sscard.channel import ssc
from sscard.dialects.operations import CreateFile, Structure
from sscard.dialects.rights import FREE
from sscard.keys import DES8, TDES_SUITE

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

VARIABLE = CreateFile(0xEF05, Structure.VARIABLE, FREE, FREE, (b"\1\2ab", b"\4\1c", b"\4\1d"))
FIXED = CreateFile(0xEF06, Structure.FIXED, FREE, FREE, (b"abcd", b"efgh"))
CYCLIC = CreateFile(0xEF07, Structure.CYCLIC, FREE, FREE, (b"\xff" * 3,), 4)
LONG = CreateFile(0xEF08, Structure.CYCLIC, FREE, FREE, (bytes(100),), 3)


@pytest.fixture
def files(maker: Maker) -> Maker:
    """A card with one file of each structure, all free."""
    maker.ground(VARIABLE, FIXED, CYCLIC, LONG)
    return maker


def hexed(maker: Maker, command: str) -> str:
    return maker.card.transmit(bytes.fromhex(command)).hex().upper()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B2012C04", "010261629000"),
        ("00B2032C00", "0401649000"),
        ("00B2042800", "0401639000"),
        ("00B2012D00", "010261620401630401649000"),
        ("00B2022D06", "0401630401649000"),
        ("00B2023400", "656667689000"),
        ("00B2013500", "61626364656667689000"),
        ("00B2042C00", "6A83"),
        ("00B2002C00", "6A83"),
        ("00B2052800", "6A83"),
        ("00B2042D00", "6A83"),
        ("00B2014C00", "6A82"),
        ("00B2010400", "6986"),
        ("00B2012C03", "6C04"),
        ("00B2012D09", "6C0A"),
        ("00B2014500", "6700"),
        ("00B2014540", "6700"),
        ("00B2024500", "00" * 200 + "9000"),
        ("00B20145000200", "00" * 300 + "9000"),
    ],
)
def test_reading(files: Maker, command: str, answer: str) -> None:
    assert hexed(files, command) == answer


def test_occurrences_of_an_identifier(files: Maker) -> None:
    """P2 low bits: 0 first, 1 last, 2 next, 3 previous; SFI names the file, 0 the current one."""
    first, second = "0401639000", "0401649000"
    answers = {
        "00B2042A00": first,  # next of no current record is the first
        "00B2040200": second,
        "00B2040300": first,
        "00B2040100": second,
        "00B2042B00": second,  # previous of none is the last
        "00B2040000": first,
    }
    for command, answer in answers.items():
        assert hexed(files, command) == answer, command
    assert hexed(files, "00B2040300") == "6A83", "nothing before the first"
    assert hexed(files, "00B2010300") == "010261629000", "before it, with another identifier"
    assert hexed(files, "00B2010400") == "010261629000"
    assert hexed(files, "00B2040200") == first, "a number moves nothing"
    assert hexed(files, "00A4000002EF05") == "9000"
    assert hexed(files, "00B2040300") == second, "a SELECT makes no record current"


def test_the_second_record_with_a_tag_is_written(files: Maker) -> None:
    assert hexed(files, "00B2042800") == "0401639000"
    assert hexed(files, "00DC040203040158") == "9000"
    assert hexed(files, "00DC040203040159") == "6A83"
    assert hexed(files, "00B2032C00") == "0401589000"


@pytest.mark.parametrize("p2", [0x38, 0x39, 0x3A, 0x3B])
def test_records_of_a_cyclic_file_have_no_identifier(files: Maker, p2: int) -> None:
    assert hexed(files, f"00B2FF{p2:02X}00") == "6981"


def test_a_longer_le_than_the_record_gets_the_record(files: Maker) -> None:
    assert hexed(files, "00B2012CFF") == "010261629000"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00DC012C04 01024142", "9000"),
        ("00DC042803 040144", "9000"),
        ("00DC023404 41424344", "9000"),
        ("00DC012C03 010241", "6700"),
        ("00DC012C05 0102414243", "6700"),
        ("00DC012C04 02024142", "6A80"),
        ("00DC012C04 01034142", "6A80"),
        ("00DC033404 41424344", "6A83"),
        ("00DC092804 41424344", "6A83"),
        ("00DC013C03 414243", "6981"),
        ("00DC013803 FF4243", "6981"),
        ("00DC002B04 01024142", "6A83"),
        ("00DC003B02 4142", "6700"),
    ],
)
def test_writing(files: Maker, command: str, answer: str) -> None:
    read = "00B2012D00", "00B2013500", "00B2013D00"
    before = [hexed(files, each) for each in read]
    assert hexed(files, command.replace(" ", "")) == answer
    after = [hexed(files, each) for each in read]
    assert (after == before) is (answer != "9000")


def test_what_was_written_survives_power_off(files: Maker) -> None:
    hexed(files, "00DC012C0401024142")
    hexed(files, "00DC003B03414243")
    files.card.reset()
    hexed(files, "00A4000002DDF1")
    assert hexed(files, "00B2012C00") == "010241429000"
    assert hexed(files, "00B2013C00") == "4142439000"


def test_by_identifier_the_first_record_with_this_tag_is_written(files: Maker) -> None:
    hexed(files, "00DC042803040158")
    assert hexed(files, "00B2012D00") == "010261620401580401649000"


def test_a_cyclic_file_keeps_the_newest_and_counts_from_them(files: Maker) -> None:
    model = [b"\xff" * 3] * 4
    for number in range(11):
        record = bytes((number,)) * 3
        assert files.send(iso7816.append_record(record, sfi=7)).sw == StatusWord.OK
        model = [record, *model][:4]
        for place, wanted in enumerate(model, start=1):
            assert files.send(iso7816.read_record(place, sfi=7)).data == wanted
        assert hexed(files, "00B2013D00") == b"".join(model).hex().upper() + "9000"
        assert hexed(files, "00B2033D00") == b"".join(model[2:]).hex().upper() + "9000"


@pytest.mark.parametrize("command", ["00B0850001", "00D68500011F"])
def test_records_are_no_binary(files: Maker, command: str) -> None:
    assert hexed(files, command) == "6981"


def test_with_a_mac(terminal: Terminal) -> None:
    """The line protection key of the directory, and the update key as well (ssc 3.1 [S])."""
    terminal.select("DF01")
    terminal.show("UK2DF01")
    key = DES8(terminal.key("STKDF01"))
    plain = iso7816.update_record(1, b"\x29\1" + b"1", sfi=7)
    good = ssc.wrap(plain, TDES_SUITE, key, terminal.challenge(4))
    assert terminal.status(good) == StatusWord.OK
    assert terminal.status(good) == StatusWord.NO_CHALLENGE
    terminal.challenge(4)
    assert terminal.status(good) == StatusWord.MAC_WRONG
    assert terminal.status(ssc.wrap(plain, TDES_SUITE, key, terminal.challenge())) == 0x9000
    other = DES8(terminal.key("STK"))
    assert terminal.status(ssc.wrap(plain, TDES_SUITE, other, terminal.challenge())) == 0x6988
    terminal.select("DF01")
    assert terminal.status(ssc.wrap(plain, TDES_SUITE, key, terminal.challenge())) == 0x6982
    assert terminal.ok(iso7816.select_fid(0xDDF1))
    terminal.show("UKSSSE")
    plain = iso7816.update_record(2, b"\2\1" + b"1", sfi=5)
    assert terminal.status(ssc.wrap(plain, TDES_SUITE, other, terminal.challenge())) == 0x9000
