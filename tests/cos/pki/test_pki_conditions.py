"""Every row of the conditions in docs/card.md against a card, and that none is missing."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError
from sscard.channel import pki as channel
from sscard.channel.protection import Protection
from sscard.cos import CardState
from sscard.cos.dispatch import find
from sscard.cos.pki import binary, pairs, proofs, signing, table, uses
from sscard.cos.pki.table import DDF, FORMS, tables
from sscard.errors import MalformedData
from sscard.keys import SM4, SM4_SUITE
from tests.cos.pki.hosts import ADMIN, ANOTHER, BROUGHT, MASTER, SESSION, USER, Host, brought

DOCUMENT = tomllib.loads(
    (Path(__file__).parents[2] / "vectors" / "certificate-conditions.toml").read_text("utf-8")
)
ROWS = [
    pytest.param(row, id=f"{command['name']}: {row['when']}")
    for command in DOCUMENT["command"]
    for row in command["rows"]
]
ANSWERS = {
    "class": "6E00|6881",
    "instruction": "6D00",
    "state": "6A81",
    "p1p2": "6A86",
    "length": "6700",
    "form": "6A80",
    "object": "6A82|6985|6986",
    "right": "6982|6983|6985",
    "challenge": "6984",
    "messaging": "6984|6988",
    "fit": "6B00|6700|6C..",
    "data": "6A80|63C.",
}
PINS = {"user": USER, "admin": ADMIN}
KEYS = {name: channel.pin_key(bytes.fromhex(pin)) for name, pin in PINS.items()}
KEYS["master"] = MASTER


class Bench:
    """Follows a row's words in front of a card."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.challenge = bytes(16)

    def step(self, step: str) -> None:
        word, _, rest = step.partition(" ")
        getattr(self, f"do_{word}")(rest)

    def do_challenge(self, _: str) -> None:
        self.challenge = self.host.challenge()

    def do_use(self, rest: str) -> None:
        for _ in range(6):
            if rest == "up master":
                self.host.show_master(SM4(bytes(16)))
            else:
                self.host.send(self.host.proof(USER, wrong=True))

    def do_block(self, _: str) -> None:
        card = self.host.card.card
        card.system._write(0, bytes((CardState.BLOCKED,)))
        card.nvm.commit()

    def do_choose(self, _: str) -> None:
        self.host.ok(pki.choose_public_key())

    def do_session(self, _: str) -> None:
        self.host.ok(pki.set_session_key(SESSION.reveal()))

    def do_file(self, fid: str) -> None:
        self.host.ok(iso7816.select_fid(int(fid, 16)))

    def filled(self, found: re.Match[str]) -> str:
        word, _, rest = found[1].partition(" ")
        if word == "fill":
            return "00" * int(rest)
        if word == "proof":
            return channel.cryptogram(KEYS[rest], self.challenge).hex()
        return self.computed(found[1])

    def computed(self, what: str) -> str:
        admin = KEYS["admin"]
        no_pin, no_master = (
            Protection.direct(SM4_SUITE, key, self.challenge) for key in (admin, MASTER)
        )
        found: dict[str, Callable[[], bytes]] = {
            "new master": lambda: bytes(
                channel.replace_master(MASTER, bytes(range(16)), self.challenge)
            ),
            "new pin": lambda: bytes(
                channel.change_admin_pin(admin, bytes.fromhex("87654321"), self.challenge)
            ),
            "no master": lambda: bytes(no_master.seal_enciphered(pki.replace_master(bytes(20)))),
            "no pin": lambda: bytes(
                no_pin.seal_enciphered(pki.change_admin_pin(bytes.fromhex("ABCDEF01")))
            ),
            "envelope": lambda: self.host.envelope().data,
            "point": lambda: bytes(BROUGHT.public),
            "private": lambda: bytes(brought(BROUGHT)),
            "other private": lambda: bytes(brought(ANOTHER)),
        }
        return found[what]().hex()


@pytest.mark.parametrize("row", ROWS)
def test_a_row(row: dict[str, Any], bench: Callable[..., Host]) -> None:
    shown = tuple(row.get("shown", ()))
    host = bench(row.get("card", "blank"), tuple(PINS.get(each, "") for each in shown))
    if row.get("in") == "DDF":
        host.enter(pki.DDF_NAME)
    if "master" in shown:
        assert host.show_master() == 0x9000
    terminal = Bench(host)
    for step in row.get("steps", ()):
        terminal.step(step)
    before = host.state()
    sent = re.sub(r"<([^>]+)>", terminal.filled, row["send"])
    assert host.hex(sent)[-4:] == row["sw"]
    if row["sw"] != "9000" and not row["sw"].startswith("63C"):
        assert host.state() == before


def test_the_rows_say_what_is_wrong() -> None:
    assert DOCUMENT["source"]
    for command in DOCUMENT["command"]:
        for row in command["rows"]:
            wrong = row.get("wrong")
            right = ANSWERS[wrong] if wrong else "9000|63C6"
            assert re.fullmatch(right, row["sw"]), row["when"]
            assert re.match(r"ssc(-more)? \d|assumed", row["clause"])


def test_every_command_has_its_rows() -> None:
    adf = tables("gmt0016")[True]
    of_it = [each for each in DOCUMENT["command"] if each["name"] not in ("ANY COMMAND", "SELECT")]
    headers = {tuple(bytes.fromhex(each["header"])) for each in of_it}
    assert headers == {(cla, int(ins)) for cla, ins in adf}
    for command in of_it:
        wrong = {row.get("wrong", "") for row in command["rows"]}
        assert wrong >= {"", "p1p2", "length"}, command["name"]
        if tuple(bytes.fromhex(command["header"])) in DDF:
            assert "DDF" in {row.get("in") for row in command["rows"]}, command["name"]


#: By handler, what it looks at behind the tables; a new one fails until it is here.
NEEDS: Mapping[Any, set[tuple[str, str]]] = {
    proofs.get_challenge: set(),
    proofs.external_authenticate: {("right", "6983"), ("challenge", "6984"), ("data", "63CF")},
    proofs.replace_master: {
        *(("right", "6982"), ("messaging", "6984"), ("messaging", "6988"), ("data", "6A80"))
    },
    proofs.verify: {("right", "6983"), ("challenge", "6984"), ("data", "63C5")},
    proofs.change_admin_pin: {
        *(("right", "6982"), ("messaging", "6984"), ("messaging", "6988"), ("data", "6A80"))
    },
    pairs.generate_pair: {
        *(("form", "6A80"), ("object", "6A82"), ("object", "6985"), ("right", "6982"))
    },
    pairs.choose_public: {("form", "6A80"), ("object", "6A82"), ("object", "6985")},
    pairs.export_public: {("object", "6985"), ("fit", "6C42")},
    pairs.set_session_key: {("right", "6982"), ("data", "6A80")},
    pairs.import_public: {
        *(("form", "6A80"), ("object", "6A82"), ("object", "6985"), ("right", "6982")),
        ("data", "6A80"),
    },
    pairs.import_private: {
        *(("form", "6A80"), ("object", "6A82"), ("object", "6985"), ("right", "6982")),
        *(("right", "6985"), ("data", "6A80")),
    },
    uses.decrypt: {
        *(("form", "6A80"), ("object", "6A82"), ("object", "6985"), ("right", "6982")),
        *(("data", "6A80"), ("fit", "6C10")),
    },
    uses.hash_message: {("form", "6A80"), ("fit", "6C20")},
    signing.sign_digest: {
        *(("form", "6A80"), ("object", "6A82"), ("object", "6985"), ("right", "6982")),
        *(("data", "6A80"), ("fit", "6C40")),
    },
    binary.read: {("object", "6986"), ("object", "6A82"), ("right", "6982"), ("fit", "6B00")},
    binary.update: {
        *(("object", "6986"), ("object", "6A82"), ("right", "6982")),
        *(("fit", "6B00"), ("fit", "6700")),
    },
}


def handler(row: dict[str, Any], bench: Callable[..., Host]) -> Any:
    """Who answers a row's command; None where it does not come so far."""
    sent = re.sub(r"<([^>]+)>", Bench(bench("full", ())).filled, row["send"])
    try:
        command = CommandAPDU.parse(bytes.fromhex(sent))
        found = find(tables("gmt0016")[row.get("in") != "DDF"], command, CardState.ISSUED)
    except (MalformedData, StatusError):
        return None
    form = FORMS.get((command.ins, command.p1, command.p2))
    return form.handler if form and command.cla else found.handler


def test_every_handler_is_asked_for_all_that_it_looks_at(bench: Callable[..., Host]) -> None:
    seen: dict[Any, set[tuple[str, str]]] = defaultdict(set)
    for command in DOCUMENT["command"]:
        for row in command["rows"]:
            answering = handler(row, bench)
            if answering is not None and row.get("wrong"):
                seen[answering].add((row["wrong"], row["sw"]))
    missing = {each.__name__: needs - seen[each] for each, needs in NEEDS.items()}
    assert not any(missing.values()), missing
    handlers = {row.handler for row in tables("gmt0016")[True].values()} | {
        form.handler for form in FORMS.values()
    }
    assert handlers - {table.by_form} == set(NEEDS)
