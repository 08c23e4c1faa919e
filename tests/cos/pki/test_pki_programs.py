"""The two programs whose commands are public write their certificates, in bytes (ssc-more 1.5).

Nothing of the library is used but the card and its T=0 reader: hexadecimal as they send it, SM3,
SM4 and SM2 by gmssl, cryptograms and MACs as ssc-more 1.3 tells them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from gmssl.func import bytes_to_list
from gmssl.sm2 import CryptSM2, default_ecc_table
from gmssl.sm3 import sm3_hash
from gmssl.sm4 import SM4_DECRYPT, SM4_ENCRYPT, CryptSM4

from simulator import VirtualCard
from sscard.apdu import t0
from sscard.cos import Protocol

DDF, ADF = "504B492EC9E7BBE1B1A3D5CF", "53532E434552542E41444631"
MASTER, NEW_MASTER = "00112233445566778899AABBCCDDEEFF", "30313233343536373839414243444546"
USER, ADMIN, NEW_ADMIN = "123456", "12345678", "90817263"
SESSION = "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF"
SIGN_CERTIFICATE, ENC_CERTIFICATE = (
    random.Random(seed).randbytes(size).hex().upper() for seed, size in ((1, 631), (2, 627))
)
#: The pair that the CA sends: d, and X ‖ Y = dG by gmssl.
NUMBER = random.Random(3).randbytes(32).hex().upper()


# What they compute


def hashed(data: str) -> str:
    return str(sm3_hash(bytes_to_list(bytes.fromhex(data)))).upper()


def sm4(key: str, data: str, mode: Any = SM4_ENCRYPT) -> str:
    """Block after block by gmssl's own rounds."""
    engine = CryptSM4()
    engine.set_key(bytes.fromhex(key), mode)
    raw = bytes.fromhex(data)
    blocks = [engine.one_round(engine.sk, list(raw[at : at + 16])) for at in range(0, len(raw), 16)]
    return b"".join(map(bytes, blocks)).hex().upper()


def xor(one: str, other: str) -> str:
    return f"{int(one, 16) ^ int(other, 16):0{len(one)}X}"


def mac(key: str, challenge: str, text: str) -> str:
    """CBC from the challenge; the four words of the last block, XORed."""
    text += "80"
    text += "00" * (-len(text) // 2 % 16)
    chain = challenge.ljust(32, "0")
    for at in range(0, len(text), 32):
        chain = sm4(key, xor(chain, text[at : at + 32]))
    words = [chain[at : at + 8] for at in range(0, 32, 8)]
    return xor(xor(words[0], words[1]), xor(words[2], words[3]))


@cache
def brought_point() -> str:
    return str(CryptSM2("", "")._kg(int(NUMBER, 16), default_ecc_table["g"])).upper()


def enveloped(point: str) -> str:
    """The session key for this public key, C1 ‖ C3 ‖ C2."""
    engine = CryptSM2("", "", mode=1)
    engine.public_key = point
    return engine.encrypt(bytes.fromhex(SESSION)).hex().upper()


class Program:
    """In front of a card; ``size`` is how many bytes it asks for as a challenge."""

    def __init__(self, card: VirtualCard, size: int, protocol: Protocol = Protocol.T1) -> None:
        self.card, self.size, self.protocol = card, size, protocol
        card.power_on(protocol)

    def transmit(self, raw: bytes) -> bytes:
        """Over T=0 the reader fetches what the card has."""
        if self.protocol is Protocol.T0:
            return t0.exchange(self.card.transmit, raw)
        return self.card.transmit(raw)

    def send(self, raw: str, sw: str = "9000") -> str:
        answer = self.transmit(bytes.fromhex(raw)).hex().upper()
        assert answer[-4:] == sw, raw[:10]
        return answer[:-4]

    def challenge(self) -> str:
        found = self.send(f"00840000{self.size:02X}")
        assert len(found) == 2 * self.size
        return found.ljust(32, "0")

    def select(self, name: str) -> str:
        return self.send(f"00A404000C{name}")

    def pin(self, reference: str, digits: str) -> None:
        key = hashed(digits)[:32]
        self.send(f"002001{reference}10{sm4(key, self.challenge())}")

    def master(self, old: str, new: str) -> None:
        """External authentication, then replacement."""
        self.send(f"0082000010{sm4(old, self.challenge())}")
        cipher = sm4(old, f"13000000{new}80".ljust(64, "0"))
        text = f"84D4010024{cipher}"
        self.send(text + mac(old, self.challenge(), text))

    def admin_pin(self, old: str, new: str) -> None:
        key = hashed(old)[:32]
        cipher = sm4(key, f"{len(new) // 2:02X}{new}80".ljust(32, "0"))
        text = f"845E010014{cipher}"
        self.send(text + mac(key, self.challenge(), text))

    def import_pair(self, point: str) -> None:
        opened = self.send(f"804E000178C2020013C1820070{enveloped(point)}")
        assert opened == SESSION
        self.send(f"804A021012C110{opened}")
        self.send(f"80C2400046C0020014CA40{brought_point()}")
        self.send(f"80C2C00126C2020015CB20{sm4(opened, NUMBER)}")

    def write(self, fid: str, content: str, sizes: list[int]) -> None:
        self.send(f"00A4000002{fid}")
        at = 0
        for size in sizes:
            self.send(f"00D6{at:04X}{size:02X}{content[2 * at : 2 * (at + size)]}")
            at += size
        assert at == len(content) // 2

    def read(self, fid: str, size: int) -> str:
        self.send(f"00A4000002{fid}")
        steps = [(at, min(0x80, size - at)) for at in range(0, size, 0x80)]
        return "".join(self.send(f"00B0{at:04X}{part:02X}") for at, part in steps)

    def afterwards(self, admin: str, master: str, point: str, fill: int) -> None:
        """What the card is then, asked in the same way."""
        self.card.reset()
        self.select(ADF)
        assert self.read("0012", 66) == f"CA40{point}"
        assert self.read("0014", 66) == f"CA40{brought_point()}"
        assert self.read("0018", 631 + fill) == SIGN_CERTIFICATE + "00" * fill
        assert self.read("0019", 627 + fill) == ENC_CERTIFICATE + "00" * fill
        for fid in ("0013", "0015"):
            self.send(f"00A4000002{fid}")
            self.send("00B0000020", "6982")
        self.pin("00", admin)
        for name in (ADF, DDF):
            self.select(name)
            self.send(f"0082000010{sm4(master, self.challenge())}")


protocols = pytest.mark.parametrize("protocol", list(Protocol), ids=lambda each: each.value)


def blank() -> VirtualCard:
    return VirtualCard.blank("gen3-80k", random=random.Random(4).randbytes)


# What they send


@protocols
def test_the_kiosk_s_order(protocol: Protocol) -> None:
    """16-byte challenges, both PINs, chunks of 70, then the master keys of ADF and DDF."""
    kiosk = Program(blank(), 16, protocol)
    assert kiosk.select(DDF) == f"6F14840C{DDF}730492023330"
    assert kiosk.select(ADF) == f"6F0E840C{ADF}"
    assert kiosk.send(f"80C4010305C103{USER}00") == hashed(USER)
    kiosk.pin("81", USER)
    kiosk.send("8040000008C0020012C2020013")
    # The key is read by another function of the program; there is no reset between.
    kiosk.select(DDF)
    kiosk.select(ADF)
    kiosk.send("00A40000020012")
    point = kiosk.send("00B0000042")[4:]
    # The CA's answer is written by a third one.
    kiosk.select(DDF)
    kiosk.select(ADF)
    kiosk.pin("81", USER)
    assert kiosk.send(f"80C4010306C104{ADMIN}00") == hashed(ADMIN)
    kiosk.pin("00", ADMIN)
    kiosk.import_pair(point)
    kiosk.write("0018", SIGN_CERTIFICATE, [0x70] * 4 + [0xB7])
    kiosk.write("0019", ENC_CERTIFICATE, [0x70] * 4 + [0xB3])
    assert kiosk.send(f"80C4010306C104{ADMIN}") == hashed(ADMIN), "this time without Le"
    kiosk.admin_pin(ADMIN, NEW_ADMIN)
    kiosk.select(DDF)
    kiosk.select(ADF)
    kiosk.master(MASTER, NEW_MASTER)
    kiosk.select(DDF)
    kiosk.master(MASTER, NEW_MASTER)
    kiosk.afterwards(NEW_ADMIN, NEW_MASTER, point, 389)


@protocols
def test_the_desk_program_s_order(protocol: Protocol) -> None:
    """8-byte challenges, the ADF by its FID, the user's PIN alone, 1020 bytes with zeros.

    Then, from a reset on, the master keys of DDF and ADF, and at last the administrator's PIN.
    """
    desk = Program(blank(), 8, protocol)
    desk.select(DDF)
    desk.send("00A4000002DF01")
    desk.pin("81", USER)
    desk.send("8040000008C0020012C2020013")
    desk.send("80C9820008C0020012C2020013")
    point = desk.send("80C9828042")[4:]
    desk.card.reset()
    desk.select(DDF)
    desk.send("00A4000002DF01")
    desk.pin("81", USER)
    desk.import_pair(point)
    for fid, content in (("0018", SIGN_CERTIFICATE), ("0019", ENC_CERTIFICATE)):
        desk.write(fid, content.ljust(2040, "0"), [0xFA] * 4 + [0x14])
    desk.card.reset()
    desk.select(DDF)
    desk.master(MASTER, NEW_MASTER)
    desk.select(ADF)
    desk.master(MASTER, NEW_MASTER)
    desk.select(DDF)
    desk.send("00A4000002DF01")
    desk.pin("00", ADMIN)
    desk.admin_pin(ADMIN, NEW_ADMIN)
    desk.afterwards(NEW_ADMIN, NEW_MASTER, point, 389)


@pytest.fixture
def kiosk() -> Program:
    program = Program(blank(), 16)
    program.select(ADF)
    return program


def test_a_signature_is_verified_by_gmssl_alone(kiosk: Program) -> None:
    kiosk.pin("81", USER)
    kiosk.send("8040000008C0020012C2020013")
    point, digest = kiosk.read("0012", 66)[4:], hashed("616263")
    signature = kiosk.send(f"8074000026C2020013C120{digest}")
    engine = CryptSM2("", "")
    engine.public_key = point
    assert engine.verify(signature, bytes.fromhex(digest))
    assert not engine.verify(signature, bytes.fromhex(hashed("616264")))


WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "wrong key": (lambda challenge: sm4(MASTER, challenge), "63C5"),
    "deciphered": (lambda challenge: sm4(hashed(USER)[:32], challenge, SM4_DECRYPT), "63C5"),
    "other half of the hash": (lambda challenge: sm4(hashed(USER)[32:], challenge), "63C5"),
    "another challenge": (lambda challenge: sm4(hashed(USER)[:32], challenge[::-1]), "63C5"),
    "the PIN itself": (lambda _: f"{USER}{'F' * 26}", "63C5"),
}


@pytest.mark.parametrize("what", WRONG)
def test_other_cryptograms_are_refused(kiosk: Program, what: str) -> None:
    compute, sw = WRONG[what]
    kiosk.send(f"0020018110{compute(kiosk.challenge())}", sw)


@pytest.mark.parametrize("slip", ["initial value", "Lc", "padding", "order", "words"])
def test_macs_that_are_nearly_right_are_refused(kiosk: Program, slip: str) -> None:
    """Each a way in which a program could have misread the rule."""
    kiosk.pin("00", ADMIN)
    key, challenge = hashed(ADMIN)[:32], kiosk.challenge()
    cipher = sm4(key, f"04{NEW_ADMIN}80".ljust(32, "0"))
    text = f"845E010014{cipher}"
    found = {
        "initial value": lambda: mac(key, "0" * 32, text),
        "Lc": lambda: mac(key, challenge, f"845E010010{cipher}"),
        "padding": lambda: mac(key, challenge, f"{text}80"),
        "order": lambda: mac(key, challenge, f"845E010014{'04' + NEW_ADMIN:0<32}"),
        "words": lambda: sm4(key, challenge)[:8],
    }[slip]()
    kiosk.send(text + found, "6988")
    kiosk.pin("00", ADMIN)
