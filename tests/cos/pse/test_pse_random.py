"""Random transactions between a terminal, the card and its issuer, against a card in plain Python.

The model knows what pboc says of limits, money and the issuer's answer; it predicts the kind of
every cryptogram, and after each transaction counters, balance and log must be what it says.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from sscard.apdu import tlv

CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
CONTACT_PDOL = "9F7A019F02065F2A02DF6901"
TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
#: Transactions of one run; the full form has ten thousand.
COUNT = int(os.environ.get("SSCARD_TRANSACTIONS", "600"))
RIGHT, WRONG = "26123456ffffffff", "26654321ffffffff"
LOWER, UPPER, TOTAL, TOTAL_UPPER, BOTH = 8, 12, 20000, 30000, 25000


@dataclass
class Model:
    """The rich card, as its issuer imagines it."""

    atc: int = 0x41
    last_online: int = 0x41
    balance: int = 60000
    spent: int = 0
    both: int = 0
    abroad: int = 0
    elsewhere: int = 0
    pending: bool = False
    wrong: bool = False
    script_failed: bool = False
    tries: int = 3
    log: list[tuple[int, int]] = field(default_factory=list)

    def after(self, amount: int, currency: str, country: str) -> tuple[int, int, int, int]:
        own, second = currency == "0156", currency == "0840"
        return (
            self.spent + amount * own,
            self.both + (amount if own else 2 * amount if second else 0),
            self.abroad + (not own),
            self.elsewhere + (country != "0156"),
        )

    def wants_issuer(self, amount: int, currency: str, country: str) -> bool:
        spent, both, abroad, elsewhere = self.after(amount, currency, country)
        own = currency == "0156"
        return (
            self.atc - self.last_online > LOWER
            or (own and spent > TOTAL)
            or (currency in ("0156", "0840") and both > BOTH)
            or (not own and abroad > 1)
            or (country != "0156" and elsewhere > 1)
        )

    def refuses(self, amount: int, currency: str, country: str) -> bool:
        own = currency == "0156"
        above = own and self.after(amount, currency, country)[0] > TOTAL_UPPER
        return self.atc - self.last_online > UPPER or above

    def book(self, amount: int, currency: str, country: str) -> None:
        self.spent, self.both, self.abroad, self.elsewhere = self.after(amount, currency, country)

    def online(self) -> None:
        self.last_online = self.atc
        self.spent = self.both = self.abroad = self.elsewhere = 0
        self.pending = self.wrong = self.script_failed = False

    def cash(self, amount: int) -> bool:
        return amount <= min(self.balance, 50000)


@pytest.fixture(params=range(3))
def chance(request: Any) -> random.Random:
    return random.Random(request.param)


def test_random_transactions(make_rich: Any, chance: random.Random) -> None:
    rich, model = make_rich({0x9F58: f"{LOWER:02x}", 0x9F59: f"{UPPER:02x}"}), Model()
    kinds = set()
    for _ in range(COUNT // 3):
        said = {
            "t9F02": f"{chance.choice((0, 1, 234, 1234, 1234, 9000, 15000, 50000, 50001)):012d}",
            "t5F2A": chance.choice(("0156",) * 4 + ("0840", "0978")),
            "t9F1A": chance.choice(("0156",) * 4 + ("0840",)),
            "tDF69": chance.choice(("00", "01")),
            "t9F7A": chance.choice(("00", "01")),
            "t9F37": chance.randbytes(4).hex(),
            "t8A": chance.choice(("3030", "3030", "3035", "5933", "5A33")),
            "t9F66": chance.choice(("26000080", "26800000", "28000000")),
        }
        if chance.random() < 0.2:
            kinds.add(("tap", tap(rich, model, said)))
        else:
            kinds.add(contact(rich, model, said, chance))
        compare(rich, model)
    assert {("tap", kind) for kind in "DOA"} <= kinds
    assert {("offline", kind) for kind in (0x00, 0x40)} <= kinds
    assert {("online", 0x40), ("online", 0x00), ("unable", 0x40), ("unable", 0x00)} <= kinds


def contact(rich: Any, model: Model, said: dict[str, str], chance: random.Random) -> Any:
    rich.over(contactless=False)
    talk = rich.said(**said)
    amount, where = int(said["t9F02"]), (said["t5F2A"], said["t9F1A"])
    cash = (
        said["t9F7A"] == "01"
        and where[0] == "0156"
        and model.cash(amount)
        and model.tries > 0
        and not (model.wrong or model.script_failed)
    )
    talk.start().require("GPO")
    model.atc += 1
    verify(talk, model, chance)
    asked = chance.choice(("00", "40", "40", "40", "40", "80"))
    wants = model.pending or (
        model.balance - amount < 1000 if cash else model.wants_issuer(amount, *where)
    )
    expected = 0x80 if asked == "40" and wants else int(asked, 16)
    first = talk.ac(asked)
    assert (first.cid & 0xC0, first.atc) == (expected, model.atc.to_bytes(2, "big"))
    if expected != 0x80:
        if expected == 0x40:
            approved(model, amount, where, cash=cash)
        return "offline", expected
    model.pending = True
    return finish(talk, model, said, chance, cash=cash)


def finish(
    talk: Any, model: Model, said: dict[str, str], chance: random.Random, *, cash: bool
) -> Any:
    """From the first ARQC to the end."""
    amount, where = int(said["t9F02"]), (said["t5F2A"], said["t9F1A"])
    if said["t8A"] in ("5933", "5A33"):
        refused = not model.cash(amount) if cash else model.refuses(amount, *where)
        expected = 0x00 if refused else 0x40
        assert talk.ac("40", CDOL2).cid & 0xC0 == expected
        if expected:
            approved(model, amount, where, cash=cash)
        return "unable", expected
    right = chance.random() < 0.8
    assert talk.answer(said["t8A"], wrong=not right) == (0x9000 if right else 0x6300)
    if right:
        scripts(talk, model, chance)
    expected = 0x40 if said["t8A"] == "3030" else 0x00
    assert talk.ac("40" if expected else "00", CDOL2).cid & 0xC0 == expected
    if right:
        failed = talk_failed(talk)
        model.online()
        model.script_failed = failed
    else:
        model.wrong = True
    if expected:
        model.log.insert(0, (amount, model.atc))
    return "online", expected


def talk_failed(talk: Any) -> bool:
    return bool(getattr(talk, "script_failed", False))


def scripts(talk: Any, model: Model, chance: random.Random) -> None:
    """What the issuer sends, and what it may not."""
    kind = chance.choice(("", "", "load", "too much", "unblock", "wrong"))
    if kind == "load":
        model.balance = chance.randrange(100001)
        assert talk.script("04da9f79", bytes.fromhex(f"{model.balance:012d}")) == 0x9000
    elif kind == "too much":
        assert talk.script("04da9f79", bytes.fromhex("000000100001")) == 0x6A80
        talk.script_failed = True
    elif kind == "unblock":
        assert talk.script("84240000") == 0x9000
        model.tries = 3
    elif kind == "wrong":
        assert talk.send("84240000", bytes(4)).sw == 0x6988
        talk.script_failed = True


def approved(model: Model, amount: int, where: tuple[str, str], *, cash: bool) -> None:
    if cash:
        model.balance -= amount
    else:
        model.book(amount, *where)
    model.log.insert(0, (amount, model.atc))


def verify(talk: Any, model: Model, chance: random.Random) -> None:
    for _ in range(chance.choice((0, 0, 1, 2))):
        right = chance.random() < 0.7
        sw = talk.send("00200080", bytes.fromhex(RIGHT if right else WRONG)).sw
        if not model.tries:
            assert sw == 0x6983
        elif right:
            assert sw == 0x9000
            model.tries = 3
        else:
            model.tries -= 1
            assert sw == 0x63C0 | model.tries


def tap(rich: Any, model: Model, said: dict[str, str]) -> str:
    """Its 9F68: electronic cash is checked, online PIN for the own currency, everything logged."""
    rich.over(contactless=True)
    talk = rich.said(**said)
    ((_, content),) = tlv.parse(talk.start(TAP_PDOL).require("GPO"))
    values = dict(tlv.parse(content))
    model.atc += 1
    amount, own = int(said["t9F02"]), said["t5F2A"] == "0156"
    assert values[0x9F36] == model.atc.to_bytes(2, "big")
    alone, online = said["t9F66"].startswith("28"), said["t9F66"].startswith("2680")
    ask = "D" if alone else "O"
    if own and amount > 30000:
        expected = ask if said["t9F66"].startswith("26") else "D"
    elif not own or online or not model.cash(amount) or model.balance - amount < 1000:
        expected = ask
    else:
        expected = "A"
    kind = {0x80: "D", 0xA0: "O", 0x90: "A"}[values[0x9F10][4] & 0xF0]
    assert kind == expected
    if kind == "A":
        model.balance -= amount
        model.log.insert(0, (amount, model.atc))
    parts = [talk.values[t] for t in (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)]
    message = bytes.fromhex("".join(parts) + "7c00") + values[0x9F36] + values[0x9F10][3:7]
    assert values[0x9F26] == talk.oracle.mac(talk.oracle.session(0, values[0x9F36]), message)
    return kind


def compare(rich: Any, model: Model) -> None:
    assert int(rich.get("9f36"), 16) == model.atc
    assert int(rich.get("9f13"), 16) == model.last_online
    assert int(rich.get("9f17"), 16) == model.tries
    assert int(rich.get("9f79")) == model.balance
    assert int(rich.get("9f5d")) == model.balance
    for number in (1, 2, 10, 11):
        entry = rich.log(number)
        if number > min(10, len(model.log)):
            assert entry is None
        else:
            amount, atc = model.log[number - 1]
            assert (int(entry[6:12].hex()), int.from_bytes(entry[-2:], "big")) == (amount, atc)
