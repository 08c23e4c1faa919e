"""The list of pre-made stock: written once, read as a whole, found by account number."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import ApplicantError
from sscard.issuance.numbering import allocated_account
from sscard.issuance.premade_stock import COLUMNS, Stock, StockItem, read_stock, write_stock

if TYPE_CHECKING:
    from tests.issuance.premade.conftest import Workshop

DAY = date(2026, 1, 31)


def item(number: int) -> StockItem:
    serial = number.to_bytes(4)
    historical = bytes(9) + serial
    return StockItem(allocated_account(number), "3601", serial, historical, bytes(32), DAY)


def test_a_blank_is_found_by_its_account(second: Workshop, other: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "premade.csv"
    own = StockItem.of(second.record, second.serial, DAY, "C0666779.card")
    write_stock(path, [own, StockItem.of(other.record, other.serial, DAY)])
    stock = read_stock(path)
    assert stock.find(second.record.bank_number) == own
    assert own.fits(second.counter.identify(second.blank()))
    assert not own.fits(other.record)
    assert stock.find(allocated_account(9)) is None
    assert second.record.bank_number not in repr((own, stock))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_stock(path, [own])


@given(st.sets(st.integers(1, 999_999_999), max_size=8))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, numbers: set[int]
) -> None:
    path = tmp_path_factory.mktemp("stock") / "premade.csv"
    items = {allocated_account(number): item(number) for number in numbers}
    write_stock(path, items.values())
    assert read_stock(path) == Stock(items)


HEADER, LINE = ",".join(COLUMNS), ",".join(item(1).cells())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "premade.csv"),
        (LINE, "line 1: the columns are not bank_number"),
        (f"{HEADER},note\n", "line 1: the columns are not"),
        (f"{HEADER}\n{LINE},\n", "line 2"),
        (f"{HEADER}\n{LINE}\n{LINE}\n", "line 3: the account number or the serial is there twice"),
        (f"{HEADER}\n{LINE.replace('62280', '62281', 1)}\n", "line 2: the bank card number"),
        (f"{HEADER}\n{LINE.replace('3601', '3613')}\n", "line 2: the expiry is not YYMM"),
        (f"{HEADER}\n{LINE.replace('00000001', '0000001')}\n", "line 2"),
        (f"{HEADER}\n{LINE.replace('2026-01-31', '31.1.2026')}\n", "line 2: made_on is no date"),
        (f"{HEADER}\n{LINE.replace('00' * 32, 'xy' * 32)}\n", "line 2: digest is not 32 bytes"),
    ],
)
def test_a_damaged_list_is_refused_whole(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "premade.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ApplicantError, match=why) as caught:
        read_stock(path)
    assert allocated_account(1) not in str(caught.value)


def test_a_serial_that_is_there_twice_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "premade.csv"
    twice = item(2)
    same = replace(twice, bank_number=allocated_account(3))
    write_stock(path, [twice, same])
    with pytest.raises(ApplicantError, match=r"line 3: .*is there twice"):
        read_stock(path)
