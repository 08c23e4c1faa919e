"""The order of work of ssc-more 1.5, from the blank card on, over each interface."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sscard.apdu import iso7816, pki, t0
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.channel import pki as channel
from sscard.cos import Protocol
from sscard.keys import SM4, sm2
from sscard.keys.sm2_keys import generate
from tests.cos.pki.hosts import ADMIN, MASTER, SESSION, USER, Host, brought, made

SIGN_CERTIFICATE, ENC_CERTIFICATE = (
    random.Random(seed).randbytes(size) for seed, size in ((1, 631), (2, 627))
)
NEW_ADMIN, NEW_MASTER = "90817263", SM4(bytes(range(0x30, 0x40)))
CHUNK = 0x70


class OnT0(Host):
    """Says everything in TPDUs."""

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(t0.exchange(self.card.transmit, bytes(command)))


def write(host: Host, fid: int, certificate: bytes) -> None:
    for offset in range(0, len(certificate), CHUNK):
        assert host.write(fid, certificate[offset : offset + CHUNK], offset) == 0x9000


def read(host: Host, fid: int, size: int) -> bytes:
    host.ok(iso7816.select_fid(fid))
    offsets = range(0, size, 200)
    parts = [host.ok(iso7816.read_binary(min(200, size - at), offset=at)) for at in offsets]
    return b"".join(parts)


def replace_master(host: Host, name: bytes) -> None:
    host.enter(name)
    assert host.show_master() == 0x9000
    command = channel.replace_master(MASTER, NEW_MASTER.reveal(), host.challenge())
    assert host.sw(command) == 0x9000


@pytest.mark.parametrize("protocol", list(Protocol), ids=lambda each: each.value)
def test_a_blank_card_becomes_a_card_with_certificates(protocol: Protocol) -> None:
    host: Any = made(protocol=protocol)
    if protocol is Protocol.T0:
        host = OnT0(host.card)
    host.enter(pki.DDF_NAME)
    host.enter(pki.ADF_NAME)
    host.show(USER)
    host.ok(pki.generate_key_pair())
    host.ok(iso7816.select_fid(pki.SIGNATURE_PUBLIC))
    assert host.ok(iso7816.read_binary(0x42))[2:] == host.public().point

    # The CA answers with an encryption pair under a session key that only this card opens.
    pair, envelope = generate(random.Random(8).randbytes), host.envelope()
    host.show(USER, ADMIN)
    session = SM4(host.ok(envelope))
    assert session == SESSION
    host.ok(pki.set_session_key(session.reveal()))
    host.ok(pki.import_public_key(bytes(pair.public)))
    host.ok(brought(pair, session))
    write(host, pki.SIGNATURE_CERTIFICATE, SIGN_CERTIFICATE)
    write(host, pki.ENCRYPTION_CERTIFICATE, ENC_CERTIFICATE)
    old = channel.pin_key(bytes.fromhex(ADMIN))
    host.ok(channel.change_admin_pin(old, bytes.fromhex(NEW_ADMIN), host.challenge()))
    replace_master(host, pki.ADF_NAME)
    replace_master(host, pki.DDF_NAME)

    # Afterwards, in the holder's hand.
    host.card.reset()
    host.enter()
    assert read(host, pki.SIGNATURE_CERTIFICATE, 631) == SIGN_CERTIFICATE
    assert read(host, pki.ENCRYPTION_CERTIFICATE, 627) == ENC_CERTIFICATE
    host.show(USER, NEW_ADMIN)
    message = "同意 I agree".encode()
    signature = host.ok(pki.sign(sm2.digest(host.public(), message)))
    assert sm2.verify(host.public(), message, signature)
    letter = sm2.encrypt(pair.public, bytes(16), random.Random(9).randbytes)
    assert host.ok(pki.decrypt(letter, pki.ENCRYPTION_PRIVATE)) == bytes(16)
    assert host.show_master(NEW_MASTER) == 0x9000
    assert host.show_master() == 0x63CF
