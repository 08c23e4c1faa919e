"""iReadCard and iWriteCard: addresses, items, repeated items, whole files (ssc 7 [S])."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sscard.apdu.iso7816 import INS
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.terminal.driver import Interface
from sscard.terminal.driver.operations import read
from sscard.terminal.driver.standing import Authentication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.driver.conftest import Desk

PIN, KEY = 1, 2
#: What a desk of the second or third generation writes, and the bytes that must be on the card:
#: (address, data, commands of another program that read it, what they must answer).
WRITTEN = {
    "a code in an": ("DF01EF08|2B|$", "DF01EF08|2|$", "00B2014403", "2B0132"),
    "two items": (
        "DF01EF05|20|0E|$",
        "DF01EF05|10|510104|$",
        "00B2032C05",
        "0E03510104",
    ),
    "Chinese text": (
        "DF01EF09|2E|$",
        "DF01EF09|成都某某有限公司|$",
        "00B2014C48",
        "2E46B3C9B6BCC4B3C4B3D3D0CFDEB9ABCBBE" + "00" * 54,
    ),
    "the second of a repeated item": (
        "DF01EF15|2A|40:2|$",
        "DF01EF15|21|001^080900^四川大学|$",
        "00B203AC36",
        "4034" + "5703303031" + "5803080900" + "5928CBC4B4A8B4F3D1A7" + "00" * 32,
    ),
    "an item of several codes": (
        "DF04EF05|81|84|$",
        "DF04EF05|31010000|510100|$",
        "00B2012C0A",
        "81083331303130303030",
    ),
    "a number stands at the right": ("DF03EF05|63|$", "DF03EF05|7|$", "00B2632805", "6303303037"),
    "a transparent file": (
        "DF01EF16|$",
        "DF01EF16|" + "A5" * 0x128 + "|$",
        "00B0960008",
        "A5" * 8,
    ),
    "part of a transparent file": ("DF01EF17|$", "DF01EF17|0102|$", "00B0970003", "010200"),
    "two files in one call": (
        "DF01EF0A|37|$DF02EF06|3A|$",
        "DF01EF0A|CHN|$DF02EF06|2020300|$",
        "00B2073409",
        "3A0732303230333030",
    ),
}
#: Where what is read is not what was written: numbers and transparent files have their full length.
READ_BACK = {
    "DF03EF05|7|$": "DF03EF05|007|$",
    "DF01EF17|0102|$": "DF01EF17|0102" + "00" * 0x126 + "|$",
}
#: With the name of the directory of the file that was written last.
AIDS = {"DF01": "D15600000500", "DF02": "D15600000501", "DF03": "D15600000502"} | {
    "DF04": "D15600000503"
}


@pytest.fixture(params=[2, 3], ids=["gen2", "gen3"])
def modern(request: pytest.FixtureRequest, new_desk: Callable[[int], Desk]) -> Desk:
    return new_desk(request.param)


def looked_at(desk: Desk, directory: str, command: str) -> str:
    """As another program reads it, which knows the PIN."""
    desk.raw.reset()
    for each in ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A4040006" + AIDS[directory]):
        desk.raw.transmit(bytes.fromhex(each))
    assert desk.raw.transmit(bytes.fromhex("0020000003123456")) == b"\x90\0"
    return str(desk.raw.transmit(bytes.fromhex(command)).hex().upper())


def test_the_examples_of_the_specification(modern: Desk) -> None:
    """SSSEEF06|08|09|$ and DF01EF0A|37|$DF01EF15|2A|40:2|$, and the output mirrors them."""
    info = modern.info
    assert modern.driver.iReadCard(1, KEY, info, "SSSEEF06|08|09|$") == (
        0,
        "SSSEEF06|110101199003070038|张三|$",
    )
    address = "DF01EF0A|37|$DF01EF15|2A|40:2|$"
    data = "DF01EF0A|CHN|$DF01EF15|21|001^080900^四川大学|$"
    assert modern.driver.iReadCard(1, KEY, info, address) == (0, "DF01EF0A||$DF01EF15||^^|$")
    assert modern.driver.iWriteCard(1, info, address, data) == (0, "")
    assert modern.driver.iReadCard(1, KEY, info, address) == (0, data)


@pytest.mark.parametrize("case", WRITTEN)
def test_what_is_written_is_read(modern: Desk, case: str) -> None:
    address, data, command, on_card = WRITTEN[case]
    info = modern.info
    assert modern.driver.iWriteCard(1, info, address, data) == (0, "")
    directory = address.split("$")[-2][:4]
    assert looked_at(modern, directory, command) == on_card + "9000"
    stored = READ_BACK.get(data, data)
    assert modern.driver.iReadCard(1, KEY, info, address) == (0, stored)


def test_a_value_becomes_empty_again(modern: Desk) -> None:
    info = modern.info
    modern.driver.iWriteCard(1, info, "DF01EF0A|37|$", "DF01EF0A|CHN|$")
    assert modern.driver.iWriteCard(1, info, "DF01EF0A|37|$", "DF01EF0A||$") == (0, "")
    assert looked_at(modern, "DF01", "00B2015405") == "37030000009000"


def test_cyclic_files(modern: Desk) -> None:
    """The newest first; only what was written; items joined by ^."""
    info = modern.info
    rows = [f"20203{n:02}^2012070{n}^2014110{n}^单位{n}" for n in range(1, 7)]
    for row in rows:
        assert modern.driver.iWriteCard(1, info, "DF02EF07|$", f"DF02EF07|{row}|$")[0] == 0
    newest = "DF02EF07|" + "|".join(rows[:1:-1]) + "|$"
    assert modern.driver.iReadCard(1, KEY, info, "DF02EF07|$") == (0, newest)


def test_a_cyclic_file_without_records(modern: Desk) -> None:
    assert modern.driver.iReadCard(1, KEY, modern.info, "DF02EF07|$") == (0, "DF02EF07|$")


def test_a_cyclic_file_that_is_long(modern: Desk) -> None:
    """All records are read until the card says that there is none, at most as many as can be."""
    info = modern.info
    record = "32303230333030" + "20120701" + "20141130" + "B5A5CEBB" + "00" * 66

    class Long:
        reset, most = modern.raw.reset, 30

        def transmit(self, command: bytes) -> bytes:
            if command[:2] == b"\x00\xb2" and command[3] == 7 << 3 | 4:
                return bytes.fromhex(record + "9000" if command[2] <= self.most else "6A83")
            answer: bytes = modern.raw.transmit(command)
            return answer

    card = Long()
    for card.most, count in ((30, 30), (255, 254)):
        output = modern.with_(contact=card).iReadCard(1, KEY, info, "DF02EF07|$")[1]
        assert output.count("单位|") == count


def test_a_photo(modern: Desk) -> None:
    """4096 bytes, behind RKSSSE."""
    info, photo = modern.info, bytes(range(256)).hex().upper() * 16
    assert modern.driver.iWriteCard(1, info, "SSSEEF08|$", f"SSSEEF08|{photo}|$") == (0, "")
    assert modern.driver.iReadCard(1, KEY, info, "SSSEEF08|$") == (0, f"SSSEEF08|{photo}|$")


def test_pin_or_key(modern: Desk) -> None:
    """iAuthType decides; a file that says both has the key shown first."""
    info = modern.info
    modern.card.commands.clear()
    modern.types("123456")
    assert modern.driver.iReadCard(1, PIN, info, "DF01EF08|2B|$")[0] == 0
    assert modern.card.sent(INS.EXTERNAL_AUTHENTICATE) == 0
    assert modern.driver.iReadCard(1, KEY, info, "DF01EF08|2B|$")[0] == 0
    assert modern.card.sent(INS.EXTERNAL_AUTHENTICATE) == 1
    modern.card.commands.clear()
    modern.types("123456")
    assert modern.driver.iReadCard(1, KEY, info, "DF04EF06|90|$") == (0, "DF04EF06||$")
    shown = [c[1] for c in modern.card.commands if c[1] in (INS.VERIFY, INS.EXTERNAL_AUTHENTICATE)]
    assert shown == [INS.EXTERNAL_AUTHENTICATE, INS.VERIFY, INS.VERIFY]


def test_the_pin_is_asked_for_once(modern: Desk) -> None:
    info = modern.info
    modern.types("123456")
    address = "DF01EF08|2B|$DF02EF06|3A|$DF03EF07|70|$"
    output = "DF01EF08||$DF02EF06||$DF03EF07||$"
    assert modern.driver.iReadCard(1, PIN, info, address) == (0, output)
    assert len(modern.pad.asked) == 1


def test_a_key_counts_as_long_as_its_directory_is_selected(modern: Desk) -> None:
    """Two files of one directory: one proof.  Back from another directory: again."""
    info = modern.info
    modern.card.commands.clear()
    address, output = "DF01EF08|2B|$DF01EF0A|37|$", "DF01EF08||$DF01EF0A||$"
    assert modern.driver.iReadCard(1, KEY, info, address) == (0, output)
    assert modern.card.sent(INS.EXTERNAL_AUTHENTICATE) == 1
    modern.card.commands.clear()
    address, output = "DF01EF08|2B|$DF02EF06|3A|$DF01EF0A|37|$", "DF01EF08||$DF02EF06||$DF01EF0A||$"
    assert modern.driver.iReadCard(1, KEY, info, address) == (0, output)
    assert modern.card.sent(INS.EXTERNAL_AUTHENTICATE) == 3


def test_no_psam_where_no_key_is_needed(modern: Desk) -> None:
    info = modern.info
    modern.with_(psam=None)
    modern.types("123456")
    assert modern.driver.iReadCard(1, PIN, info, "SSSEEF05|01|$DF01EF08|2B|$")[0] == 0
    assert modern.driver.iReadCard(1, KEY, info, "DF01EF08|2B|$") == (-2201, "")


def test_in_steps(modern: Desk) -> None:
    basic = modern.driver.iReadCardBas(1)[1]
    info, seen = modern.info, CardSeen.of_basic(basic)
    driver = modern.with_(psam=None)
    code, asked = driver.iWriteCard_HSM_Step1(1, info, "DF01EF0A|37|$")
    algorithm = "03" if modern.generation == 3 else "01"
    assert (code, asked.split("|")[:2]) == (0, [algorithm, "009D"])
    answer = modern.hsm.write(seen, asked)
    assert driver.iWriteCard_HSM_Step2(answer, "DF01EF0A|CHN|$") == (0, "")
    code, asked = driver.iReadCard_HSM_Step1(1, info, "DF01EF0A|37|$SSSEEF05|07|$")
    assert (code, asked.split("|")[:2]) == (0, [algorithm, "004F"])
    assert [len(each) for each in asked.split("|")] == [2, 4, 16, 16, 0]
    answer = modern.hsm.read(seen, asked)
    expected = "DF01EF0A|CHN|$SSSEEF05|X00000019|$"
    assert driver.iReadCard_HSM_Step2(answer) == (0, expected)


def test_an_hsm_takes_over(modern: Desk) -> None:
    """As often as keys are needed."""
    info = modern.info
    driver = modern.with_(psam=None, hsm=modern.hsm)
    address, data = "DF01EF0A|37|$DF02EF06|3A|$", "DF01EF0A|CHN|$DF02EF06|2020300|$"
    assert driver.iWriteCard(1, info, address, data) == (0, "")
    assert driver.iReadCard(1, KEY, info, address) == (0, data)


def test_nothing_is_appended_twice(modern: Desk) -> None:
    """A PSAM that has the key of the first file only: neither an HSM nor a program begins anew."""
    info = modern.info
    address, data = "DF02EF07|$DF01EF0A|37|$", "DF02EF07|1^20120701^20141130^单位|$DF01EF0A|CHN|$"
    driver = modern.with_(psam=modern.other_psam(drop=["UK5DF01"]), hsm=modern.hsm)
    assert driver.iWriteCard(1, info, address, data) == (-27010, "")
    code, output = driver.iReadCard(1, KEY, info, "DF02EF07|$")
    assert (code, output) == (0, "DF02EF07|1^20120701^20141130^单位|$")


def test_one_key_for_a_step(modern: Desk) -> None:
    driver, info = modern.with_(), modern.info
    two = "DF01EF0A|37|$DF02EF06|3A|$"
    assert driver.iReadCard_HSM_Step1(1, info, two) == (-14, "")
    assert driver.iReadCard_HSM_Step1(1, info, "SSSEEF05|01|$") == (-2204, "")


def test_the_first_generation(new_desk: Callable[[int], Desk]) -> None:
    """Its own tables: other items, other rights."""
    desk = new_desk(1)
    info = desk.info
    assert desk.driver.iWriteCard(1, info, "DF01EF0A|37|$", "DF01EF0A|3500|$") == (0, "")
    desk.types("123456")
    assert desk.driver.iReadCard(1, KEY, info, "DF01EF0A|37|$") == (0, "DF01EF0A|00003500|$")
    assert desk.driver.iReadCard(1, KEY, info, "SSSEEF06|4E|$") == (-14, "")
    assert desk.driver.iReadCard(1, KEY, info, "DF07EF05|F0|$") == (-27266, "")


def test_an_old_card_with_a_new_item(new_desk: Callable[[int], Desk]) -> None:
    """A record that ends in EE is read by the next generation's definition (ssc 2.8 [S])."""
    desk = new_desk(1)
    info = desk.info
    desk.types("123456")
    driver = desk.answering({"00B20154": "370443484EEE9000"})
    assert driver.iReadCard(1, KEY, info, "DF01EF0A|37|$") == (0, "DF01EF0A|CHN|$")


@pytest.mark.parametrize("generation", [2, 3])
def test_the_files_of_a_region(new_desk: Callable[..., Desk], generation: int) -> None:
    """Shandong's medical number behind a key of its own, which HSMs know by name (ssc-more 2)."""
    desk = new_desk(generation, "+shandong")
    # A PSAM has one place for a key of DF06 and one of the region's (ssc 3.4).
    desk.psam = desk.other_psam(city="371600", without="DF06")
    info = desk.info
    address, data = "SSSEEF0C|FA|$", "SSSEEF0C|37160000000001|$"
    assert desk.driver.iWriteCard(1, info, address, data) == (0, "")
    assert desk.driver.iReadCard(1, KEY, info, address) == (0, data)
    code, asked = desk.driver.iReadCard_HSM_Step1(1, info, address)
    assert (code, asked.split("|")[1]) == (0, "RKMFEF0C_370000")
    assert desk.with_(psam=None, hsm=desk.hsm).iReadCard(1, KEY, info, address) == (0, data)


def test_with_types(modern: Desk) -> None:
    info = modern.info
    terminal = modern.terminal
    assert read(terminal, Interface.CONTACT, Authentication.KEY, info, "SSSEEF05|07|$") == (
        "SSSEEF05|X00000019|$"
    )


def test_nothing_is_written_where_one_value_is_wrong(modern: Desk) -> None:
    info = modern.info
    address = "DF01EF0A|37|$DF01EF08|2B|$"
    assert modern.driver.iWriteCard(1, info, address, "DF01EF0A|CHN|$DF01EF08|22|$") == (-42, "")
    assert modern.card.sent(INS.UPDATE_RECORD) == 0
