"""A host for the self-check: short scripts in words, and the last answer of the card.

    power [T0|antenna] · select NAME · pin · wrong pin · key NAME [vN] [half|wrong|no challenge]
    challenge · again (the last command once more) · sealed HEX · tear PAGE HEX · HEX
    init purchase FEN · debit · init load FEN · credit

A wrong card must give another last answer than the right one; the suite has no part in this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from simulator import Protocol, VirtualCard
from simulator.faults import PowerLoss, Torn
from sscard.apdu import aid, iso7816, medical, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    CreditForLoad,
    DebitForPurchase,
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    PurchaseInitialized,
)
from sscard.channel import authenticate, wrap
from sscard.channel import medical as macs
from sscard.keys import KeyReference, SecretKey
from sscard.perso.order import CardOrder, maintenance_key

_PROTOCOLS = MappingProxyType({"": Protocol.T1, "T0": Protocol.T0, "antenna": Protocol.CONTACTLESS})
_FINANCIAL = MappingProxyType({"PSE": aid.PSE, "PPSE": aid.PPSE, "DEBIT": aid.DEBIT})
_TERMINAL, _TIME = bytes.fromhex("510100000042"), bytes.fromhex("20260201120000")
_HEX = frozenset("0123456789ABCDEF")
_TIMES = re.compile(r"\{(\d+)\*([0-9A-F]+)\}")


@dataclass
class Host:
    """Knows the keys that the card was ordered with."""

    card: VirtualCard
    order: CardOrder
    directory: str = "SSSE"
    last: bytes = field(default=b"", repr=False)
    answer: bytes = field(default=b"", repr=False)
    pending: Any = field(default=None, repr=False)

    def run(self, script: Iterable[str]) -> str:
        """The last answer, in hexadecimal."""
        self.card.power_on()
        for line in script:
            self._step(line)
        return self.answer.hex().upper()

    def _step(self, line: str) -> None:
        for word, step in _STEPS.items():
            if line == word or line.startswith(word + " "):
                step(self, line.removeprefix(word).strip())
                return
        line = repeated(line)
        if not set(line) <= _HEX:
            raise ValueError(f"no such step: {line}")
        self.send(bytes.fromhex(line))

    def send(self, command: bytes | CommandAPDU) -> bytes:
        """One exchange; the answer's data."""
        self.last = bytes(command)
        self.answer = self.card.transmit(self.last)
        return self.answer[:-2]

    def key(self, name: str, version: int = 1) -> SecretKey:
        """The card's own key; EK is that of the hand-over area."""
        if name == "EK":
            return self.order.exchange
        return self.order.keys[KeyReference(name, version)]

    def power(self, way: str) -> None:
        """Power off and on."""
        self.card.power_off()
        self.answer = self.card.power_on(_PROTOCOLS[way])

    def select(self, name: str) -> None:
        """By name; MF by its identifier."""
        if name == "MF":
            self.send(iso7816.select_fid(0x3F00))
        elif name in _FINANCIAL:
            self.send(iso7816.select(_FINANCIAL[name]))
        else:
            self.directory = name
            self.send(iso7816.select(self.order.profile.directory(name).df_name))

    def show(self, words: str) -> None:
        """GET CHALLENGE and EXTERNAL AUTHENTICATE.

        ``wrong`` and ``half`` spoil the proof or its second half, ``no challenge`` asks for none
        and proves zeros, ``as vN`` proves another version than the command says.
        """
        name, *more = words.split()
        version = next((int(each[1:]) for each in more if each[0] == "v"), None)
        proven = next((int(each[1:]) for each in more if each[0] == "p"), version or 1)
        challenge = bytes(8) if "no" in more else self.send(iso7816.get_challenge(8))
        data = bytes(range(8)) if "data" in more else challenge
        proof = authenticate(self.order.suite, self.key(name, proven), challenge, data)
        if "half" in more:
            proof = proof[:4] + bytes(4)
        proof = bytes(8) if "wrong" in more else proof
        self.send(ssc.external_authenticate(self._kid(name), proof, data, version=version))

    def sealed(self, command: str) -> None:
        """A command with the MAC of the directory's STK.

        After ``bad`` one bit of it is wrong, after ``moved`` it is of another P2.
        """
        how, _, command = command.rpartition(" ")
        challenge = self.send(iso7816.get_challenge(8))
        directory = self.order.profile.directory(self.directory)
        key = self.key(maintenance_key(self.order.profile, directory).name)
        plain = CommandAPDU.parse(bytes.fromhex(command))
        moved = replace(plain, p2=plain.p2 ^ 1) if how == "moved" else plain
        mac = bytes(wrap(moved, self.order.suite, key, challenge))[-4:]
        raw = bytes(wrap(plain, self.order.suite, key, challenge))[:-4] + mac
        self.send(raw[:-1] + bytes((raw[-1] ^ (how == "bad"),)))

    def tear(self, words: str) -> None:
        """Power fails at the page with this number, one half programmed; then power comes back."""
        page, line = words.split(maxsplit=1)
        self.card.card.nvm.arm(int(page), Torn.FIRST_HALF)  # type: ignore[attr-defined]
        try:
            self._step(line)
        except PowerLoss:
            self.power("")

    def purchase(self, fen: str) -> None:
        """INIT FOR PURCHASE."""
        request = InitForPurchase(1, int(fen), 0, 0, _TERMINAL)
        data = self.send(medical.init_for_purchase(request))
        self.pending = request, PurchaseInitialized.parse(data) if data else None

    def debit(self, words: str) -> None:
        """DEBIT FOR PURCHASE, with a MAC1 of zeros after ``wrong``."""
        request, given = self.pending
        purchase = macs.Purchase(
            given.random, given.counter, request.account, 0, 0, _TERMINAL, 1, _TIME
        )
        session = macs.purchase_session(self.order.suite, self.key("DPK"), purchase)
        mac1 = bytes(4) if words else macs.purchase_mac1(self.order.suite, session, purchase)
        self.send(medical.debit_for_purchase(DebitForPurchase(1, _TIME, mac1)))

    def load(self, fen: str) -> None:
        """INIT FOR LOAD."""
        request = InitForLoad(1, int(fen), _TERMINAL)
        data = self.send(medical.init_for_load(request))
        self.pending = request, LoadInitialized.parse(data) if data else None

    def credit(self, words: str) -> None:
        """CREDIT FOR LOAD, with a MAC2 of zeros after ``wrong``."""
        request, given = self.pending
        load = macs.Load(given.random, given.counter, given.balance, request.amount, _TERMINAL)
        session = macs.load_session(self.order.suite, self.key("DLK"), load)
        mac2 = macs.load_mac2(self.order.suite, session, load, _TIME)
        self.send(medical.credit_for_load(CreditForLoad(_TIME, bytes(4) if words else mac2)))

    def _kid(self, name: str) -> int:
        keys = (key for each in self.order.profile.directories for key in each.keys)
        return next((key.kid for key in keys if key.name == name), 0x1C)


def repeated(line: str) -> str:
    """``{3*FF}`` is FFFFFF."""
    return _TIMES.sub(lambda found: found[2] * int(found[1]), line)


_STEPS: Mapping[str, Callable[[Host, str], None]] = MappingProxyType(
    {
        "power": Host.power,
        "select": Host.select,
        "pin": lambda host, _: host._step("0020000003123456"),
        "wrong pin": lambda host, _: host._step("0020000003999999"),
        "key": Host.show,
        "challenge": lambda host, _: host._step("0084000008"),
        "again": lambda host, _: host._step(host.last.hex().upper()),
        "sealed": Host.sealed,
        "tear": Host.tear,
        "init purchase": Host.purchase,
        "debit": Host.debit,
        "init load": Host.load,
        "credit": Host.credit,
    }
)
