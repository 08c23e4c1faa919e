"""A faulty card puts a person's data, and markup, where nothing of the kind belongs."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from simulator.faults import FaultyCard
from sscard.conformance import Verdict, cases_for, run
from sscard.conformance.report.document import case_document
from sscard.conformance.report.junit import dialogue
from sscard.conformance.report.telling import Telling
from sscard.conformance.suites import Label
from tests.conformance.conftest import Desk

NAME, NUMBER = "欧阳犇犇", "110101199003070038"
_CANARY = NAME.encode("gbk") + NUMBER.encode() + b"<script>alert(1)</script>"
_REFUSALS = (b"\x69\x82", b"\x63\xc2", b"\x61\x10", b"\x6c\x08", b"\x12\x34")
_SHARE = 150
#: Longer than a challenge, whose 8 or 16 bytes may be anything.
_DIGITS = 36


@dataclass
class Hostile:
    """A right card, but for a third of its answers."""

    card: FaultyCard
    dice: random.Random

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        right = self.card.transmit(command)
        body, size = _CANARY * 8, len(right) - 2
        answers = (
            body[:size] + right[-2:],
            right[:2] + body[: max(size - 2, 0)] + right[-2:],
            body[: self.dice.randrange(60)] + right[-2:],
            _CANARY + self.dice.choice(_REFUSALS),
            _CANARY[:9],
            b"",
        )
        return self.dice.choice(answers) if self.dice.random() < 0.33 else right


@pytest.mark.parametrize(("spec", "seed"), [("gen2", 1), ("gen3", 2)])
def test_whatever_it_answers_is_judged_and_nothing_of_it_is_told(
    make_desk: Callable[[str], Desk], spec: str, seed: int
) -> None:
    dice = random.Random(seed)
    desk = make_desk(spec)
    cases = cases_for(desk.profile, only=lambda label: dice.random() < 0.5 and _light(label))
    telling = Telling(desk.profile)
    told = []
    for case in dice.sample(cases, _SHARE):
        card = Hostile(desk.card, dice)
        (result,) = run([case], desk.bench, card, time.perf_counter)  # each with fresh trust
        told.append(telling.told(result))
    assert {Verdict.FAILED, Verdict.BROKEN} <= {each.verdict for each in told}
    for each in told:
        text = dialogue(each) + json.dumps(case_document(each), ensure_ascii=False)
        assert [found for found in secrets() if found in text] == [], each.id


def _light(label: Label) -> bool:
    return not label.group.startswith("DF0")


def secrets() -> Iterator[str]:
    """The canary as text, and every piece of it in hexadecimal."""
    yield from (NAME, NUMBER, "<script>")
    digits = (_CANARY * 2).hex().upper()
    yield from (digits[at : at + _DIGITS] for at in range(0, len(digits) - _DIGITS, 2))
