"""iReadCardBas: the 11 fields, with a PSAM, with an HSM object, in two steps (ssc 7 [S])."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from simulator import Protocol
from sscard.apdu.iso7816 import INS
from sscard.profiles import load_profile
from sscard.terminal.driver import Driver, Interface, Terminal
from sscard.terminal.driver.operations import read_basic

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.driver.conftest import Desk

#: By what stands in a card of each generation made here; the rest is the same.
VERSION = {1: "1.00", 2: "2.00", 3: "3.00"}
HISTORICAL = {1: "008100884386656399", 2: "0081544C8686846399", 3: "0081544C8686846399"}
NO_PSAM = -2201


def expected(desk: Desk, identification: str, terminal: str = "639900000001") -> list[str]:
    return [
        "639900",
        "110101199003070038",
        "X00000019",
        identification,
        "张三",
        HISTORICAL[desk.generation] + "C0666779",
        VERSION[desk.generation],
        "20260101",
        "20360101",
        terminal,
        "终端设备号",
        "",
    ]


def identification(desk: Desk) -> str:
    """As another program reads it."""
    desk.raw.reset()
    desk.raw.transmit(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    answer = desk.raw.transmit(bytes.fromhex("00B2012C12"))
    assert answer[:2] == b"\x01\x10"
    assert answer[-2:] == b"\x90\x00"
    return str(answer[2:-2].hex().upper())


def test_the_fields(desk: Desk) -> None:
    code, output = desk.driver.iReadCardBas(1)
    assert code == 0
    assert output.split("|") == expected(desk, identification(desk))


def test_the_same_as_bytes(desk: Desk) -> None:
    code, output = desk.driver.iReadCardBas(1)
    assert desk.driver.call("iReadCardBas", [1]) == (code, output.encode("gbk"))
    assert "张三|".encode("gbk") in output.encode("gbk")


def test_with_types(desk: Desk) -> None:
    info = read_basic(desk.terminal, Interface.CONTACT)
    assert (info.name, info.version, info.terminal) == (
        "张三",
        VERSION[desk.generation],
        "639900000001",
    )
    assert str(info) == desk.driver.iReadCardBas(1)[1]
    assert "张三" not in repr(info)


def test_what_happens_on_the_wire(desk: Desk) -> None:
    """The card proves itself before anything personal is asked for; RKSSSE for gen3 alone."""
    desk.driver.iReadCardBas(1)
    sent = [command[1] for command in desk.card.commands]
    assert sent.index(INS.INTERNAL_AUTHENTICATE) < len(sent) - 4
    shown = [c for c in desk.card.commands if c[1] == INS.EXTERNAL_AUTHENTICATE]
    assert [command[3] for command in shown] == ([0x0A] if desk.generation == 3 else [])
    personal = [c for c in desk.card.commands if c[1] == INS.READ_RECORD and c[3] == 0x30]
    assert [command[2] for command in personal] == [8, 9, 0x4E][: 2 + (desk.generation > 1)]
    assert sent.count(INS.VERIFY) == 0
    assert not desk.card.powered
    assert not desk.psam.powered


def test_in_two_steps(desk: Desk) -> None:
    """The HSM has no terminal, so its number is zeros."""
    driver = desk.with_(psam=None)
    code, asked = driver.iReadCardBas_HSM_Step1(1)
    assert code == 0
    fields = asked.split("|")
    algorithm = "03" if desk.generation == 3 else "01"
    assert fields[:4] == ["639900", expected(desk, "")[5], algorithm, identification(desk)]
    assert len(fields) == 9
    sizes = [len(each) for each in fields[4:8]]
    assert sizes == ([16, 16, 16, 16] if desk.generation == 3 else [16, 16, 0, 0])
    code, asked = driver.iReadCardBas_HSM_Step1(1)  # the card has lost its power in between
    code, output = driver.iReadCardBas_HSM_Step2(desk.hsm.read_basic(asked))
    assert code == 0
    assert output.split("|") == expected(desk, identification(desk), "0" * 12)


def test_the_steps_know_the_psam(desk: Desk) -> None:
    """Where there is one, the terminal has a number also if the HSM does the work."""
    _, asked = desk.driver.iReadCardBas_HSM_Step1(1)
    code, output = desk.driver.iReadCardBas_HSM_Step2(desk.hsm.read_basic(asked))
    assert (code, output.split("|")[9]) == (0, "639900000001")


def test_an_hsm_takes_over(desk: Desk) -> None:
    assert desk.with_(psam=None).iReadCardBas(1) == (NO_PSAM, "")
    code, output = desk.with_(psam=None, hsm=desk.hsm).iReadCardBas(1)
    assert code == 0
    assert output.split("|") == expected(desk, identification(desk), "0" * 12)


def test_contactless(new_desk: Callable[[int], Desk]) -> None:
    """Over the antenna the same; iType says which reader, and which first."""
    desk = new_desk(3)
    by_contacts = desk.driver.iReadCardBas(1)
    desk.raw.power_on(Protocol.CONTACTLESS)
    driver = desk.with_(contact=None, contactless=desk.card)
    assert driver.iReadCardBas(1) == (-12, "")
    assert [driver.iReadCardBas(kind) for kind in (2, 3, 4)] == [by_contacts] * 3


class Sample:
    """A card of the first generation that knows a few commands, as the specification's sample."""

    records: ClassVar = {
        (0x01, 0x28): "0110639900D15600000500BF7C7A48FB4966",
        (0x03, 0x28): "0304312E3030",
        (0x05, 0x28): "050420101001",
        (0x06, 0x28): "060420201001",
        (0x07, 0x28): "07095830303030303031" + "39",
        (0x08, 0x30): "0812" + b"111111198101011110".hex(),
        (0x09, 0x30): "091E" + "张三".encode("gbk").hex() + "00" * 26,
    }

    def reset(self) -> bytes:
        return bytes.fromhex("3B6D0000" + "00814E43238697159900BF7C7A")

    def transmit(self, command: bytes) -> bytes:
        ins, place = command[1], (command[2], command[3])
        if ins == INS.READ_RECORD:
            return bytes.fromhex(self.records[place] + "9000")
        return {
            INS.SELECT: bytes.fromhex("6F16840F7378312E73682EC9E7BBE1B1A3D5CFA50388010B9000"),
            INS.GET_CHALLENGE: bytes.fromhex("01020304050607089000"),
            INS.INTERNAL_AUTHENTICATE: bytes.fromhex("11223344556677889000"),
        }[INS(ins)]


class SamplePsam:
    """What a terminal reads from a PSAM."""

    def reset(self) -> bytes:
        return bytes.fromhex("3B6D00000081544C008684080723000500"[:34])

    def transmit(self, command: bytes) -> bytes:
        if command[1] != INS.READ_BINARY:
            return b"\x90\0"
        number = {0x96: "410100813475"}.get(command[2], "20260101" * 4)
        return (bytes.fromhex(number) * 4)[: command[4]] + b"\x90\0"


class SampleHsm:
    """Its answer to the sample's first step."""

    def read_basic(self, step1: str) -> str:
        assert step1 == (
            "639900|00814E43238697159900BF7C7A|01|639900D15600000500BF7C7A48FB4966|"
            "0102030405060708|0102030405060708|||"
        )
        return "11223344556677880102030405060708||"


def test_the_sample_of_the_specification() -> None:
    """Field by field its line (ssc 7 [S])."""
    driver = Driver(
        Terminal(
            lambda generation: load_profile(f"gen{generation}"),
            datetime.now,
            contact=Sample(),
            psam=SamplePsam(),
            device="终端设备号",
        )
    )
    _, step1 = driver.iReadCardBas_HSM_Step1(1)
    code, output = driver.iReadCardBas_HSM_Step2(SampleHsm().read_basic(step1))
    assert code == 0
    assert output == (
        "639900|111111198101011110|X00000019|639900D15600000500BF7C7A48FB4966|张三|"
        "00814E43238697159900BF7C7A|1.00|20101001|20201001|410100813475|终端设备号|"
    )


def test_which_reader_is_first(new_desk: Callable[[int], Desk]) -> None:
    """iType 3 and 4, with a card at both; 1 and 2 look nowhere else."""
    here, there = new_desk(2), new_desk(3)
    there.raw.power_on(Protocol.CONTACTLESS)
    driver = here.with_(contactless=there.raw, psam=None, hsm=None)
    asked = {kind: driver.iReadCardBas_HSM_Step1(kind)[1].split("|") for kind in (1, 2, 3, 4)}
    assert [asked[kind][2] for kind in (1, 2, 3, 4)] == ["01", "03", "01", "03"]


def test_a_name_padded_with_spaces(desk: Desk) -> None:
    """As cards of one city have it (ssc-more 2 [T])."""
    padded = "张三".encode("gbk").ljust(30).hex()
    assert (
        desk.answering({"00B209": f"091E{padded}9000"}).iReadCardBas(1)[1].split("|")[4] == "张三"
    )


def test_a_card_without_a_version(new_desk: Callable[[int], Desk]) -> None:
    """An empty one is 1.0x (ssc 2.9 [S])."""
    driver = new_desk(1).answering({"00B203": "0304000000009000"})
    code, output = driver.iReadCardBas(1)
    assert (code, output.split("|")[6]) == (0, "")


@pytest.mark.parametrize("device", ["窗口|1", "窗口𠮷"])
def test_a_device_that_no_output_can_carry(desk2: Desk, device: str) -> None:
    with pytest.raises(ValueError, match="GBK"):
        desk2.with_(device=device)


def test_every_line_has_the_form_of_the_sample(desk: Desk) -> None:
    forms = (r"\d{6}", r"\w{18}", r"\w{9}", "[0-9A-F]{32}", r"\w+", "[0-9A-F]{26}")
    last = (r"\d\.\d\d", r"\d{8}", r"\d{8}", r"\d{12}", r"\w+", "")
    found = desk.driver.iReadCardBas(1)[1].split("|")
    assert all(map(re.fullmatch, (*forms, *last), found))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("D5C5AAA1", "张\ue000"),  # user-defined area
        ("D5C58139EF31", "张㐂"),  # four bytes
        ("D5C5C8", "张\udcc8"),  # cut in the middle of a character
        ("4A4F484E20534D495448", "JOHN SMITH"),
    ],
)
def test_names_outside_gbk(desk2: Desk, name: str, text: str) -> None:
    """Nobody is turned away for a rare character: its bytes go out as they are on the card."""
    record = "091E" + name.ljust(60, "0") + "9000"
    driver = desk2.answering({"00B209": record})
    code, output = driver.iReadCardBas(1)
    assert (code, output.split("|")[4]) == (0, text)
    code, raw = driver.call("iReadCardBas", [1])
    assert (code, raw.split(b"|")[4].hex().upper()) == (0, name)


class Grudging:
    """A card behind a reader that follows neither 61xx nor 6Cxx (ssc 12)."""

    def __init__(self, card: Any) -> None:
        self.card, self.waiting = card, b""

    def reset(self) -> bytes:
        answer: bytes = self.card.reset()
        return answer

    def transmit(self, command: bytes) -> bytes:
        if command[1] == INS.GET_RESPONSE:
            assert command[4] == len(self.waiting)
            return self.waiting + b"\x90\0"
        answer: bytes = self.card.transmit(command)
        if command[1] == INS.SELECT and answer[:-2]:
            self.waiting = answer[:-2]
            return bytes((0x61, len(self.waiting)))
        if command[1] == INS.READ_RECORD and command[4] != len(answer) - 2:
            return bytes((0x6C, len(answer) - 2))
        return answer


def test_a_reader_that_follows_nothing(desk: Desk) -> None:
    whole = desk.driver.iReadCardBas(1)
    driver = desk.with_(contact=Grudging(desk.raw))
    assert driver.iReadCardBas(1) == whole


def test_records_of_other_lengths(desk2: Desk) -> None:
    """6Cxx is followed once: a card that goes on saying it is a code."""
    assert desk2.answering({"00B201": "6C12"}).iReadCardBas(1) == (-0x6C12, "")


@pytest.mark.parametrize("version", [2, 3])
def test_a_psam_of_another_version(new_desk: Callable[[int], Desk], version: int) -> None:
    """The version byte goes with every proof."""
    desk = new_desk(3)
    driver = desk.with_(psam=desk.other_psam(version=version))
    assert driver.iReadCardBas(1)[0] == 0
    shown = next(c for c in desk.card.commands if c[1] == INS.EXTERNAL_AUTHENTICATE)
    assert shown[4:5] + shown[-1:] == bytes((0x11, version))
