"""The order of checks (decision 6), over the whole product of what a header can be wrong in.

The expectation is written down here a second time, by hand, from ssc 5.1.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.dispatch import Table, find
from sscard.cos.life_cycle import CardState
from sscard.cos.ssse import table

if TYPE_CHECKING:
    from tests.conftest import Terminal


class Form(NamedTuple):
    """What is legal: P1, P2, Lc, Le (True must, False must not, None may be there)."""

    p1: set[int]
    p2: set[int]
    lc: set[int]
    le: bool | None
    states: tuple[CardState, ...] = (CardState.BLANK, CardState.ACTIVATED, CardState.ISSUED)


Forms = dict[tuple[int, int], Form]

ANY, ZERO = set(range(256)), {0}
BINARY = set(range(0x9F))
READ = {p2 for p2 in ANY if p2 & 7 in (0, 1, 2, 3, 4, 5) and p2 >> 3 < 31}
UPDATE = {p2 for p2 in ANY if p2 & 7 in (0, 1, 2, 3, 4) and p2 >> 3 < 31}
WRITTEN, SECURED = set(range(1, 1025)), set(range(5, 0x100))

MAIN = {
    (0x00, 0x84): Form(ZERO, ZERO, {0}, True),
    (0x00, 0x82): Form(ZERO, ANY, {16, 17}, False),
    (0x00, 0xB0): Form(BINARY, ANY, {0}, True),
    (0x00, 0xD6): Form(BINARY, ANY, WRITTEN, False),
}
SSSE = {
    **MAIN,
    (0x04, 0xD6): Form(BINARY, ANY, SECURED, False),
    (0x00, 0x20): Form(ZERO, ZERO, {0, 2, 3, 4, 5, 6, 7, 8}, False),
    (0x00, 0x88): Form(ZERO, ZERO, {16, 17}, None),
    (0x00, 0xB2): Form(ANY, READ, {0}, True),
    (0x00, 0xDC): Form(ANY, UPDATE, WRITTEN, False),
    (0x04, 0xDC): Form(ANY, UPDATE, SECURED, False),
    (0x80, 0x5E): Form({1}, ZERO, set(range(3, 18)), False),
    (0x84, 0x24): Form(ZERO, {0, 1}, {4, 12, 20}, False),
    (0x84, 0x1E): Form(ZERO, {1}, {4}, False, (CardState.ISSUED,)),
    (0x84, 0x16): Form(ZERO, ZERO, {4}, False, (CardState.ISSUED,)),
    # Class B0: what depends on P1 is the finer table of sscard.cos.medical.
    (0xB0, 0x26): Form(ZERO, {1, 2, 3}, {0}, None),
    (0xB0, 0x28): Form({0, 1}, {1}, {11, 19}, None),
    (0xB0, 0x2A): Form(ZERO, ZERO, {11}, None),
    (0xB0, 0x2C): Form({1}, ZERO, {15}, None),
    (0xB0, 0x2E): Form(ZERO, {1, 2}, {2}, None),
    (0xB0, 0x56): Form({0, 1}, ZERO, {0, 2}, None),
}
TABLES = [
    pytest.param(table.MAIN, MAIN, {0x00}, id="MAIN"),
    pytest.param(table.SSSE, SSSE, {0x00, 0x04, 0x80, 0x84, 0xB0}, id="SSSE"),
]
LENGTHS = [0, 1, 2, 4, 5, 9, 11, 12, 15, 16, 17, 18, 19, 20, 255, 256, 1024, 1025]
STATES = (CardState.BLANK, CardState.ISSUED, CardState.DEAD)
P1S, P2S = [0, 1, 0x7F, 0x80, 0x9E, 0x9F, 0xA0, 0xFF], [0, 1, 3, 4, 5, 6, 0x2C, 0xF5, 0xFC, 0xFF]


def expected(
    forms: Forms, classes: set[int], command: CommandAPDU, state: CardState
) -> StatusWord | None:
    """The status word of the first check that fails; None when it is the handler's turn."""
    form = forms.get((command.cla, command.ins))
    if command.cla not in classes:
        on_a_channel = command.cla & ~3 in classes
        return StatusWord.CHANNEL_NOT_SUPPORTED if on_a_channel else StatusWord.CLA_NOT_SUPPORTED
    if form is None:
        return StatusWord.INS_NOT_SUPPORTED
    if state not in form.states:
        return StatusWord.CONDITIONS_NOT_SATISFIED
    if command.p1 not in form.p1 or command.p2 not in form.p2:
        return StatusWord.WRONG_P1P2
    if len(command.data) not in form.lc or form.le not in (None, command.ne > 0):
        return StatusWord.WRONG_LENGTH
    return None


def said(rows: Table[Any], command: CommandAPDU, state: CardState) -> StatusWord | None:
    try:
        find(rows, command, state)
    except StatusError as refusal:
        return refusal.sw
    return None


@pytest.mark.parametrize(("rows", "forms", "classes"), TABLES)
def test_every_class_and_instruction(rows: Table[Any], forms: Forms, classes: set[int]) -> None:
    for cla, ins in product(range(256), range(256)):
        command = CommandAPDU(cla, ins)
        wanted = expected(forms, classes, command, CardState.ISSUED)
        assert said(rows, command, CardState.ISSUED) == wanted, (cla, ins)


@pytest.mark.parametrize(("rows", "forms", "classes"), TABLES)
def test_every_combination_of_things_that_can_be_wrong(
    rows: Table[Any], forms: Forms, classes: set[int]
) -> None:
    headers = product(
        (0x00, 0x01, 0x04, 0x06, 0x80, 0x84, 0xB0, 0xB3),
        {ins for _, ins in forms} | {0x0E},
        P1S,
        P2S,
    )
    bodies = [(bytes(lc), ne) for lc, ne in product(LENGTHS, (0, 8, 256))]
    for header, (data, ne), state in product(headers, bodies, STATES):
        command = CommandAPDU(*header, data, ne)
        assert said(rows, command, state) == expected(forms, classes, command, state), command


@pytest.mark.parametrize(("rows", "forms", "classes"), TABLES)
def test_every_p1_and_p2(rows: Table[Any], forms: Forms, classes: set[int]) -> None:
    pairs = {*product(range(256), P2S), *product(P1S, range(256))}
    for (cla, ins), (p1, p2) in product(forms, pairs):
        legal = p1 in forms[cla, ins].p1 and p2 in forms[cla, ins].p2
        answer = said(rows, CommandAPDU(cla, ins, p1, p2), CardState.ISSUED)
        assert (answer != StatusWord.WRONG_P1P2) is legal, (ins, p1, p2)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("01A4040005535353452E", "6881"),
        ("0184000008", "6881"),
        ("0584000008", "6881"),
        ("C084000008", "6E00"),
        ("80CA9F3600", "6D00"),
        ("000E000000", "6D00"),
        ("04A4040005535353452E", "6D00"),
        ("0084010008", "6A86"),
        ("0084000007", "6700"),
        ("00840000", "6700"),
        ("008400000811", "6700"),
        ("0084", "6700"),
        ("00A4040100", "6A86"),
        ("00A4010002DDF1", "6A86"),
        ("00A40400", "6700"),
        ("00A4000003DDF100", "6700"),
        ("00200000011F", "6700"),
        ("0020000109000000000000000000", "6A86"),
        ("00B2012E00", "6A86"),
        ("00B201FC00", "6A86"),
        ("00B201FC01AA", "6A86"),
        ("00B2012C01AA", "6700"),
        ("00B2012C", "6700"),
        ("00B0C50010", "6A86"),
        ("00B09F0010", "6A86"),
        ("04DC012C04AAAAAAAA", "6700"),
        ("04DC012C05AAAAAAAAAA", "6984"),
        ("80E0020000", "6985"),
    ],
)
def test_on_a_card(terminal: Terminal, command: str, answer: str) -> None:
    terminal.select()
    assert terminal.hex(command) == answer


def test_the_checks_of_a_protected_command_come_one_after_the_other(terminal: Terminal) -> None:
    """Secure messaging, object, right, length against object, data."""
    terminal.select()
    terminal.challenge()
    assert terminal.hex("04DC999C070A013100000000") == "6988"
    assert terminal.hex("00DC999C0131") == "6A82"
    assert terminal.hex("00DC99340131") == "6982"
    terminal.show("UKSSSE")
    assert terminal.hex("00DC99340131") == "6A83"
    assert terminal.hex("00DC04340131") == "6700"
    assert terminal.hex("00DC0434030B0131") == "6A80"
    assert terminal.hex("00DC0434030A0131") == "9000"
