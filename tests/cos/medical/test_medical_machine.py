"""Any sequence of medical commands and power losses, against a purse in plain Python."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sscard.apdu.medical_data import packed_time

if TYPE_CHECKING:
    from tests.cos.medical.conftest import Bench

TERMINAL = bytes.fromhex("510100000042")
LARGEST = 0xFFFFFFFF
amounts = st.integers(0, 900) | st.sampled_from([0, 1, 10_000, 0x7FFFFFFF, LARGEST])
#: There is a third DLK and DPK, but no third DTK.
TWO_KEYS = (1, 2)
indexes = st.sampled_from([1, 1, 1, 2, 2, 3, 9])
times = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1)).map(packed_time)
days = st.sampled_from(["0101", "0630", "0701", "1231", "0229", "1301"])


@dataclass(frozen=True)
class Ending:
    """How a transaction is finished: its time, with a wrong MAC, at which page power fails."""

    time: bytes
    wrong: bool
    cut_at: int | None
    left: int


endings = st.builds(
    Ending,
    times,
    st.sampled_from([False, False, False, True]),
    st.none() | st.integers(1, 14),
    st.integers(0, 99),
)
#: What follows an INIT at once, most of the time.
maybe = endings | endings | st.none()


@dataclass(frozen=True)
class Purse:
    """What the specification says a card keeps."""

    loads: int
    purchases: int
    account: int
    self_paid: int
    pool: int
    year: int
    day: int
    log: tuple[bytes, ...]
    #: (type, counter, MAC, TAC) of the last transaction.
    proof: tuple[int, int, bytes, bytes] = field(default=(0, 0, bytes(4), bytes(4)))

    def loaded(self, amount: int, time: bytes, mac: bytes, tac: bytes) -> Purse:
        return replace(
            self,
            loads=self.loads + 1,
            account=self.account + amount,
            log=self.longer(self.loads, b"1", time, amount, 0, 0),
            proof=(1, self.loads, mac, tac),
        )

    def bought(self, three: tuple[int, ...], time: bytes, mac: bytes, tac: bytes) -> Purse:
        account, self_paid, pool = three
        date = int(time.hex()[:8])
        purse = self
        if date - (self.year * 10_000 + self.day) >= 10_000:
            year = date // 10_000
            year -= date < year * 10_000 + self.day
            purse = replace(self, year=year, self_paid=0, pool=0)
        return replace(
            purse,
            purchases=self.purchases + 1,
            account=self.account - account,
            self_paid=purse.self_paid + self_paid,
            pool=purse.pool + pool,
            log=self.longer(self.purchases, b"2", time, *three),
            proof=(2, self.purchases, mac, tac),
        )

    def longer(self, number: int, kind: bytes, time: bytes, *three: int) -> tuple[bytes, ...]:
        record = struct.pack(">H", number) + kind + TERMINAL + time + struct.pack(">III", *three)
        return (record, *self.log)[:5]

    def stored(self) -> tuple[bytes, tuple[bytes, ...]]:
        head = (self.loads, self.purchases, self.account, self.self_paid, self.pool)
        year = bytes.fromhex(f"{self.year:04}{self.day:04}")
        return struct.pack(">HHIII4sBH4s4s", *head, year, *self.proof), self.log


class PurseMachine(RuleBasedStateMachine):
    """A card in DF04, its host, and what a purse should hold."""

    make: ClassVar[Callable[[], Bench]]
    power_loss: ClassVar[type[BaseException]]
    outcomes: ClassVar[list[Any]]

    @initialize()
    def begin(self) -> None:
        self.bench = type(self).make()
        content, log = self.bench.contents()
        values = struct.unpack(">HHIII", content[:16])
        year, day = int(content[16:18].hex()), int(content[18:20].hex())
        self.purse = Purse(*values, year, day, log)
        self.pin, self.begun = True, ""

    @rule(amount=amounts, index=indexes, ending=maybe)
    def init_load(self, amount: int, index: int, ending: Ending | None) -> None:
        answer = self.bench.init_load(amount, index)
        if index not in TWO_KEYS:
            wanted = "9403"
        elif not self.pin:
            wanted = "6982"
        else:
            wanted = "9000" if self.purse.account + amount <= LARGEST else "6A80"
        assert f"{answer.sw:04X}" == wanted
        self.begun = "load" if wanted == "9000" else ""
        if self.begun:
            load: Any = self.bench.pending
            assert answer.data[:6] == struct.pack(">IH", self.purse.account, self.purse.loads)
            assert answer.data[12:] == self.bench.mac1_of_load(load)
        if ending is not None:
            self.credit(ending)

    @rule(
        three=st.tuples(amounts, amounts, amounts),
        index=indexes,
        counter=st.integers(0, LARGEST),
        ending=maybe,
    )
    def init_purchase(
        self, three: tuple[int, int, int], index: int, counter: int, ending: Ending | None
    ) -> None:
        answer = self.bench.init_purchase(*three, index=index, terminal_counter=counter)
        if index not in TWO_KEYS:
            wanted = "9403"
        elif not self.pin:
            wanted = "6982"
        else:
            wanted = "9000" if three[0] <= self.purse.account else "9401"
        assert f"{answer.sw:04X}" == wanted
        self.begun = "purchase" if wanted == "9000" else ""
        if self.begun:
            amounts = self.purse.account, self.purse.self_paid, self.purse.pool
            assert answer.data[:12] == struct.pack(">III", *amounts)
            assert answer.data[12:14] == bytes.fromhex(f"{self.purse.year:04}")
            assert answer.data[14:16] == struct.pack(">H", self.purse.purchases)
        if ending is not None:
            self.debit(ending)

    @rule(ending=endings)
    def credit(self, ending: Ending) -> None:
        command = self.bench.credit(ending.time, wrong=ending.wrong)
        load: Any = self.bench.pending
        answer = self.sent(command, ending)
        if self.begun == "load" and not ending.wrong:
            mac, tac = self.bench.mac2_of_load(load), self.bench.tac_of_load(load)
            self.finished(answer, tac, self.purse.loaded(load.amount, ending.time, mac, tac))
        else:
            self.refused(answer, "9302" if self.begun == "load" else "6901")
        self.begun = ""

    @rule(ending=endings)
    def debit(self, ending: Ending) -> None:
        command = self.bench.debit(ending.time, wrong=ending.wrong)
        purchase: Any = self.bench.pending
        answer = self.sent(command, ending)
        if self.begun == "purchase" and not ending.wrong:
            mac, tac = self.bench.mac2_of_purchase(purchase), self.bench.tac_of_purchase(purchase)
            after = self.purse.bought(purchase.three, ending.time, mac, tac)
            if max(after.self_paid, after.pool) > LARGEST:
                self.refused(answer, "6A80")
            else:
                self.finished(answer, tac + mac, after)
        else:
            self.refused(answer, "9302" if self.begun == "purchase" else "6901")
        self.begun = ""

    def sent(self, command: bytes, ending: Ending) -> bytes | None:
        """The answer; None when power was lost before it came."""
        nvm: Any = self.bench.card.nvm
        nvm.arm(ending.cut_at or 0, self.outcomes[ending.left % len(self.outcomes)])
        try:
            return self.bench.card.process(command)
        except type(self).power_loss:
            self.bench.start()
            self.pin = True
            return None
        finally:
            nvm.steps_left = 0

    def finished(self, answer: bytes | None, data: bytes, after: Purse) -> None:
        if answer is not None:
            assert answer == data + b"\x90\x00"
            self.purse = after
        elif self.bench.contents() == after.stored():
            self.purse = after  # otherwise the invariant wants the old one

    def refused(self, answer: bytes | None, sw: str) -> None:
        assert answer is not None, "what is refused programs nothing"
        assert answer.hex().upper() == sw

    @rule(which=st.integers(0, 2), year=st.booleans())
    def get_balance(self, which: int, year: bool) -> None:
        answer = self.bench.hex(f"B02600{which + 1:02X}{6 if year else 4:02X}")
        amount = (self.purse.account, self.purse.self_paid, self.purse.pool)[which]
        wanted = f"{amount:08X}" + (f"{self.purse.year:04}" if year else "") + "9000"
        assert answer == (wanted if self.pin else "6982")

    @rule(kind=st.sampled_from([1, 2]), back=st.sampled_from([0, 1, 1, 2]))
    def get_proof(self, kind: int, back: int) -> None:
        counter = (self.purse.loads if kind == 1 else self.purse.purchases) - back
        proof = self.purse.proof
        found = (kind, counter) == proof[:2]
        wanted = (proof[2] + proof[3]).hex().upper() + "9000" if found else "9406"
        assert self.bench.hex(f"B02E00{kind:02X}02{counter:04X}08") == wanted
        self.begun = ""

    @rule(day=days, shown=st.booleans())
    def update_day(self, day: str, shown: bool) -> None:
        if shown:
            self.bench.show_dsk()
            answer = self.bench.hex("B056000002" + day)
            exists = day not in ("0229", "1301")
            assert answer == ("9000" if exists else "6A80")
            if exists:
                self.purse = replace(self.purse, day=int(day))
            # Selected again, so that the key is no longer shown.
            self.bench.ok(bytes.fromhex("00A4040005") + b"DF04.")
        else:
            assert self.bench.hex("B056000002" + day) == "6982"
        self.begun = ""

    @rule()
    def get_day(self) -> None:
        assert self.bench.hex("B056010002") == f"{self.purse.day:04}9000"

    @rule()
    def verify(self) -> None:
        assert self.bench.hex("0020000003123456") == "9000", "and what is begun stays begun"
        self.pin = True

    @rule(pin=st.sampled_from([True, True, False]))
    def power_off(self, pin: bool) -> None:
        self.bench.start(pin=pin)
        self.pin, self.begun = pin, ""

    @rule(ins=st.sampled_from([0x26, 0x28, 0x2A, 0x2C, 0x2E, 0x56]), rest=st.binary(max_size=24))
    def anything(self, ins: int, rest: bytes) -> None:
        """Whatever is sent to the class: an answer, and nothing without a MAC or the DSK."""
        self.bench.card.process(bytes((0xB0, ins)) + rest)
        self.bench.ok(bytes.fromhex("00A4040005") + b"DF04.")
        self.begun = ""

    @invariant()
    def the_card_holds_what_the_purse_holds(self) -> None:
        assert self.bench.contents() == self.purse.stored()


@pytest.mark.parametrize("suite", ["3des", "sm4"])
def test_a_purse_under_random_commands(
    suite: str, make_bench: Callable[..., Bench], torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    PurseMachine.make = staticmethod(lambda: make_bench(suite, nvm=torn_nvm))
    PurseMachine.power_loss, PurseMachine.outcomes = power_loss, list(outcomes)
    steps = settings(max_examples=80, stateful_step_count=40, deadline=None)
    run_state_machine_as_test(PurseMachine, settings=steps)
