"""Which applications a terminal finds, in which order, and what it does with odd directories."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.apdu import tlv
from sscard.apdu.response import ResponseAPDU
from sscard.perso.plan import run
from sscard.terminal.pos import Application, Terminal
from sscard.terminal.pos.selection import candidates

DEBIT, CREDIT = bytes.fromhex("A000000333010101"), bytes.fromhex("A000000333010102")
OTHER = bytes.fromhex("A0000000031010")


class Directory:
    """Answers SELECT and READ RECORD from a table."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = answers
        self.log: list[str] = []

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, raw: bytes) -> bytes:
        name = raw[5:-1].hex().upper() + ("n" if raw[3] == 2 else "")
        key = f"r{raw[2]}" if raw[1] == 0xB2 else f"s{name}"
        self.log.append(key)
        return self.answers.get(key, b"\x6a\x83" if raw[1] == 0xB2 else b"\x6a\x82")


def ok(data: bytes) -> bytes:
    return bytes(ResponseAPDU(data))


def fci(name: bytes, **more: bytes) -> bytes:
    inner = b"".join(tlv.encode(int(tag[1:], 16), value) for tag, value in more.items())
    return tlv.encode(0x6F, tlv.encode(0x84, name) + tlv.encode(0xA5, inner))


def entry(name: bytes, priority: int | None = None) -> bytes:
    content = tlv.encode(0x4F, name) + tlv.encode(0x50, b"LABEL")
    if priority is not None:
        content += tlv.encode(0x87, bytes((priority,)))
    return tlv.encode(0x61, content)


PSE = "s" + b"1PAY.SYS.DDF01".hex().upper()
PARTIAL = "sA0000003330101"


def found(terminal: Terminal, card: Directory) -> list[bytes]:
    return [each.name for each in run(candidates(terminal), card)]


def test_priority_decides_and_none_comes_last() -> None:
    record = tlv.encode(0x70, entry(OTHER, 1) + entry(DEBIT) + entry(CREDIT, 0x82))
    third = tlv.encode(0x70, entry(DEBIT + b"\1", 1))
    answers = {PSE: ok(fci(b"1PAY.SYS.DDF01", t88=b"\1")), "r1": ok(record), "r2": ok(third)}
    assert found(Terminal(), Directory(**answers)) == [DEBIT + b"\1", CREDIT, DEBIT]


@pytest.mark.parametrize(
    "broken",
    [
        {PSE: b"\x62\x83"},
        {PSE: ok(fci(b"1PAY.SYS.DDF01"))},
        {PSE: ok(fci(b"1PAY.SYS.DDF01", t88=b"\x0b"))},
        {PSE: ok(b"\x6f\x05")},
        {PSE: ok(fci(b"1PAY.SYS.DDF01", t88=b"\1")), "r1": ok(b"\x70\x05")},
        {PSE: ok(fci(b"1PAY.SYS.DDF01", t88=b"\1")), "r1": b"\x69\x82"},
        {PSE: ok(fci(b"1PAY.SYS.DDF01", t88=b"\1")), "r1": ok(b"\x61\x00")},
        {PSE: ok(fci(b"1PAY.SYS.DDF01", t88=b"\1"))},
    ],
)
def test_a_directory_that_is_none_leads_to_the_list(broken: dict[str, bytes]) -> None:
    card = Directory(**broken, **{PARTIAL: ok(fci(DEBIT, t50=b"X"))})
    assert found(Terminal(), card) == [DEBIT]
    assert card.log[-2:] == [PARTIAL, PARTIAL + "n"]


def test_the_list_goes_on_after_a_blocked_one() -> None:
    answers = {PARTIAL: b"\x62\x83", PARTIAL + "n": ok(fci(CREDIT))}
    card = Directory(**answers)
    # The answer to "next" never ends: the terminal has a bound.
    assert found(Terminal(directory=False), card) == [CREDIT]
    assert len(card.log) == 30


def test_a_whole_name_is_asked_for_once() -> None:
    whole = Terminal((Application(DEBIT, partial=False), Application(OTHER)), directory=False)
    card = Directory(**{f"s{DEBIT.hex().upper()}": ok(fci(DEBIT))})
    assert found(whole, card) == [DEBIT]
    assert card.log == [f"s{DEBIT.hex().upper()}", f"s{OTHER.hex().upper()}"]


def test_names_and_labels() -> None:
    answer = fci(DEBIT, t50=b"PBOC DEBIT", t9F12="借记".encode("gbk"), t87=b"\x81")
    card: Any = Directory(**{PARTIAL: ok(answer)})
    (only,) = run(candidates(Terminal(directory=False)), card)
    assert (only.label, only.priority) == ("借记", 1)
