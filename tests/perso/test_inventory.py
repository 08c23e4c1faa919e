"""What a card shows: everything it may, and why not where it may not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import VirtualCard
from sscard.apdu import aid, iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import TDES, Factors, Pin, SocialSecurityStore
from sscard.keys.stores import load_bank, load_social_security
from sscard.perso import expected, handover, pse
from sscard.perso.inventory import inventory
from sscard.perso.inventory_elements import elements
from sscard.perso.inventory_pse import financial
from sscard.perso.node import Node
from sscard.perso.order import CardOrder
from sscard.perso.plan import Connection, run
from sscard.perso.pse import BankAccount
from sscard.profiles import Element, File, Profile, load_profile

PIN = Pin("123456")
ACCOUNT = BankAccount("TEST", "6228005000000010", "3601", "01", test=True)
#: Reading, selecting, and showing what one may: nothing else may reach a card.
HARMLESS = {
    INS.SELECT,
    INS.READ_BINARY,
    INS.READ_RECORD,
    INS.GET_CHALLENGE,
    INS.EXTERNAL_AUTHENTICATE,
    INS.VERIFY,
    INS.GET_PROCESSING_OPTIONS,
    INS.GET_DATA,
}


class Recorded:
    """A card whose commands are kept, and whose answers a test may change."""

    def __init__(self, card: Connection) -> None:
        self.card = card
        self.commands: list[CommandAPDU] = []
        self.change: Callable[[CommandAPDU, bytes], bytes] = lambda _, answer: answer

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        parsed = CommandAPDU.parse(command)
        self.commands.append(parsed)
        return self.change(parsed, self.card.transmit(command))

    def count(self, ins: INS) -> int:
        return sum(command.ins == ins for command in self.commands)


class WrongKeys:
    """A store that holds other keys, or none."""

    def __init__(self, key: TDES | None) -> None:
        self._key = key

    def card_key(self, name: str, version: int, factors: Factors, *, size: int = 16) -> TDES:
        if self._key is None:
            raise KeyStoreError(f"no key {name}")
        return self._key


@pytest.fixture(scope="module")
def store() -> SocialSecurityStore:
    return load_social_security(None)


@pytest.fixture(scope="module")
def see(profile: Profile, store: SocialSecurityStore) -> Callable[..., Node]:
    """The inventory of a card, with the right keys and PIN unless told otherwise."""

    def look(card: Connection, *, keys: Any = store, pin: Pin = PIN) -> Node:
        return run(inventory(profile, keys, pin), card)

    return look


@pytest.fixture
def semi_finished(clone: Callable[..., Any]) -> Recorded:
    return Recorded(clone().card)


@pytest.fixture
def finished(clone: Callable[..., Any], order: CardOrder) -> Recorded:
    """A card that has left both stations."""
    card, seeded = clone().card, random.Random(3).randbytes
    bank = load_bank(None)
    effective = date(2026, 1, 31)
    instances = pse.prepare(order.profile, ACCOUNT, order.name, bank, effective=effective)
    run(pse.personalize(instances, bank, random=seeded), card)
    run(handover.close(order.profile, order.exchange), card)
    return Recorded(card)


def find(node: Node, *path: str) -> Node:
    """The part at this path of identifiers or names."""
    for step in path:
        (node,) = [child for child in node.children if step in (child.identifier, child.name)]
    return node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def test_the_social_security_side(
    finished: Recorded, see: Callable[..., Node], order: CardOrder
) -> None:
    social = find(see(finished), "SSSE")
    assert social.note == "PIN 正确 accepted"
    assert find(social, "FCI", "6F", "84").value == "sx1.sh.社会保障"
    assert find(social, "FCI", "6F", "A5", "88").value == 0x1E
    assert find(social, "EF05", "card_number").value == "X00000019"
    assert find(social, "EF05", "issue_date").value == "2026-01-31"
    assert find(social, "EF05", "card_identification_code").meaning.startswith("成都市")
    person = find(social, "EF06")
    assert (person.note, find(person, "name").value) == ("", order.name)
    assert find(person, "name").identifier == "09"
    assert find(person, "name").raw == order.name.encode("gbk").ljust(30, b"\0")
    assert find(person, "sex").meaning == "男 male"
    assert find(person, "ethnicity").empty
    assert find(social, "EF07").note == "凭 with RKSSSE"
    assert find(social, "DF01", "EF06", "phone").value == order.values["phone"]
    assert find(social, "DF01", "EF06").note == "凭 with PIN"
    assert find(social, "DF04", "EF06").note == "凭 with PIN + RK1DF04"
    assert len(find(social, "DF04", "EF08").children) == 30
    assert find(social, "001E", "dir_df01", "application", "aid").value == "D15600000500"


def test_the_card_and_its_hand_over_area(
    semi_finished: Recorded, finished: Recorded, see: Callable[..., Node], order: CardOrder
) -> None:
    shown = see(finished)
    assert find(shown, "ATR", "TA-TD").raw == bytes.fromhex("C0666779")
    assert find(shown, "ATR", "T8-T9").meaning.startswith("成都市")
    closed = find(shown, "MF", "001C")
    assert (closed.value, closed.meaning, closed.children) == ("5A", "已关闭 closed", ())
    carrying = find(see(semi_finished), "MF", "001C")
    assert find(carrying, "id_number").value == order.id_number
    assert find(carrying, "name").value == order.name


def test_the_financial_side(finished: Recorded, see: Callable[..., Node], order: CardOrder) -> None:
    shown = see(finished)
    entry = find(shown, "PSE", "1.1", "70", "61")
    assert find(entry, "4F").raw == aid.DEBIT
    debit = find(shown, aid.DEBIT.hex().upper())
    assert (debit.zh, debit.en) == ("借记应用", "debit application")
    assert find(debit, "9F36").value == 0
    assert find(debit, "9F17").value == 3
    assert find(debit, "GPO", "94").value == "1.1 2.1 3.1"
    assert find(debit, "1.1", "70", "5F20").value == order.name
    assert find(debit, "3.1", "70", "5A").value == ACCOUNT.number
    assert find(debit, "3.1", "70", "5F24").value == "2036-01-31"
    assert not [each for each in walk(debit) if each.zh == "未命名"]


def test_a_bank_side_that_is_not_personalized(
    semi_finished: Recorded, see: Callable[..., Node]
) -> None:
    shown = see(semi_finished)
    debit = find(shown, aid.DEBIT.hex().upper())
    assert find(debit, "GPO").note == "拒绝 refused (6985 CONDITIONS_NOT_SATISFIED)"
    assert [child.identifier for child in find(shown, "PSE").children] == ["FCI"]


def test_a_wrong_pin_costs_one_try_and_keys_still_open_what_they_may(
    finished: Recorded, see: Callable[..., Node], order: CardOrder
) -> None:
    social = find(see(finished, pin=Pin("000000")), "SSSE")
    assert social.note == "PIN 错误 wrong, 5 tries left"
    assert finished.count(INS.VERIFY) == 1
    assert find(social, "DF01", "EF06").note == "凭 with RK1DF01"
    assert find(social, "DF01", "EF06", "phone").value == order.values["phone"]
    assert find(social, "DF04", "EF06").note == "需要 needs PIN and RK1DF04"
    assert find(social, "DF04", "EF08").note == "需要 needs PIN"
    assert not find(social, "DF04", "EF08").children


@pytest.mark.parametrize("key", [None, TDES(bytes(16))])
def test_without_the_right_keys(
    finished: Recorded, see: Callable[..., Node], key: TDES | None
) -> None:
    social = find(see(finished, keys=WrongKeys(key)), "SSSE")
    assert find(social, "EF08").note == "需要 needs RKSSSE"
    assert find(social, "DF04", "EF06").note == "需要 needs PIN and RK1DF04"
    assert find(social, "DF01", "EF06").note == "凭 with PIN"
    # A key that was refused is not tried again, and one that nobody has is not tried at all.
    assert finished.count(INS.EXTERNAL_AUTHENTICATE) == (6 if key else 0)


def test_with_nothing_to_show(
    finished: Recorded, see: Callable[..., Node], order: CardOrder
) -> None:
    social = find(see(finished, keys=WrongKeys(None), pin=Pin("000000")), "SSSE")
    assert find(social, "EF06", "name").value == order.name
    assert find(social, "DF01", "EF06").note == "需要 needs PIN or RK1DF01"


def test_a_blocked_pin(finished: Recorded, see: Callable[..., Node]) -> None:
    for _ in range(6):
        see(finished, pin=Pin("000000"))
    assert find(see(finished), "SSSE").note == "PIN 已锁 blocked"


def test_a_file_that_is_more_open_than_declared(
    finished: Recorded, see: Callable[..., Node]
) -> None:
    def give_away(command: CommandAPDU, answer: bytes) -> bytes:
        # Refused, the file did not become current: what follows in it is refused, too.
        refused = answer in (b"\x69\x82", b"\x69\x81")
        return bytes(ResponseAPDU(bytes(command.ne))) if refused else answer

    finished.change = give_away
    social = find(see(finished, keys=WrongKeys(None)), "SSSE")
    assert find(social, "EF07").note == "无需 without RKSSSE"


def test_a_blank_chip(see: Callable[..., Node]) -> None:
    shown = see(VirtualCard.blank("gen2-32k"))
    assert find(shown, "MF").note == "卡上没有 not on the card (6A82)"
    assert find(shown, "SSSE").note == "卡上没有 not on the card (6A82)"
    assert find(shown, "ATR", "TA-TD").value == "00000000"


def test_a_damaged_record_hides_nothing_else(
    semi_finished: Recorded, see: Callable[..., Node], order: CardOrder
) -> None:
    def damage(command: CommandAPDU, answer: bytes) -> bytes:
        record = iso7816.read_record(2, sfi=6, ne=32)
        return b"\x7f" + answer[1:] if command == record else answer

    semi_finished.change = damage
    person = find(see(semi_finished), "SSSE", "EF06")
    assert find(person, "name").note == "无法解析 not readable: name: not one record with tag 09"
    assert find(person, "name").raw[:1] == b"\x7f"
    assert find(person, "id_number").value == order.id_number


def test_reading_sends_nothing_that_writes_and_shows_each_key_once(
    finished: Recorded, see: Callable[..., Node]
) -> None:
    see(finished)
    assert {command.ins for command in finished.commands} <= HARMLESS
    assert finished.count(INS.VERIFY) == 1
    # RKSSSE; RK1DF04 beside the PIN; RK1DF06; three keys of DF07
    assert finished.count(INS.EXTERNAL_AUTHENTICATE) == 6


def test_reprs_show_no_person(
    finished: Recorded, see: Callable[..., Node], order: CardOrder
) -> None:
    shown, phone = see(finished), str(order.values["phone"])
    for node in walk(shown):
        text = repr(node)
        for secret in (order.name, order.id_number, phone, "男", ACCOUNT.number):
            assert secret not in text
            assert secret not in node.note


def _filled(profile: Profile) -> list[tuple[File, dict[str, object], Element, object]]:
    """Every example of every element, in a file that holds nothing else."""
    return [
        (file, {element.name: [value] if _many(file, element) else value}, element, value)
        for directory in profile.directories
        for file in directory.files
        if file.content is None
        for element in file.elements
        for value, _ in element.examples
    ]


def _many(file: File, element: Element) -> bool:
    return (file.records or element.repeat) > 1


@pytest.mark.parametrize(
    ("file", "values", "element", "value"),
    [
        pytest.param(*each, id=f"{each[0].fid:04X}-{each[2].name}")
        for each in _filled(load_profile("gen2"))
    ],
)
def test_every_example_is_seen_as_it_was_written(
    file: File, values: dict[str, object], element: Element, value: Any
) -> None:
    nodes = elements(file, expected.records(file, values))
    name = f"{element.name}.1" if _many(file, element) else element.name
    (node,) = [each for each in nodes if each.name == name]
    if isinstance(value, dict):
        seen = {part.name: part.value for part in node.children if part.value is not None}
        zero = {part.name: 0 for part in node.children if part.value == 0}
        assert seen == zero | value
    else:
        assert node.value == value
    others = [each for each in nodes if each.name != name]
    assert all(each.empty or each.value == 0 for each in others)


def test_a_meaning_for_every_code(profile: Profile) -> None:
    for file, values, element, _ in _filled(profile):
        if element.codes is not None and values[element.name] in element.codes.codes:
            (node,) = [n for n in elements(file, expected.records(file, values)) if n.value]
            assert node.meaning, element.name


class Babbling:
    """A card that answers anything at all."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self._left = 40

    def reset(self) -> bytes:
        return self._data.draw(st.one_of(st.binary(max_size=20), st.just(b"\x3b\x6d" + bytes(15))))

    def transmit(self, command: bytes, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            return StatusWord.FILE_NOT_FOUND.to_bytes(2, "big")
        sw = st.sampled_from([0x9000] * 6 + [0x6982, 0x63C2, 0x6A83, 0x6985, 0x6C10])
        content = st.one_of(st.binary(max_size=24), st.sampled_from(ANSWERS))
        return self._data.draw(content) + self._data.draw(sw).to_bytes(2, "big")


ANSWERS = [
    bytes.fromhex(answer)
    for answer in (
        "6F1E840E315041592E5359532E4444463031A50C8801015F2D027A689F110101",
        "701B61194F08A000000333010101500A50424F43204445424954870101",
        "6F0B8401A0A5069F38039F0201",
        "800C1C00080101001001010018010100",
        "770882021C009402FFFF",
        "0110510100D156000005C0666779C8C975CC",
    )
]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_a_card_answers(data: st.DataObject) -> None:
    plan = inventory(load_profile("gen2"), load_social_security(None), PIN)
    shown = run(plan, Babbling(data))
    assert {child.kind for child in shown.children} >= {"atr", "directory", "application"}


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_whatever_the_financial_side_answers(data: st.DataObject) -> None:
    environment, *applications = run(financial(), Babbling(data))
    assert environment.name == "PSE"
    assert applications


def test_an_answer_without_status_word_is_malformed(profile: Profile, terminal: Any) -> None:
    card = Recorded(terminal.card)
    card.change = lambda command, answer: b"\x90"
    with pytest.raises(MalformedData):
        run(inventory(profile, load_social_security(None), PIN), card)
