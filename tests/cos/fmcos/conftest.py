"""A blank FMCOS chip and a host in front of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.channel.fmcos import Line, authentication_data
from sscard.cos.fmcos import FmcosCard
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.dialects.chip import PAGE
from sscard.dialects.fmcos import FMCOS, Dialect
from sscard.keys import TDES_SUITE

MASTER = "FFFFFFFFFFFFFFFF"


class Host:
    """Hexadecimal on both sides: that is how the manuals write."""

    def __init__(
        self,
        dialect: Dialect = FMCOS,
        nvm: Callable[[bytearray], NVM] = NVM,
        size: int = 8192,
        cells: bytes = b"",
    ) -> None:
        memory = nvm(bytearray(cells) or bytearray(JOURNAL_PAGES * PAGE + size))
        self.card = FmcosCard(memory, random.Random(5).randbytes, dialect)
        self.card.reset()

    def __call__(self, command: str) -> str:
        return self.card.process(bytes.fromhex(command)).hex().upper()

    def ok(self, *commands: str) -> None:
        for command in commands:
            assert self(command)[-4:] == "9000", command

    def challenge(self, size: int = 4) -> bytes:
        answer = bytes.fromhex(self(f"00840000{size:02X}"))
        assert answer[-2:] == b"\x90\x00"
        return answer[:-2]

    def show(self, key: str = MASTER, kid: int = 0, size: int = 8) -> str:
        proof = authentication_data(TDES_SUITE.key(bytes.fromhex(key)), self.challenge(size))
        return self(f"008200{kid:02X}08" + proof.hex())

    def protected(self, command: str, key: str, **how: Any) -> str:
        line = Line(TDES_SUITE.key(bytes.fromhex(key)), self.challenge(), **how)
        wrapped = line.wrap(CommandAPDU.parse(bytes.fromhex(command)))
        return self(bytes(wrapped).hex())

    def ground(self, *more: str, key_file: str = "80E00000073F010001F0FFFF") -> None:
        """An MF with the master key FF×8 (follow-up A), entered again; then ``more``."""
        self.ok("80E03F000D38FFFFAAAA01FFFFFFFFFFFFFF", key_file)
        self.ok("80D401000D39F0AAAA33" + MASTER, "00A40000023F00", *more)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture(scope="session")
def make_host() -> type[Host]:
    return Host
