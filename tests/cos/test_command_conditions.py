"""Every row of docs/reference/commands.md against a card, with either cipher.

The rows are in ``vectors/command-conditions``; what a row may say is told in ``Bench``.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    PurchaseInitialized,
)
from sscard.apdu.response import ResponseAPDU
from sscard.channel import authenticate
from sscard.channel import medical as macs
from sscard.cos import NVM, Protocol
from sscard.dialects.chip import Chip
from sscard.dialects.delivery import Delivery, MadeBy
from sscard.keys import KeyReference, SecretKey
from sscard.perso.order import CardOrder
from sscard.profiles.chips import load_chip

FOLDER = Path(__file__).parents[1] / "vectors" / "command-conditions"
DOCUMENTS = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.toml")}
COMMANDS = [each for document in DOCUMENTS.values() for each in document.get("command", ())]
CARDS = DOCUMENTS["cards"]["cards"]
#: Before the command itself, where a row of ``every`` says no other steps.
STANDING = {
    "MF": "select MF",
    "SSSE": "select SSSE",
    "card": "",
    "factory": "",
    "maintenance": "select SSSE",
    "T=0": "",
}
MASTERS = {
    "master": bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
    "own": bytes.fromhex("102132435465768798A9BACBDCEDFE0F"),
}
TERMINAL = bytes.fromhex("510100000042")
TIME = bytes.fromhex("20260131235959")
TERMINAL_COUNTER = 0xA1B2C3D4


def parameters() -> Iterator[Any]:
    for command in COMMANDS:
        for row in command["rows"]:
            for suite in (row["suite"],) if "suite" in row else ("3des", "sm4"):
                name = f"{suite}-{command['name']}: {row['when']}"
                yield pytest.param(suite, command, row, id=name)


def of_every() -> Iterator[Any]:
    for command in COMMANDS:
        for row in DOCUMENTS["every"]["every"]:
            if command["in"] in row["in"]:
                name = f"{command['name']}: {row['when']}"
                yield pytest.param(command, row, id=name)


@dataclass
class Bench:
    """A powered card, and a terminal that knows its keys and follows a row's words.

    Steps stand behind each other with ``;``.  A command is ``header | data | Le`` in hexadecimal,
    Lc and the extended form by themselves, or all of its bytes.  In angle brackets stands what
    the terminal computes, ``mac`` over everything before it.
    """

    card: VirtualCard
    order: CardOrder
    protocol: Protocol = Protocol.T1
    challenge: bytes = b""
    load: macs.Load | None = None
    purchase: macs.Purchase | None = None

    def follow(self, steps: str) -> None:
        """Steps are methods; all but ``ask`` and the wrong ones must succeed."""
        for step in filter(None, map(str.strip, steps.split(";"))):
            word, _, rest = step.partition(" ")
            getattr(self, f"do_{word}")(rest)

    def do_say(self, template: str) -> bytes:
        answer = self.send(template)
        assert answer.sw == 0x9000, f"{template}: {answer.sw:04X}"
        return answer.data

    def do_ask(self, template: str) -> None:
        self.send(template)

    def do_reset(self, _: str = "") -> None:
        self.card.power_on(self.protocol)

    def do_select(self, name: str) -> None:
        self.do_say(self.selection(name))

    def do_file(self, fid: str) -> None:
        self.do_say(f"00A40000 | {fid}")

    def do_challenge(self, size: str = "") -> None:
        self.challenge = self.do_say(f"00840000 | | {int(size or 8):02X}")

    def do_verify(self, _: str) -> None:
        self.do_say("00200000 | 123456")

    def do_show(self, name: str) -> None:
        self.do_challenge()
        self.do_say(f"{self.authentication(name)} | <proof {name}> <challenge>")

    def do_wrong(self, what: str) -> None:
        name, times = what.split()
        for _ in range(int(times)):
            self.do_challenge()
            wrong = f"{self.authentication(name)} | <fill 8> <challenge>"
            answer = self.send("00200000 | 999999" if name == "pin" else wrong)
            assert answer.sw >> 4 == 0x63C

    def do_no(self, what: str) -> None:
        assert what == "pin"
        self.follow("select SSSE; show PUK; challenge; say 84240001 | <enc STK> <mac STK>")

    def do_block(self, name: str) -> None:
        if name == "card":
            self.follow("select SSSE; show BK; challenge; say 84160000 | <mac STK>")
        else:
            self.follow(f"select {name}; show LK{name}; challenge")
            self.do_say(f"841E0001 | <mac STK{name}>")

    def do_hand(self, what: str) -> None:
        assert what == "over"
        self.follow("show exchange; say 00D69C00 | A5")

    def do_loads(self, counter: str) -> None:
        """Set a counter behind the card's back: nobody counts up to its end."""
        self.set_amounts(0, counter)

    def do_purchases(self, counter: str) -> None:
        self.set_amounts(2, counter)

    def set_amounts(self, offset: int, value: str) -> None:
        env = self.card.card._social
        at, _ = env.files.directories[0xDF04].by_fid[0xEF1D].places[0]
        env.nvm.write(at + offset, bytes.fromhex(value))
        env.nvm.commit()

    def do_init(self, what: str) -> None:
        kind, _, amounts = what.partition(" ")
        begin = {"load": self.init_load, "purchase": self.init_purchase}[kind]
        begin(*map(int, amounts.split()))

    def init_load(self, amount: int) -> None:
        request = InitForLoad(1, amount, TERMINAL)
        answer = LoadInitialized.parse(self.do_say(f"B0280001 | {bytes(request).hex()} | 10"))
        self.load = macs.Load(answer.random, answer.counter, answer.balance, amount, TERMINAL)

    def init_purchase(self, account: int, self_paid: int, pool: int) -> None:
        request = InitForPurchase(1, account, self_paid, pool, TERMINAL)
        answer = PurchaseInitialized.parse(self.do_say(f"B0280101 | {bytes(request).hex()} | 16"))
        card = (answer.random, answer.counter)
        shares = (account, self_paid, pool)
        self.purchase = macs.Purchase(*card, *shares, TERMINAL, TERMINAL_COUNTER, TIME)

    def do_load(self, amount: str) -> None:
        self.follow(f"init load {amount}; say B02A0000 | <time> <mac2>")

    def do_purchase(self, amounts: str) -> None:
        self.follow(f"init purchase {amounts}; say B02C0100 | <counter> <time> <mac1>")

    def selection(self, name: str) -> str:
        return "00A40000 | 3F00" if name == "MF" else f"00A40400 | <name {name}>"

    def authentication(self, name: str) -> str:
        if name == "transport":
            return "80E00300"
        keys = (key for each in self.order.profile.directories for key in each.keys)
        return f"008200{next((key.kid for key in keys if key.name == name), 0x1C):02X}"

    def key(self, name: str) -> SecretKey:
        if name in MASTERS:
            return self.order.suite.key(MASTERS[name])
        named = {"transport": self.order.lot.transport, "exchange": self.order.exchange}
        if name in named:
            return named[name]
        name, _, version = name.partition(".")
        return self.order.keys[KeyReference(name, int(version or 1))]

    def send(self, template: str) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.transmit(self.command(template)))

    def command(self, template: str) -> bytes:
        """The bytes of a command; ``mac`` is the last thing of its data."""
        header, *rest = (part.strip() for part in template.split("|"))
        if not rest:
            return bytes.fromhex(header)
        cla, ins, p1, p2 = bytes.fromhex(header)
        le = bytes.fromhex(rest[1]) if len(rest) > 1 else b""
        ne = (number(le) or 256) if le else 0
        body, _, key = rest[0].partition("<mac ")
        command = CommandAPDU(cla, ins, p1, p2, self.filled(body), ne)
        if key:
            suite = self.order.suite
            session = suite.session_key(self.key(key.strip(" >")), self.challenge)
            head = bytes((cla, ins, p1, p2, len(command.data) + 4))
            mac = suite.mac(session, head + command.data)
            command = replace(command, data=command.data + mac)
        return bytes(command)

    def filled(self, text: str) -> bytes:
        return bytes.fromhex(re.sub(r"<([^>]+)>", lambda found: self.value(found[1]).hex(), text))

    def value(self, words: str) -> bytes:
        word, _, rest = words.partition(" ")
        made: bytes = getattr(self, f"make_{word}")(rest)
        return made

    def make_fill(self, size: str) -> bytes:
        return bytes(int(size))

    def make_challenge(self, _: str) -> bytes:
        return self.challenge

    def make_name(self, name: str) -> bytes:
        return aid.PSE if name == "PSE" else self.order.profile.directory(name).df_name

    def make_proof(self, name: str) -> bytes:
        data = self.challenge if len(self.challenge) == 8 else bytes(8)
        return authenticate(self.order.suite, self.key(name), self.challenge, data)

    def make_enc(self, what: str) -> bytes:
        name, _, plain = what.partition(" ")
        suite = self.order.suite
        return suite.encipher(
            suite.session_key(self.key(name), self.challenge), bytes.fromhex(plain)
        )

    def make_time(self, _: str) -> bytes:
        return TIME

    def make_counter(self, _: str) -> bytes:
        return TERMINAL_COUNTER.to_bytes(4, "big")

    def make_mac1(self, time: str) -> bytes:
        assert self.purchase
        suite, purchase = self.order.suite, replace(self.purchase, time=when(time))
        session = macs.purchase_session(suite, self.key("DPK"), purchase)
        return macs.purchase_mac1(suite, session, purchase)

    def make_mac2(self, time: str) -> bytes:
        assert self.load
        suite = self.order.suite
        session = macs.load_session(suite, self.key("DLK"), self.load)
        return macs.load_mac2(suite, session, self.load, when(time))


def when(time: str) -> bytes:
    return bytes.fromhex(time) or TIME


def number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


@pytest.fixture(scope="module")
def bench(
    order: CardOrder, sm4_order: CardOrder, issued_cells: bytes, sm4_issued_cells: bytes
) -> Callable[[str, str], Bench]:
    """Makes a bench with a card as ``cards.toml`` names it."""
    orders = {"3des": order, "sm4": sm4_order}
    memories = {("3des", "issued"): issued_cells, ("sm4", "issued"): sm4_issued_cells}

    def make(suite: str, name: str) -> Bench:
        name, _, protocol = name.partition(", ")
        chip, wanted = load_chip(orders[suite].profile.chip), orders[suite]
        if name == "native":
            chip = replace(chip, instances=Delivery(MadeBy.NATIVE))
        if name in ("blank", "native") and (suite, name) not in memories:
            memories[suite, name] = blank(chip, wanted)
        if (suite, name) in memories:
            memory = NVM(bytearray(memories[suite, name]))
            made = Bench(VirtualCard(memory, chip, random=random.Random(2).randbytes), wanted)
            made.protocol = Protocol(protocol or "T=1")
            made.do_reset()
            return made
        made = make(suite, CARDS[name]["on"])
        made.follow(CARDS[name]["steps"])
        return made

    return make


def blank(chip: Chip, order: CardOrder) -> bytes:
    seeded = random.Random(1).randbytes
    return bytes(VirtualCard.blank(chip, lot=order.lot, random=seeded).card.nvm.cells)


@pytest.mark.parametrize(("suite", "command", "row"), list(parameters()))
def test_row(
    bench: Callable[[str, str], Bench], suite: str, command: dict[str, Any], row: dict[str, Any]
) -> None:
    made = bench(suite, row.get("card", "issued"))
    made.follow(row.get("setup", STANDING[command["in"]]))
    answer = made.send(row["send"])
    assert f"{answer.sw:04X}" == row["sw"]
    assert len(answer.data) == row.get("size", len(answer.data))
    assert answer.data.hex().upper() == row.get("data", answer.data.hex().upper())


@pytest.mark.parametrize(("command", "row"), list(of_every()))
def test_every(
    bench: Callable[[str, str], Bench], command: dict[str, Any], row: dict[str, Any]
) -> None:
    """The first legal form of a command, with zeros for what would have to be computed."""
    first = command["rows"][0]
    made = bench("3des", row.get("card", "SSSE made" if command["in"] == "factory" else "issued"))
    made.follow(row.get("setup", STANDING[command["in"]]))
    if row.get("setup") and command["in"] == "MF":
        made.send(made.selection("MF"))
    header, *rest = first["send"].split("|")
    plain = " | ".join((changed(header, row.get("change", {})), *rest))
    plain = re.sub(r"<(mac|enc|proof|challenge|time|counter|mac1|mac2)[^>]*>", "<fill 4>", plain)
    assert f"{made.send(plain).sw:04X}" == row["sw"]


def changed(header: str, change: dict[str, int]) -> str:
    cla, ins, p1, p2 = bytes.fromhex(header)
    rest = (change.get("ins", ins), change.get("p1", p1), change.get("p2", p2))
    return bytes((cla | change.get("or", 0), *rest)).hex()


PIN_LIFE = DOCUMENTS["pin-life"]["rows"]
INTO = {"set": "", "empty": "no pin", "blocked": "select SSSE; wrong pin 6"}


@pytest.mark.parametrize(
    "row", [pytest.param(r, id=f"{r['state']}: {r['event']}") for r in PIN_LIFE]
)
@pytest.mark.parametrize("suite", ["3des", "sm4"])
def test_pin_life(bench: Callable[[str, str], Bench], suite: str, row: dict[str, Any]) -> None:
    made = bench(suite, "issued")
    made.follow(f"{INTO[row['state']]}; select SSSE; {row.get('setup', '')}")
    assert f"{made.send(row['send']).sw:04X}" == row["sw"]
    assert state_of_the_pin(made) == row["next"]


def state_of_the_pin(bench: Bench) -> str:
    """Asked of the card; the try that it may cost does not matter any more."""
    if bench.send("00200000").sw == 0x9000:
        return "empty"
    return "blocked" if bench.send("00200000 | 11111111").sw == 0x6983 else "set"


def test_the_life_of_the_pin_is_whole() -> None:
    """Each state has each of the five commands."""
    events = ("VERIFY", "CHANGE", "UNBLOCK", "RELOAD", "VERIFY without data")
    there = {(row["state"], event) for row in PIN_LIFE for event in events if event in row["event"]}
    assert there == {(state, event) for state in INTO for event in events}
