"""A small card of our own, scripted, and an oracle for its cryptograms in plain Python.

The card has nothing to do with the simulated one; its records are those of pboc 6.1, its static
signatures the published ones.  DES is pycryptodome's, SM4 gmssl's.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

from sscard.issuance.accounts_in_use import Account, AccountBook
from sscard.issuance.authorizer import Authorizer
from sscard.keys import rsa_generation, sm2
from sscard.keys.certificates import CARD, ISSUER, RSAAuthority, Subject
from sscard.keys.issuer_operations import DerivedOperations
from sscard.keys.rsa import RSAPrivateKey, RSAPublicKey
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey
from sscard.keys.stores import load_bank
from sscard.keys.types import Pin
from sscard.terminal.pos import Authorities, Surroundings, Terminal, Transaction

VECTORS = Path(__file__).parents[1] / "vectors"
ACCOUNT, PSN = "6228000100001117", "01"
AID = bytes.fromhex("A000000333010101")
IMK = {
    "3des": {
        "ac": "9B40E9C4BA7C20AE898AAE5E2F3D890B",
        "mac": "0B75346DA2B9F445D53886374FA120D0",
        "enc": "16F8CB23DC8FE383071658E5022F3D1A",
    },
    "sm4": {
        "ac": "9DB83A1AC786D4D2BCD55A7E9EC4586D",
        "mac": "84A2240DE310C4249FA8C353FD1B6BE6",
        "enc": "E2A72470E9E1CB935AB781CC0FA61BDB",
    },
}
#: The same for every card: tags of the published static data (pboc 4.1), signed with no AIP.
STATIC = bytes.fromhex("5A0862280001000011175F24033012315F25039507019F08020030")
CDOL1 = "9F02069F03069F1A0295055F2A029A039F21039C019F3704"
PDOL = "9F1A029F7A019F02065F2A029F4E14DF6901"
QPDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
AMOUNTS = {"9F02": 6, "9F03": 6, "9F1A": 2, "95": 5, "5F2A": 2, "9A": 3, "9C": 1, "9F37": 4}


# --- the oracle ------------------------------------------------------------------------------


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def sm4(key: bytes, block: bytes) -> bytes:
    cipher = CryptSM4()
    cipher.set_key(key, SM4_ENCRYPT)
    return bytes(cipher.one_round(cipher.sk, list(block)))


def ecb(family: str, key: bytes, data: bytes) -> bytes:
    if family == "3des":
        return DES3.new(key, DES3.MODE_ECB).encrypt(data)
    return b"".join(sm4(key, data[at : at + 16]) for at in range(0, len(data), 16))


def padded(data: bytes, block: int) -> bytes:
    data += b"\x80"
    return data + bytes(-len(data) % block)


def mac(family: str, key: bytes, data: bytes) -> bytes:
    block = 8 if family == "3des" else 16
    data = padded(data, block)
    state = bytes(block)
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    for each in blocks[:-1]:
        mixed = xor(state, each)
        state = DES.new(key[:8], DES.MODE_ECB).encrypt(mixed) if block == 8 else sm4(key, mixed)
    return ecb(family, key, xor(state, blocks[-1]))[:8]


def udk(family: str, purpose: str) -> bytes:
    y = bytes.fromhex((ACCOUNT + PSN)[-16:])
    return ecb(family, bytes.fromhex(IMK[family][purpose]), y + xor(y, b"\xff" * 8))


def session(family: str, purpose: str, atc: bytes) -> bytes:
    return ecb(family, udk(family, purpose), bytes(6) + atc + bytes(6) + xor(atc, b"\xff\xff"))


def arpc(family: str, atc: bytes, arqc: bytes, code: bytes) -> bytes:
    block = xor(arqc, code + bytes(6))
    size = 8 if family == "3des" else 16
    return ecb(family, session(family, "ac", atc), block.ljust(size, b"\0"))[:8]


# --- the card --------------------------------------------------------------------------------


def tlv(tag: str, value: bytes) -> bytes:
    size = bytes((len(value),)) if len(value) < 128 else bytes((0x81, len(value)))
    return bytes.fromhex(tag) + size + value


def items(dol: str, data: bytes) -> dict[str, bytes]:
    raw, found, at = bytes.fromhex(dol), {}, 0
    place = 0
    while place < len(raw):
        width = 2 if raw[place] & 0x1F == 0x1F else 1
        tag, size = raw[place : place + width].hex().upper(), raw[place + width]
        found[tag], at, place = data[at : at + size], at + size, place + width + 1
    assert at == len(data), "the terminal gave another length than the list asked for"
    return found


class FakeCard:
    """Answers what it is told to; checks what the terminal says."""

    def __init__(self, **settings: Any) -> None:
        self.family = "3des"
        self.aip = bytes.fromhex("5C00")
        self.records: dict[tuple[int, int], bytes] = {}
        self.cdol1, self.pdol = CDOL1, PDOL
        self.first: Callable[[int], int] = lambda asked: asked
        self.second: Callable[[int], int] = lambda asked: asked
        self.pin, self.tries = "1234", 3
        self.atc, self.last_online = 0, 0
        self.signer: Any = None
        self.format_2 = False
        self.break_signature = False
        self.pse = True
        self.log: list[tuple[bytes, bytes]] = []
        self.done: list[str] = []
        self.data: dict[str, bytes] = {}
        self.blocked = False
        for name, value in settings.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.challenge = b""
        self.acs = 0
        self.asked = b""

    def reset(self) -> bytes:
        return bytes.fromhex("3B00")

    def transmit(self, raw: bytes) -> bytes:
        cla, ins, p1, p2 = raw[:4]
        body = raw[5 : 5 + raw[4]] if len(raw) > 5 else b""
        name = f"_ins_{ins:02x}"
        sw_only = not hasattr(self, name)
        answer = b"\x6d\x00" if sw_only else getattr(self, name)(cla, p1, p2, body)
        self.log.append((raw, answer))
        return answer

    def _ins_a4(self, _cla: int, _p1: int, p2: int, name: bytes) -> bytes:
        if name == b"1PAY.SYS.DDF01":
            if not self.pse:
                return b"\x6a\x82"
            fci = tlv("88", b"\x01") + tlv("5F2D", b"zh")
            return tlv("6F", tlv("84", name) + tlv("A5", fci)) + b"\x90\x00"
        if name == b"2PAY.SYS.DDF01":
            entry = tlv("61", tlv("4F", AID) + tlv("50", b"PBOC DEBIT") + tlv("87", b"\1"))
            return tlv("6F", tlv("84", name) + tlv("A5", tlv("BF0C", entry))) + b"\x90\x00"
        if p2 == 2 or not AID.startswith(name):
            return b"\x6a\x82"
        fci = tlv("50", b"PBOC DEBIT") + tlv("87", b"\1") + tlv("9F38", bytes.fromhex(self.pdol))
        raw = tlv("6F", tlv("84", AID) + tlv("A5", fci))
        return b"\x62\x83" if self.blocked else raw + b"\x90\x00"

    def _ins_b2(self, _cla: int, p1: int, p2: int, _body: bytes) -> bytes:
        sfi = p2 >> 3
        if sfi == 1 and self.pse and not self.acs and not self.asked:
            if p1 > 1:
                return b"\x6a\x83"
            entry = tlv("4F", AID) + tlv("50", b"PBOC DEBIT") + tlv("87", b"\1")
            return tlv("70", tlv("61", entry)) + b"\x90\x00"
        record = self.records.get((sfi, p1))
        return b"\x6a\x83" if record is None else record + b"\x90\x00"

    def _ins_a8(self, _cla: int, _p1: int, _p2: int, body: bytes) -> bytes:
        assert body[0] == 0x83
        self.asked = body[2:]
        self.told = items(self.pdol, self.asked)
        self.atc, self.acs = self.atc + 1, 0
        if "9F66" in self.told:
            return self._tap()
        return tlv("80", self.aip + self._afl()) + b"\x90\x00"

    def _afl(self) -> bytes:
        """Files 1 to 4; the record of file 3 is signed."""
        last = dict(sorted(self.records))
        return b"".join(bytes((sfi << 3, 1, n, sfi == 3)) for sfi, n in last.items())

    def _tap(self) -> bytes:
        kind = self.first(0)
        cvr = bytes((3, 0x80 | kind << 4, 0, 0))
        data = self._data(cvr)
        made = self._cryptogram(self.told, cvr)
        track = bytes.fromhex(ACCOUNT + "D30122010123456789")
        values = [("82", self.aip), ("9F36", self._atc), ("57", track), ("9F10", data)]
        values += [("9F26", made), ("5F34", b"\1"), ("9F6C", self.data.get("9F6C", b"\0\0"))]
        if kind == 1:
            values.insert(1, ("94", self._afl()))
            related = self.data.get("9F69", b"")
            plain = self.told["9F37"]
            if related:
                plain += self.told["9F02"] + self.told["5F2A"] + related
            values.append(("9F4B", self._signed(b"\2" + self._atc, plain)))
        return tlv("77", b"".join(tlv(tag, value) for tag, value in values)) + b"\x90\x00"

    @property
    def _atc(self) -> bytes:
        return self.atc.to_bytes(2, "big")

    def _data(self, cvr: bytes) -> bytes:
        code = 1 if self.family == "3des" else 4
        balance = bytes(5)
        key = session(self.family, "mac", self._atc)
        vouched = mac(self.family, key, self._atc + balance + b"\0")[:4]
        head = bytes((7, 1, 1)) + cvr + bytes((code,)) + bytes.fromhex("0A01")
        return head + balance + vouched

    def _cryptogram(self, told: Mapping[str, bytes], cvr: bytes) -> bytes:
        data = b"".join(told[tag] for tag in AMOUNTS) + self.aip + self._atc + cvr
        return mac(self.family, session(self.family, "ac", self._atc), data)

    def _ins_ae(self, _cla: int, p1: int, _p2: int, body: bytes) -> bytes:
        self.acs += 1
        told = items(self.cdol1 if self.acs == 1 else "8A02" + self.cdol1, body)
        self.asked += body
        kind = (self.first if self.acs == 1 else self.second)(p1 >> 6)
        if self.acs == 1:
            self.kind = kind
        decisions = 2 << 6 | kind << 4 if self.acs == 1 else kind << 6 | self.kind << 4
        cvr = bytes((3, decisions, 0, 0))
        data, cid = self._data(cvr), bytes((kind << 6,))
        made = self._cryptogram(told, cvr)
        if self.acs == 1:
            self.arqc = made
        if p1 & 0x10 and kind:
            return self._combined(cid, made, data)
        if self.format_2:
            values = (("9F27", cid), ("9F36", self._atc), ("9F26", made), ("9F10", data))
            return tlv("77", b"".join(tlv(*each) for each in values)) + b"\x90\x00"
        return tlv("80", cid + self._atc + made + data) + b"\x90\x00"

    def _combined(self, cid: bytes, made: bytes, data: bytes) -> bytes:
        head = tlv("9F27", cid) + tlv("9F36", self._atc)
        tail = tlv("9F10", data)
        whole = self.asked + head + tail
        if isinstance(self.signer, RSAPrivateKey):
            digest = hashlib.sha1(whole).digest()
        else:
            from gmssl import sm3

            digest = bytes.fromhex(sm3.sm3_hash(list(whole)))
        inner = b"\2" + self._atc + cid + made + digest
        number = self.told_number()
        signed = self._signed(inner, number, carried=True)
        return tlv("77", head + tlv("9F4B", signed) + tail) + b"\x90\x00"

    def told_number(self) -> bytes:
        return items(self.cdol1, self.asked[-self._size() :])["9F37"]

    def _size(self) -> int:
        return sum(AMOUNTS.values()) + 3

    def _signed(self, inner: bytes, told: bytes, *, carried: bool = False) -> bytes:
        if isinstance(self.signer, RSAPrivateKey):
            size = self.signer.public.size
            head = bytes((5, 1, len(inner))) + inner
            body = head.ljust(size - 22, b"\xbb")
            block = b"\x6a" + body + hashlib.sha1(body + told).digest() + b"\xbc"
            signed = self.signer.power(block)
        else:
            message = bytes((0x15, len(inner))) + inner
            signed = message + (told if carried else b"")
            signed += self.signer.sign(message + told)
        return bytes((signed[0], signed[1] ^ 1)) + signed[2:] if self.break_signature else signed

    def _ins_88(self, _cla: int, _p1: int, _p2: int, body: bytes) -> bytes:
        assert len(body) == 4
        return tlv("80", self._signed(b"\2" + self._atc, body)) + b"\x90\x00"

    def _ins_84(self, _cla: int, _p1: int, _p2: int, _body: bytes) -> bytes:
        self.challenge = bytes(range(8))
        return self.challenge + b"\x90\x00"

    def _ins_20(self, _cla: int, _p1: int, p2: int, body: bytes) -> bytes:
        if not self.tries:
            return b"\x69\x83"
        block = bytes.fromhex(f"2{len(self.pin)}{self.pin}".ljust(16, "F"))
        if p2 == 0x88:
            body = self.signer.power(body)
            assert body[0] == 0x7F
            assert body[9:17] == self.challenge
            body = body[1:9]
        self.tries = 3 if body == block else self.tries - 1
        return b"\x90\x00" if body == block else bytes((0x63, 0xC0 | self.tries))

    def _ins_ca(self, _cla: int, p1: int, p2: int, _body: bytes) -> bytes:
        tag = f"{p1:02X}{p2:02X}"
        values = {
            "9F17": bytes((self.tries,)),
            "9F36": self._atc,
            "9F13": self.last_online.to_bytes(2, "big"),
        } | self.data
        return tlv(tag, values[tag]) + b"\x90\x00" if tag in values else b"\x6a\x88"

    def _ins_82(self, _cla: int, _p1: int, _p2: int, body: bytes) -> bytes:
        expected = arpc(self.family, self._atc, self.arqc, body[8:])
        self.done.append("issuer authenticated" if body[:8] == expected else "issuer refused")
        return b"\x90\x00" if body[:8] == expected else b"\x63\x00"

    def _script(self, cla: int, ins: int, p1: int, p2: int, body: bytes, name: str) -> bytes:
        header = bytes((cla, ins, p1, p2, len(body)))
        data = header + self._atc + self.arqc + body[:-4]
        right = mac(self.family, session(self.family, "mac", self._atc), data)[:4] == body[-4:]
        self.done.append(name if right else "wrong MAC")
        return b"\x90\x00" if right else b"\x69\x88"

    def _ins_1e(self, cla: int, p1: int, p2: int, body: bytes) -> bytes:
        return self._script(cla, 0x1E, p1, p2, body, "block")

    def _ins_18(self, cla: int, p1: int, p2: int, body: bytes) -> bytes:
        return self._script(cla, 0x18, p1, p2, body, "unblock")

    def _ins_da(self, cla: int, p1: int, p2: int, body: bytes) -> bytes:
        return self._script(cla, 0xDA, p1, p2, body, f"put {p1:02X}{p2:02X}={body[:-4].hex()}")

    def _ins_dc(self, cla: int, p1: int, p2: int, body: bytes) -> bytes:
        return self._script(cla, 0xDC, p1, p2, body, f"record {p2 >> 3}.{p1}")

    def _ins_24(self, cla: int, p1: int, p2: int, body: bytes) -> bytes:
        answer = self._script(cla, 0x24, p1, p2, body, f"PIN {p2}")
        self.new_pin = body[:-4]
        return answer


# --- what everybody needs --------------------------------------------------------------------


def load(name: str) -> Any:
    return tomllib.loads((VECTORS / name).read_text("utf-8"))


@pytest.fixture(scope="session")
def published() -> Any:
    """The published keys and signatures of both families."""
    rsa, national = load("certificates-rsa.toml"), load("certificates-sm2.toml")
    crt = [bytes.fromhex(rsa["card"][name]) for name in ("p", "q")]
    return SimpleNamespace(
        rsa=rsa,
        sm2=national,
        authorities=Authorities(
            {0x80: RSAPublicKey(bytes.fromhex(rsa["ca"]["modulus"]), rsa["ca"]["exponent"])},
            {0x57: SM2PublicKey(bytes.fromhex(national["ca"]))},
        ),
        rsa_signer=RSAPrivateKey(*(int.from_bytes(each, "big") for each in crt)),
        sm2_signer=sm2.SoftwareSigner(
            SM2PrivateKey(bytes.fromhex(national["card_private"])), random.Random(6).randbytes
        ),
    )


def holder_records(certificates: list[bytes]) -> dict[tuple[int, int], bytes]:
    """Cardholder, certificates one to a record, what they go over, lists: pboc 6.1."""
    codes = tlv("9F0D", bytes.fromhex("F020040000")) + tlv("9F0E", bytes.fromhex("0050880000"))
    codes += tlv("9F0F", bytes.fromhex("F020049800")) + tlv("9F07", b"\xff\xc0")
    lists = tlv("8C", bytes.fromhex(CDOL1)) + tlv("8D", bytes.fromhex("8A02" + CDOL1))
    lists += tlv("8E", bytes.fromhex("0000000000000000410342035E0343031F00"))
    lists += tlv("5F28", b"\1\x56") + tlv("9F42", b"\1\x56") + tlv("5F34", b"\1") + codes
    track = tlv("57", bytes.fromhex(ACCOUNT + "D30122010123456789"))
    return {
        (1, 1): tlv("70", track + tlv("5F20", b"FULL FUNCTIONAL")),
        **{(2, at): tlv("70", raw) for at, raw in enumerate(certificates, start=1)},
        (3, 1): tlv("70", STATIC),
        (4, 1): tlv("70", lists),
    }


@pytest.fixture(scope="session")
def rsa_tags(published: Any) -> list[bytes]:
    issuer, static = published.rsa["issuer"], published.rsa["static"]
    return [
        tlv("8F", b"\x80"),
        tlv("90", bytes.fromhex(issuer["certificate"])),
        tlv("92", bytes.fromhex(issuer["remainder"])),
        tlv("9F32", bytes.fromhex(issuer["exponent"])),
        tlv("93", bytes.fromhex(static["signed"])),
    ]


@pytest.fixture(scope="session")
def sm2_tags(published: Any) -> list[bytes]:
    vectors = published.sm2
    return [
        tlv("8F", b"\x57"),
        tlv("90", bytes.fromhex(vectors["issuer_certificate"])),
        tlv("93", bytes.fromhex(vectors["ssad"])),
        tlv("9F46", bytes.fromhex(vectors["card_certificate"])),
        tlv("9F49", bytes.fromhex("9F3704")),
    ]


@pytest.fixture(scope="session")
def own_rsa() -> Any:
    """A CA of our own, because the published card certificate goes over an unknown record."""
    ca, issuer, card = (rsa_generation.generate(bits) for bits in (1408, 1152, 1024))
    made = RSAAuthority(0x09, ca).issuer(Subject(ISSUER, "622800", 2030, 6, b"\0\0\1"), issuer)
    subject = Subject(CARD, ACCOUNT, 2030, 12, b"\0\0\2")
    tags = {**made.tags, **made.card(subject, card.public, STATIC)}
    raw = [tlv(f"{tag:X}", value) for tag, value in tags.items()]
    return SimpleNamespace(tags=raw, signer=card, authorities=Authorities({0x09: ca.public}))


@pytest.fixture
def static_card(rsa_tags: list[bytes]) -> FakeCard:
    """SDA with the published chain of CA 80."""
    return FakeCard(records=holder_records(rsa_tags))


@pytest.fixture
def rsa_card(own_rsa: Any) -> FakeCard:
    """DDA, with CDA where a test says so, and RSA."""
    records = holder_records(own_rsa.tags)
    return FakeCard(records=records, aip=bytes.fromhex("3C00"), signer=own_rsa.signer)


@pytest.fixture
def sm2_card(published: Any, sm2_tags: list[bytes]) -> FakeCard:
    """DDA with the published chain of CA 57 and the card's published key."""
    return FakeCard(
        family="sm4",
        records=holder_records(sm2_tags),
        aip=bytes.fromhex("3C00"),
        signer=published.sm2_signer,
    )


@pytest.fixture
def terminal(published: Any, own_rsa: Any) -> Terminal:
    """It knows all three CAs."""
    rsa = {**published.authorities.rsa, **own_rsa.authorities.rsa}
    return Terminal(authorities=Authorities(rsa, published.authorities.sm2))


@pytest.fixture
def transaction() -> Transaction:
    """On a day on which the published certificates of CA 57 were valid: they ended in 2020."""
    return Transaction(1230, datetime(2020, 6, 30, 14, 5, 9), bytes.fromhex("11223344"))


@pytest.fixture(scope="session")
def operations() -> DerivedOperations:
    """The packaged TEST store."""
    return DerivedOperations.of(load_bank())


@pytest.fixture
def account() -> Account:
    return Account(ACCOUNT, PSN, balance=100_000)


@pytest.fixture
def host(operations: DerivedOperations, account: Account) -> Authorizer:
    book = AccountBook()
    book.open(account)
    return Authorizer(book, operations)


@pytest.fixture
def around(host: Authorizer) -> Surroundings:
    """An issuer on line and a person who knows the PIN."""
    return Surroundings(
        random=random.Random(1).randbytes, issuer=host.authorize, pin=lambda _tries: Pin("1234")
    )


@pytest.fixture
def oracle() -> Any:
    return SimpleNamespace(mac=mac, session=session, arpc=arpc, udk=udk, ecb=ecb, items=items)
