"""The explained dialogue: everything is there, and nothing that must not be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sscard.apdu import iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.issuance import script_orders
from sscard.keys.types import Pin
from sscard.perso.plan import run
from sscard.terminal.pos import Explainer, contact, contactless, explained, masked
from sscard.trace.financial.values import in_list, in_tlv
from sscard.trace.row import Direction, Row

ACCOUNT = "6228000100001117"


def rows_of(plan: Any, card: Any) -> tuple[Any, list[Row]]:
    rows: list[Row] = []
    return run(explained(plan, rows.append), card), rows


@pytest.fixture(params=["static", "sm2", "rsa"])
def card(request: Any) -> Any:
    return request.getfixturevalue(f"{request.param}_card")


def test_rows_are_what_went_over_the_wire(
    terminal: Any, transaction: Any, around: Any, card: Any
) -> None:
    _, rows = rows_of(contact.transact(terminal, transaction, around), card)
    assert len(rows) == 2 * len(card.log)
    assert [row.direction for row in rows[:2]] == [Direction.TO_CARD, Direction.FROM_CARD]
    for (command, answer), said, heard in zip(card.log, rows[::2], rows[1::2], strict=True):
        for raw, row in ((command, said), (answer, heard)):
            text = raw.hex().upper()
            assert len(text) == len(row.shown)
            assert all(a == b or b == "*" for a, b in zip(text, row.shown, strict=True))
            assert row.meaning


def test_nothing_personal_is_shown(
    terminal: Any, transaction: Any, around: Any, card: Any, account: Any
) -> None:
    account.orders.append(script_orders.change_pin(Pin("7410")))
    _, rows = rows_of(contact.transact(terminal, transaction, around), card)
    text = "".join(map(repr, rows))
    for secret in (ACCOUNT, "46554C4C", "FULL FUNC", "241234FF", "1234FFFF", "D3012201"):
        assert secret not in text
    assert masked(ACCOUNT) in text
    pins = [row for row in rows if row.shown.startswith(("00200080", "842400"))]
    assert len(pins) == 2
    assert pins[0].shown == "0020008008" + "*" * 16
    if card.family == "sm4":
        assert "6228000100001117FFFF" not in text, "the account inside of an SM2 certificate"


def test_words_for_what_was_asked(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    _, rows = rows_of(contact.transact(terminal, transaction, around), static_card)
    meanings = [row.meaning for row in rows if row.direction is Direction.TO_CARD]
    assert meanings[0] == "选择 select PSE 支付系统环境"
    assert "取处理选项 get processing options" in meanings
    assert meanings[-1] == "生成应用密文 第二次 second generate AC: 脱机批准 TC"
    options = next(row for row in rows if row.shown.startswith("80A8"))
    details = {each.tag: each for each in options.details}
    assert details[0x9F02].value == "000000001230"
    assert details[0x9F02].zh == "授权金额"
    first = next(row for row in rows if row.shown.startswith("80AE80"))
    tvr = next(each for each in first.details if each.tag == 0x95)
    assert tvr.reading == "sda selected, floor limit exceeded"
    answer = rows[rows.index(first) + 1]
    assert [each.tag for each in answer.details] == [0x80, 0x9F27, 0x9F36, 0x9F26, 0x9F10]
    readings = {each.tag: each.reading for each in answer.details}
    assert readings[0x9F27] == "ARQC"
    assert readings[0x9F36] == "1"
    assert readings[0x9F10] == (
        "key 1, version 01, algorithm 01, first ARQC, second none: nothing remarkable"
    )
    refusal = next(row for row in rows if row.shown.endswith("6A83"))
    assert refusal.meaning == "6A83 未找到记录 no such record"


def test_a_tap_is_explained_too(
    terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    rsa_card.pdol = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
    rsa_card.first = lambda _asked: 1
    plan = contactless.transact(terminal, transaction, around)
    receipt, rows = rows_of(plan, rsa_card)
    assert receipt.contactless
    assert ACCOUNT not in "".join(map(repr, rows))
    options = next(row for row in rows if row.shown.startswith("80A8"))
    said = next(each for each in options.details if each.tag == 0x9F66)
    assert "qpboc" in said.reading


def test_a_wrong_pin_counts_down(
    terminal: Any, transaction: Any, around: Any, static_card: Any
) -> None:
    person = replace(around, pin=lambda tries: Pin("0000") if tries == 3 else Pin("1234"))
    _, rows = rows_of(contact.transact(terminal, transaction, person), static_card)
    assert [row.meaning for row in rows if row.shown.startswith("63")] == [
        "63C2 PIN错误，剩余2次 wrong PIN, 2 tries left"
    ]


def test_places_of_values() -> None:
    raw = bytes.fromhex("7081055A0362280F")
    assert [(each.tag, each.at, each.depth) for each in in_tlv(raw)] == [(0x70, 3, 0), (0x5A, 5, 1)]
    assert in_tlv(b"\x5a\x09") == ()
    (one,) = in_list(b"\x9f\x37\x04", b"abcd", at=2)
    assert (one.at, one.value) == (2, b"abcd")
    assert in_list(b"\x9f\x37\x04", b"abc") == ()


def test_a_certificate_is_hidden_before_the_account_is_known(published: Any, rsa_card: Any) -> None:
    explainer = Explainer()
    command = iso7816.read_record(1, sfi=2)
    for value in (published.sm2["card_certificate"], published.rsa["card"]["certificate"]):
        record = tlv.encode(0x70, tlv.encode(0x9F46, bytes.fromhex(value)))
        row = explainer.answer(command, ResponseAPDU(record))
        assert value[2:40] not in repr(row)
        assert row.details[1].en == "ICC public key certificate"


STORED = "9F360200019F1B0400000000"
KEY = "00112233445566778899AABBCCDDEEFF"
#: An object that must stay, then a grouping of keys; its bytes, by chance, are a TLV.
GROUPINGS = f"01010C{STORED}" + f"800012{'C110'}{KEY}"


@pytest.mark.parametrize(
    ("cla", "mac"), [(0x80, ""), (0x84, "F1F2F3F4F5F6F7F8")], ids=["plain", "with MAC"]
)
def test_what_is_stored_without_a_tag_is_hidden(cla: int, mac: str) -> None:
    """Keys, checksums: what no data object holds."""
    data = bytes.fromhex(GROUPINGS + mac)
    command = CommandAPDU(cla, iso7816.INS.STORE_DATA, 0x80, 0, data)
    row = Explainer().command(command)
    header = f"{cla:02X}E28000{len(data):02X}"
    kept = "*" * 6 + "*" * 6 + "0001" + "*" * 6 + "00000000"
    assert row.shown == header + kept + "*" * (len(data) * 2 - len(kept))
    assert row.meaning.startswith("写入数据 store data DGI 0101, 8000")
    assert [each.tag for each in row.details] == [0x9F36, 0x9F1B]
    assert Explainer(reveal=True).command(command).shown == bytes(command).hex().upper()


def test_data_of_unknown_instructions_are_hidden() -> None:
    command = CommandAPDU(0x80, 0x36, 1, 2, bytes.fromhex("9F0206000000001230"), 256)
    answer = ResponseAPDU(bytes.fromhex("9F3602000A"))
    hidden, open_ = Explainer(), Explainer(reveal=True)
    row = hidden.command(command)
    assert row.shown == "8036010209" + "*" * 18 + "00"
    assert not row.details
    assert row.meaning == "INS 36"
    row = hidden.answer(command, answer)
    assert row.shown == "*" * 10 + "9000"
    assert not row.details
    assert open_.command(command).shown == bytes(command).hex().upper()
    assert open_.answer(command, answer).shown == "9F3602000A9000"
    fetched = hidden.answer(iso7816.get_response(5), answer)
    assert fetched.shown == "9F3602000A9000"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(ACCOUNT, "622800******1117"), ("12345678", "****5678"), ("12345678901", "123456*8901")],
)
def test_masking(number: str, shown: str) -> None:
    assert masked(number) == shown
