"""Power fails at every programming step of every command of a transaction.

Afterwards the card is as before the command or as after it.  No ATC goes back, no cryptogram was
given for an ATC that is given again, and no money is made: what the terminal has an approval for is
paid.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from sscard.apdu.iso7816 import INS
from sscard.cos.nvm import NVM
from sscard.cos.pse.state import PHASES
from sscard.dialects.chip import PAGE

CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
CONTACT_PDOL = "9F7A019F02065F2A02DF6901"
TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"


class PowerLoss(Exception):
    """The n-th step was not finished."""


class TornMemory(NVM):
    """Power fails once, at step ``cut_at``; ``torn`` says what is then in the page."""

    cut_at: int | None = None
    torn = "old"

    def program(self, page: int, content: bytes) -> None:
        if self.cut_at is not None:
            self.cut_at -= 1
            if self.cut_at == 0:
                self.cut_at = None
                super().program(page, self._remains(page, content))
                raise PowerLoss
        super().program(page, content)

    def _remains(self, page: int, content: bytes) -> bytes:
        old = self.sense(page)
        half = content[: PAGE // 2] + old[PAGE // 2 :]
        return {"old": old, "new": content, "erased": b"\xff" * PAGE, "half": half}[self.torn]


Step = Callable[[Any], object]


def started(talk: Any) -> None:
    talk.start().require("GPO")


def asked(talk: Any) -> None:
    started(talk)
    talk.ac("80")


def answered(talk: Any) -> None:
    asked(talk)
    assert talk.answer() == 0x9000


def ended(talk: Any) -> None:
    answered(talk)
    talk.ac("40", CDOL2)


def script(head: str, data: str = "") -> Step:
    return lambda talk: talk.script(head, bytes.fromhex(data))


def wrong_script(talk: Any) -> None:
    talk.send("84240000", bytes(4))


def new_pin(talk: Any) -> None:
    talk.script("84240002", talk.oracle.new_pin("9876", talk.first.atc))


#: What comes before, the command, what the terminal says.
STEPS: dict[str, tuple[Step, Step, dict[str, str]]] = {
    "GPO": (lambda talk: talk.bench.select(), started, {}),
    "GPO, a tap that is paid": (
        lambda talk: talk.bench.over(contactless=True),
        lambda talk: talk.start(TAP_PDOL),
        {},
    ),
    "GPO, a tap that goes on line": (
        lambda talk: talk.bench.over(contactless=True),
        lambda talk: talk.start(TAP_PDOL),
        {"t9F66": "26800080"},
    ),
    "first AC, ARQC": (started, lambda talk: talk.generate("80"), {}),
    "first AC, TC": (started, lambda talk: talk.generate("40"), {}),
    "first AC, TC in cash": (started, lambda talk: talk.generate("40"), {"t9F7A": "01"}),
    "first AC, AAC": (started, lambda talk: talk.generate("00"), {"t95": "4000000000"}),
    "right answer": (asked, lambda talk: talk.answer(), {}),
    "wrong answer": (asked, lambda talk: talk.answer(wrong=True), {}),
    "second AC, TC": (answered, lambda talk: talk.generate("40", CDOL2), {}),
    "second AC, nobody reached": (
        asked,
        lambda talk: talk.generate("40", CDOL2),
        {"t8A": "5933", "t9F7A": "01"},
    ),
    "application block": (ended, script("841e0000"), {}),
    "application unblock": (ended, script("84180000"), {}),
    "card block": (ended, script("84160000"), {}),
    "PIN unblock": (ended, script("84240000"), {}),
    "PIN change": (ended, new_pin, {}),
    "loading": (ended, script("04da9f79", "000000100000"), {}),
    "a record": (ended, script("04dc010c", "70035a0112"), {}),
    "a longer record": (ended, script("04dc010c", "7042" + "9f633f" + 63 * "11"), {}),
    "a wrong MAC": (ended, wrong_script, {}),
}


#: Those that change nothing in the memory.
READERS = {
    (0x00, INS.INTERNAL_AUTHENTICATE),
    (0x00, INS.GET_CHALLENGE),
    (0x84, INS.UPDATE_CAPP_DATA_CACHE),  # what it collects is written with the last record
}


def test_every_command_of_a_transaction_is_swept(rich: Any) -> None:
    """Together with ``tearing/test_tearing.py`` all rows of the debit application."""
    heard = set()
    execute = rich.banking.execute

    def listening(command: Any, state: Any) -> bytes:
        heard.add((command.cla, command.ins))
        return bytes(execute(command, state))

    cells = bytes(rich.nvm.cells)
    rich.banking.execute = listening
    for before, step, said in STEPS.values():
        rich.nvm.cells[:] = cells
        rich.over(contactless=False)
        talk = rich.said(**said)
        before(talk)
        step(talk)
    assert heard >= set(PHASES) - READERS


def test_readers_change_nothing(rich: Any) -> None:
    talk = rich.said()
    started(talk)
    before = rich.nvm.programmed
    assert talk.send("00880000", bytes(4), le=True).sw == 0x9000
    assert talk.send("00840000", le=True).sw == 0x9000
    assert rich.nvm.programmed == before


@pytest.fixture(scope="module")
def cells(make_rich: Any) -> bytes:
    return bytes(make_rich().nvm.cells)


def card_of(bench_of: Any, cells: bytes) -> Any:
    return bench_of(cells, TornMemory)


def state(bench: Any) -> dict[str, Any]:
    """What counts: ATC, balance, tries, both logs, risk, record, whether it is blocked."""
    bench.over(contactless=False)
    sw = int(bench.select().sw)
    tags = ("9f36", "9f79", "9f17", "9f13", "9f5d")
    found: dict[str, Any] = {tag: bench.get(tag) for tag in tags}
    debit = bench.banking._instances[bytes.fromhex("A000000333010101")]
    return {
        **found,
        "sw": sw,
        "log": [bench.log(number) for number in (1, 2)],
        "loads": bench.log(1, sfi=12),
        "risk": debit.value(0xFF01),
        "record": debit.value(0x0301),
        "pin": debit.value(0x8010),
    }


@pytest.mark.parametrize("torn", ["old", "new", "erased", "half"])
@pytest.mark.parametrize("name", STEPS)
def test_before_or_after(bench_of: Any, cells: bytes, name: str, torn: str) -> None:
    before_step, step, said = STEPS[name]
    whole = card_of(bench_of, cells)
    talk = whole.said(**said)
    before_step(talk)
    twin = card_of(bench_of, bytes(whole.nvm.cells))
    before = state(twin)
    step(talk)
    after = state(whole)
    assert (before == after) == (name == "right answer")
    seen = []
    for cut_at in count(1):
        bench = card_of(bench_of, cells)
        talk = bench.said(**said)
        before_step(talk)
        bench.nvm.torn, bench.nvm.cut_at = torn, cut_at
        try:
            step(talk)
        except PowerLoss:
            found = state(bench)
            assert found in (before, after), f"cut at {cut_at}"
            seen.append(found == after)
            again(bench, found)
        else:
            break
    if before != after:
        assert seen[0] is False
        assert seen[-1] is True
        assert seen == sorted(seen), "once it has happened it stays so"


def again(bench: Any, found: dict[str, Any]) -> None:
    """The card goes on: the next ATC is the next number."""
    if found["sw"] == 0x6283:
        return
    talk = bench.said()
    talk.start().require("GPO")
    made = talk.ac("00")
    assert int.from_bytes(made.atc, "big") == int(found["9f36"], 16) + 1


@pytest.mark.parametrize("torn", ["old", "new", "erased", "half"])
def test_a_pin_try_is_gone(bench_of: Any, cells: bytes, torn: str) -> None:
    """Whenever the answer could be known, the try was counted."""
    for right in (True, False):
        block = bytes.fromhex("26123456ffffffff" if right else "26654321ffffffff")
        for cut_at in count(1):
            bench = card_of(bench_of, cells)
            talk = bench.said()
            started(talk)
            bench.nvm.torn, bench.nvm.cut_at = torn, cut_at
            try:
                talk.send("00200080", block)
            except PowerLoss:
                assert bench_of(bytes(bench.nvm.cells), TornMemory).get("9f17") in ("03", "02")
            else:
                break
        assert cut_at > 3
