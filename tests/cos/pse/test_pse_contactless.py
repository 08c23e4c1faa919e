"""The PPSE: there with an antenna, personalized by its FCI alone (pboc 1.8, 2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusWord


@pytest.fixture
def bench(make: Any) -> Any:
    """A blank chip with an antenna."""
    return make(antenna=True)


def test_a_chip_without_an_antenna_has_none(make: Any) -> None:
    assert make().select(aid.PPSE).sw == StatusWord.FILE_NOT_FOUND


def test_before_it_is_issued_it_only_has_its_name(bench: Any) -> None:
    assert bench.select(aid.PPSE).data.hex() == "6f10840e" + aid.PPSE.hex()


def test_its_fci_names_the_debit_application(bench: Any) -> None:
    assert set(bench.personalize(aid.PPSE)) == {StatusWord.OK}
    assert bench.select(aid.PPSE).sw == StatusWord.FILE_NOT_FOUND, "no longer on contacts"
    bench.banking.contactless = True
    assert bench.select(aid.PPSE).data.hex() == (
        "6f24840e325041592e5359532e4444463031a512bf0c0f610d4f08a000000333010101870101"
    )
    assert bench.hex("00b2010c00") == "6a83", "it has no records"


def test_it_takes_nothing_else(bench: Any, grouping: Any) -> None:
    host = bench.open(aid.PPSE)
    assert bench.store(host, grouping(0x0101, b"\x70\x02\x61\x00"), 0) == 0x6A88


def test_it_is_not_complete_without_its_fci(bench: Any) -> None:
    host = bench.open(aid.PPSE)
    last = CommandAPDU(0x80, INS.STORE_DATA, 0x80, 0x00)
    assert bench.send(host.wrap(last)).sw == StatusWord.WRONG_P1P2


def test_the_others_do_not_wait_for_it(bench: Any) -> None:
    for name in (aid.PSE, aid.DEBIT):
        assert set(bench.personalize(name)) == {StatusWord.OK}
    bench.reset()
    assert b"\x9f\x38" in bench.select(aid.DEBIT).data
    assert bench.select(aid.PPSE).data.hex() == "6f10840e" + aid.PPSE.hex()
