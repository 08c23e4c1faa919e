"""Power that fails at a chosen step, and a maker's host in front of a blank chip."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.channel import ssc
from sscard.cos import NVM, PAGE
from sscard.dialects import reference
from sscard.dialects.chip import Chip
from sscard.dialects.operations import CreateDirectory, EndPreIssue, KeyType, LoadKey, Operation
from sscard.keys import TDES, TDES_SUITE, ChipLot, SecretKey
from sscard.perso.activation import open_factory
from sscard.perso.plan import run


class PowerLoss(Exception):
    """The supply is gone.  Not an error of the card: nothing in the library catches it."""


class Torn(Enum):
    """What a page may be whose programming was cut (decision 10)."""

    OLD = "old"
    NEW = "new"
    ERASED = "erased to 00"
    BLANKED = "erased to FF"
    FIRST_HALF = "first half new"
    SECOND_HALF = "second half new"
    UNSTABLE_OLD = "old, then new, then old at each reading"
    UNSTABLE_NEW = "new, then old, then new at each reading"


class TornNVM(NVM):
    """Memory whose power fails once, at the ``cut_at``-th programmed page from now on.

    An unstable page reads alternately as it was and as it should have become, until it is
    programmed again; what it holds is then anybody's guess, so ``cells`` has it half written.
    """

    def __init__(self, cells: bytearray) -> None:
        super().__init__(cells)
        self.steps_left = 0
        self.outcome = Torn.OLD
        self._unstable: dict[int, list[bytes]] = {}

    def arm(self, cut_at: int, outcome: Torn) -> None:
        self.steps_left, self.outcome = cut_at, outcome

    def program(self, page: int, content: bytes) -> None:
        self.steps_left -= 1
        old = super().sense(page)
        if self.steps_left == 0:
            self._tear(page, old, content)
            raise PowerLoss
        self._unstable.pop(page, None)
        super().program(page, content)

    def sense(self, page: int) -> bytes:
        if page in self._unstable:
            self._unstable[page].reverse()
            return self._unstable[page][1]
        return super().sense(page)

    def _tear(self, page: int, old: bytes, new: bytes) -> None:
        half = PAGE // 2
        left = {
            Torn.OLD: old,
            Torn.NEW: new,
            Torn.ERASED: bytes(PAGE),
            Torn.BLANKED: b"\xff" * PAGE,
            Torn.SECOND_HALF: old[:half] + new[half:],
        }.get(self.outcome, new[:half] + old[half:])
        readings = {Torn.UNSTABLE_OLD: [old, new], Torn.UNSTABLE_NEW: [new, old]}
        if self.outcome in readings:
            self._unstable[page] = readings[self.outcome]
        elif self.outcome is not Torn.OLD:
            self._unstable.pop(page, None)
        super().program(page, left)


class Maker:
    """A chip before issue, powered, and a host that knows the lot's transport key."""

    def __init__(self, chip: Chip, nvm: Callable[[bytearray], NVM] = NVM) -> None:
        transport = TDES(bytes(range(0x20, 0x30)))
        self.lot = ChipLot("L", bytes.fromhex("0081544C868684000000000000"), "1", transport)
        seeded = random.Random(3).randbytes
        self.card = VirtualCard.blank(chip, lot=self.lot, random=seeded, nvm=nvm)
        self.card.power_on()

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.transmit(bytes(command)))

    def open(self) -> None:
        run(open_factory(self.lot), self.card)

    def say(self, operation: Operation, key: SecretKey | None = None) -> StatusWord:
        """The status word; ``key`` is the current master key, else the transport key."""
        return self.send(self.command(operation, key)).sw

    def command(self, operation: Operation, key: SecretKey | None = None) -> CommandAPDU:
        """The command as it goes out, after a new challenge where it is secured."""
        command = reference.build(operation)
        if not reference.row_of(operation).secured:
            return command
        key = key or self.lot.transport
        challenge = self.send(iso7816.get_challenge(8)).require("challenge")
        session = TDES_SUITE.session_key(key, challenge)
        enciphered = replace(command, data=TDES_SUITE.encipher(session, command.data))
        return ssc.wrap(enciphered, TDES_SUITE, key, challenge)

    def make(self, *operations: Operation) -> None:
        """Say operations that must all be accepted, the secured ones under the transport key."""
        for operation in operations:
            assert self.say(operation) == StatusWord.OK, operation

    def ground(self, *inside: Operation, end: bool = True) -> None:
        """MF and SSSE with something in SSSE, the factory stage closed, SSSE selected."""
        self.open()
        self.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."), *inside)
        if end:
            self.make(EndPreIssue())


TINY = Chip(
    name="tiny",
    size=25 * PAGE + 256 + 320 + 1024 + 1024,
    partitions={"system": 256, "exchange": 320, "ssse": 1024, "pse": 1024},
    cos_version="1",
    lot="L",
    transport_tries=3,
    mark="assumed",
)


@pytest.fixture
def maker() -> Maker:
    """A blank chip with little memory, powered, not opened."""
    return Maker(TINY)


@pytest.fixture
def make_maker() -> Callable[..., Maker]:
    """Makes one from other settings: ``make_maker(ssse=64, nvm=…)``."""

    def make(nvm: Callable[[bytearray], NVM] = NVM, **partitions: int) -> Maker:
        sizes = {**TINY.partitions, **partitions}
        chip = replace(TINY, partitions=sizes, size=25 * PAGE + sum(sizes.values()))
        return Maker(chip, nvm)

    return make


@pytest.fixture
def external() -> Callable[[int], LoadKey]:
    """The operation that loads the external key of this id, version 1, no counter."""
    return lambda kid: LoadKey(KeyType.EXTERNAL, kid, 1, 0, bytes(range(kid, kid + 16)))


@pytest.fixture(scope="session")
def torn_nvm() -> type[TornNVM]:
    return TornNVM


@pytest.fixture(scope="session")
def power_loss() -> type[PowerLoss]:
    return PowerLoss


@pytest.fixture(params=Torn, ids=lambda each: each.value)
def outcome(request: pytest.FixtureRequest) -> Torn:
    """What became of the page at which power failed."""
    return request.param


@pytest.fixture(scope="session")
def outcomes() -> type[Torn]:
    return Torn
