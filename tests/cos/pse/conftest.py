"""A chip with nothing but a financial partition, and a bank's host in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from sscard.apdu import aid, cps, iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import InitializeUpdateResponse, Scp02Host, SecurityLevel
from sscard.cos import le
from sscard.cos.challenge import Challenges
from sscard.cos.life_cycle import CardState
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.cos.partition import Partition
from sscard.cos.protocol import Protocol
from sscard.cos.pse import Banking
from sscard.dialects.chip import PAGE
from sscard.keys import TDES, Pin
from sscard.keys import cps as cps_keys
from sscard.profiles.chips import load_chip

KMC = TDES(bytes.fromhex("404142434445464748494A4B4C4D4E4F"))
KEYDATA = bytes.fromhex("6228000FFFFF12345678")
CARD_KEYS = cps_keys.card_keys(KMC, KEYDATA)
BASE = JOURNAL_PAGES * PAGE
HOST_CHALLENGE = bytes(range(1, 9))
UDKS = [TDES(bytes(range(start, start + 16))) for start in (0x10, 0x30, 0x50)]


@dataclass(frozen=True)
class Grouping:
    """One DGI as a test sends it."""

    identifier: int
    value: bytes
    secret: bool = False


def record(*objects: tuple[int, bytes]) -> bytes:
    return tlv.encode(0x70, b"".join(tlv.encode(tag, value) for tag, value in objects))


PSE_FCI = bytes.fromhex("A50C8801015F2D027A689F110101")
PDOL = bytes.fromhex("9F7A019F02065F2A02")
DEBIT_FCI = tlv.encode(0xA5, tlv.encode(0x50, b"PBOC DEBIT") + tlv.encode(0x9F38, PDOL))
OPTIONS = bytes.fromhex("82025C00 940C 08010100 10010100 18010100")
PPSE_FCI = tlv.encode(
    0xA5, tlv.encode(0xBF0C, tlv.encode(0x61, tlv.encode(0x4F, aid.DEBIT) + b"\x87\x01\x01"))
)
SETS = {
    aid.PSE: (
        Grouping(0x0101, record((0x61, tlv.encode(0x4F, aid.DEBIT)))),
        Grouping(0x9102, PSE_FCI),
    ),
    aid.PPSE: (Grouping(0x9102, PPSE_FCI),),
    aid.DEBIT: (
        Grouping(0x9104, OPTIONS),
        Grouping(0x9102, DEBIT_FCI),
        Grouping(0x0101, record((0x57, bytes(19)))),
        Grouping(0x0201, record((0x8C, bytes(30)))),
        Grouping(0x0301, record((0x5A, bytes(10)))),
        Grouping(0x8000, b"".join(key.reveal() for key in UDKS), secret=True),
        Grouping(0x9000, b"".join(key.kcv for key in UDKS)),
        Grouping(0x8010, Pin("123456").block(), secret=True),
        Grouping(0x9010, b"\x03\x03"),
    ),
}


class Bench:
    """``process`` does what the card does around an application; the rest is the host."""

    def __init__(
        self, size: int = 8192, memory: Callable[[bytearray], NVM] = NVM, challenge: bytes = b"\xa5"
    ) -> None:
        self.nvm = memory(bytearray(BASE + 8192))
        self.partition = Partition(self.nvm, BASE, size)
        self.challenges = Challenges(lambda count: (challenge * count)[:count])
        self.banking = Banking(self.partition, self.challenges)
        self.groupings = SETS
        self.reset()

    def reset(self) -> None:
        self.nvm.power_up()
        self.challenges.forget()
        self.banking.reset()

    def process(self, raw: bytes) -> bytes:
        command = CommandAPDU.parse(raw)
        try:
            if command.ins == iso7816.INS.SELECT:
                answer = self.banking.select(command.data)
                if answer is None:
                    raise StatusError(StatusWord.FILE_NOT_FOUND)
            else:
                answer = self.banking.execute(command, CardState.ISSUED)
            if command.ne and answer:
                answer = le.policy(load_chip("gen2-32k"), Protocol.T1)(answer, command.ne)
            self.nvm.commit()
        except StatusError as refusal:
            if self.nvm.roll_back():
                self.banking.rolled_back()
            return bytes(ResponseAPDU(sw=refusal.sw))
        return bytes(ResponseAPDU(answer))

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.process(bytes(command)))

    def hex(self, command: str) -> str:
        return self.process(bytes.fromhex(command)).hex()

    def select(self, name: bytes = aid.DEBIT) -> ResponseAPDU:
        return self.send(iso7816.select(name))

    def initialize(self) -> Scp02Host:
        answer = self.send(cps.initialize_update(HOST_CHALLENGE)).require("INITIALIZE UPDATE")
        response = InitializeUpdateResponse.parse(answer)
        session = cps_keys.session_keys(CARD_KEYS, response.sequence)
        return Scp02Host.open(session, HOST_CHALLENGE, response)

    def open(
        self, name: bytes = aid.DEBIT, level: SecurityLevel = SecurityLevel.C_MAC
    ) -> Scp02Host:
        self.select(name).require("SELECT")
        host = self.initialize()
        self.send(host.external_authenticate(level)).require("EXTERNAL AUTHENTICATE")
        return host

    def store(
        self, host: Scp02Host, grouping: Grouping, block: int, *, last: bool = False
    ) -> StatusWord:
        value = host.encipher(grouping.value) if grouping.secret else grouping.value
        raw = cps.encode_dgi(grouping.identifier, value)
        command = cps.store_data(raw, block, last=last, encrypted=grouping.secret)
        return self.send(host.wrap(command)).sw

    def personalize(
        self,
        name: bytes = aid.DEBIT,
        groupings: Iterable[Grouping] | None = None,
        level: SecurityLevel = SecurityLevel.C_MAC,
    ) -> list[StatusWord]:
        """The status words of all STORE DATA commands, the last one marked."""
        host = self.open(name, level)
        todo = list(self.groupings[name] if groupings is None else groupings)
        return [
            self.store(host, each, block, last=block == len(todo) - 1)
            for block, each in enumerate(todo)
        ]


@pytest.fixture
def make() -> Any:
    """Makes a bench with a manufactured chip: ``make(size=…, memory=…, antenna=…)``."""

    def bench(*, antenna: bool = False, **settings: Any) -> Bench:
        made = Bench(**settings)
        made.banking.manufacture(KEYDATA, CARD_KEYS, antenna=antenna)
        return made

    return bench


@pytest.fixture
def bench(make: Any) -> Bench:
    """A blank chip."""
    return make()


@pytest.fixture
def issued(bench: Bench) -> Bench:
    """The same with both applications personalized, nothing selected."""
    for name in (aid.PSE, aid.DEBIT):
        assert set(bench.personalize(name)) == {StatusWord.OK}
    bench.reset()
    return bench


@pytest.fixture
def grouping() -> Any:
    """The class, for tests that send their own."""
    return Grouping
