"""A host for the self-check: short scripts in words, and the last answer of the card.

    power [T0|antenna] · select NAME · pin · wrong pin · key NAME [vN] [half|wrong|no challenge]
    challenge · again (the last command once more) · sealed HEX · tear PAGE HEX · HEX
    init purchase FEN · debit · init load FEN · credit
    select ACSE, ACSE-DDF · prove user|admin|master [half|wrong|digits|used] · certificate FID
    replace admin|master [bad|other] · decrypt FID [for other] [changed]

A wrong card must give another last answer than the right one; the suite has no part in this.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from simulator import Protocol, VirtualCard
from simulator.faults import PowerLoss, Torn
from sscard.apdu import aid, iso7816, medical, pki, ssc
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
from sscard.channel import pki as pki_channel
from sscard.keys import KeyReference, SecretKey, sm2
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.sm3 import sm3
from sscard.keys.x509 import CertificateAnswer
from sscard.perso.order import CardOrder, maintenance_key
from tests.certified_card import BLANK, Certified

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
    certified: Certified | None = field(default=None, repr=False)
    given: bytes = field(default=b"", repr=False)

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
        elif name == "ACSE":
            self.send(iso7816.select(pki.ADF_NAME))
        elif name == "ACSE-DDF":
            self.send(iso7816.select(pki.DDF_NAME))
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

    def prove(self, words: str) -> None:
        """A PIN or master key of the certificate application, after a challenge.

        ``half`` spoils the second half of the cryptogram, ``wrong`` its last byte, ``digits`` shows
        the PIN in clear, ``used`` asks for no challenge and proves the last one.
        """
        name, *more = words.split()
        if "used" not in more:
            self.given = self.send(pki.get_challenge())
        proof = pki_channel.cryptogram(self.secret(name), self.given)
        if "half" in more:
            proof = proof[:8] + bytes(8)
        if "wrong" in more:
            proof = proof[:-1] + bytes((proof[-1] ^ 1,))
        if "digits" in more:
            proof = bytes.fromhex("123456").ljust(16, b"\xff")
        reference = {"user": pki.USER, "admin": pki.ADMIN}.get(name)
        shown = pki.external_authenticate(proof)
        self.send(shown if reference is None else pki.verify(reference, proof))

    def replace(self, words: str) -> None:
        """84 5E or 84 D4 with the same value or, after ``other``, another; ``bad``: a wrong MAC."""
        name, *more = words.split()
        old, given = self.secret(name), self.send(pki.get_challenge())
        if name == "admin":
            digits = "00000000" if "other" in more else self._answer.admin_pin.reveal().decode()
            command = pki_channel.change_admin_pin(old, bytes.fromhex(digits), given)
        else:
            command = pki_channel.replace_master(old, old.reveal(), given)
        raw = bytes(command)
        self.send(raw[:-1] + bytes((raw[-1] ^ ("bad" in more),)))

    def decrypt(self, words: str) -> None:
        """A session key enciphered for the key of this pair, or ``for`` the other; ``changed``."""
        private, *more = words.split()
        public = 0x12 if ("for" in more) is not (private == "0013") else 0x14
        self.send(iso7816.select_fid(public))
        point = SM2PublicKey(self.send(iso7816.read_binary(66))[-64:])
        cipher = sm2.encrypt(point, bytes(range(16)), random.Random(4).randbytes)
        if "changed" in more:
            cipher = cipher[:-1] + bytes((cipher[-1] ^ 1,))
        self.send(pki.decrypt(cipher, int(private, 16)))

    def certificate(self, fid: str) -> None:
        """SM3 of what is in the file."""
        self.send(iso7816.select_fid(int(fid, 16)))
        content = b"".join(
            self.send(iso7816.read_binary(0xF0, offset=at)) for at in range(0, 0x3C0, 0xF0)
        )
        self.answer = sm3(content)

    def secret(self, name: str) -> SecretKey:
        """What the card has: the user PIN is that of blank cards."""
        if name == "master":
            return self._answer.master
        pin = BLANK.user_pin if name == "user" else self._answer.admin_pin
        return pki_channel.pin_key(pin.encoded())

    @property
    def _answer(self) -> CertificateAnswer:
        assert self.certified is not None
        return self.certified.answer

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
        "prove": Host.prove,
        "replace": Host.replace,
        "decrypt": Host.decrypt,
        "certificate": Host.certificate,
    }
)
