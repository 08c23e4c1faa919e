"""Which card it is, whatever stands around the historical bytes."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Any

import pytest

from sscard.conformance import Verdict, cases_for, run


class OnT1:
    """The card as a reader has it on T=1: its ATR says so, and ends with a check byte."""

    def __init__(self, inside: Any) -> None:
        self.inside = inside

    def reset(self) -> bytes:
        historical = self.inside.reset()[-13:]
        body = bytes.fromhex("ED000001") + historical
        return b"\x3b" + body + bytes((reduce(xor, body),))

    def transmit(self, command: bytes, /) -> bytes:
        answer: bytes = self.inside.transmit(command)
        return answer


@pytest.mark.parametrize("on", [lambda card: card, OnT1], ids=["plain", "check byte"])
def test_keys_are_those_of_the_historical_bytes(desk: Any, on: Any) -> None:
    cases = cases_for(desk.profile, only=lambda label: label.id == "KEY_VER1.UKSSSE")
    (result,) = run(cases, desk.bench, on(desk.card), lambda: 0.0)
    assert result.verdict is Verdict.PASSED
