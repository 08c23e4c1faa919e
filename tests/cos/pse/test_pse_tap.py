"""qPBOC: answers, money and decisions over the antenna (pboc 5, 6.3)."""

from __future__ import annotations

import hashlib
from itertools import product
from typing import Any

import pytest

from sscard.apdu import aid, tlv
from sscard.apdu.card_processing import CardProcessing
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.ctq import CTQ
from sscard.apdu.ttq import TTQ
from sscard.cos.pse.contactless_rules import Tap, Way, decide
from sscard.keys import sm2
from sscard.keys.sm2_keys import SM2PublicKey

PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
ONLINE = [0x82, 0x9F36, 0x57, 0x9F10, 0x9F26, 0x9F63, 0x5F34, 0x9F6C, 0x9F5D, 0x5F20]
OFFLINE = [0x82, 0x94, 0x9F36, 0x9F26, 0x9F10, 0x57, 0x5F34, 0x9F4B, 0x9F6C, 0x9F5D]


@pytest.fixture
def card(rich: Any) -> Any:
    rich.over(contactless=True)
    return rich


def tap(card: Any, **said: str) -> tuple[Any, dict[int, bytes], list[int]]:
    """The dialogue, the objects of the answer, and their order."""
    talk = card.said(**said)
    raw = talk.start(PDOL).require("GPO")
    ((template, content),) = tlv.parse(raw)
    assert template == 0x77
    found = list(tlv.parse(content))
    values = dict(found)
    assert len(values) == len(found)
    parts = [talk.values[t] for t in (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)]
    message = bytes.fromhex("".join(parts) + "7c00") + values[0x9F36] + values[0x9F10][3:7]
    assert values[0x9F26] == talk.oracle.mac(talk.oracle.session(0, values[0x9F36]), message)
    return talk, values, [tag for tag, _ in found]


def test_the_fci_is_another(rich: Any, all_groupings: Any) -> None:
    groupings = all_groupings()
    contact = rich.select().data
    rich.over(contactless=True)
    tapped = rich.select().data
    assert contact.endswith(groupings[0x9102].value)
    assert tapped.endswith(groupings[0x9103].value)


def test_ppse_and_pse(rich: Any, grouping: Any) -> None:
    rich.personalize(aid.PSE)
    rich.personalize(aid.PPSE)
    assert rich.select(aid.PSE).sw == 0x9000
    rich.over(contactless=True)
    assert rich.select(aid.PPSE).sw == 0x9000
    assert rich.select(aid.PSE).sw == 0x6A82
    rich.banking.pse_over_antenna = True
    assert rich.select(aid.PSE).sw == 0x9000


@pytest.mark.parametrize("sm", ["00", "01"])
def test_an_approval(card: Any, sm: str) -> None:
    _, values, order = tap(card, tDF69=sm)
    assert order == OFFLINE
    assert values[0x94].hex() == "08010100"
    assert values[0x9F10][:8].hex() == {"00": "0701010390000001", "01": "0702010390000004"}[sm]
    assert values[0x9F6C].hex() == "0000"
    assert values[0x9F5D].hex() == "000000058766"
    assert card.get("9f79") == "000000058766"
    assert card.log()[6:12].hex() == "000000001234"


@pytest.mark.parametrize("version", ["00", "80"])
def test_fast_dda(card: Any, rsa: tuple[int, int], version: str) -> None:
    talk, values, _ = tap(card, t9F66="260000" + version)
    modulus, exponent = rsa
    block = pow(int.from_bytes(values[0x9F4B], "big"), exponent, modulus).to_bytes(96, "big")
    signed = bytes.fromhex(talk.values[0x9F37])
    if version == "80":
        signed += bytes.fromhex("00000000123401560100000000300000")
    assert block[:7].hex() == "6a050103020042"
    assert block[-21:-1] == hashlib.sha1(block[1:-21] + signed).digest()


@pytest.mark.parametrize("version", ["00", "80"])
def test_fast_dda_with_sm2(card: Any, sm2_point: bytes, version: str) -> None:
    talk, values, _ = tap(card, tDF69="01", t9F66="260000" + version)
    signed = bytes.fromhex(talk.values[0x9F37])
    if version == "80":
        signed += bytes.fromhex("00000000123401560100000000300000")
    head, signature = values[0x9F4B][:-64], values[0x9F4B][-64:]
    assert head.hex() == "1503020042"
    assert sm2.verify(SM2PublicKey(sm2_point), head + signed, signature)


@pytest.mark.parametrize("sm", ["00", "01"])
def test_an_online_transaction(card: Any, sm: str) -> None:
    _, values, order = tap(card, tDF69=sm, t9F66="26800080")
    assert order == ONLINE
    assert values[0x9F10][3:7].hex() == "03a00000"
    assert card.get("9f79") == "000000060000"
    assert card.log() is None


def test_a_decline(card: Any) -> None:
    _, values, order = tap(card, t9F66="28000080", t9F02="000000060001")
    assert order == ONLINE
    assert values[0x9F10][3:7].hex() == "03800000"


def test_an_order_of_the_banks_own(make_rich: Any) -> None:
    rich = make_rich(internal={0xDF7E: "9F26829F1057", 0xDF7F: "9F6C949F4B9F369F26"})
    rich.over(contactless=True)
    talk = rich.said()
    ((_, content),) = tlv.parse(talk.start(PDOL).require("GPO"))
    assert [tag for tag, _ in tlv.parse(content)] == [0x9F6C, 0x94, 0x9F4B, 0x9F36, 0x9F26]
    talk = rich.said(t9F66="26800080")
    ((_, content),) = tlv.parse(talk.start(PDOL).require("GPO"))
    assert [tag for tag, _ in tlv.parse(content)] == [0x9F26, 0x82, 0x9F10, 0x57]


@pytest.mark.parametrize("ttq", ["00000000", "16000000", "86000000"])
def test_a_terminal_of_another_kind(card: Any, ttq: str) -> None:
    assert card.said(t9F66=ttq).start(PDOL).sw == 0x6985
    assert card.get("9f36") == "0041"


def test_a_whole_transaction_over_the_antenna(card: Any) -> None:
    """TTQ without qPBOC: debit and credit as over the contacts, in the other template."""
    talk = card.said(t9F66="46000000")
    raw = talk.start(PDOL).require("GPO")
    assert raw.hex() == "771282027d00940c080101001001010018010100"
    assert talk.ac("80").cid == 0x80


def test_a_tap_is_over(card: Any) -> None:
    talk, values, _ = tap(card)
    assert talk.generate("40").sw == 0x6985
    assert talk.send("00880000", bytes(4), le=True).sw == 0x6985
    assert talk.send("00820000", bytes(10)).sw == 0x6985
    raw = talk.oracle.script("84240000", b"", values[0x9F36], values[0x9F26])
    assert card.process(raw).hex() == "6985"


@pytest.mark.parametrize("phase", ["started", "online"])
@pytest.mark.parametrize("contactless", [False, True])
def test_a_change_of_interface_ends_all(rich: Any, phase: str, contactless: bool) -> None:
    rich.over(contactless=not contactless)
    talk = rich.said(t9F66="46000000")
    talk.start(PDOL if not contactless else "9F7A019F02065F2A02DF6901").require("GPO")
    if phase == "online":
        talk.ac("80")
    rich.over(contactless=contactless)
    assert rich.hex("80ca9f3600") == "6985", "nothing is selected"
    rich.select()
    assert talk.generate("40").sw == 0x6985
    assert talk.send("00820000", bytes(10)).sw == 0x6985
    if phase == "online":
        assert talk.script("84240000") == 0x6985


def test_a_long_signature_is_a_record(
    all_groupings: Any, grouping: Any, rich_bench: Any, long_key: dict[int, bytes]
) -> None:
    groupings = all_groupings()
    for dgi, value in long_key.items():
        if dgi:
            groupings[dgi] = grouping(dgi, value, secret=True)
    groupings[0x9207] = grouping(0x9207, bytes.fromhex("82027c00 9408 08010100 30010100"))
    card = rich_bench(groupings)
    card.over(contactless=True)
    card.select()
    assert card.hex("00b2013400") == "6a83"
    talk = card.said()
    raw = talk.start(PDOL).require("GPO")
    assert b"\x9f\x4b" not in raw
    record = card.process(bytes.fromhex("00b2013400"))
    assert record[-2:].hex() == "9000"
    signed = tlv.find(record[:-2], 0x70, 0x9F4B)
    modulus = int.from_bytes(long_key[0], "big")
    block = pow(int.from_bytes(signed, "big"), 65537, modulus).to_bytes(len(signed), "big")
    assert (block[:7].hex(), block[-1]) == ("6a050103020042", 0xBC)
    card.select()
    assert card.hex("00b2013400") == "6a83", "it was of that transaction"


def test_the_short_cryptogram(all_groupings: Any, grouping: Any, rich_bench: Any) -> None:
    groupings = all_groupings()
    groupings[0x9200] = grouping(0x9200, bytes.fromhex("0701110300000001"))
    card = rich_bench(groupings)
    card.over(contactless=True)
    talk = card.said()
    ((_, content),) = tlv.parse(talk.start(PDOL).require("GPO"))
    values = dict(tlv.parse(content))
    assert values[0x9F10].hex() == "0701110390000001"
    message = bytes.fromhex("000000001234DEADBEEF004290")
    assert values[0x9F26] == talk.oracle.mac(talk.oracle.session(0, b"\0\x42"), message)


@pytest.mark.parametrize("sm", ["00", "01"])
def test_issuer_data_of_these_options(
    all_groupings: Any, grouping: Any, rich_bench: Any, sm: str
) -> None:
    """9F10 among the options of qPBOC counts there, and there alone."""
    groupings = all_groupings()
    for dgi in (0x9207, 0x9208):
        own = "82027c00 9f1008 0709010300000001 9404 08010100"
        groupings[dgi] = grouping(dgi, bytes.fromhex(own))
    card = rich_bench(groupings)
    card.over(contactless=True)
    _, values, _ = tap(card, tDF69=sm)
    assert values[0x9F10].hex() == "07090103900000" + ("04" if sm == "01" else "01")
    talk = card.said(t9F66="46000000", tDF69=sm)
    talk.start(PDOL).require("GPO")
    assert talk.ac("80").issuer[1:3].hex() == ("0201" if sm == "01" else "0101")


@pytest.mark.parametrize("own", ["9f1000", "9f1008 0609110300000001", "9f1007 07091103000000"])
def test_issuer_data_of_these_options_are_checked(make: Any, own: str, grouping: Any) -> None:
    chip = make(antenna=True)
    host = chip.open()
    value = bytes.fromhex(f"82027c00 {own} 9404 08010100")
    assert chip.store(host, grouping(0x9207, value), 0) == 0x6A80


# Decisions: the whole product, against a reading of pboc 5 in another form


def expected(here: Tap) -> str:
    """Letters: D(ecline), O(nline), A(pprove)."""
    t, c = here.terminal, here.card
    ask = "D" if TTQ.OFFLINE_ONLY in t else "O"
    over = (
        TTQ.CVM_REQUIRED in t
        or (here.own_currency and here.above_cvm_limit)
        or (not here.own_currency and bool(c & CardProcessing.CVM_FOR_OTHER_CURRENCY))
    )
    pin_bit = 0x8000 if here.own_currency else 0x4000
    pin = over and ask == "O" and TTQ.ONLINE_PIN in t and bool(int(c) & pin_bit)
    signs = over and not pin and TTQ.SIGNATURE in t and bool(int(c) & 0x1000)
    if over and not pin and not signs:
        return "D"
    if not here.own_currency and int(c) & 0x00400000:
        return "D"
    if not here.own_currency and not int(c) & 0x04000000:
        return ask
    if ask == "D" and here.new and int(c) & 0x00200000:
        return "D"
    if pin:
        return ask
    if TTQ.ONLINE_CRYPTOGRAM_REQUIRED in t:
        return "D" if int(c) & 0x02000000 and TTQ.CONTACT_DEBIT_CREDIT in t else ask
    if (here.new and int(c) & 0x10000000) or (here.no_tries and int(c) & 0x08000000):
        return ask
    money = (
        here.abroad_allowed
        if not here.own_currency
        else here.cash_enough and not here.cash_low and here.total_enough
        if int(c) & 0x40000000
        else (here.cash_enough and not here.cash_low) or here.total_enough
        if int(c) & 0x20000000
        else here.cash_enough and not here.cash_low and bool(int(c) & 0x80000000)
    )
    return "A" if money else ask


LETTERS = {Cryptogram.AAC: "D", Cryptogram.ARQC: "O", Cryptogram.TC: "A"}
TTQS = [
    0x20000000,
    0x28000000,
    0x24000000,
    0x2E000000,
    0x20800000,
    0x30800000,
    0x26400000,
    0x22400000,
]
CARDS = [
    *(0x80000000, 0x40000000, 0x20000000, 0, 0x98000000, 0x84000000, 0x84400000, 0x82000000),
    *(0x80200000, 0x80008000, 0x84004000, 0x84003000, 0x80001000, 0x8000D000),
]


def test_every_decision() -> None:
    seen = set()
    for ttq, card, *flags in product(TTQS, CARDS, *[(False, True)] * 8):
        here = Tap(TTQ(ttq), CardProcessing(card), *flags)
        made = decide(here)
        assert LETTERS[made.kind] == expected(here), here
        assert bool(made.way) == (made.kind is Cryptogram.TC)
        seen.add((made.kind, made.way, made.qualifiers))
    kinds = {(kind, way) for kind, way, _ in seen}
    assert kinds == {
        (Cryptogram.AAC, Way.NOTHING),
        (Cryptogram.ARQC, Way.NOTHING),
        (Cryptogram.TC, Way.CASH),
        (Cryptogram.TC, Way.TOTAL),
        (Cryptogram.TC, Way.CASH | Way.TOTAL),
    }
    assert {bits for _, _, bits in seen} == {CTQ(0), CTQ.ONLINE_PIN, CTQ.SIGNATURE}


@pytest.mark.parametrize(
    ("processing", "balance", "spent"),
    [
        ("80100000", "000000058766", 0),
        ("40100000", "000000058766", 1234),
        ("20100000", "000000058766", 0),
    ],
)
def test_where_the_money_goes(make_rich: Any, processing: str, balance: str, spent: int) -> None:
    rich = make_rich({0x9F68: processing}, internal={0x9F52: "0000"})
    rich.over(contactless=True)
    tap(rich)
    assert rich.get("9f79") == balance
    left = 20000 - spent
    talk = rich.said(t9F66="46000000", t9F02=f"{left:012d}")
    talk.start(PDOL).require("GPO")
    assert talk.ac("40").cid == 0x40, "just what the limit still allows"


def test_cash_or_total(make_rich: Any) -> None:
    rich = make_rich({0x9F68: "21100000", 0x9F79: "000000000500"})
    rich.over(contactless=True)
    _, values, _ = tap(rich)
    assert values[0x9F10][3:7].hex() == "03900000"
    assert rich.get("9f79") == "000000000500"
    assert values[0x9F5D].hex() == "000000018766"
