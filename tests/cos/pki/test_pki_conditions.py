"""Every row of the conditions in docs/card.md against a card, and that none is missing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sscard.apdu import iso7816, pki
from sscard.channel import pki as channel
from sscard.channel.protection import Protection
from sscard.cos.pki.table import DDF, tables
from sscard.keys import SM4_SUITE
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
    "class": "6E00",
    "instruction": "6D00",
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

    def do_use(self, _: str) -> None:
        for _ in range(6):
            self.host.send(self.host.proof(USER, wrong=True))

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
        no_pin = Protection.direct(SM4_SUITE, admin, self.challenge)
        found: dict[str, Callable[[], bytes]] = {
            "new master": lambda: bytes(
                channel.replace_master(MASTER, bytes(range(16)), self.challenge)
            ),
            "new pin": lambda: bytes(
                channel.change_admin_pin(admin, bytes.fromhex("87654321"), self.challenge)
            ),
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
    headers = {tuple(bytes.fromhex(each["header"])) for each in DOCUMENT["command"]}
    assert headers == {(cla, int(ins)) for cla, ins in adf}
    for command in DOCUMENT["command"]:
        wrong = {row.get("wrong", "") for row in command["rows"]}
        assert wrong >= {"", "p1p2", "length"}, command["name"]
        if tuple(bytes.fromhex(command["header"])) in DDF:
            assert "DDF" in {row.get("in") for row in command["rows"]}, command["name"]
