"""The issuer's scripts, with MACs made in plain Python (pboc 3, 5)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from sscard.cos.life_cycle import CardEvent
from sscard.cos.pse.data_objects import READABLE, WRITABLE

CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
FAMILIES = ["00", "01"]
#: Header without Lc, plain data.
COMMANDS = {
    "application block": ("841e0000", ""),
    "application unblock": ("84180000", ""),
    "card block": ("84160000", ""),
    "pin unblock": ("84240000", ""),
    "put data": ("04da9f79", "000000010000"),
    "update record": ("04dc0114", "70045f340102"),
}


def talking(rich: Any, sm: str = "00", **said: str) -> Any:
    """A dialogue after an ARQC that the issuer has answered."""
    talk = rich.said(tDF69=sm, **said)
    talk.start().require("GPO")
    talk.ac("80")
    assert talk.answer() == 0x9000
    return talk


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("sm", FAMILIES)
@pytest.mark.parametrize("after", [False, True])
def test_every_command(rich: Any, name: str, sm: str, after: bool) -> None:
    talk = talking(rich, sm)
    if after:
        talk.ac("40", CDOL2)
    head, data = COMMANDS[name]
    assert talk.script(head, bytes.fromhex(data)) == 0x9000


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_mac(rich: Any, name: str) -> None:
    talk, (head, data) = talking(rich), COMMANDS[name]
    before = bytes(rich.nvm.cells)
    right = talk.oracle.script(head, bytes.fromhex(data), talk.first.atc, talk.first.ac)
    for at in range(len(right)):
        if at == 4:
            continue  # Lc: the command would not be one
        wrong = right[:at] + bytes((right[at] ^ 1,)) + right[at + 1 :]
        answer = rich.process(wrong)
        assert answer != b"\x90\x00", at
        if at > 4:
            assert answer.hex() == "6988"
    changed = {at for at in range(len(before)) if before[at] != rich.nvm.cells[at]}
    assert rich.card_events == []
    assert rich.process(right).hex() == "9000", "the right one is still taken"
    assert changed


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("size", "sw"), [(0, "6987"), (3, ""), (5, "")])
def test_no_mac(rich: Any, name: str, size: int, sw: str) -> None:
    talk, (head, data) = talking(rich), COMMANDS[name]
    body = bytes(size)
    raw = bytes.fromhex(head) + (bytes((size,)) + body if size else b"")
    expected = sw or ("6700" if not data else "6987" if size < 4 else "6988")
    assert rich.process(raw).hex() == expected
    assert talk.script(head, bytes.fromhex(data)) == 0x9000


@pytest.mark.parametrize("name", COMMANDS)
def test_before_the_first_cryptogram_and_after_a_wrong_answer(rich: Any, name: str) -> None:
    head, data = COMMANDS[name]
    talk = rich.said()
    talk.start().require("GPO")
    raw = talk.oracle.script(head, bytes.fromhex(data), b"\0\x42", bytes(8))
    assert rich.process(raw).hex() == "6985"
    talk.ac("80")
    assert talk.answer(wrong=True) == 0x6300
    assert talk.script(head, bytes.fromhex(data)) == 0x6985


def test_a_script_of_another_transaction(rich: Any) -> None:
    old = talking(rich)
    raw = old.oracle.script("84240000", b"", old.first.atc, old.first.ac)
    talking(rich)
    assert rich.process(raw).hex() == "6988"


@pytest.mark.parametrize(("scripts", "failed"), [*product((0, 1, 3, 17), (False, True))])
@pytest.mark.parametrize("after", [False, True])
def test_scripts_are_counted(rich: Any, scripts: int, failed: bool, after: bool) -> None:
    talk = talking(rich)
    if after:
        talk.ac("40", CDOL2)
    for _ in range(scripts):
        assert talk.script("84240000") == 0x9000
    if failed:
        assert rich.hex("8424000004 00000000") == "6988"
    if not after:
        talk.ac("40", CDOL2)
    next_ = rich.said()
    next_.start().require("GPO")
    count = min(15, scripts)
    assert next_.ac("80").cvr == f"03a000{count << 4 | (8 if failed else 0):02x}"
    assert next_.answer() == 0x9000
    next_.ac("40", CDOL2)
    last = rich.said()
    last.start().require("GPO")
    assert last.ac("80").cvr == "03a00000"


@pytest.mark.parametrize(("ada", "cid"), [("0000", 0x40), ("0008", 0x80)])
def test_a_failed_script_asks_for_the_issuer(make_rich: Any, ada: str, cid: int) -> None:
    rich = make_rich(internal={0x9F52: ada})
    talk = talking(rich)
    talk.ac("40", CDOL2)
    rich.hex("8424000004 00000000")
    after = rich.said()
    after.start().require("GPO")
    assert after.ac("40").cid == cid


def test_what_belongs_to_no_transaction_is_no_failed_script(rich: Any) -> None:
    """Nobody makes the card ask for its issuer without having begun a transaction."""
    rich.select()
    assert rich.hex("8418000004 00000000") == "6985"
    talk = rich.said()
    talk.start().require("GPO")
    assert talk.ac("40").cvr == "03900000"


# What they do


def test_block_and_unblock(rich: Any) -> None:
    talk = talking(rich)
    assert talk.script("841e0000") == 0x9000
    assert talk.script("841e0000") == 0x9000, "sent again after a tear"
    assert talk.ac("40", CDOL2).cid == 0x00
    fci = rich.select()
    assert fci.sw == 0x6283
    assert b"\x9f\x38" in fci.data
    assert rich.said().start().sw == 0x6985
    assert rich.get("9f36") == "0042"
    assert rich.hex("0020008008 26123456ffffffff") == "6985"
    assert rich.hex("00b2010c00").endswith("9000")
    # No transaction can begin: what unblocks it is of the last one.
    assert rich.hex("8424000004 00000000") == "6985"
    assert rich.hex("8418000004 00000000") == "6988"
    assert talk.script("84180000") == 0x9000
    assert rich.select().sw == 0x9000
    assert rich.said().start().sw == 0x9000


@pytest.mark.parametrize("sm", FAMILIES)
def test_unblocked_after_power_off(rich: Any, sm: str) -> None:
    talk = talking(rich, sm)
    talk.script("841e0000")
    rich.reset()
    rich.select()
    assert talk.script("84180000") == 0x9000
    assert talk.script("84180000") == 0x6985, "it is not blocked any more"
    rich.said().online()


def test_unblocked_in_the_same_transaction(rich: Any) -> None:
    talk = talking(rich)
    talk.script("841e0000")
    talk.script("84180000")
    assert talk.ac("40", CDOL2).cid == 0x40


def test_a_blocked_application_over_the_antenna_shows_no_fci(rich: Any) -> None:
    talking(rich).script("841e0000")
    rich.over(contactless=True)
    answer = rich.select()
    assert (answer.sw, answer.data) == (0x6283, b"")


def test_card_block_is_of_the_whole_card(rich: Any) -> None:
    assert talking(rich).script("84160000") == 0x9000
    assert rich.card_events == [CardEvent.CARD_BLOCK]


def test_pin_unblock(rich: Any) -> None:
    talk = talking(rich)
    for _ in range(3):
        talk.send("00200080", bytes.fromhex("26654321ffffffff"))
    assert talk.send("00200080", bytes.fromhex("26123456ffffffff")).sw == 0x6983
    assert talk.script("84240000") == 0x9000
    assert talk.send("00200080", bytes.fromhex("26123456ffffffff")).sw == 0x9000


@pytest.mark.parametrize("sm", FAMILIES)
@pytest.mark.parametrize("with_current", [False, True])
@pytest.mark.parametrize("new", ["9876", "123456789012", "000000"])
def test_pin_change(rich: Any, sm: str, with_current: bool, new: str) -> None:
    talk = talking(rich, sm)
    talk.send("00200080", bytes.fromhex("26654321ffffffff"))
    data = talk.oracle.new_pin(new, talk.first.atc, "123456" if with_current else None)
    assert talk.script("84240001" if with_current else "84240002", data) == 0x9000
    block = bytes.fromhex(f"2{len(new):X}{new}".ljust(16, "F"))
    assert rich.get("9f17") == "03"
    assert talk.send("00200080", bytes.fromhex("26123456ffffffff")).sw == 0x63C2
    assert talk.send("00200080", block).sw == 0x9000


@pytest.mark.parametrize(("p2", "size"), [("00", 16), ("01", 0), ("02", 0)])
def test_pin_change_of_another_length(rich: Any, p2: str, size: int) -> None:
    assert talking(rich).script("842400" + p2, bytes(size)) == 0x6700


def test_pin_change_with_another_pin_in_mind(rich: Any) -> None:
    talk = talking(rich)
    data = talk.oracle.new_pin("9876", talk.first.atc, "654321")
    assert talk.script("84240001", data) == 0x6A80
    assert talk.send("00200080", bytes.fromhex("26123456ffffffff")).sw == 0x9000


@pytest.mark.parametrize("tag", [*sorted(READABLE | WRITABLE), 0x9F10, 0x9F69, 0x9F6C, 0x5F34])
def test_put_data(rich_card: Any, tag: int) -> None:
    talk = talking(rich_card)
    value = rich_card.get(f"{tag:04x}")
    talk = talking(rich_card)
    data = bytes(6) if value == "6a88" else bytes(len(value) // 2)
    expected = 0x9000 if tag in WRITABLE and value != "6a88" else 0x6A88
    assert talk.script(f"04da{tag:04x}", data) == expected
    if expected == 0x9000:
        assert talk.script(f"04da{tag:04x}", data + b"\0") == 0x6700
        assert talk.script(f"04da{tag:04x}", data[:-1]) == 0x6700
        assert rich_card.get(f"{tag:04x}") == data.hex()


@pytest.fixture(scope="module")
def rich_card(make_rich: Any) -> Any:
    return make_rich()


@pytest.mark.parametrize(
    ("value", "sw"),
    [("000000100000", 0x9000), ("000000100001", 0x6A80), ("00000001000A", 0x6A80), ("00", 0x6700)],
)
def test_loading(rich: Any, value: str, sw: int) -> None:
    talk = talking(rich)
    assert talk.script("04da9f79", bytes.fromhex(value)) == sw
    assert rich.get("9f79") == (value if sw == 0x9000 else "000000060000")
    logged = rich.log(1, sfi=12)
    if sw != 0x9000:
        assert logged is None
        return
    assert logged.hex() == ("9f790000000600000000001000002611221011120156" + "53" * 20 + "0042")


def test_update_record(rich: Any) -> None:
    talk = talking(rich)
    assert talk.script("04dc010c", bytes.fromhex("70035a0112")) == 0x9000
    assert talk.script("04dc020c", bytes.fromhex("70035a0112")) == 0x6A83
    assert talk.script("04dc010c", bytes.fromhex("71035a0112")) == 0x6A80
    assert talk.script("04dc010c", bytes.fromhex("7003")) == 0x6A80
    longer = b"\x70\x81\xc8\x9f\x63\x81\xc4" + bytes(196)
    assert talk.script("04dc010c", longer) == 0x9000
    assert rich.process(bytes.fromhex("00b2010c00")) == longer + b"\x90\x00"
    assert talk.script("04dc015c", bytes.fromhex("70035a0112")) == 0x6A86, "a log is no record"
