"""The issued applications as a terminal meets them (pboc 5)."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.apdu import aid, iso7816, pboc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.keys import Pin

RIGHT, WRONG = Pin("123456").block(), Pin("654321").block()
GPO = pboc.get_processing_options(bytes(9))


def test_the_directory_names_the_debit_application(issued: Any) -> None:
    assert issued.select(aid.PSE).data.hex() == (
        "6f1e840e315041592e5359532e4444463031a50c8801015f2d027a689f110101"
    ), "the published trace of pboc 2.2"
    record = issued.send(iso7816.read_record(1, sfi=1)).require("read")
    assert aid.DEBIT in record
    assert issued.send(iso7816.read_record(2, sfi=1)).sw == StatusWord.RECORD_NOT_FOUND


def test_processing_options(issued: Any) -> None:
    issued.select()
    assert issued.send(GPO).data.hex() == "800e5c00" + "080101001001010018010100"


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        ("8300", "6700"),
        ("8308" + 8 * "00", "6700"),
        ("830A" + 10 * "00", "6700"),
        ("8409" + 9 * "00", "6a80"),
        ("8309" + 8 * "00", "6a80"),
        ("8309" + 9 * "00" + "8300", "6a80"),
    ],
)
def test_options_asked_for_wrongly_start_no_transaction(issued: Any, data: str, sw: str) -> None:
    issued.select()
    raw = bytes.fromhex(data)
    assert issued.send(CommandAPDU(0x80, 0xA8, data=raw, ne=256)).sw == int(sw, 16)
    assert issued.hex("80ca9f3600") == "9f360200009000"


def test_an_application_without_pdol_takes_empty_data(bench: Any, grouping: Any) -> None:
    fci = grouping(0x9102, bytes.fromhex("A503500141"))
    rest = [each for each in bench.groupings[aid.DEBIT] if each.identifier != 0x9102]
    bench.personalize(groupings=[fci, *rest])
    assert bench.hex("80a8000002 8300 00").startswith("800e5c00")


def test_the_transaction_counter(issued: Any) -> None:
    issued.select()
    assert issued.hex("80ca9f3600") == "9f360200009000"
    issued.send(GPO)
    issued.send(GPO)
    issued.reset()
    issued.select()
    assert issued.hex("80ca9f3600") == "9f360200029000"


def test_too_small_an_le_changes_nothing(issued: Any) -> None:
    issued.select()
    assert issued.hex("80a800000b 8309000000000000000000 05") == "6c10"
    assert issued.hex("00b2010c05") == "6c17"
    assert issued.hex("00b2010c17").endswith("9000")
    assert issued.hex("80ca9f3600") == "9f360200009000"


def test_other_data_objects(issued: Any) -> None:
    issued.select()
    assert issued.hex("80ca9f1700") == "9f1701039000"
    assert issued.hex("80ca9f7900") == "6a88"
    issued.select(aid.PSE)
    assert issued.hex("80ca9f1700") == "6d00"


def test_records(issued: Any) -> None:
    issued.select()
    for each in issued.groupings[aid.DEBIT]:
        sfi, number = each.identifier >> 8, each.identifier & 0xFF
        if sfi <= 10:
            assert issued.send(iso7816.read_record(number, sfi=sfi)).data == each.value
    assert issued.hex("00b2012400") == "6a83"
    assert issued.hex("00b2020c00") == "6a83"


def test_the_keys_are_no_record(issued: Any) -> None:
    """No P1 and P2 reaches the groupings that are not records."""
    issued.select()
    readable = {
        sfi << 8 | number
        for sfi in range(1, 31)
        for number in range(1, 256)
        if issued.send(iso7816.read_record(number, sfi=sfi)).sw == StatusWord.OK
    }
    assert readable == {0x0101, 0x0201, 0x0301}


def test_verify_counts_and_blocks(issued: Any) -> None:
    issued.select()
    assert issued.send(pboc.verify(WRONG)).sw == 0x63C2
    assert issued.send(pboc.verify(RIGHT)).sw == StatusWord.OK
    tries = [issued.send(pboc.verify(WRONG)).sw for _ in range(4)]
    assert tries == [0x63C2, 0x63C1, 0x63C0, 0x6983]
    issued.reset()
    issued.select()
    assert issued.send(pboc.verify(RIGHT)).sw == StatusWord.AUTHENTICATION_BLOCKED
    assert issued.hex("80ca9f1700") == "9f1701009000"


def test_a_pin_block_of_another_form_is_a_wrong_pin(issued: Any) -> None:
    issued.select()
    assert issued.send(pboc.verify(bytes(8))).sw == 0x63C2


def test_the_try_is_permanent_before_it_is_judged(issued: Any) -> None:
    """Power fails after the first commit: the try is gone, also for the right PIN."""
    issued.select()

    class PowerLoss(Exception):
        pass

    commit, calls = issued.nvm.commit, []

    def once() -> None:
        commit()
        calls.append(1)
        raise PowerLoss

    issued.nvm.commit = once
    with pytest.raises(PowerLoss):
        issued.send(pboc.verify(RIGHT))
    issued.nvm.commit = commit
    issued.reset()
    issued.select()
    assert issued.hex("80ca9f1700") == "9f1701029000"


def test_nothing_secret_is_printed(issued: Any) -> None:
    issued.select()
    issued.send(pboc.verify(RIGHT))
    shown = repr(vars(issued.banking)) + repr(pboc.verify(RIGHT))
    assert RIGHT.hex() not in shown
    assert "123456" not in shown
