"""SELECT by name, by the beginning of one, and the next (pboc 2.1, 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import aid
from sscard.cos import Protocol
from sscard.cos.pse.state import Event

RID = aid.DEBIT[:5]


def chosen(card: VirtualCard, name: bytes, p2: int = 0) -> str:
    """The name in the FCI, or the status word."""
    answer = card.transmit(bytes((0x00, 0xA4, 0x04, p2, len(name))) + name + b"\0")
    return answer[4 : 4 + answer[3]].hex() if answer.endswith(b"\x90\x00") else answer.hex()


@pytest.fixture
def card() -> VirtualCard:
    made = VirtualCard.blank("gen3-80k")
    made.power_on()
    return made


@pytest.mark.parametrize("size", range(1, 9))
def test_the_beginning_of_a_name(card: VirtualCard, size: int) -> None:
    expected = aid.DEBIT.hex() if size >= 5 else "6a82"
    assert chosen(card, aid.DEBIT[:size]) == expected


@pytest.mark.parametrize(
    "name", [aid.DEBIT + b"\1", aid.DEBIT[:7] + b"\2", b"3PAY.SYS.DDF01", b"1PAY.SYS.DDF02"]
)
def test_other_names(card: VirtualCard, name: bytes) -> None:
    assert chosen(card, name) == "6a82"


def test_there_is_no_next(card: VirtualCard) -> None:
    assert chosen(card, RID, 2) == "6a82", "nothing is selected"
    assert chosen(card, RID) == aid.DEBIT.hex()
    assert chosen(card, RID, 2) == "6a82"
    assert card.transmit(bytes.fromhex("8050000008010203040506070800"))[-2:].hex() == "9000", (
        "a refused SELECT leaves what was selected"
    )


def test_the_next_is_behind_the_current(card: VirtualCard) -> None:
    assert chosen(card, aid.PSE) == aid.PSE.hex()
    assert chosen(card, RID, 2) == aid.DEBIT.hex()


@pytest.mark.parametrize("p2", [1, 3, 4, 0x0C])
def test_other_occurrences(card: VirtualCard, p2: int) -> None:
    assert chosen(card, aid.DEBIT, p2) == "6a86"


def test_the_next_is_only_for_names(card: VirtualCard) -> None:
    assert card.transmit(bytes.fromhex("00a40002023f00")).hex() == "6a86"


def test_what_is_not_issued_is_found_over_both(card: VirtualCard) -> None:
    card.power_on(Protocol.CONTACTLESS)
    for name in (aid.PSE, aid.PPSE, aid.DEBIT):
        assert chosen(card, name) == name.hex()


@pytest.mark.parametrize("switch", [False, True])
def test_the_contact_directory_over_the_antenna(card: VirtualCard, switch: bool) -> None:
    """Of an issued card: the chip's switches decide, here and for the other way round."""
    chip = replace(card.chip, pse_over_antenna=switch, ppse_over_contacts=switch)
    card = VirtualCard.blank(chip)
    for name in (aid.PSE, aid.PPSE):
        card.card.banking._instances[name].happen(Event.COMPLETED)
    card.card.nvm.commit()
    for protocol, own in ((Protocol.T1, aid.PSE), (Protocol.CONTACTLESS, aid.PPSE)):
        card.power_on(protocol)
        for name in (aid.PSE, aid.PPSE):
            found = switch or name == own
            assert chosen(card, name) == (name.hex() if found else "6a82")
        assert chosen(card, aid.DEBIT) == aid.DEBIT.hex()


def test_a_transaction_ends_with_select(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    rich.select()
    assert talk.generate("40").sw == 0x6985
    assert rich.get("9f36") == "0042"


def test_an_unknown_name_leaves_the_transaction(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    assert rich.select(b"3PAY.SYS.DDF01").sw == 0x6A82
    assert talk.ac("40").cid == 0x40


def test_a_second_start_begins_anew(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    talk.send("00200080", bytes.fromhex("26654321ffffffff"))
    data = talk.data("9F7A019F02065F2A02DF6901")
    assert talk.send("80a80000", bytes((0x83, len(data))) + data, le=True).sw == 0x9000
    made = talk.ac("80")
    assert (made.atc.hex(), made.cvr) == ("0043", "03a00000")
