"""Any sequence of commands against a model in plain Python and other cryptography."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU

if TYPE_CHECKING:
    from tests.psam.conftest import Made

FACTOR, TERMINAL = b"a factor", bytes.fromhex("510100000042")
TIME = bytes.fromhex("20260131235959")
#: Usage and id in the PSAM, name of the root.
KEYS = {(0x27, 0x24): "UK3DF01", (0x28, 0x42): "UK1DF01", (0x26, 0x20): "STKDF01"}
#: P1 of CIPHER DATA: what it needs, what it leaves.
PARTS: Mapping[int, tuple[tuple[str, ...], str]] = {
    0: (("ready", "enciphering"), "idle"),
    2: (("ready", "enciphering"), "enciphering"),
    5: (("ready",), "idle"),
    7: (("ready",), "macing"),
    3: (("macing",), "macing"),
    1: (("macing",), "idle"),
}


class PsamMachine(RuleBasedStateMachine):
    """Session key, counter and tries as they should be; ``made`` is the PSAM."""

    made: ClassVar[Any]

    @initialize()
    def power_on(self) -> None:
        self.slot = self.made.slot()
        self.oracle = self.slot.oracle
        self.counter, self.tries, self.blocked = 0, 15, False
        self.shown = False
        self.forget()
        self.slot.enter()

    def forget(self) -> None:
        self.state, self.session, self.usage, self.chain = "idle", b"", 0, b""

    def hex(self, command: str) -> str:
        return self.slot.hex(command)

    @rule(
        key=st.sampled_from(sorted(KEYS)),
        levels=st.integers(1, 3),
        seed=st.binary(min_size=16, max_size=16),
    )
    def deliver(self, key: tuple[int, int], levels: int, seed: bytes) -> None:
        usage, factor = key[0] & 0x1F | levels << 5, seed[: self.oracle.block]
        data = FACTOR * levels + factor
        answer = self.hex(f"BFDE{usage:02X}{key[1]:02X}{len(data):02X}{data.hex()}")
        self.forget()
        if levels != 1:
            assert answer == "6A80"
            return
        assert answer == "9000"
        root = self.oracle.below(self.oracle.root(KEYS[key]), b"510000sh", b"510100sx")
        own = self.oracle.below(root, FACTOR)
        own = self.oracle.stk(own) if key[0] == 0x26 else own
        self.session, self.usage = self.oracle.session(own, factor), usage & 0x1F
        self.state = "ready"

    @rule(
        part=st.sampled_from(sorted(PARTS)),
        blocks=st.integers(1, 4),
        seed=st.binary(min_size=4, max_size=4),
    )
    def cipher(self, part: int, blocks: int, seed: bytes) -> None:
        size = self.oracle.block
        data = seed * (size * blocks // 4)
        answer = self.hex(f"80FA{part:02X}00{len(data):02X}{data.hex()}")
        if part == 5 and blocks == 1:
            assert answer == "6700"
            return
        needs, leaves = PARTS[part]
        allowed = self.usage == 8 or (self.usage == 6) == (part in (1, 3, 5, 7))
        if self.state not in needs or not allowed:
            assert answer == ("6985" if self.state in needs else "6901")
            self.forget()
            return
        assert answer == self.expected(part, data).hex().upper() + "9000"
        self.state = leaves
        if leaves == "idle":
            self.forget()

    def expected(self, part: int, data: bytes) -> bytes:
        if part in (0, 2):
            return bytes(self.oracle.ecb(self.session, data))
        size = self.oracle.block
        if part in (5, 7):
            self.chain, data = data[:size], data[size:]
        self.chain = self.oracle.chain(self.session, self.chain, data)
        if part in (3, 7):
            return b""
        words = [self.chain[at : at + 4] for at in range(0, size, 4)]
        if size == 8:
            return words[0]
        return bytes(a ^ b ^ c ^ d for a, b, c, d in zip(*words, strict=True))

    @rule(version=st.integers(1, 4), random=st.binary(min_size=4, max_size=4))
    def init_sam(self, version: int, random: bytes) -> None:
        amounts = bytes(range(12))
        asked = random + b"\0\7" + amounts + b"\2" + TIME
        asked += bytes((version, self.oracle.algorithm)) + FACTOR
        answer = self.hex(f"80700100{len(asked):02X}{asked.hex()}08")
        self.forget()
        if version == 4:
            assert answer == "6A88"
            return
        root = self.oracle.root("DPK", version)
        key = self.oracle.below(root, b"510000sh", b"510100sx", FACTOR)
        number = self.counter.to_bytes(4, "big")
        self.session = self.oracle.session(key, random + b"\0\7" + number[2:])
        mac1 = self.oracle.mac(self.session, amounts + b"\2" + TERMINAL + TIME)
        assert answer == (number + mac1).hex().upper() + "9000"
        self.state, self.counter = "purchase", self.counter + 1

    @rule(wrong=st.booleans())
    def credit_sam(self, wrong: bool) -> None:
        mac2 = self.oracle.mac(self.session, bytes(range(12))) if self.session else bytes(4)
        mac2 = bytes((mac2[0] ^ wrong,)) + mac2[1:]
        answer = self.hex("8072000004" + mac2.hex())
        right = "9302" if wrong else "9000"
        assert answer == (right if self.state == "purchase" else "6901")
        self.forget()

    @rule(wrong=st.booleans())
    def show(self, wrong: bool) -> None:
        answer = self.slot.show(3, wrong=wrong)
        if not self.tries:
            assert answer == 0x6983
            return
        self.tries = self.tries - 1 if wrong else 15
        assert answer == (0x63C0 | self.tries if wrong else 0x9000)
        self.shown = self.shown or not wrong

    @rule()
    def update(self) -> None:
        answer = self.hex("00D69C0001" + "01")
        assert answer == ("9000" if self.shown else "6982")

    @rule()
    def select(self) -> None:
        self.slot.enter()
        self.forget()
        self.shown = False

    @rule()
    def power(self) -> None:
        self.slot.card.reset()
        self.slot.enter()
        self.forget()
        self.shown = False

    @precondition(lambda self: self.state != "idle")
    @rule(command=st.sampled_from(["00B0990004", "0084000008", "00", "80FA0900080000000000000000"]))
    def others(self, command: str) -> None:
        """They leave the session key as it is."""
        self.hex(command)

    @invariant()
    def the_counter_only_goes_up(self) -> None:
        if hasattr(self, "slot"):
            assert self.slot.counter() == self.counter


def machine(made: Made) -> type[RuleBasedStateMachine]:
    """The machine for one PSAM."""
    return type("Psam", (PsamMachine,), {"made": made})


def test_any_sequence(made: Made) -> None:
    examples = 80 if made.suite == "3des" else 20
    run_state_machine_as_test(
        machine(made),
        settings=settings(max_examples=examples, stateful_step_count=25, deadline=None),
    )


@pytest.mark.full
def test_any_long_sequence(made: Made) -> None:
    run_state_machine_as_test(
        machine(made), settings=settings(max_examples=400, stateful_step_count=60, deadline=None)
    )


#: Of the PSAM's own commands, and of the factory's.
HEADERS = st.sampled_from(
    [
        *("00A40400", "00A40000", "00840000", "00820001", "00B2010C", "00DC010C", "00B09900"),
        *("00D69A00", "BFEC0000", "BFDE2842", "BFDE2724", "80FA0000", "80FA0500", "80FA0700"),
        *("80FA0100", "80700100", "80720000", "84D40011", "84D40112", "84D40000", "80E00100"),
        *("80E00102", "80D20000"),
    ]
)
COMMANDS = st.lists(
    st.binary(max_size=12)
    | st.builds(lambda head, data: bytes.fromhex(head) + data, HEADERS, st.binary(max_size=60))
    | st.builds(
        lambda head, data, le: bytes.fromhex(head) + bytes((len(data),)) + data + le,
        HEADERS,
        st.binary(min_size=1, max_size=60),
        st.sampled_from([b"", b"\0", b"\4", b"\x08"]),
    ),
    max_size=20,
)


def answers(made: Made, commands: list[bytes], *, blank: bool) -> None:
    slot: Any = made.slot()
    if blank:
        from simulator import PsamCard

        slot.card = PsamCard.blank(slot.card.chip, lot=made.order.lot)
        slot.card.power_on()
    for command in commands:
        answer = slot.card.transmit(command)
        assert 2 <= len(answer) <= 258
        assert answer[-2] >> 4 in (6, 9)
        if answer[-2:] != b"\x90\0":
            assert len(answer) == 2
    if not blank:
        slot.card.reset()
        slot.enter()
        assert slot.ok(iso7816.read_binary(4, sfi=0x19)) >= bytes(4)
        assert slot.status(CommandAPDU(0x00, 0x84, ne=8)) == 0x9000


@settings(max_examples=150, deadline=None)
@given(commands=COMMANDS, blank=st.booleans())
def test_any_bytes_get_a_status_word(
    both: dict[str, Made], commands: list[bytes], blank: bool
) -> None:
    for made in both.values():
        answers(made, commands, blank=blank)


@pytest.mark.full
@settings(max_examples=5_000, deadline=None)
@given(commands=COMMANDS, blank=st.booleans())
def test_many_more_bytes_get_a_status_word(
    both: dict[str, Made], commands: list[bytes], blank: bool
) -> None:
    for made in both.values():
        answers(made, commands, blank=blank)
