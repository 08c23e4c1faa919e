"""Transactions over the contacts, against an issuer in plain Python (pboc 2 to 5)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("sm", ["00", "01"])
def test_an_online_transaction(rich: Any, sm: str) -> None:
    talk = rich.said(tDF69=sm)
    options = talk.start().require("GPO").hex()
    assert options == (
        "800e7d00080101001001010018010100" if sm == "00" else "800a7d000801010010010100"
    )
    first = talk.ac("80")
    assert (first.cid, first.atc.hex(), first.cvr) == (0x80, "0042", "03a00000")
    assert first.issuer[:3].hex() == ("070101" if sm == "00" else "070201")
    assert first.issuer[7] == (1 if sm == "00" else 4)
    assert talk.answer() == 0x9000
    second = talk.ac("40", talk_cdol2())
    assert (second.cid, second.cvr) == (0x40, "03600000")
    assert rich.get("9f13") == "0042"


def talk_cdol2() -> str:
    return "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"


def test_the_balance_is_in_9f10(rich: Any) -> None:
    talk = rich.said()
    talk.start().require("GPO")
    made = talk.ac("80")
    key = talk.oracle.session(1, made.atc)
    balance = bytes.fromhex("0000060000")
    mac = talk.oracle.mac(key, made.atc + balance + b"\0")[:4]
    assert made.issuer[8:] == b"\x0a\x01" + balance + mac
