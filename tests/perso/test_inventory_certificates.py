"""What a card shows of its certificate application, and what it says of one that does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.keys import SM4
from sscard.perso.inventory_certificates import certificate_application
from sscard.perso.node import Node
from sscard.perso.plan import run
from tests.certified_card import (
    BLANK,
    CARD_NUMBER,
    HOLDER,
    application,
    blank_card,
    certified_card,
)

EMPTY = "空：尚无密钥对与证书 empty: no key pair and no certificate yet"


def seen(card: Any, blank: SM4 | None = BLANK.master) -> Node:
    card.power_on()
    return run(certificate_application(application(), blank), card)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def by_name(node: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for each in walk(node):
        found.setdefault(each.name or each.identifier, []).append(each)
    return found


def test_a_card_with_certificates() -> None:
    certified = certified_card()
    found = by_name(seen(certified.card))
    assert [each.value for each in found["key_matches"]] == ["✓", "✓"]
    assert [each.value for each in found["holder"]] == [HOLDER, HOLDER]
    assert [each.value for each in found["card_number"]] == [CARD_NUMBER, CARD_NUMBER]
    assert [str(each.value)[:2] for each in found["serial"]] == ["10", "20"]
    assert [str(each.value).split(":")[0] for each in found["key_usage"]] == [
        "签名 signature",
        "加密 encryption",
    ]
    assert found["validity"][0].value == "2026-01-31 – 2036-01-31", "days are those of Beijing"
    assert [found[name][0].value for name in ("user_pin", "admin_pin")] == [6, 6]
    assert [found[name][0].value for name in ("MKPKI", "MKCERT")] == ["own", "own"]
    assert found["0012"][0].raw == pki.stored_point(bytes(certified.request.public))
    assert [found[fid][0].note for fid in ("0013", "0015")] == ["仅卡内使用 for the card alone"] * 2


def test_an_empty_application_is_one_line() -> None:
    found = seen(blank_card())
    assert (found.name, found.note, found.children) == ("PKI", EMPTY, ())


def test_a_key_alone_is_shown_and_no_key_is_tried_unasked() -> None:
    card = blank_card()
    card.power_on()
    from sscard.perso.certificates import make_key

    run(make_key(application(), BLANK), card)
    found = by_name(seen(card, None))
    assert found["0012"][0].value
    assert found["0018"][0].note == "空 empty"
    assert found["encryption_pair"][0].note == "空 empty"
    assert [found[name][0].note for name in ("MKPKI", "MKCERT")] == ["未出示 not tried"] * 2
    again = by_name(seen(card))
    assert [again[name][0].value for name in ("MKPKI", "MKCERT")] == ["transport", "transport"]


class Changed:
    """``card``, whose answers to some commands are others."""

    def __init__(self, card: VirtualCard, answers: dict[str, str]) -> None:
        self.card, self.answers = card, answers
        self.said: list[str] = []

    def reset(self) -> bytes:
        return self.card.reset()

    def power_on(self) -> None:
        self.card.power_on()

    def transmit(self, raw: bytes, /) -> bytes:
        self.said.append(raw.hex().upper())
        for head, answer in self.answers.items():
            if self.said[-1].startswith(head):
                return bytes.fromhex(answer)
        return self.card.transmit(raw)


def test_a_card_without_the_application() -> None:
    card = Changed(certified_card().card, {"00A40400": "6A82"})
    assert seen(card).note == "卡上没有 not on the card (6A82)"


@pytest.mark.parametrize(
    ("answers", "name", "note"),
    [
        ({"00200181": "6983"}, "user_pin", "已锁 blocked"),
        ({"00200181": "6D00"}, "user_pin", "拒绝 refused (6D00 INS_NOT_SUPPORTED)"),
        ({"00A40000020018": "6A82"}, "0018", "卡上没有 not on the card (6A82)"),
        ({"0082": "6985"}, "MKPKI", "拒绝 refused (6985 CONDITIONS_NOT_SATISFIED)"),
        ({"0084": "6D00"}, "MKCERT", "拒绝 refused (6D00 INS_NOT_SUPPORTED)"),
    ],
)
def test_what_a_card_refuses_is_a_note(answers: dict[str, str], name: str, note: str) -> None:
    node = by_name(seen(Changed(certified_card().card, answers)))[name][0]
    assert note in (node.note, node.meaning)


def test_a_certificate_of_another_key_and_one_that_is_none() -> None:
    """The key file says another point; and a certificate that was torn."""
    card = certified_card().card
    card.power_on()
    other = pki.stored_point(bytes(certified_card().request.public))
    memory = card.card.certificates._standing.memory  # type: ignore[attr-defined]
    memory.files[pki.ENCRYPTION_PUBLIC].write(0, other)
    memory.files[pki.SIGNATURE_CERTIFICATE].write(300, bytes(720))
    memory.nvm.commit()
    found = by_name(seen(card))
    (match,) = found["key_matches"]
    assert (match.value, match.meaning) == ("✗", "不是0014的 NOT that in file 0014")
    assert found["0018"][0].note.startswith("无法解析 not readable: certificate: ")
    memory.files[pki.ENCRYPTION_PUBLIC].write(0, b"\xca\x40" + b"\x01" * 64)
    memory.nvm.commit()
    found = by_name(seen(card))
    assert found["0014"][0].note == "无法解析 not readable: EF 0014 holds no SM2 public key"
    assert found["key_matches"][0].value == "✗"


def test_nothing_is_written_and_no_pin_is_tried() -> None:
    card = Changed(certified_card().card, {})
    before = bytes(card.card.card.nvm.cells)
    seen(card, None)
    kinds = {CommandAPDU.parse(bytes.fromhex(each)).ins for each in card.said}
    assert kinds == {iso7816.INS.SELECT, iso7816.INS.READ_BINARY, iso7816.INS.VERIFY}
    assert not [each for each in card.said if each[2:4] == "20" and len(each) > 10]
    assert bytes(card.card.card.nvm.cells) == before
    assert ResponseAPDU.parse(card.transmit(bytes(pki.tries_left(pki.USER)))).sw.tries_left == 6


def test_a_certificate_before_the_end_of_an_older_one_is_read() -> None:
    """As a program leaves it that writes no fill."""
    certified = certified_card()
    card = certified.card
    card.power_on()
    memory = card.card.certificates._standing.memory  # type: ignore[attr-defined]
    size = len(certified.answer.signature)
    memory.files[pki.SIGNATURE_CERTIFICATE].write(size, b"\x01\x02")
    memory.nvm.commit()
    found = by_name(seen(card))
    assert [each.value for each in found["key_matches"]] == ["✓", "✓"]
    residue = "其后有旧证书残留 residue of an older one behind it"
    assert found["0018"][0].note == f"{size} 字节 bytes，{residue}"
    assert residue not in found["0019"][0].note
