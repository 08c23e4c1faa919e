"""T=0, the card's half: lengths, directions, GET RESPONSE; and both halves on a card of APDUs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import aid, t0
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.t0 import Direction
from sscard.cos.dispatch import Row
from sscard.cos.pse.table import TABLES
from sscard.cos.ssse import table
from sscard.cos.t0 import TpduCard
from sscard.dialects import reference
from sscard.errors import MalformedData

if TYPE_CHECKING:
    from tests.conftest import Terminal

SELECT, READ = "00A4040001AA", "00B2010404"


class Recorded:
    """A card of APDUs that keeps what it hears and answers what it is told to."""

    def __init__(self, answer: str = "9000") -> None:
        self.answer = bytes.fromhex(answer)
        self.heard: list[str] = []

    def __call__(self, apdu: bytes) -> bytes:
        self.heard.append(apdu.hex().upper())
        return self.answer


def say(card: TpduCard, *tpdus: str) -> list[str]:
    return [card.process(bytes.fromhex(tpdu)).hex().upper() for tpdu in tpdus]


@pytest.mark.parametrize(
    ("tpdu", "apdu"),
    [
        ("00200000", "00200000"),
        ("0020000000", "00200000"),  # VERIFY with Lc = 00 asks for the state
        ("80E0020000", "80E00200"),  # not named, and the factory's last command has no data
        ("00B2010412", "00B2010412"),
        ("00B2010400", "00B2010400"),
        ("00B20104", "00B20104"),
        ("0084000008", "0084000008"),
        ("80CA9F3600", "80CA9F3600"),
        ("B026000104", "B026000104"),
        ("B056010002", "B056010002"),
        ("B0560000020101", "B0560000020101"),
        ("B056020002", "B056020002"),  # a wrong P1, for the card to say so
        ("00FF000005", "00FF000005"),  # unknown: the card has the word
        ("00FF000000", "00FF0000"),
        ("00FF000001AA", "00FF000001AA"),
        (SELECT, SELECT),
        ("80A80000028300", "80A80000028300"),
    ],
)
def test_what_the_card_hears(tpdu: str, apdu: str) -> None:
    card = Recorded()
    assert say(TpduCard(card), tpdu) == ["9000"]
    assert card.heard == [apdu]


@pytest.mark.parametrize(
    "tpdu",
    [
        "",
        "00",
        "00A404",
        "00A4040002AA",  # too little data
        "00A4040001AABB",  # too much, or an Le behind it
        "00A404000000000102",  # an extended length
        "00A4040005",  # none at all
        "00B2010401AA",  # data for an instruction that takes none
        "00B201040000",
        "B05601000101",
        "B056000002",
        "00FF000002AA",
    ],
)
def test_p3_that_disagrees(tpdu: str) -> None:
    card = Recorded()
    assert say(TpduCard(card), tpdu) == ["6700"]
    assert card.heard == []


KEPT = "0102030405"
KEPT_LONG = bytes(range(250)).hex().upper()


@pytest.mark.parametrize(
    ("inside", "tpdus", "answers"),
    [
        (f"{KEPT}9000", [SELECT, "00C0000005"], ["6105", f"{KEPT}9000"]),
        ("9000", [SELECT, "00C0000000"], ["9000", "6985"]),
        ("6A82", [SELECT, "00C0000005"], ["6A82", "6985"]),
        (f"{KEPT}6283", [SELECT, "00C0000005"], ["6105", f"{KEPT}6283"]),
        (
            f"{KEPT}9000",
            [SELECT, "00C0000002", "00C0000003", "00C0000001"],
            ["6105", "01026103", "0304059000", "6985"],
        ),
        (
            f"{KEPT}9000",
            [SELECT, "00C0000006", "00C0000000", "00C0000005"],
            ["6105", "6C05", "6C05", f"{KEPT}9000"],
        ),
        ("AA" * 256 + "9000", [SELECT, "00C0000000"], ["6100", "AA" * 256 + "9000"]),
        (
            "AA" * 300 + "9000",
            [SELECT, "00C0000000", "00C0000000", "00C000002C"],
            ["6100", "AA" * 256 + "612C", "6C2C", "AA" * 44 + "9000"],
        ),
        (f"{KEPT}9000", [SELECT, "00C0000105", "00C0010005"], ["6105", "6A86", "6A86"]),
        (
            f"{KEPT}9000",
            [SELECT, "00C00000", "00C0000001AA", "00C0000005"],
            ["6105", "6700", "6700", f"{KEPT}9000"],
        ),
        (f"{KEPT}9000", [SELECT, READ, "00C0000005"], ["6105", f"{KEPT}9000", "6985"]),
        (f"{KEPT}9000", [SELECT, "00A4", "00C0000005"], ["6105", "6700", "6985"]),
        (f"{KEPT}9000", [SELECT, "80C0000005", "00C0000005"], ["6105", f"{KEPT}9000", "6985"]),
        (f"{KEPT}9000", [SELECT, SELECT, "00C0000005"], ["6105", "6105", f"{KEPT}9000"]),
        (f"{KEPT_LONG}9000", [SELECT, "00C00000FA"], ["61FA", f"{KEPT_LONG}9000"]),
        (f"{KEPT}9000", ["00C0000005"], ["6985"]),
        ("6C12", [READ], ["6C12"]),
    ],
)
def test_get_response(inside: str, tpdus: list[str], answers: list[str]) -> None:
    assert say(TpduCard(Recorded(inside)), *tpdus) == answers


def test_power_takes_away_what_is_kept() -> None:
    card = TpduCard(Recorded(f"{KEPT}9000"))
    assert say(card, SELECT) == ["6105"]
    card.reset()
    assert say(card, "00C0000005") == ["6985"]


near = st.sampled_from(["00A40400", "00B20104", "00C00000", "0020", "B0560100", "00C0", ""])
garbage = st.builds(lambda head, tail: bytes.fromhex(head) + tail, near, st.binary(max_size=20))


@given(st.lists(garbage | st.binary(max_size=300), max_size=12), st.binary(max_size=600))
def test_any_bytes_give_a_status_word(tpdus: list[bytes], data: bytes) -> None:
    card = TpduCard(lambda _: data + b"\x90\x00")
    for tpdu in tpdus:
        answer = card.process(tpdu)
        assert len(answer) >= 2
        assert 0x60 <= answer[-2] <= 0x9F


# Both halves.  The card is a table of answers, as one that hears only APDUs would give them: it
# reads one instruction, and on T=0 it judges Le (ssc 12).
answers = st.tuples(st.binary(max_size=600), st.sampled_from([0x9000, 0x6283, 0x63C2, 0x6A82]))
headers = st.tuples(st.sampled_from([0x00, 0x80, 0xB0]), st.integers(0, 0xFF), st.integers(0, 1))


@given(headers, answers, st.binary(min_size=1, max_size=255), st.integers(0, 256))
def test_a_command_with_data_gets_what_the_card_answers(
    header: tuple[int, int, int], answer: tuple[bytes, int], data: bytes, ne: int
) -> None:
    cla, ins, p1 = header
    wanted = answer[0] + answer[1].to_bytes(2, "big")
    heard: list[bytes] = []

    def card(apdu: bytes) -> bytes:
        heard.append(apdu)
        return wanted

    halves = TpduCard(card, lambda _ins, _p1: Direction.IN)
    if (cla, ins) != (0x00, INS.GET_RESPONSE):
        command = CommandAPDU(cla, ins, p1, 0, data, ne)
        assert t0.exchange(halves.process, bytes(command)) == wanted
        assert heard == [bytes(CommandAPDU(cla, ins, p1, 0, data))]


@given(headers, answers)
def test_a_command_of_four_bytes_gets_what_the_card_answers(
    header: tuple[int, int, int], answer: tuple[bytes, int]
) -> None:
    wanted, command = answer[0] + answer[1].to_bytes(2, "big"), bytes((*header, 0))
    halves = TpduCard(lambda apdu: wanted if apdu == command else b"", lambda *_: Direction.IN)
    if command[:2] != bytes((0x00, INS.GET_RESPONSE)):
        assert t0.exchange(halves.process, command) == wanted


@given(headers, st.binary(min_size=1, max_size=256), st.integers(1, 256), st.booleans())
def test_a_command_that_reads_gets_its_answer_whatever_its_le(
    header: tuple[int, int, int], data: bytes, ne: int, known: bool
) -> None:
    def card(apdu: bytes) -> bytes:
        if CommandAPDU.parse(apdu).ne != len(data):
            return bytes((0x6C, len(data) & 0xFF))
        return data + b"\x90\x00"

    # An unknown instruction whose P3 is 00 has no data either way: 256 must be known to be asked.
    way = Direction.OUT if known or 256 in (ne, len(data)) else None
    halves = TpduCard(card, lambda _ins, _p1: way)
    command = CommandAPDU(*header, 0, ne=ne)
    if (command.cla, command.ins) != (0x00, INS.GET_RESPONSE):
        assert t0.exchange(halves.process, bytes(command)) == data + b"\x90\x00"


def rows() -> Iterator[tuple[str, int, Row[object]]]:
    named = {"MF": table.MAIN, "SSSE": table.SSSE}
    named |= {"PSE": TABLES[aid.PSE], "debit": TABLES[aid.DEBIT]}
    for name, commands in named.items():
        for (cla, ins), row in commands.items():
            yield f"{name} {cla:02X} {ins:02X}", ins, row


ROWS = [pytest.param(ins, row, id=name) for name, ins, row in rows()]


@pytest.mark.parametrize(("ins", "row"), ROWS)
def test_the_card_s_tables_agree_with_the_directions(ins: int, row: Row[object]) -> None:
    for p1 in (p1 for p1 in range(0x100) if p1 in row.p1):
        way = t0.direction(ins, p1)
        if row.le and 0 in row.lc:
            assert way is Direction.OUT
        if any(size in row.lc for size in range(1, 0x100)):
            assert way is not Direction.OUT or ins == 0x56


@pytest.mark.parametrize(("ins", "row"), ROWS)
def test_no_command_with_data_insists_on_le(ins: int, row: Row[object]) -> None:
    # Its Le does not reach a card on T=0.
    assert row.le is not True or not any(size in row.lc for size in range(1, 0x100))


def test_no_factory_command_is_outgoing() -> None:
    assert {t0.direction(row.ins, row.p1) for row in reference.ROWS} <= {None, Direction.IN}


def test_a_whole_card_answers_the_same_on_both_levels(
    clone: Callable[..., Terminal],
) -> None:
    """The FCI, the DIR, records, a PIN, its state, and refusals."""
    apdus, tpdus = clone().card, clone().card
    halves = TpduCard(tpdus.transmit)
    for command in (
        "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00",
        "00B201F400",
        "00A4000002EF05",
        "00B2010540",
        "00B2070400",
        "00200000",
        "0020000003111111",
        "0020000003123456",
        "0020000000",
        "00A4000002EF06",
        "00B2080000",
        "00B2FF0400",
        "01B2010400",
        "00FE000000",
        "00FE000005",
        "00A4040008A000000333010101",
        "80CA9F3600",
        "00C0000000",
    ):
        raw = bytes.fromhex(command)
        same = apdus.transmit(raw if command != "0020000000" else raw[:4])
        if command == "00C0000000":
            assert same.hex().upper() == "6D00"  # GET RESPONSE exists on T=0 alone
            same = bytes.fromhex("6985")
        assert t0.exchange(halves.process, raw) == same, command


@given(st.binary(max_size=40))
def test_a_terminal_never_makes_a_tpdu_that_disagrees(raw: bytes) -> None:
    def card(tpdu: bytes) -> bytes:
        assert len(tpdu) >= 5
        assert len(tpdu) in (5, 5 + tpdu[4])
        return b"\x90\x00"

    try:
        t0.exchange(card, raw)
    except (MalformedData, ValueError):
        assert len(raw) != 4


@pytest.mark.parametrize("size", [1, 2, 255])
def test_a_long_answer_in_parts_of_any_size(size: int) -> None:
    wanted = bytes(range(200)) * 3
    card = TpduCard(lambda _: wanted + b"\x90\x00")
    card.process(bytes.fromhex(SELECT))
    data = b""
    while len(data) < len(wanted):
        left = len(wanted) - len(data)
        data += card.process(bytes((0, 0xC0, 0, 0, min(size, left))))[:-2]
    assert data == wanted
