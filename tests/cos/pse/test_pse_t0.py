"""The debit application on T=0: what waits is fetched, also behind a warning (pboc 5)."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.cos.t0 import TpduCard


@pytest.fixture
def tpdus(rich: Any) -> TpduCard:
    return TpduCard(rich.process)


def say(card: TpduCard, tpdu: str) -> str:
    return card.process(bytes.fromhex(tpdu)).hex()


SELECT = "00a4040008 a000000333010101"


def test_a_transaction(tpdus: TpduCard, rich: Any) -> None:
    assert say(tpdus, SELECT).startswith("61")
    assert say(tpdus, "80a800000d 830b 00 000000001234 0156 00 00") == "6700"
    assert say(tpdus, "80a800000c 830a 00 000000001234 0156 00") == "6110"
    assert say(tpdus, "00c0000010") == "800e7d000801010010010100180101009000"
    assert say(tpdus, "0084000008").endswith("9000")
    data = rich.said().data("9F02069F03069F1A0295055F2A029A039F21039C019F37049F4E14").hex()
    announced = say(tpdus, f"80ae8000{len(data) // 2:02x}" + data)
    assert announced[:2] == "61"
    assert say(tpdus, f"00c00000{announced[2:]}").startswith("80")
    assert say(tpdus, "008200000a" + 20 * "0") == "6300"


def test_a_blocked_application_shows_its_fci(tpdus: TpduCard, rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    talk.ac("80")
    assert talk.script("841e0000") == 0x9000
    announced = say(tpdus, SELECT)
    assert announced[:2] == "61"
    fci = say(tpdus, f"00c00000{announced[2:]}")
    assert fci.startswith("6f")
    assert fci.endswith("6283")
