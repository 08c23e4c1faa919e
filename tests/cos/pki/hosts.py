"""A third-generation chip with its certificate application, and a host that knows its keys."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator import VirtualCard
from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.channel import pki as channel
from sscard.cos import NVM, Protocol
from sscard.dialects.certificates import CertificateSettings
from sscard.keys import SM4, sm2
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey, generate
from sscard.profiles.chips import load_chip

MASTER = SM4(bytes.fromhex("00112233445566778899AABBCCDDEEFF"))
USER, ADMIN = "123456", "12345678"
REFERENCES = {USER: pki.USER, ADMIN: pki.ADMIN}
#: Pairs that a CA made.
BROUGHT, ANOTHER = (generate(random.Random(seed).randbytes) for seed in (5, 6))
SESSION = SM4(bytes(range(0x60, 0x70)))


class Host:
    """In front of a powered card; ``admin`` is the PIN it believes in."""

    def __init__(self, card: Any) -> None:
        self.card = card

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.transmit(bytes(command)))

    def sw(self, command: CommandAPDU) -> int:
        return int(self.send(command).sw)

    def ok(self, command: CommandAPDU) -> bytes:
        return self.send(command).require("test")

    def hex(self, raw: str) -> str:
        return self.card.transmit(bytes.fromhex(raw)).hex().upper()

    def enter(self, name: bytes = pki.ADF_NAME) -> bytes:
        return self.ok(iso7816.select(name))

    def challenge(self, size: int = 16) -> bytes:
        return self.ok(pki.get_challenge(size))

    def proof(self, pin: str, *, wrong: bool = False, size: int = 16) -> CommandAPDU:
        """VERIFY with this PIN, after a challenge."""
        reference = REFERENCES.get(pin, pki.ADMIN)
        shown = channel.cryptogram(channel.pin_key(bytes.fromhex(pin)), self.challenge(size))
        return pki.verify(reference, shown[::-1] if wrong else shown)

    def show(self, *pins: str) -> None:
        for pin in pins:
            assert self.sw(self.proof(pin)) == 0x9000

    def show_master(self, master: SM4 = MASTER) -> int:
        return self.sw(pki.external_authenticate(channel.cryptogram(master, self.challenge())))

    def file(self, fid: int, size: int = 256) -> bytes:
        self.ok(iso7816.select_fid(fid))
        return self.ok(iso7816.read_binary(size))

    def write(self, fid: int, content: bytes, offset: int = 0) -> int:
        self.ok(iso7816.select_fid(fid))
        return self.sw(iso7816.update_binary(content, offset=offset))

    def public(self) -> SM2PublicKey:
        """The signature key as the card exports it."""
        self.ok(pki.choose_public_key())
        return SM2PublicKey(self.ok(pki.export_public_key())[2:])

    def envelope(self) -> CommandAPDU:
        """DECRYPT of the session key."""
        seeded = random.Random(9).randbytes
        return pki.decrypt(sm2.encrypt(self.public(), SESSION.reveal(), seeded))

    def bring(self, pair: SM2PrivateKey = BROUGHT) -> None:
        """The encryption pair, as it comes from the CA."""
        self.ok(pki.set_session_key(SESSION.reveal()))
        self.ok(pki.import_public_key(bytes(pair.public)))
        self.ok(brought(pair))

    def memory(self) -> Any:
        return self.card.card.certificates._standing.memory

    def state(self) -> Any:
        """All that the application has in its partition."""
        part = self.card.card.certificates.partition
        return bytes(self.card.card.nvm.cells[part.base : part.base + part.size])


def brought(pair: SM2PrivateKey, session: SM4 = SESSION) -> CommandAPDU:
    """IMPORT KEY of the private half."""
    return pki.import_private_key(channel.encipher_private_key(session, pair.reveal()))


def made(
    nvm: Callable[[bytearray], NVM] = NVM, protocol: Protocol = Protocol.T1, **settings: Any
) -> Host:
    chip = load_chip("gen3-80k")
    if settings:
        chip = replace(chip, certificates=CertificateSettings(**settings))
    return powered(VirtualCard.blank(chip, random=random.Random(1).randbytes, nvm=nvm), protocol)


def powered(card: VirtualCard, protocol: Protocol = Protocol.T1) -> Host:
    card.power_on(protocol)
    return Host(card)
