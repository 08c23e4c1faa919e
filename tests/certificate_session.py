"""A card with both certificates, made by hand, for tests of what shows and explains them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import cache
from typing import Any

from simulator import VirtualCard
from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.channel import pki as channel
from sscard.cos import Protocol
from sscard.keys import SM4, sm2
from sscard.keys.sm2 import SoftwareSigner
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey, generate
from sscard.keys.x509 import oids
from sscard.keys.x509.building import Contents, issue
from sscard.keys.x509.extensions import (
    Extension,
    authority_key_id,
    key_usage,
    subject_key_id,
)

NAME, CARD_NUMBER, HASH = "诸葛验收", "X00000019", bytes(range(0xA0, 0xC0))
USER, ADMIN, NEW_ADMIN = "123456", "12345678", "90817263"
BLANK_MASTER = SM4(bytes.fromhex("00112233445566778899AABBCCDDEEFF"))
NEW_MASTERS = {
    pki.ADF_NAME: SM4(bytes(range(0x30, 0x40))),
    pki.DDF_NAME: SM4(bytes(range(0x40, 0x50))),
}
SESSION = SM4(bytes(range(0x60, 0x70)))
AUTHORITY, BROUGHT = (generate(random.Random(seed).randbytes) for seed in (15, 5))
_ISSUER = (("C", "CN"), ("O", "CN"), ("CN", "测试证书机构"))
_SUBJECT = (("C", "CN"), ("S", "浙江省"), ("L", "杭州市"), ("CN", NAME))
_USES = {pki.SIGNATURE_CERTIFICATE: b"\xc0", pki.ENCRYPTION_CERTIFICATE: b"\x30"}


@cache
def certificate(fid: int, public: SM2PublicKey) -> bytes:
    """That of one pair, for the holder of the card."""
    contents = Contents(
        serial=bytes((0x10 if fid == pki.SIGNATURE_CERTIFICATE else 0x20, *range(1, 16))),
        issuer=_ISSUER,
        subject=_SUBJECT,
        not_before=datetime(2026, 1, 31, tzinfo=UTC),
        not_after=datetime(2036, 1, 31, tzinfo=UTC),
        public=public,
        extensions=(
            authority_key_id(AUTHORITY.public),
            subject_key_id(public),
            key_usage(_USES[fid]),
            Extension(oids.CARD_NUMBER, CARD_NUMBER.encode()),
            Extension(oids.CARD_HASH, HASH),
        ),
    )
    return issue(SoftwareSigner(AUTHORITY, random.Random(fid).randbytes), contents)


class Machine:
    """The order of work of ssc-more 1.5 on a powered card; what is said goes to ``tell``."""

    def __init__(self, card: Any) -> None:
        self._card = card

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self._card.transmit(bytes(command)))

    def ok(self, command: CommandAPDU) -> bytes:
        return self.send(command).require("test")

    def show(self, reference: int, pin: str) -> None:
        challenge = self.ok(pki.get_challenge())
        proof = channel.cryptogram(channel.pin_key(bytes.fromhex(pin)), challenge)
        self.ok(pki.verify(reference, proof))

    def make_key(self) -> SM2PublicKey:
        self.ok(iso7816.select(pki.DDF_NAME))
        self.ok(iso7816.select(pki.ADF_NAME))
        self.show(pki.USER, USER)
        self.ok(pki.generate_key_pair())
        self.ok(pki.choose_public_key())
        return SM2PublicKey(self.ok(pki.export_public_key())[2:])

    def write(self, public: SM2PublicKey, brought: SM2PrivateKey = BROUGHT) -> None:
        self.show(pki.USER, USER)
        self.show(pki.ADMIN, ADMIN)
        cipher = sm2.encrypt(public, SESSION.reveal(), random.Random(9).randbytes)
        self.ok(pki.set_session_key(self.ok(pki.decrypt(cipher))))
        self.ok(pki.import_public_key(bytes(brought.public)))
        enciphered = channel.encipher_private_key(SESSION, brought.reveal())
        self.ok(pki.import_private_key(enciphered))
        self.file(pki.SIGNATURE_CERTIFICATE, certificate(pki.SIGNATURE_CERTIFICATE, public))
        encryption = certificate(pki.ENCRYPTION_CERTIFICATE, brought.public)
        self.file(pki.ENCRYPTION_CERTIFICATE, encryption)

    def file(self, fid: int, content: bytes, chunk: int = 0x70) -> None:
        self.ok(iso7816.select_fid(fid))
        for offset in range(0, len(content), chunk):
            self.ok(iso7816.update_binary(content[offset : offset + chunk], offset=offset))

    def close(self) -> None:
        old = channel.pin_key(bytes.fromhex(ADMIN))
        challenge = self.ok(pki.get_challenge())
        self.ok(channel.change_admin_pin(old, bytes.fromhex(NEW_ADMIN), challenge))
        for name in (pki.ADF_NAME, pki.DDF_NAME):
            self.ok(iso7816.select(name))
            challenge = self.ok(pki.get_challenge())
            self.ok(pki.external_authenticate(channel.cryptogram(BLANK_MASTER, challenge)))
            challenge = self.ok(pki.get_challenge())
            new = NEW_MASTERS[name].reveal()
            self.ok(channel.replace_master(BLANK_MASTER, new, challenge))

    def read(self, fid: int, size: int = 1020, chunk: int = 200) -> bytes:
        self.ok(iso7816.select_fid(fid))
        spans = ((at, min(chunk, size - at)) for at in range(0, size, chunk))
        return b"".join(self.ok(iso7816.read_binary(count, offset=at)) for at, count in spans)

    def all(self) -> None:
        """Everything, and both certificates read at the end."""
        self.write(self.make_key())
        self.close()
        self.ok(iso7816.select(pki.ADF_NAME))
        for fid in (pki.SIGNATURE_CERTIFICATE, pki.ENCRYPTION_CERTIFICATE):
            self.read(fid)


def blank() -> VirtualCard:
    """A powered blank chip of the third generation, the same one each time."""
    from sscard.profiles.chips import load_chip

    card = VirtualCard.blank(load_chip("gen3-80k"), random=random.Random(1).randbytes)
    card.power_on(Protocol.T1)
    return card
