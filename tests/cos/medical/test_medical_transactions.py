"""Loads and purchases from INIT to the log, against a host of its own (ssc 5.2)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import medical
from sscard.apdu.medical_data import (
    CreditForLoad,
    DebitForPurchase,
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    PurchaseInitialized,
    Purse,
    StartingDay,
    TransactionType,
)
from sscard.apdu.status import StatusWord
from sscard.channel import medical as channel
from sscard.dialects.operations import CreateDirectory, KeyType, LoadKey

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker
    from tests.cos.medical.conftest import Bench

TIME = bytes.fromhex("20260131235959")
TERMINAL = bytes.fromhex("510100000042")


def balances(bench: Bench) -> list[str]:
    return [bench.hex(f"B02600{which:02X}06") for which in (1, 2, 3)]


@pytest.mark.parametrize("index", [1, 2])
def test_a_load(bench: Bench, index: int) -> None:
    answer = bench.init_load(4321, index).require("INIT")
    load: Any = bench.pending
    head = struct.pack(">IHBB", 10_000, 3, index, bench.other.algorithm)
    assert answer == head + answer[8:12] + bench.mac1_of_load(load)
    before = bench.contents()
    tac = bench.ok(bench.credit())
    assert tac == bench.tac_of_load(load)
    after, log = bench.contents()
    assert after[:2] + after[4:8] == bytes.fromhex("0004") + struct.pack(">I", 14_321)
    assert after[2:4] + after[8:20] == before[0][2:4] + before[0][8:20]
    wanted = b"\0\3" + b"1" + TERMINAL + TIME + struct.pack(">III", 4321, 0, 0)
    assert log == (wanted, *before[1][:4])
    assert bench.ok(bytes.fromhex("B02E0001020003")) == bench.mac2_of_load(load) + tac
    assert bench.hex("B026000100") == "000037F19000"


@pytest.mark.parametrize("index", [1, 2])
def test_a_purchase(bench: Bench, index: int) -> None:
    answer = bench.init_purchase(1_000, 20, 30, index=index).require("INIT")
    purchase: Any = bench.pending
    head = struct.pack(">III2sHBB", 10_000, 200, 3_000, b"\x20\x26", 0xFE, index, 1)
    assert answer[:18] == head[:17] + bytes((bench.other.algorithm,))
    before = bench.contents()
    receipt = bench.ok(bench.debit())
    assert receipt == bench.tac_of_purchase(purchase) + bench.mac2_of_purchase(purchase)
    after, log = bench.contents()
    assert after[:2] == before[0][:2]
    assert after[2:20] == struct.pack(">HIII", 0xFF, 9_000, 220, 3_030) + b"\x20\x26\x01\x01"
    wanted = b"\0\xfe" + b"2" + TERMINAL + TIME + struct.pack(">III", 1_000, 20, 30)
    assert log == (wanted, *before[1][:4])
    assert bench.ok(bytes.fromhex("B02E00020200FE08")) == receipt[4:] + receipt[:4]


@pytest.mark.parametrize("at", range(4))
def test_every_byte_of_a_mac_counts(bench: Bench, at: int) -> None:
    before = bench.contents()
    bench.init_load(1).require("INIT")
    load = bytearray(bench.credit())
    load[5 + 7 + at] ^= 1
    assert bench.sw(bytes(load)) == "9302"
    bench.init_purchase(1, 1, 1).require("INIT")
    purchase = bytearray(bench.debit())
    purchase[5 + 4 + 7 + at] ^= 1
    assert bench.sw(bytes(purchase)) == "9302"
    assert bench.contents() == before


def test_the_log_is_read_with_the_pin_and_keeps_the_newest(bench: Bench) -> None:
    for amount in range(7):
        bench.init_load(amount).require("INIT")
        bench.ok(bench.credit())
    read = [bench.ok(bytes.fromhex(f"00B2{each:02X}4400")) for each in range(1, 6)]
    numbers = [(int.from_bytes(each[:2], "big"), each[16:20]) for each in read]
    assert numbers == [(3 + each, struct.pack(">I", each)) for each in range(6, 1, -1)]
    assert bench.hex("00DC00431C" + "00" * 28) == "6982", "no terminal writes it"


def test_every_random_is_new_and_no_challenge_is_touched(bench: Bench) -> None:
    challenge = bench.ok(bytes.fromhex("0084000008"))
    randoms = {bench.init_load(1).data[8:12] for _ in range(5)}
    randoms |= {bench.init_purchase(1, 1, 1).data[18:22] for _ in range(5)}
    assert len(randoms) == 10
    bench.show_dsk(challenge)


def test_an_only_dtk_serves_every_index(make_bench: Callable[..., Bench], parts: Any) -> None:
    for only in parts.dtks:
        full = (parts.internal(parts.amounts()), parts.log, *parts.keys, only)
        bench = make_bench("3des", *full)
        for index in (1, 2, 3):
            bench.init_load(5, index).require("INIT")
            assert bench.ok(bench.credit()) == bench.tac_of_load(bench.pending)
            bench.init_purchase(5, 6, 7, index=index).require("INIT")
            assert bench.ok(bench.debit())[:4] == bench.tac_of_purchase(bench.pending)


def test_the_last_transaction_can_be_proven_until_the_next(bench: Bench) -> None:
    assert bench.hex("B02E00010200FE08") == "9406"
    bench.init_purchase(1, 2, 3).require("INIT")
    receipt = bench.ok(bench.debit())
    proof = (receipt[4:] + receipt[:4]).hex().upper() + "9000"
    for _ in range(2):
        assert bench.hex("B02E00020200FE08") == proof
        assert bench.hex("B02E00010200FE08") == "9406", "of the other kind"
        assert bench.hex("B02E00020200FF08") == "9406", "the next one"
        bench.start(pin=False)
    bench.start()
    bench.init_load(1).require("INIT")
    assert bench.hex("B02E00020200FE08") == proof, "a new INIT takes nothing away"
    bench.init_load(1).require("INIT")
    bench.ok(bench.credit())
    assert bench.hex("B02E00020200FE08") == "9406"


def test_balances_and_their_year(bench: Bench) -> None:
    assert balances(bench) == [
        "0000271020269000",
        "000000C820269000",
        "00000BB820269000",
    ]
    assert bench.hex("B026000104") == bench.hex("B026000100") == "000027109000"
    bench.start(pin=False)
    assert balances(bench) == ["6982"] * 3


def test_the_starting_day(bench: Bench) -> None:
    assert bench.hex("B056010002") == bench.hex("B056010000") == "01019000"
    assert bench.hex("B0560000020401") == "6982"
    bench.show_dsk()
    before = bench.contents()
    assert bench.hex("B0560000020401") == "9000"
    assert bench.hex("B056010002") == "04019000"
    assert bench.contents()[0] == before[0][:18] + b"\4\1" + before[0][20:]
    for wrong in ("0000", "0229", "1301", "FFFF", "0A01"):
        assert bench.hex("B056000002" + wrong) == "6A80"
    bench.start()
    assert bench.hex("B056010002") == "04019000"
    assert bench.hex("B0560000020501") == "6982", "the DSK must be shown again"


@pytest.mark.parametrize("ne", [None, 4, 5, 256])
def test_le_may_be_absent_or_larger(bench: Bench, ne: int | None) -> None:
    le = b"" if ne is None else bytes((ne % 256,))
    bench.init_load(1).require("INIT")
    assert bench.ok(bench.credit(le=le)) == bench.tac_of_load(bench.pending)


def test_nothing_personal_is_shown(bench: Bench) -> None:
    bench.init_load(7_654_321).require("INIT")
    shown = repr(bench.env.transaction)
    bench.init_purchase(7_654, 7_655, 7_656).require("INIT")
    shown += repr(bench.env.transaction)
    assert "765" not in shown
    assert "1000" not in shown
    for name in ("DLK1", "DPK1", "DTK1"):
        assert bench.dtk(1).hex() not in shown, name


def test_through_a_maker_s_commands(make_maker: Callable[..., Maker], parts: Any) -> None:
    """The card is made by a factory's commands; the program in front uses our builders."""
    maker = make_maker(ssse=2048)
    pin = LoadKey(KeyType.PIN, 0, 1, 6, bytes.fromhex("123456FFFFFFFFFF"))
    inside = (parts.internal(parts.amounts()), parts.log, *parts.keys, *parts.dtks)
    maker.ground(pin, CreateDirectory(0xDF04, b"DF04."), *inside)

    def ok(command: Any) -> bytes:
        return maker.send(command).require("command")

    maker.card.transmit(bytes.fromhex("00A4040005") + b"DF04.")
    assert maker.send(medical.get_balance(Purse.POOL)).sw == StatusWord.SECURITY_NOT_SATISFIED
    maker.card.transmit(bytes.fromhex("0020000003123456"))
    assert ok(medical.get_balance(Purse.POOL)) == struct.pack(">I", 3_000)
    assert StartingDay.parse(ok(medical.get_starting_day())) == StartingDay(1, 1)
    answer = LoadInitialized.parse(ok(medical.init_for_load(InitForLoad(1, 50, TERMINAL))))
    assert (answer.balance, answer.counter, answer.key_version) == (10_000, 3, 1)
    wrong = medical.credit_for_load(CreditForLoad(TIME, bytes(4)))
    assert maker.send(wrong).sw == StatusWord.TRANSACTION_MAC_WRONG
    proof = maker.send(medical.get_transaction_proof(TransactionType.LOAD, 3))
    assert proof.sw == StatusWord.NO_PROOF


def test_a_personalized_card(terminal: Terminal) -> None:
    """The shipped profile puts everything there; host and card share the channel's functions."""
    suite = terminal.order.suite
    dlk, dpk, dtk = (suite.key(terminal.key(name, 2)) for name in ("DLK", "DPK", "DTK"))
    terminal.select("DF04")
    terminal.verify()
    given = LoadInitialized.parse(terminal.ok(medical.init_for_load(InitForLoad(2, 5, TERMINAL))))
    load = channel.Load(given.random, given.counter, given.balance, 5, TERMINAL)
    session = channel.load_session(suite, dlk, load)
    assert given.mac1 == channel.load_mac1(suite, session, load)
    mac2 = channel.load_mac2(suite, session, load, TIME)
    tac = terminal.ok(medical.credit_for_load(CreditForLoad(TIME, mac2)))
    assert tac == channel.load_tac(suite, dtk, load, TIME)
    request = InitForPurchase(2, 5, 6, 7, TERMINAL)
    begun = PurchaseInitialized.parse(terminal.ok(medical.init_for_purchase(request)))
    assert (begun.account, begun.self_paid, begun.pool, begun.year) == (5, 0, 0, bytes(2))
    purchase = channel.Purchase(begun.random, begun.counter, 5, 6, 7, TERMINAL, 1, TIME)
    session = channel.purchase_session(suite, dpk, purchase)
    mac1 = channel.purchase_mac1(suite, session, purchase)
    receipt = terminal.ok(medical.debit_for_purchase(DebitForPurchase(1, TIME, mac1)))
    assert receipt[:4] == channel.purchase_tac(suite, dtk, purchase)
    assert terminal.ok(medical.get_balance(Purse.ACCOUNT, with_year=True)).hex() == "000000002026"
    assert terminal.ok(medical.get_balance(Purse.POOL)).hex() == "00000007"
    assert terminal.show("DSK") == StatusWord.OK
    terminal.ok(medical.update_starting_day(StartingDay(7, 1)))
    assert terminal.ok(medical.get_starting_day()).hex() == "0701"
