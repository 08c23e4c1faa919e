"""What is refused, and what counts first: whole products of conditions (decision 6)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from sscard.cos.le import policy
from sscard.cos.protocol import Protocol
from sscard.dialects.operations import CreateFile, KeyType, Structure
from sscard.dialects.rights import FREE
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.cos.medical.conftest import Bench

TERMINAL = bytes.fromhex("510100000042")
#: Form of INIT: what is wrong with it -> (P2, data cut, Le, status word with xx for the length).
FORMS = {
    "": (1, 0, b"", ""),
    "Le just enough": (1, 0, None, ""),
    "P2": (0, 1, b"\1", "6A86"),
    "Lc": (1, 1, b"\1", "6700"),
    "Le": (1, 0, b"\1", "6C"),
}
LOGS = {"": "", "missing": "6A82", "variable": "6981", "long records": "6981"}
FILES = {"": "", "missing": "6A82", "short": "6981", "long": "6981"}
DTKS = {"": "", "missing": "9403", "two others": "9403", "8 bytes": "9403"}


def log(parts: Any, kind: str) -> list[Any]:
    record = parts.fill + b"\0" * (kind == "long records")
    if kind == "missing":
        return []
    if kind == "variable":
        return [CreateFile(0xEF08, Structure.VARIABLE, FREE, FREE, (record, record))]
    return [CreateFile(0xEF08, Structure.CYCLIC, FREE, FREE, (record,), 3)]


def file(parts: Any, kind: str, content: bytes) -> list[Any]:
    sizes = {"": content, "short": content[:-1], "long": content + b"\0"}
    return [] if kind == "missing" else [parts.internal(sizes[kind])]


def dtks(parts: Any, kind: str) -> list[Any]:
    def make(version: int, value: bytes) -> Any:
        return parts.load_key(KeyType.TRANSACTION, 1, version, value)

    return {
        "": [*parts.dtks],
        "missing": [],
        "two others": [make(7, bytes(16)), make(8, bytes(16))],
        "8 bytes": [make(1, bytes(8)), *parts.dtks[1:]],
    }[kind]


def cards(
    make: Callable[..., Bench], parts: Any, counter: str
) -> Iterator[tuple[list[str], Bench]]:
    """Cards with and without each of the things that INIT needs, and what they answer."""
    for file_, log_, dtk, full in product(FILES, LOGS, DTKS, (False, True)):
        content = parts.amounts(**({counter: 0xFFFF} if full else {}))
        keys = dtks(parts, dtk)
        bench = make("3des", *file(parts, file_, content), *log(parts, log_), *parts.keys, *keys)
        yield [FILES[file_], LOGS[log_], DTKS[dtk], "9402" if full else ""], bench


def first(*candidates: str) -> str:
    return next((each for each in candidates if each), "9000")


@pytest.mark.parametrize(
    ("p1", "counter", "answer", "enough", "too_much", "status"),
    [
        pytest.param(0, "loads", 16, (0xFFFFFFFF - 10_000,), (0xFFFFFFFF - 9_999,), "6A80"),
        pytest.param(1, "purchases", 22, (10_000, 1, 1), (10_001, 1, 1), "9401"),
    ],
    ids=["FOR LOAD", "FOR PURCHASE"],
)
def test_init(
    make_bench: Callable[..., Bench],
    parts: Any,
    p1: int,
    counter: str,
    answer: int,
    enough: tuple[int, ...],
    too_much: tuple[int, ...],
    status: str,
) -> None:
    visited = 0
    for (file_, log_, dtk, full), bench in cards(make_bench, parts, counter):
        for pin, index, much, form in product((True, False), (1, 9), (False, True), FORMS):
            bench.start(pin=pin)
            p2, cut, le, wrong = FORMS[form]
            le = bytes((answer,)) if le is None else le
            amounts = b"".join(struct.pack(">I", each) for each in (too_much if much else enough))
            data = (bytes((index,)) + amounts + TERMINAL)[cut:]
            command = bytes((0xB0, 0x28, p1, p2, len(data))) + data + le
            wanted = first(
                f"6C{answer:02X}" if wrong == "6C" else wrong,
                file_,
                log_,
                "9403" if index == 9 else dtk,
                "" if pin else "6982",
                full,
                status if much else "",
            )
            assert bench.sw(command) == wanted, (file_, log_, dtk, full, pin, index, much, form)
            visited += 1
    assert visited == 4 * 4 * 4 * 2 * 2 * 2 * 2 * 5


@pytest.mark.parametrize("le", ["", "07", "08", "00"])
@pytest.mark.parametrize("time", ["20260131235959", "2026013123595A", "20260431000000"])
@pytest.mark.parametrize("wrong", [False, True], ids=["", "wrong MAC"])
@pytest.mark.parametrize("account", [1_000, 1_001], ids=["", "balance gone"])
@pytest.mark.parametrize("sums", [(5, 5), (6, 5), (5, 6)], ids=["", "SPIP full", "SPFP full"])
def test_debit(
    make_bench: Callable[..., Bench],
    parts: Any,
    le: str,
    time: str,
    wrong: bool,
    account: int,
    sums: tuple[int, int],
) -> None:
    full = parts.amounts(account=1_001, self_paid=0xFFFFFFFF - 5, pool=0xFFFFFFFF - 5)
    bench = make_bench("3des", parts.internal(full), parts.log, *parts.keys, *parts.dtks)
    bench.init_purchase(account, *sums).require("INIT")
    # No command can do this between INIT and DEBIT; the card looks again all the same.
    at = bench.env.current().by_fid[0xEF1D].places[0][0]
    bench.card.nvm.write(at + 4, struct.pack(">I", 1_000))
    bench.card.nvm.commit()
    before = bench.contents()
    wanted = first(
        "6C08" if le == "07" else "",
        "9302" if wrong else "",
        "" if time == "20260131235959" else "6A80",
        "9401" if account > 1_000 else "",
        "6A80" if max(sums) > 5 else "",
    )
    command = bench.debit(bytes.fromhex(time), wrong=wrong, le=bytes.fromhex(le))
    assert bench.sw(command) == wanted
    assert (bench.contents() == before) is (wanted != "9000")


@pytest.mark.parametrize(
    "time",
    [
        "00000101000000",
        "20260001000000",
        "20261301000000",
        "20260100000000",
        "20260132000000",
        "20250229000000",
        "20260131240000",
        "20260131006000",
        "20260131000060",
        "20260131000061",
        "2026AB01000000",
        "FFFFFFFFFFFFFF",
    ],
)
def test_what_is_no_time(bench: Bench, time: str) -> None:
    before = bench.contents()
    bench.init_load(1).require("INIT")
    assert bench.sw(bench.credit(bytes.fromhex(time))) == "6A80"
    bench.init_purchase(1, 1, 1).require("INIT")
    assert bench.sw(bench.debit(bytes.fromhex(time))) == "6A80"
    assert bench.contents() == before


@pytest.mark.parametrize("time", ["00010101000000", "20240229235959", "99991231000000"])
def test_what_is_a_time(bench: Bench, time: str) -> None:
    bench.init_load(1).require("INIT")
    assert bench.sw(bench.credit(bytes.fromhex(time))) == "9000"


@pytest.mark.parametrize(("name", "kind"), [("loads", 0), ("purchases", 1)])
def test_the_last_count(make_bench: Callable[..., Bench], parts: Any, name: str, kind: int) -> None:
    content = parts.amounts(**{name: 0xFFFE})
    bench = make_bench("sm4", parts.internal(content), parts.log, *parts.keys, *parts.dtks)
    init = [lambda: bench.init_load(1), lambda: bench.init_purchase(1, 1, 1)][kind]
    init().require("INIT")
    assert bench.sw(bench.debit() if kind else bench.credit()) == "9000"
    assert bench.value(name) == 0xFFFF
    assert f"{init().sw:04X}" == "9402"
    other = [lambda: bench.init_purchase(1, 1, 1), lambda: bench.init_load(1)][kind]
    assert f"{other().sw:04X}" == "9000", "each kind counts for itself"


def test_the_balance_can_be_filled_and_emptied_to_the_last_fen(bench: Bench) -> None:
    bench.init_load(0xFFFFFFFF - 10_000).require("INIT")
    bench.ok(bench.credit())
    assert bench.value("account") == 0xFFFFFFFF
    assert f"{bench.init_load(1).sw:04X}" == "6A80"
    assert f"{bench.init_load(0).sw:04X}" == "9000"
    bench.init_purchase(0xFFFFFFFF, 0, 0).require("INIT")
    bench.ok(bench.debit())
    assert bench.value("account") == 0
    assert f"{bench.init_purchase(1, 0, 0).sw:04X}" == "9401"
    assert f"{bench.init_purchase(0, 1, 1).sw:04X}" == "9000"


#: Command -> status words with and without the file, and with one of another size.
INQUIRIES = [
    ("B026000104", "9000", "6A82", "6981"),
    ("B0260001", "6700", "6700", "6700"),
    ("B02600010101", "6700", "6700", "6700"),
    ("B026010104", "6A86", "6A86", "6A86"),
    ("B026000004", "6A86", "6A86", "6A86"),
    ("B026000103", "6C04", "6C04", "6C04"),
    ("B02E0001020000", "9406", "6A82", "6981"),
    ("B02E000002000008", "6A86", "6A86", "6A86"),
    ("B02E000302000008", "6A86", "6A86", "6A86"),
    ("B02E010102000008", "6A86", "6A86", "6A86"),
    ("B02E00010100", "6700", "6700", "6700"),
    ("B02E000108", "6700", "6700", "6700"),
    ("B056010002", "9000", "6A82", "6981"),
    ("B056010002010102", "6700", "6700", "6700"),
    ("B0560101020101", "6A86", "6A86", "6A86"),
    ("B056000002FFFF", "6982", "6A82", "6981"),
    ("B056000002", "6700", "6700", "6700"),
    ("B05600000201", "6700", "6700", "6700"),
    ("B05600000202020202", "6700", "6700", "6700"),
    ("B056000102", "6A86", "6A86", "6A86"),
    ("B056020002", "6A86", "6A86", "6A86"),
    ("B4260001", "6E00", "6E00", "6E00"),
]


@pytest.mark.parametrize("pin", [True, False], ids=["PIN", "no PIN"])
@pytest.mark.parametrize("row", INQUIRIES, ids=lambda row: row[0])
def test_inquiries(
    make_bench: Callable[..., Bench], parts: Any, row: tuple[str, ...], pin: bool
) -> None:
    command, *wanted = row
    for kind, sw in zip(("", "missing", "short"), wanted, strict=True):
        bench = make_bench("3des", *file(parts, kind, parts.amounts()), parts.log, *parts.keys)
        bench.start(pin=pin)
        hidden = sw == "9000" and command.startswith("B026") and not pin
        assert bench.hex(command)[-4:] == ("6982" if hidden else sw), kind


def test_the_pin_is_lost_at_power_off(bench: Bench) -> None:
    bench.start(pin=False)
    for command in ("B026000104", "B026000206", "B026000304"):
        assert bench.hex(command) == "6982"
    assert f"{bench.init_load(1).sw:04X}" == "6982"
    assert f"{bench.init_purchase(1, 1, 1).sw:04X}" == "6982"
    assert bench.hex("B056010002") == "01019000"
    assert bench.hex("B02E000102000008") == "9406"


def test_no_command_reads_or_writes_the_file(bench: Bench) -> None:
    before = bench.contents()
    assert bench.hex("00A4020002EF1D") == "6A82", "nor selects it"
    for command in ("00B09D0001", "00D69D0001FF", "00B201EC00", "00DC01EC01FF", "00DC00EB01FF"):
        assert bench.hex(command) == "6981", command
    assert bench.contents() == before


@pytest.mark.parametrize("le", ["00", "03", "05"])
def test_a_wrong_le_takes_nothing_away(bench: Bench, le: str) -> None:
    """Where a too large Le is refused, the terminal repeats the command with the right one."""
    bench.card._fit = policy(load_chip("gen2-32k"), Protocol.T0)
    bench.init_load(5).require("INIT")
    before = bench.contents()
    assert bench.sw(bench.credit(le=bytes.fromhex(le))) == "6C04"
    assert bench.contents() == before
    assert bench.sw(bench.credit()) == "9000"
    assert bench.value("account") == 10_005
