"""Extended applications: files, their keys, and changes that come with a whole transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from Crypto.Cipher import DES3
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import capp
from sscard.cos.nvm import NVM
from sscard.errors import MalformedData
from sscard.keys import TDES

TICKETS, RIDES = 0x15, 0x1E
#: As in pboc 1.8; the cyclic file with fewer records.
FILES = bytes.fromhex("15010000FF0080" + "1E020000200320")
OPENING = {TICKETS: bytes(range(0x11, 0x21)), RIDES: bytes(range(0x41, 0x51))}
KEYS = {1: bytes(range(0x61, 0x71)), 2: bytes(range(0x81, 0x91)), RIDES: bytes(range(0xA1, 0xB1))}
TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901DF6001"


def mac(key: bytes, message: bytes, atc: bytes) -> bytes:
    """Retail MAC in plain Python: 00 × 6 and the ATC over the first block (pboc 3 [M])."""
    from tests.cos.pse.conftest import Oracle

    message = bytes(a ^ b for a, b in zip(message, bytes(6) + atc, strict=False)) + message[8:]
    return Oracle().mac(key, message)[:4]


class Tickets:
    """Whoever has the keys of the files, in front of a card."""

    def __init__(self, card: Any) -> None:
        self.card = card

    def atc(self) -> bytes:
        return bytes.fromhex(self.card.get("9f36"))

    def send(self, header: str, key: bytes, data: bytes) -> int:
        head = bytes.fromhex(header) + bytes((len(data) + 4,))
        answer = self.card.process(head + data + mac(key, head + data, self.atc_now))
        return int.from_bytes(answer, "big")

    def append(self, sfi: int, key: bytes, content: bytes, opening: bytes | None = None) -> int:
        self.atc_now = self.atc()
        opening = opening or OPENING[sfi]
        enciphered = DES3.new(opening, DES3.MODE_ECB).encrypt(key)
        return self.send(f"04e200{sfi << 3:02x}", opening, enciphered + content)

    def tap(self, *, extended: str = "01", amount: str = "000000001000") -> Any:
        self.card.over(contactless=True)
        talk = self.card.said(tDF60=extended, t9F02=amount)
        answer = talk.start(TAP_PDOL).require("GPO")
        self.atc_now = answer[answer.index(b"\x9f\x36\x02") + 3 :][:2]
        return answer

    def update(self, sfi: int, key: bytes, content: bytes) -> int:
        return self.send(f"84de00{sfi << 3:02x}", key, content)

    def read(self, number: int) -> bytes:
        return self.card.process(bytes.fromhex(f"80b400a802{number:04x}00"))

    def last_record(self) -> str:
        return self.card.hex("00b2010c00")[-4:]


def record(number: int, data: bytes) -> bytes:
    return number.to_bytes(2, "big") + bytes((len(data),)) + data


@pytest.fixture
def groupings(all_groupings: Callable[..., dict[int, Any]], grouping: Any) -> dict[int, Any]:
    from tests.cos.pse.conftest import objects

    found = all_groupings(card={0x9F68: "85108000", 0xDF61: "01"})
    fci = found[0x9103].value
    pdol = bytes.fromhex(TAP_PDOL[:-6])
    at = fci.index(b"\x9f\x38") + 2
    inner = fci[2:at] + bytes((len(pdol) + 3,)) + pdol + b"\xdf\x60\x01" + fci[at + 1 + len(pdol) :]
    assert objects
    found[0x9103] = grouping(0x9103, bytes((0xA5, len(inner))) + inner)
    keys = OPENING[TICKETS] + OPENING[RIDES]
    found[0xA001] = grouping(0xA001, FILES)
    found[0x8020] = grouping(0x8020, keys, secret=True)
    found[0x9020] = grouping(0x9020, b"".join(TDES(k).kcv for k in OPENING.values()))
    return dict(sorted(found.items(), key=lambda pair: pair[0] == 0x8010))


@pytest.fixture
def tickets(rich_bench: Any, groupings: dict[int, Any]) -> Tickets:
    return Tickets(rich_bench(groupings))


# Personalization


@pytest.mark.parametrize("missing", [0xA001, 0x8020, 0x9020])
def test_all_three_or_none(make: Any, groupings: dict[int, Any], missing: int) -> None:
    rest = [each for dgi, each in groupings.items() if dgi != missing]
    blank = make(antenna=True)
    assert blank.personalize(groupings=rest)[-1] == 0x6A86
    assert set(blank.personalize(groupings=[groupings[missing], rest[-1]])) == {0x9000}


@pytest.mark.parametrize(
    ("dgi", "value", "sw"),
    [
        (0xA001, "15010000FF00", 0x6A80),
        (0xA001, "", 0x6A80),
        (0xA001, "14010000FF0080", 0x6A80),
        (0xA001, "15030000FF0080", 0x6A80),
        (0xA001, "1E020000200321", 0x6A80),
        (0xA001, "1E020000200020", 0x6A80),
        (0xA001, "15010000FF0080" * 2, 0x6A80),
        (0x8020, "11" * 15, 0x6A80),
        (0x9020, "11" * 4, 0x6A80),
        (0x8420, "11" * 16, 0x6A88),
        (0x1501, "11" * 16, 0x6A88),
    ],
)
def test_wrong_forms(make: Any, grouping: Any, dgi: int, value: str, sw: int) -> None:
    blank = make(antenna=True)
    assert blank.store(blank.open(), grouping(dgi, bytes.fromhex(value)), 0) == sw


def test_a_key_for_each_file(make: Any, groupings: dict[int, Any], grouping: Any) -> None:
    key = OPENING[TICKETS]
    fewer = {
        **groupings,
        0x8020: grouping(0x8020, key, secret=True),
        0x9020: grouping(0x9020, TDES(key).kcv),
    }
    assert make(antenna=True).personalize(groupings=fewer.values())[-1] == 0x6A80


def test_not_on_a_chip_without_antenna(bench: Any, groupings: dict[int, Any]) -> None:
    assert bench.store(bench.open(), groupings[0xA001], 0) == 0x6A88


# Files


def test_records_are_appended_and_read(tickets: Tickets) -> None:
    first, second = record(1, b"ride"), record(0x0102, bytes(40))
    assert tickets.append(TICKETS, KEYS[1], first) == 0x9000
    assert tickets.append(TICKETS, KEYS[2], second) == 0x9000
    tickets.card.reset()
    tickets.card.select()
    assert tickets.read(1) == first + b"\x90\0"
    assert tickets.read(0x0102) == second + b"\x90\0"
    assert tickets.read(3).hex() == "6a83"
    assert tickets.card.hex("80b400b8020001") == "6a82"
    assert tickets.card.hex("00b201ac00") == "6a83", "not by READ RECORD, with its key"


@pytest.mark.parametrize(
    ("content", "sw"),
    [
        (record(1, b"a")[:-1], 0x6A80),
        (record(1, b"a") + b"b", 0x6A80),
        (b"", 0x6700),
        (b"\0\1", 0x6A80),
        (record(9, bytes(120)), 0x6A84),
    ],
)
def test_wrong_records(tickets: Tickets, content: bytes, sw: int) -> None:
    assert tickets.append(TICKETS, KEYS[1], record(5, bytes(10))) == 0x9000
    assert tickets.append(TICKETS, KEYS[1], content) == sw
    assert tickets.append(TICKETS, KEYS[1], record(5, b"")) == 0x6A89


def test_only_with_the_key_that_opens(tickets: Tickets) -> None:
    assert tickets.append(TICKETS, KEYS[1], record(1, b"a"), opening=KEYS[2]) == 0x6988
    tickets.card.select()
    assert tickets.card.hex("04e200a802aaaa") == "6987"
    assert tickets.card.hex("04e200a804aaaaaaaa") == "6988"
    assert tickets.card.hex("04e200a000") == "6a86"


# Transactions


def test_changes_come_with_the_last_record(tickets: Tickets) -> None:
    old, new = record(1, b"old"), record(1, b"newer")
    assert tickets.append(TICKETS, KEYS[1], old) == 0x9000
    assert tickets.append(RIDES, KEYS[RIDES], b"a" * 32) == 0x9000
    before = tickets.card.get("9f79")
    answer = tickets.tap()
    assert tickets.update(TICKETS, KEYS[1], new) == 0x9000
    assert tickets.update(RIDES, KEYS[RIDES], b"b" * 32) == 0x9000
    assert tickets.read(1) == old + b"\x90\0", "nothing yet"
    assert tickets.last_record() == "9000"
    assert tickets.read(1) == new + b"\x90\0"
    proof = tickets.card.process(bytes.fromhex("805a000002") + tickets.atc_now + b"\0")
    assert proof == answer[answer.index(b"\x9f\x26\x08") + 3 :][:8] + b"\x90\0"
    rides = [tickets.card.hex(f"00b2{number:02x}f400") for number in (1, 2, 3)]
    assert rides == [(b"b" * 32).hex() + "9000", (b"a" * 32).hex() + "9000", "6a83"]
    assert tickets.update(TICKETS, KEYS[1], old) == 0x6985, "it is over"
    assert int(tickets.card.get("9f79")) == int(before) - 1000


def test_without_the_last_record_nothing_has_changed(tickets: Tickets) -> None:
    old = record(1, b"old")
    assert tickets.append(TICKETS, KEYS[1], old) == 0x9000
    tickets.tap()
    assert tickets.update(TICKETS, KEYS[1], record(1, b"new")) == 0x9000
    tickets.card.reset()
    tickets.card.select()
    assert tickets.read(1) == old + b"\x90\0"
    proof = tickets.card.process(bytes.fromhex("805a000002") + tickets.atc_now + b"\0")
    assert proof.hex() == "9406"


@pytest.mark.parametrize("contactless", [True, False])
def test_other_transactions_leave_no_proof(tickets: Tickets, contactless: bool) -> None:
    if contactless:
        tickets.tap(extended="00")
    else:
        tickets.atc_now = tickets.card.said().online().atc
    assert tickets.last_record() == "9000"
    proof = tickets.card.process(bytes.fromhex("805a000002") + tickets.atc_now + b"\0")
    assert proof.hex() == "9406"


@pytest.mark.parametrize("how", ["not asked for", "declined", "contact"])
def test_only_in_an_approved_transaction_of_its_kind(tickets: Tickets, how: str) -> None:
    assert tickets.append(TICKETS, KEYS[1], record(1, b"old")) == 0x9000
    if how == "contact":
        tickets.card.select()
        tickets.atc_now = tickets.atc()
    else:
        tickets.tap(
            extended="00" if how == "not asked for" else "01",
            amount="000000001000" if how == "not asked for" else "999999999999",
        )
    assert tickets.update(TICKETS, KEYS[1], record(1, b"new")) == 0x6985


@pytest.mark.parametrize(
    ("sfi", "key", "content", "sw"),
    [
        (TICKETS, KEYS[2], record(1, b"new"), 0x6988),
        (TICKETS, OPENING[TICKETS], record(1, b"new"), 0x6988),
        (TICKETS, KEYS[1], record(2, b"new"), 0x6A83),
        (TICKETS, KEYS[1], record(1, b"new") + b"!", 0x6A80),
        (RIDES, KEYS[RIDES], b"a" * 31, 0x6700),
        (0x16, KEYS[1], record(1, b"new"), 0x6A82),
    ],
)
def test_refused_changes(tickets: Tickets, sfi: int, key: bytes, content: bytes, sw: int) -> None:
    assert tickets.append(TICKETS, KEYS[1], record(1, b"old")) == 0x9000
    assert tickets.append(RIDES, KEYS[RIDES], b"a" * 32) == 0x9000
    tickets.tap()
    assert tickets.update(sfi, key, content) == sw
    assert tickets.update(TICKETS, KEYS[1], record(1, b"new")) == 0x9000, "it goes on"
    assert tickets.last_record() == "9000"


def test_the_cache_has_an_end(tickets: Tickets) -> None:
    assert tickets.append(TICKETS, KEYS[1], record(1, b"old")) == 0x9000
    tickets.tap()
    answers = [tickets.update(TICKETS, KEYS[1], record(1, b"new")) for _ in range(10)]
    assert set(answers) == {0x9000, 0x6A84}
    assert tickets.last_record() == "9000"


class PowerLoss(Exception):
    """A page was not programmed."""


class Torn(NVM):
    left: int | None = None

    def program(self, page: int, content: bytes) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise PowerLoss
        super().program(page, content)


@pytest.mark.parametrize("what", ["append", "ring", "complete"])
def test_power_fails_anywhere(rich_bench: Any, groupings: dict[int, Any], what: str) -> None:
    """All changes of a transaction or none; a record appended or not."""
    seen, old, new = set(), record(1, b"old"), record(1, b"new")
    for cut in range(60):
        tickets = Tickets(rich_bench(groupings, memory=Torn))
        assert tickets.append(TICKETS, KEYS[1], old) == 0x9000
        assert tickets.append(RIDES, KEYS[RIDES], b"a" * 32) == 0x9000
        if what == "complete":
            tickets.tap()
            tickets.update(TICKETS, KEYS[1], new)
            tickets.update(RIDES, KEYS[RIDES], b"b" * 32)
        tickets.card.select() if what != "complete" else None
        tickets.card.nvm.left = cut
        try:
            if what == "complete":
                tickets.last_record()
            elif what == "append":
                tickets.append(TICKETS, KEYS[2], record(2, bytes(60)))
            else:
                tickets.append(RIDES, KEYS[RIDES], b"b" * 32)
        except PowerLoss:
            tickets.card.reset()
            tickets.card.select()
            ticket, ride = tickets.read(1)[:-2], bytes.fromhex(tickets.card.hex("00b201f400"))[:-2]
            added = tickets.read(2)[-2:] == b"\x90\0"
            seen.add((ticket, ride[:1], added))
            continue
        break
    states = {
        "append": {(old, b"a", False), (old, b"a", True)},
        "ring": {(old, b"a", False), (old, b"b", False)},
        "complete": {(old, b"a", False), (new, b"b", False)},
    }
    assert seen == states[what]
    assert cut > 3


# Encoders


@given(st.integers(0, 0xFFFF), st.binary(max_size=255))
def test_round_trip_of_records(number: int, data: bytes) -> None:
    assert capp.Record.parse(bytes(capp.Record(number, data))) == capp.Record(number, data)


@given(st.binary(max_size=30))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        capp.Record.parse(raw)
    with suppress(MalformedData):
        assert len(b"".join(capp.listed(capp.files(raw)))) == len(raw)


def test_builders() -> None:
    assert capp.files(FILES)[1] == capp.File(RIDES, capp.CYCLIC, 0x20, count=3)
    assert b"".join(capp.listed(capp.files(FILES))) == FILES
    assert bytes(capp.append_record(bytes(16), b"\1", sfi=0x19)).hex()[:10] == "04e200c811"
    assert bytes(capp.read_capp_data(1, sfi=0x19)).hex() == "80b400c802000100"
    assert bytes(capp.update_capp_data_cache(b"\1", sfi=0x15)).hex() == "84de00a80101"
    assert bytes(capp.get_trans_prove(b"\0\2")).hex() == "805a000002000200"
