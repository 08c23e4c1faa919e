"""The accounting year: when the sums of the old one end (ssc 5.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.cos.medical.year import accounting_year

if TYPE_CHECKING:
    from tests.cos.medical.conftest import Bench

#: Year of the sums, starting day, date of the purchase -> the year after it.
TABLE = [
    ("2026", "0101", "20260101", "2026"),
    ("2026", "0101", "20261231", "2026"),
    ("2026", "0101", "20270101", "2027"),
    ("2026", "0101", "20270102", "2027"),
    ("2026", "0101", "20301231", "2030"),
    ("2026", "0101", "20251231", "2026"),
    ("2026", "0000", "20261231", "2026"),
    ("2026", "0000", "20270101", "2027"),
    ("2026", "0701", "20260630", "2026"),
    ("2026", "0701", "20260701", "2026"),
    ("2026", "0701", "20270630", "2026"),
    ("2026", "0701", "20270701", "2027"),
    ("2026", "0701", "20280630", "2027"),
    ("2026", "0701", "20280701", "2028"),
    ("2026", "1231", "20271230", "2026"),
    ("2026", "1231", "20271231", "2027"),
    ("2026", "1231", "20280101", "2027"),
    ("2027", "0301", "20280229", "2027"),
    ("2027", "0301", "20280301", "2028"),
    ("2027", "0228", "20280228", "2028"),
    ("2099", "0101", "21000101", "2100"),
    ("1999", "1001", "20000930", "1999"),
    ("1999", "1001", "20001001", "2000"),
    ("0000", "0101", "20260131", "2026"),
    ("0000", "0000", "20260131", "2026"),
    ("0000", "0701", "20260131", "2025"),
    ("0000", "0701", "00010630", "0000"),
    ("0000", "0701", "00010701", "0001"),
]


@pytest.mark.parametrize(("year", "day", "when", "after"), TABLE)
def test_the_year_of_a_purchase(
    make_bench: Callable[..., Bench], parts: Any, year: str, day: str, when: str, after: str
) -> None:
    content = parts.amounts(year=bytes.fromhex(year), day=bytes.fromhex(day))
    bench = make_bench("3des", parts.internal(content), parts.log, *parts.keys, *parts.dtks)
    answer = bench.init_purchase(100, 20, 30).require("INIT")
    assert answer[12:14] == bytes.fromhex(year), "INIT shows what is stored"
    bench.ok(bench.debit(bytes.fromhex(when + "000000")))
    assert bench.value("year") == bytes.fromhex(after)
    sums = bench.value("self_paid"), bench.value("pool")
    assert sums == ((220, 3_030) if after == year else (20, 30))
    assert bench.value("account") == 9_900, "the account knows no year"
    assert bench.value("day") == bytes.fromhex(day)


days = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: f"{day:%m%d}")
dates = st.dates(date(1990, 1, 1), date(2110, 12, 31)).map(lambda day: f"{day:%Y%m%d}")


@given(year=st.integers(1985, 2115), day=days, when=dates)
def test_the_words_of_the_specification(year: int, day: str, when: str) -> None:
    """Next year when date − (year·10000 + starting day) ≥ 10000."""
    over = int(when) - (year * 10_000 + int(day)) >= 10_000
    lies = accounting_year(bytes.fromhex(when + "120000"), bytes.fromhex(day))
    assert (lies > bytes.fromhex(f"{year:04}")) is over
    begun = int(lies.hex()) * 10_000 + int(day)
    assert begun <= int(when) < begun + 10_000


def test_a_load_begins_no_year(bench: Bench) -> None:
    bench.init_load(1).require("INIT")
    bench.ok(bench.credit(bytes.fromhex("20300101000000")))
    assert bench.value("year") == b"\x20\x26"
    assert (bench.value("self_paid"), bench.value("pool")) == (200, 3_000)


def test_a_new_year_makes_room_in_full_sums(make_bench: Callable[..., Bench], parts: Any) -> None:
    content = parts.amounts(self_paid=0xFFFFFFFF, pool=0xFFFFFFFF)
    bench = make_bench("sm4", parts.internal(content), parts.log, *parts.keys, *parts.dtks)
    bench.init_purchase(1, 1, 1).require("INIT")
    assert bench.sw(bench.debit(bytes.fromhex("20261231235959"))) == "6A80"
    bench.init_purchase(1, 1, 1).require("INIT")
    assert bench.sw(bench.debit(bytes.fromhex("20270101000000"))) == "9000"
    assert (bench.value("self_paid"), bench.value("pool")) == (1, 1)
