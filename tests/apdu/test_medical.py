"""Off-line medical commands: the bytes of ssc 5.2, and every data field there and back."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import medical
from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    Balance,
    CreditForLoad,
    DebitForPurchase,
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    LoadReceipt,
    PurchaseInitialized,
    PurchaseReceipt,
    Purse,
    StartingDay,
    TransactionProof,
    TransactionType,
    packed_time,
)
from sscard.errors import MalformedData

TERMINAL = bytes.fromhex("510100000042")
TIME = bytes.fromhex("20260131235959")
MAC, TAC, RANDOM = bytes.fromhex("A1A2A3A4"), bytes.fromhex("B1B2B3B4"), bytes.fromhex("C1C2C3C4")

FIELDS: list[tuple[Any, str]] = [
    (InitForLoad(1, 12345, TERMINAL), "01 00003039 510100000042"),
    (LoadInitialized(100, 2, 1, 3, RANDOM, MAC), "00000064 0002 01 03 C1C2C3C4 A1A2A3A4"),
    (CreditForLoad(TIME, MAC), "20260131235959 A1A2A3A4"),
    (LoadReceipt(TAC), "B1B2B3B4"),
    (InitForPurchase(3, 1, 2, 3, TERMINAL), "03 00000001 00000002 00000003 510100000042"),
    (
        PurchaseInitialized(1, 2, 3, b"\x20\x26", 0xFFFF, 1, 1, RANDOM),
        "00000001 00000002 00000003 2026 FFFF 01 01 C1C2C3C4",
    ),
    (DebitForPurchase(0xFFFFFFFF, TIME, MAC), "FFFFFFFF 20260131235959 A1A2A3A4"),
    (PurchaseReceipt(TAC, MAC), "B1B2B3B4 A1A2A3A4"),
    (TransactionProof(MAC, TAC), "A1A2A3A4 B1B2B3B4"),
    (StartingDay(4, 1), "0401"),
    (Balance(0xFFFFFFFF), "FFFFFFFF"),
    (Balance(7, b"\x20\x26"), "00000007 2026"),
]
KINDS = sorted({type(value) for value, _ in FIELDS}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (medical.init_for_load(FIELDS[0][0]), "B02800010B 01 00003039 510100000042 10"),
        (medical.credit_for_load(FIELDS[2][0]), "B02A00000B 20260131235959 A1A2A3A4 04"),
        (
            medical.init_for_purchase(FIELDS[4][0]),
            "B028010113 03 00000001 00000002 00000003 510100000042 16",
        ),
        (
            medical.debit_for_purchase(FIELDS[6][0]),
            "B02C01000F FFFFFFFF 20260131235959 A1A2A3A4 08",
        ),
        (medical.get_balance(Purse.ACCOUNT), "B026000104"),
        (medical.get_balance(Purse.SELF_PAID, with_year=True), "B026000206"),
        (medical.get_balance(Purse.POOL), "B026000304"),
        (medical.get_transaction_proof(TransactionType.LOAD, 1), "B02E000102 0001 08"),
        (medical.get_transaction_proof(TransactionType.PURCHASE, 0xFFFF), "B02E000202 FFFF 08"),
        (medical.update_starting_day(StartingDay(1, 1)), "B056000002 0101"),
        (medical.get_starting_day(), "B056010002"),
    ],
    ids=str,
)
def test_bytes(command: CommandAPDU, wanted: str) -> None:
    assert bytes(command) == bytes.fromhex(wanted)
    assert CommandAPDU.parse(bytes(command)) == command


@pytest.mark.parametrize(("value", "wanted"), FIELDS, ids=lambda each: type(each).__name__)
def test_fields_there_and_back(value: Any, wanted: str) -> None:
    assert bytes(value) == bytes.fromhex(wanted)
    assert type(value).parse(bytes(value)) == value


@pytest.mark.parametrize("kind", KINDS)
@given(raw=st.binary(max_size=24))
def test_any_bytes_parse_or_are_malformed(kind: Any, raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(kind.parse(raw)) == raw


@pytest.mark.parametrize(("value", "wanted"), FIELDS, ids=lambda each: type(each).__name__)
def test_one_byte_more_or_less_is_malformed(value: Any, wanted: str) -> None:
    for raw in (bytes(value)[:-1], bytes(value) + b"\1"):
        with pytest.raises(MalformedData):
            type(value).parse(raw)


def test_a_field_must_fit_its_place() -> None:
    for amount, terminal in ((-1, TERMINAL), (1 << 32, TERMINAL), (1, b"12345"), (1, b"1234567")):
        with pytest.raises(ValueError, match="InitForLoad does not fit"):
            InitForLoad(1, amount, terminal)
    with pytest.raises(ValueError, match="4 bytes, a year 2"):
        Balance(1, b"\x26")
    with pytest.raises(ValueError, match="4 bytes, a year 2"):
        Balance(1 << 32)
    for counter in (-1, 0x10000):
        with pytest.raises(ValueError, match="2 bytes"):
            medical.get_transaction_proof(TransactionType.LOAD, counter)


def test_amounts_are_not_shown() -> None:
    for value in (InitForLoad(1, 12345, TERMINAL), Balance(12345)):
        assert "12345" not in repr(value)
    assert repr(InitForLoad(1, 12345, TERMINAL)) == "<InitForLoad 11 bytes>"


@pytest.mark.parametrize("raw", ["0000", "1301", "0230", "0229", "0A01", "FFFF", "01", "010101"])
def test_what_is_no_starting_day(raw: str) -> None:
    with pytest.raises(MalformedData):
        StartingDay.parse(bytes.fromhex(raw))


def test_times_are_packed_digits() -> None:
    assert packed_time(datetime(2026, 1, 31, 23, 59, 59)) == TIME
