"""An exported script through another interpreter, with another cryptographic library.

It knows only what a factory's machine must know: the lines of docs/scripts.md, and ssc 4 rows 1, 2,
3 and 5 as pycryptodome says them.  None of ``sscard.perso.script`` is used to read or run it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from Crypto.Cipher import DES, DES3

from simulator import VirtualCard
from sscard.perso.order import CardOrder
from sscard.perso.plan import run
from sscard.perso.script import card_data, export, format_script

CALL = re.compile(r"authenticate\((\S+), (\S+), (\S+)\)")


def session(key: bytes, challenge: bytes) -> bytes:
    cipher = DES.new(key, DES.MODE_ECB) if len(key) == 8 else DES3.new(key, DES3.MODE_ECB)
    return cipher.encrypt(challenge)


def pad(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % 8)


def mac(key: bytes, message: bytes) -> bytes:
    return DES.new(key, DES.MODE_CBC, bytes(8)).encrypt(pad(message))[-8:-4]


def encipher(key: bytes, data: bytes) -> bytes:
    block = bytes((len(data),)) + data
    block = block if len(block) % 8 == 0 else pad(block)
    return DES.new(key, DES.MODE_ECB).encrypt(block)


class Machine:
    """Runs the lines in which there is no loop and no condition."""

    def __init__(self, card: VirtualCard, values: Mapping[str, bytes]) -> None:
        self.card = card
        self.values = dict(values)
        self.random = random.Random(12).randbytes
        self.answer = b""
        self.protected = 0

    def value(self, words: str) -> bytes:
        words = CALL.sub(self._authenticate, words)
        return b"".join(
            self.values[word] if word in self.values else bytes.fromhex(word)
            for word in words.split()
        )

    def _authenticate(self, found: re.Match[str]) -> str:
        key, challenge, data = (self.values[name] for name in found.groups())
        return DES.new(session(key, challenge), DES.MODE_ECB).encrypt(data).hex()

    def line(self, line: str) -> None:
        if line.startswith("reset"):
            assert self.card.reset() == self.value(line.removeprefix("reset expect"))
        elif drawn := re.fullmatch(r"(\w+) := random\((\d+)\)", line):
            self.values[drawn[1]] = self.random(int(drawn[2]))
        elif kept := re.fullmatch(r"(\w+) := response\[0:(\d+)\]", line):
            self.values[kept[1]] = self.answer[: int(kept[2])]
        else:
            self.send(line)

    def send(self, line: str) -> None:
        found = re.fullmatch(
            r"send (?P<head>\w{8})(?: data (?P<data>.+?))?(?: le (?P<le>\d+))?"
            r"(?: enciphered under (?P<key>\S+), (?P<challenge>\S+))?"
            r" expect 9000(?: answer (?P<answer>\S+))?",
            line,
        )
        assert found, line
        header, data = bytes.fromhex(found["head"]), self.value(found["data"] or "")
        if found["key"]:
            key = session(self.values[found["key"]], self.values[found["challenge"]])
            cipher = encipher(key, data)
            header = bytes((header[0] | 4,)) + header[1:]
            data = cipher + mac(key, header + bytes((len(cipher) + 4,)) + cipher)
            self.protected += 1
        command = header + self.length(data) + data
        if found["le"]:
            command += bytes((int(found["le"]) % 256,))
        self.answer = self.card.transmit(command)
        assert self.answer[-2:] == b"\x90\x00", line
        assert not found["answer"] or self.answer[:-2] == self.values[found["answer"]]

    @staticmethod
    def length(data: bytes) -> bytes:
        if len(data) > 255:
            return b"\0" + len(data).to_bytes(2, "big")
        return bytes((len(data),)) if data else b""


def test_another_machine_makes_the_same_card(
    order: CardOrder, blank: Callable[[], VirtualCard]
) -> None:
    first, second = blank(), blank()
    text = format_script(run(export(order, random.Random(12).randbytes), first))
    data = card_data(order)
    machine = Machine(second, {f"card.{name}": data.value(name) for name in data.names})
    _, body = text.split("for each card\n")
    for line in map(str.strip, body.removesuffix("end\n").splitlines()):
        if not line.startswith("#"):
            machine.line(line)
    assert machine.protected > 100
    assert bytes(second.card.nvm.cells) == bytes(first.card.nvm.cells)
