"""The transport against pcscd: who has the card, what becomes of one that is pulled, protocols."""

from __future__ import annotations

from typing import Any

FIRST = "Virtual PCD 00 00"
BLANK = "81544c868684000000000000"


def test_one_program_has_the_card_to_itself(pcscd: Any) -> None:
    found = pcscd.scenario("in_use")
    assert found["alone"].startswith(f"ReaderInUse: {FIRST}: 读卡器正被其他程序占用")
    assert found["state"] == "EXCLUSIVE"
    assert found["kept out"], "a transaction is for one program"
    assert found["together"] == ["9000", "9000"]


def test_a_card_that_was_pulled_is_not_gone_on_with(pcscd: Any) -> None:
    found = pcscd.scenario("removed")
    assert found["before"] == "9000"
    for answer in ("pulled", "swapped", "transmit"):
        assert found[answer].startswith(f"CardRemoved: {FIRST}: 卡片已取出"), answer
    assert found["after"] == "9000"


def test_a_card_is_waited_for(pcscd: Any) -> None:
    found = pcscd.scenario("waiting")
    assert found["atr"] == f"3b6d000000{BLANK}"
    assert found["nobody"].startswith(f"NoCard: {FIRST}: 0.1秒内未放入卡片")


def test_callers_see_whole_apdus_on_every_protocol(pcscd: Any) -> None:
    found = pcscd.scenario("protocols")
    assert {name: each["active"] for name, each in found.items()} == {
        "T=0": "T0",
        "T=1": "T1",
        "contactless": "T1",
    }
    for each in found.values():
        assert each["case 3"] == each["case 4"] == "6f0a8408a0000003330101019000"
        assert BLANK in each["atr"]
    assert found["contactless"]["atr"].startswith("3b8d8001")
    assert "T=0 carries no extended-length command (263 bytes)" in found["T=0"]["extended"]
    assert found["T=1"]["extended"] == "", "this reader takes it, and the card judges it"


def test_two_readers_work_at_the_same_time(pcscd: Any) -> None:
    assert pcscd.scenario("two_at_once") == {"answers": [100, 100]}
