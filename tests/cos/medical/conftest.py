"""A card for medical transactions, and a host that computes with other libraries."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

from sscard.apdu.response import ResponseAPDU
from sscard.cos import NVM, Card
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE, Chip
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    KeyType,
    LoadKey,
    Operation,
    Structure,
)
from sscard.dialects.rights import FREE, NEVER, PIN

SSSE, DF04 = 0xDDF1, 0xDF04
RECORD = 28
FILL = bytes(2) + b"\0" + b"\xff" * 13 + bytes(12)
LOG = CreateFile(0xEF08, Structure.CYCLIC, PIN, NEVER, (FILL,), 5)
AMOUNTS = struct.Struct(">HHIII2s2sBH4s4s")
NAMES = ("loads", "purchases", "account", "self_paid", "pool", "year", "day")
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "loads": 3,
        "purchases": 0x00FE,
        "account": 10_000,
        "self_paid": 200,
        "pool": 3_000,
        "year": b"\x20\x26",
        "day": b"\x01\x01",
    }
)
TERMINAL = bytes.fromhex("510100000042")
TIME = bytes.fromhex("20260131235959")


def n(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "big")


def key(name: str) -> bytes:
    return random.Random(name).randbytes(16)


def amounts(**changed: Any) -> bytes:
    """The content of an amount file without a proof."""
    values = {**DEFAULTS, **changed}
    return AMOUNTS.pack(*(values[name] for name in NAMES), 0, 0, bytes(4), bytes(4))


def internal(content: bytes) -> CreateFile:
    return CreateFile(0xEF1D, Structure.INTERNAL, NEVER, NEVER, (content,))


def load_key(type_: KeyType, kid: int, version: int, value: bytes) -> LoadKey:
    return LoadKey(type_, kid, version, 0, value)


KEYS = (
    *(load_key(KeyType.LOAD, 1, each, key(f"DLK{each}")) for each in (1, 2, 3)),
    *(load_key(KeyType.PURCHASE, 1, each, key(f"DPK{each}")) for each in (1, 2, 3)),
    load_key(KeyType.EXTERNAL, 0x89, 1, key("DSK")),
)
DTKS = tuple(load_key(KeyType.TRANSACTION, 1, each, key(f"DTK{each}")) for each in (1, 2))


def xor(*parts: bytes) -> bytes:
    folded = 0
    for part in parts:
        folded ^= int.from_bytes(part, "big")
    return folded.to_bytes(len(parts[0]), "big")


class TripleDes:
    """The left column of ssc 4 with pycryptodome."""

    algorithm = 1

    def session(self, key: bytes, eight: bytes) -> bytes:
        return DES3.new(key, DES3.MODE_ECB).encrypt(eight)

    def mac(self, key: bytes, text: bytes) -> bytes:
        text += b"\x80" + bytes(7 - len(text) % 8)
        return DES.new(key, DES.MODE_CBC, bytes(8)).encrypt(text)[-8:-4]

    def tac(self, key: bytes, text: bytes) -> bytes:
        return self.mac(xor(key[:8], key[8:]), text)

    def proof(self, key: bytes, challenge: bytes) -> bytes:
        return DES.new(self.session(key, challenge), DES.MODE_ECB).encrypt(challenge)


class Sm4:
    """The right column with gmssl."""

    algorithm = 3

    def block(self, key: bytes, block: bytes) -> bytes:
        engine = CryptSM4()
        engine.set_key(key, SM4_ENCRYPT)
        return bytes(engine.one_round(engine.sk, list(block)))

    def session(self, key: bytes, eight: bytes) -> bytes:
        return self.block(key, eight + bytes(8))

    def mac(self, key: bytes, text: bytes) -> bytes:
        text += b"\x80" + bytes(15 - len(text) % 16)
        chain = bytes(16)
        for at in range(0, len(text), 16):
            chain = self.block(key, xor(chain, text[at : at + 16]))
        return xor(chain[:4], chain[4:8], chain[8:12], chain[12:])

    def tac(self, key: bytes, text: bytes) -> bytes:
        return self.mac(key, text)

    def proof(self, key: bytes, challenge: bytes) -> bytes:
        block = self.block(self.session(key, challenge), challenge + bytes(8))
        return xor(block[:8], block[8:])


SUITES: Mapping[str, TripleDes | Sm4] = MappingProxyType({"3des": TripleDes(), "sm4": Sm4()})


@dataclass
class Load:
    """What host and card know of one load."""

    index: int
    amount: int
    #: The answer to INIT.
    answer: bytes = bytes(16)
    time: bytes = TIME
    terminal: bytes = TERMINAL

    @property
    def balance(self) -> int:
        return int.from_bytes(self.answer[:4], "big")


@dataclass
class Purchase:
    """What terminal and card know of one purchase."""

    index: int
    three: tuple[int, int, int]
    answer: bytes = bytes(22)
    time: bytes = TIME
    terminal_counter: int = 0xA1B2C3D4
    terminal: bytes = TERMINAL

    @property
    def text(self) -> bytes:
        return b"".join(map(n, self.three))


@dataclass
class Bench:
    """A powered card in DF04, and a host that knows its keys."""

    suite: str
    card: Card
    dtks: tuple[int, ...] = (1, 2)
    pending: Load | Purchase | None = field(default=None)

    def __post_init__(self) -> None:
        self.other = SUITES[self.suite]
        self.start()

    @property
    def env(self) -> Any:
        return self.card._social

    def start(self, *, pin: bool = True) -> None:
        """Power off and on, back into DF04."""
        self.card.reset()
        self.ok(bytes.fromhex("00A4040005") + b"DF04.")
        if pin:
            self.ok(bytes.fromhex("0020000003123456"))
        self.pending = None

    def send(self, command: bytes) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.process(command))

    def ok(self, command: bytes) -> bytes:
        return self.send(command).require("command")

    def sw(self, command: bytes) -> str:
        return f"{self.send(command).sw:04X}"

    def hex(self, command: str) -> str:
        return self.card.process(bytes.fromhex(command)).hex().upper()

    def show_dsk(self, challenge: bytes = b"") -> None:
        challenge = challenge or self.ok(bytes.fromhex("0084000008"))
        proof = self.other.proof(key("DSK"), challenge)
        self.ok(bytes.fromhex("0082008910") + proof + challenge)

    def contents(self) -> tuple[bytes, tuple[bytes, ...]]:
        """Amount file and log, newest record first, as they are in the cells."""
        cells, directory = self.card.nvm.cells, self.env.files.directories[DF04]
        by_fid = directory.by_fid
        at, size = by_fid[0xEF1D].places[0]
        log = by_fid[0xEF08]
        places, newest = log.places, cells[log.newest_at]
        order = [places[(newest - age) % len(places)] for age in range(len(places))]
        return bytes(cells[at : at + size]), tuple(bytes(cells[a : a + s]) for a, s in order)

    def value(self, name: str) -> Any:
        """One value of the amount file."""
        return AMOUNTS.unpack(self.contents()[0])[NAMES.index(name)]

    # Loads.

    def init_load(self, amount: int, index: int = 1, le: bytes = b"\x10") -> ResponseAPDU:
        load = Load(index, amount)
        data = n(index, 1) + n(amount) + load.terminal
        answer = self.send(bytes.fromhex("B02800010B") + data + le)
        if answer.data:
            load.answer, self.pending = answer.data, load
        return answer

    def load_session(self, load: Load) -> bytes:
        random, counter = load.answer[8:12], load.answer[4:6]
        return self.other.session(key(f"DLK{load.index}"), random + counter + b"\x80\x00")

    def mac1_of_load(self, load: Load) -> bytes:
        text = n(load.balance) + n(load.amount) + b"\1" + load.terminal
        return self.other.mac(self.load_session(load), text)

    def mac2_of_load(self, load: Load) -> bytes:
        text = n(load.amount) + b"\1" + load.terminal + load.time
        return self.other.mac(self.load_session(load), text)

    def tac_of_load(self, load: Load) -> bytes:
        text = n(load.balance + load.amount) + load.answer[4:6]
        text += n(load.amount) + b"\1" + load.terminal + load.time
        return self.other.tac(self.dtk(load.index), text)

    def credit(self, time: bytes = TIME, *, wrong: bool = False, le: bytes = b"\x04") -> bytes:
        """The command that finishes what is pending, or a made-up one."""
        load = self.pending if isinstance(self.pending, Load) else Load(1, 1)
        load.time = time
        mac = self.mac2_of_load(load)
        mac = xor(mac, b"\0\0\0\1") if wrong else mac
        return bytes.fromhex("B02A00000B") + time + mac + le

    # Purchases.

    def init_purchase(
        self, *three: int, index: int = 1, le: bytes = b"\x16", terminal_counter: int = 0xA1B2C3D4
    ) -> ResponseAPDU:
        account, self_paid, pool = three
        purchase = Purchase(index, (account, self_paid, pool), terminal_counter=terminal_counter)
        data = n(index, 1) + purchase.text + purchase.terminal
        answer = self.send(bytes.fromhex("B028010113") + data + le)
        if answer.data:
            purchase.answer, self.pending = answer.data, purchase
        return answer

    def purchase_session(self, purchase: Purchase) -> bytes:
        random, counter = purchase.answer[18:22], purchase.answer[14:16]
        eight = random + counter + n(purchase.terminal_counter)[2:]
        return self.other.session(key(f"DPK{purchase.index}"), eight)

    def mac1_of_purchase(self, purchase: Purchase) -> bytes:
        text = purchase.text + b"\2" + purchase.terminal + purchase.time
        return self.other.mac(self.purchase_session(purchase), text)

    def mac2_of_purchase(self, purchase: Purchase) -> bytes:
        return self.other.mac(self.purchase_session(purchase), purchase.text)

    def tac_of_purchase(self, purchase: Purchase) -> bytes:
        text = purchase.text + b"\2" + purchase.terminal
        text += n(purchase.terminal_counter) + purchase.time
        return self.other.tac(self.dtk(purchase.index), text)

    def debit(self, time: bytes = TIME, *, wrong: bool = False, le: bytes = b"\x08") -> bytes:
        """The command that finishes what is pending, or a made-up one."""
        none = Purchase(1, (1, 1, 1))
        purchase = self.pending if isinstance(self.pending, Purchase) else none
        purchase.time = time
        mac = self.mac1_of_purchase(purchase)
        mac = xor(mac, b"\1\0\0\0") if wrong else mac
        return bytes.fromhex("B02C01000F") + n(purchase.terminal_counter) + time + mac + le

    def dtk(self, index: int) -> bytes:
        return key(f"DTK{self.dtks[0] if len(self.dtks) == 1 else index}")


def chip(suite: str) -> Chip:
    sizes = {"system": 256, "exchange": 320, "ssse": 2048, "pse": 1024}
    size = JOURNAL_PAGES * PAGE + sum(sizes.values())
    return Chip("tiny", size, sizes, "1", "L", 3, "assumed", suite)


def build(
    suite: str = "3des",
    *content: Operation,
    nvm: Callable[[bytearray], NVM] = NVM,
    padding: int = 1,
) -> Bench:
    """A bench around a card with ``content`` in DF04, put there without any command."""
    own = chip(suite)
    card = Card(nvm(bytearray(own.size)), own, random.Random(7).randbytes)
    files = card._social.files
    root = files.create_directory(CreateDirectory(SSSE, b"SSSE."))
    files.load_key(root, LoadKey(KeyType.PIN, 0, 1, 6, bytes.fromhex("123456FFFFFFFFFF")))
    files.create_file(
        root, CreateFile(0xEF05, Structure.TRANSPARENT, FREE, FREE, (bytes(padding),))
    )
    directory = files.create_directory(CreateDirectory(DF04, b"DF04."))
    for operation in content or (internal(amounts()), LOG, *KEYS, *DTKS):
        make = files.load_key if isinstance(operation, LoadKey) else files.create_file
        make(directory, operation)
        card.nvm.commit()
    dtks = [each.version for each in content if getattr(each, "type", None) is KeyType.TRANSACTION]
    return Bench(suite, card, tuple(dtks) or (1, 2))


def revive(bench: Bench, nvm: Callable[[bytearray], NVM] = NVM) -> Bench:
    memory = nvm(bytearray(bench.card.nvm.cells))
    card = Card(memory, chip(bench.suite), random.Random(8).randbytes)
    return Bench(bench.suite, card, bench.dtks)


@pytest.fixture(scope="session")
def copy_bench() -> Callable[..., Bench]:
    """Makes a bench with a copy of another one's memory: ``copy_bench(bench, nvm)``."""
    return revive


@pytest.fixture(scope="session")
def make_bench() -> Callable[..., Bench]:
    """Makes a bench: ``make_bench("sm4", *operations, nvm=…)``."""
    return build


@pytest.fixture(params=sorted(SUITES))
def bench(request: pytest.FixtureRequest) -> Bench:
    """A bench in front of a full card, the PIN shown, with either suite."""
    return build(request.param)


@pytest.fixture(scope="session")
def parts() -> Any:
    """What a test needs to put a card together."""

    class Parts:
        log, keys, dtks, fill = LOG, KEYS, DTKS, FILL
        amounts, internal, key = staticmethod(amounts), staticmethod(internal), staticmethod(key)
        load_key = staticmethod(load_key)
        defaults = DEFAULTS

    return Parts
