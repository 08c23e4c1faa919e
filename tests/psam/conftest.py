"""PSAMs made from the TEST stores, user cards beside them, and what other libraries compute."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from types import MappingProxyType
from typing import Any

import pytest
from Crypto.Cipher import DES
from Crypto.Util.strxor import strxor
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

from simulator import PsamCard, VirtualCard
from sscard.apdu import iso7816, psam, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.channel import authenticate
from sscard.cos import NVM
from sscard.dialects.psam_chip import PsamRules
from sscard.keys import SUITES, SocialSecurityStore
from sscard.keys.psam_load import PsamLoad
from sscard.keys.stores import load_social_security
from sscard.perso.plan import run
from sscard.perso.psam import PsamNumbers, PsamOrder, make, prepare
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip, load_psam_chip

PROFILES = {"3des": "gen2", "sm4": "gen3"}
NUMBERS = PsamNumbers("510100", 7, 42, date(2026, 1, 1), date(2036, 1, 1))
LENGTH = 8  # of factors


class TripleDes:
    """The left column of ssc 4 with pycryptodome."""

    block, algorithm = 8, 1

    def root(self, name: str, version: int = 1) -> bytes:
        value = hashlib.sha256(f"sscard TEST {name} v{version}".encode()).digest()[:16]
        return bytes(byte if byte.bit_count() % 2 else byte ^ 1 for byte in value)

    def ecb(self, key: bytes, data: bytes) -> bytes:
        if len(key) == 8:
            return DES.new(key, DES.MODE_ECB).encrypt(data)
        left, right = DES.new(key[:8], DES.MODE_ECB), DES.new(key[8:], DES.MODE_ECB)
        return left.encrypt(right.decrypt(left.encrypt(data)))

    def below(self, key: bytes, *factors: bytes) -> bytes:
        for factor in factors:
            key = self.ecb(key, factor) + self.ecb(key, strxor(factor, b"\xff" * 8))
        return key

    def session(self, key: bytes, factor: bytes) -> bytes:
        return self.ecb(key, factor.ljust(8, b"\0"))

    def proof(self, key: bytes, challenge: bytes, data: bytes) -> bytes:
        return self.ecb(self.session(key, challenge), data)

    def chain(self, session: bytes, value: bytes, blocks: bytes) -> bytes:
        for at in range(0, len(blocks), 8):
            value = self.ecb(session, strxor(value, blocks[at : at + 8]))
        return value

    def mac(self, session: bytes, text: bytes) -> bytes:
        return self.chain(session, bytes(8), text + b"\x80" + bytes(7 - len(text) % 8))[:4]

    def tac(self, key: bytes, text: bytes) -> bytes:
        return self.mac(strxor(key[:8], key[8:]), text)

    def stk(self, key: bytes) -> bytes:
        return key[:8]

    def sealed(self, key: bytes, challenge: bytes, header: bytes, record: bytes) -> bytes:
        plain = bytes((len(record),)) + record
        plain += b"\x80" + bytes(7 - len(plain) % 8) if len(plain) % 8 else b""
        cipher = self.ecb(key, plain)
        text = header + bytes((len(cipher) + 4,)) + cipher
        text += b"\x80" + bytes(7 - len(text) % 8)
        chain = self.chain(key[:8], challenge + bytes(4), text)
        last = DES.new(key[8:], DES.MODE_ECB).decrypt(chain)
        return cipher + DES.new(key[:8], DES.MODE_ECB).encrypt(last)[:4]


class Sm4:
    """The right column with gmssl."""

    block, algorithm = 16, 3

    def root(self, name: str, version: int = 1) -> bytes:
        return hashlib.sha256(f"sscard TEST sm4 {name} v{version}".encode()).digest()[:16]

    def ecb(self, key: bytes, data: bytes) -> bytes:
        engine = CryptSM4()
        engine.set_key(key, SM4_ENCRYPT)
        parts = (list(data[at : at + 16]) for at in range(0, len(data), 16))
        return b"".join(bytes(engine.one_round(engine.sk, part)) for part in parts)

    def below(self, key: bytes, *factors: bytes) -> bytes:
        for factor in factors:
            key = self.ecb(key, factor + strxor(factor, b"\xff" * 8))
        return key

    def session(self, key: bytes, factor: bytes) -> bytes:
        return self.ecb(key, factor.ljust(16, b"\0"))

    def proof(self, key: bytes, challenge: bytes, data: bytes) -> bytes:
        block = self.ecb(self.session(key, challenge), data + bytes(8))
        return strxor(block[:8], block[8:])

    def chain(self, session: bytes, value: bytes, blocks: bytes) -> bytes:
        for at in range(0, len(blocks), 16):
            value = self.ecb(session, strxor(value, blocks[at : at + 16]))
        return value

    def mac(self, session: bytes, text: bytes) -> bytes:
        last = self.chain(session, bytes(16), text + b"\x80" + bytes(15 - len(text) % 16))
        return reduce(strxor, (last[at : at + 4] for at in range(0, 16, 4)))

    def tac(self, key: bytes, text: bytes) -> bytes:
        return self.mac(key, text)

    def stk(self, key: bytes) -> bytes:
        return key

    def sealed(self, key: bytes, challenge: bytes, header: bytes, record: bytes) -> bytes:
        plain = bytes((len(record),)) + record
        cipher = self.ecb(key, plain + b"\x80" + bytes(15 - len(plain) % 16))
        text = header + bytes((len(cipher) + 4,)) + cipher
        text += b"\x80" + bytes(15 - len(text) % 16)
        last = self.chain(key, challenge.ljust(16, b"\0"), text)
        return cipher + reduce(strxor, (last[at : at + 4] for at in range(0, 16, 4)))


ORACLES: Mapping[str, Any] = MappingProxyType({"3des": TripleDes(), "sm4": Sm4()})


class Slot:
    """A powered PSAM and a host that knows its keys."""

    def __init__(self, card: PsamCard, order: PsamOrder, oracle: Any) -> None:
        self.card, self.order, self.oracle = card, order, oracle
        card.power_on()

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.transmit(bytes(command)))

    def ok(self, command: CommandAPDU) -> bytes:
        return self.send(command).require("command")

    def status(self, command: CommandAPDU) -> StatusWord:
        return self.send(command).sw

    def hex(self, command: str) -> str:
        return self.card.transmit(bytes.fromhex(command)).hex().upper()

    def enter(self) -> None:
        self.ok(iso7816.select(psam.APPLICATION))

    def show(self, kid: int, *, wrong: bool = False) -> StatusWord:
        """EXTERNAL AUTHENTICATE with an own key; 0 is the master of the current directory."""
        environment = self.card.card.environment
        in_ddf = environment.directory is None or environment.directory.fid == 0x3F00
        key = self.order.own[kid - 1] if kid else self.order.masters[0 if in_ddf else 1]
        challenge = self.ok(iso7816.get_challenge(8))
        proof = authenticate(self.order.suite, key, challenge, challenge)
        proof = proof[::-1] if wrong else proof
        return self.status(ssc.external_authenticate(kid, proof, challenge))

    def write_key(
        self, file: int, record: bytes, *, change: bool = False, master: bytes | None = None
    ) -> CommandAPDU:
        """CREATE KEY or CHANGE KEY after a new challenge, sealed by the oracle."""
        challenge = self.ok(iso7816.get_challenge(4))
        key = master or self.order.masters[1].reveal()
        header = bytes((0x84, 0xD4, int(change), file))
        data = self.oracle.sealed(key, challenge, header, record)
        return (psam.change_key if change else psam.create_key)(file, data)

    def counter(self) -> int:
        return int.from_bytes(self.ok(iso7816.read_binary(4, sfi=0x19)), "big")


@dataclass(frozen=True)
class Made:
    """A PSAM's memory and what it was made from."""

    suite: str
    order: PsamOrder
    cells: bytes
    store: SocialSecurityStore

    def slot(self, nvm: Callable[[bytearray], NVM] = NVM, **rules: Any) -> Slot:
        """A powered copy of it; ``rules`` are other settings of its chip."""
        chip = load_psam_chip(f"psam-{self.suite}-16k")
        chip = replace(chip, rules=PsamRules(**rules)) if rules else chip
        card = PsamCard(nvm(bytearray(self.cells)), chip, random=random.Random(5).randbytes)
        return Slot(card, self.order, ORACLES[self.suite])


def raised(load: PsamLoad, levels: int) -> PsamLoad:
    """The same key from so far up at least."""
    return load._replace(usage=load.usage & 0x1F | max(levels, load.usage >> 5) << 5)


@pytest.fixture(scope="session")
def make_psam() -> Callable[..., Made]:
    """Makes one: suite, numbers, profile, key version, store, diversifications at least."""

    def made(
        suite: str,
        numbers: PsamNumbers = NUMBERS,
        profile: str | None = None,
        key_version: int = 1,
        store: SocialSecurityStore | None = None,
        at_least: int = 1,
    ) -> Made:
        store = store or load_social_security(None, SUITES[suite])
        declared = load_profile(profile or PROFILES[suite])
        order = prepare(declared, numbers, store, "TEST-PSAM", key_version=key_version)
        order = replace(order, loads=tuple(raised(load, at_least) for load in order.loads))
        seeded = random.Random(6).randbytes
        card = PsamCard.blank(f"psam-{suite}-16k", random=seeded)
        run(make(order, seeded), card)
        return Made(suite, order, bytes(card.card.nvm.cells), store)

    return made


@pytest.fixture(scope="session")
def both(make_psam: Callable[..., Made]) -> Mapping[str, Made]:
    """One PSAM of each suite, for Chengdu."""
    return {suite: make_psam(suite) for suite in ORACLES}


@pytest.fixture(params=["3des", "sm4"])
def made(request: pytest.FixtureRequest, both: Mapping[str, Made]) -> Made:
    """Each of the two."""
    return both[request.param]


@pytest.fixture
def slot(made: Made) -> Slot:
    """A powered copy of it, with the application selected."""
    slot = made.slot()
    slot.enter()
    return slot


@pytest.fixture
def oracle(made: Made) -> Any:
    """The same cryptography from other libraries."""
    return ORACLES[made.suite]


@pytest.fixture
def user(made: Made, issued_cells: bytes, sm4_issued_cells: bytes) -> VirtualCard:
    """A user card of the same city, as ``sscard personalize`` leaves it; no power."""
    cells = {"3des": issued_cells, "sm4": sm4_issued_cells}[made.suite]
    chip = load_chip({"3des": "gen2-32k", "sm4": "gen3-80k"}[made.suite])
    return VirtualCard(NVM(bytearray(cells)), chip, random=random.Random(8).randbytes)
