"""A maker's host in front of a blank chip with little memory."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.channel import ssc
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects import reference
from sscard.dialects.chip import PAGE, Chip
from sscard.dialects.delivery import BY_MAKER, Delivery
from sscard.dialects.operations import (
    CreateDirectory,
    EndPreIssue,
    KeyType,
    LoadKey,
    Operation,
    WriteHistorical,
)
from sscard.keys import TDES, TDES_SUITE, ChipLot, SecretKey
from sscard.perso.activation import open_factory
from sscard.perso.plan import run


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
        run(open_factory(self.lot, TDES_SUITE), self.card)

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

    def ok(self, command: CommandAPDU) -> bytes:
        """The answer's data; the card must say 9000."""
        return self.send(command).require("test")

    def make(self, *operations: Operation) -> None:
        """Say operations that must all be accepted, the secured ones under the transport key."""
        for operation in operations:
            assert self.say(operation) == StatusWord.OK, operation

    def ground(self, *inside: Operation, end: bool = True) -> None:
        """MF and SSSE with something in SSSE, the factory stage closed, SSSE selected."""
        self.open()
        self.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."), *inside)
        if end:
            self.make(WriteHistorical(self.lot.blank_historical), EndPreIssue())


TINY = Chip(
    name="tiny",
    size=JOURNAL_PAGES * PAGE + 256 + 320 + 1024 + 1024,
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


@pytest.fixture(scope="session")
def make_maker() -> Callable[..., Maker]:
    """Makes one from other settings: ``make_maker(ssse=64, nvm=…)``."""

    def make(
        nvm: Callable[[bytearray], NVM] = NVM, delivery: Delivery = BY_MAKER, **partitions: int
    ) -> Maker:
        sizes = {**TINY.partitions, **partitions}
        size = JOURNAL_PAGES * PAGE + sum(sizes.values())
        chip = replace(TINY, partitions=sizes, size=size, instances=delivery)
        return Maker(chip, nvm)

    return make


@pytest.fixture
def external() -> Callable[[int], LoadKey]:
    """The operation that loads the external key of this id, version 1, no counter."""
    return lambda kid: LoadKey(KeyType.EXTERNAL, kid, 1, 0, bytes(range(kid, kid + 16)))
