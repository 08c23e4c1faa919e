"""Any sequence of commands: an answer each time, no Python exception, no change without a right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sscard.apdu import aid, iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE

if TYPE_CHECKING:
    from tests.conftest import Terminal

TRIES = 6
DIRECTORIES = ["SSSE", "DF01", "DF02", "DF03", "DF04"]
UPDATE_KEYS = {"UKSSSE": "SSSE", "UK2DF01": "DF01", "UK7DF01": "DF01", "UK3DF02": "DF02"}
#: One writable file of each structure: what to send, and the key that lets it through.
WRITES = {
    ("SSSE", "UKSSSE"): "00DC022C030201{:02X}",
    ("DF01", "UK2DF01"): "00DC013C032901{:02X}",
    ("DF01", "UK7DF01"): "00D6960001{:02X}",
    ("DF02", "UK3DF02"): "00DC003B55" + "{:02X}" * 85,
}
octets = st.integers(0, 0xFF)
instructions = st.sampled_from([each.value for each in iso7816.INS] + [0xD4, 0xE0, 0xD2]) | octets
any_command = st.builds(
    CommandAPDU,
    st.sampled_from([0x00, 0x00, 0x04, 0x80, 0x84]) | octets,
    instructions,
    st.sampled_from([0x00, 0x01, 0x04, 0x85]) | octets,
    st.sampled_from([0x00, 0x04, 0x2C, 0x2D, 0x3B]) | octets,
    st.binary(max_size=30) | st.sampled_from([251, 252, 256, 700]).map(bytes),
    st.sampled_from([0, 8, 256, 65536]) | octets,
)


class CardMachine(RuleBasedStateMachine):
    """A personalized card, and what a terminal would expect of it."""

    clone: ClassVar[Callable[[], Terminal]]

    @initialize()
    def power_on(self) -> None:
        self.terminal = type(self).clone()
        self.tries = TRIES
        self.forget()
        self.memory = self.contents()

    def forget(self) -> None:
        self.here: str | None = None
        self.shown: set[str] = set()

    def contents(self) -> bytes:
        """All that is not journal; copies of it there change nothing."""
        return bytes(self.terminal.card.card.nvm.cells[JOURNAL_PAGES * PAGE :])

    @rule(raw=any_command.map(bytes) | st.binary(max_size=40))
    def anything(self, raw: bytes) -> None:
        """Whatever was sent: an answer, and no change but those this model knows of."""
        pin = self.terminal.card.card._social.security.pin
        answer = self.terminal.card.transmit(raw)
        sw = StatusWord(int.from_bytes(answer[-2:], "big"))
        instruction, done = raw[1:2], sw == StatusWord.OK
        if instruction == b"\x20":
            self.tried(sw)
            pin = pin or done
        elif instruction == b"\x82":
            assert not done, "nobody guesses a proof"
            self.memory = self.contents()  # a key may have lost a try
        elif instruction == b"\xa4" and done and (len(answer) > 2 or raw[5:7] == b"\x3f\x00"):
            self.forget()
        elif instruction in (b"\xdc", b"\xd6") and done:
            assert self.shown, "the right to write must have been held"
            self.memory = self.contents()
        assert self.terminal.card.card._social.security.pin is pin

    @rule(name=st.sampled_from(DIRECTORIES))
    def select(self, name: str) -> None:
        self.terminal.select(name)
        self.here, self.shown = name, set()

    @rule()
    def visit_the_bank(self) -> None:
        self.terminal.ok(iso7816.select(aid.PSE))
        self.forget()

    @rule()
    def reset(self) -> None:
        self.terminal.card.reset()
        self.forget()

    @rule(key=st.sampled_from(sorted(UPDATE_KEYS)), wrong=st.booleans())
    def show(self, key: str, wrong: bool) -> None:
        if self.here != UPDATE_KEYS[key]:
            return
        sw = self.terminal.show(key, wrong=wrong)
        assert sw == (0x63CF if wrong else 0x9000)
        if not wrong:
            self.shown.add(key)

    @rule(place=st.sampled_from(sorted(WRITES)), value=octets)
    def write(self, place: tuple[str, str], value: int) -> None:
        directory, key = place
        if self.here != directory:
            return
        answer = self.terminal.hex(WRITES[place].format(*[value] * 85))
        assert answer == ("9000" if key in self.shown else "6982")
        if answer == "9000":
            self.memory = self.contents()

    @rule(right=st.booleans())
    def verify(self, right: bool) -> None:
        if self.here is not None:
            self.tried(self.terminal.verify("123456" if right else "654321"))

    def tried(self, sw: StatusWord) -> None:
        """The counter of the model after an answer to VERIFY; it is also in the memory."""
        if sw == StatusWord.OK:
            assert self.tries
            self.tries = TRIES
        elif sw == StatusWord.AUTHENTICATION_BLOCKED:
            assert not self.tries
        elif sw.tries_left is not None:
            assert sw.tries_left == max(self.tries - 1, 0)
            self.tries = sw.tries_left
        self.memory = self.contents()

    @rule()
    def ask_for_the_tries(self) -> None:
        if self.here is not None:
            assert self.terminal.hex("00200000") == f"63C{self.tries}"

    @invariant()
    def nothing_has_changed_but_by_right(self) -> None:
        assert self.contents() == self.memory


def test_a_card_under_random_commands(clone: Callable[[], Terminal]) -> None:
    CardMachine.clone = staticmethod(clone)
    run_state_machine_as_test(
        CardMachine, settings=settings(max_examples=100, stateful_step_count=40, deadline=None)
    )
