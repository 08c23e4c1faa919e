"""A chip with nothing but a financial partition, and a bank's host in front of it.

``rich`` is a card with all there is: both families, electronic cash, logs, qPBOC.  ``Oracle`` is
its issuer in plain Python and PyCryptodome; only SM4's single block is cryptography's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sscard.apdu import aid, cps, iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import InitializeUpdateResponse, Scp02Host, SecurityLevel
from sscard.cos import le
from sscard.cos.challenge import Challenges
from sscard.cos.life_cycle import CardEvent, CardState
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.cos.partition import Partition
from sscard.cos.protocol import Protocol
from sscard.cos.pse import Banking
from sscard.dialects.chip import PAGE
from sscard.keys import TDES, Pin
from sscard.keys import cps as cps_keys
from sscard.keys.rsa_generation import generate
from sscard.profiles.chips import load_chip

KMC = TDES(bytes.fromhex("404142434445464748494A4B4C4D4E4F"))
KEYDATA = bytes.fromhex("6228000FFFFF12345678")
CARD_KEYS = cps_keys.card_keys(KMC, KEYDATA)
BASE = JOURNAL_PAGES * PAGE
HOST_CHALLENGE = bytes(range(1, 9))
UDKS = [TDES(bytes(range(start, start + 16))) for start in (0x10, 0x30, 0x50)]


@dataclass(frozen=True)
class Grouping:
    """One DGI as a test sends it."""

    identifier: int
    value: bytes
    secret: bool = False


def record(*objects: tuple[int, bytes]) -> bytes:
    return tlv.encode(0x70, b"".join(tlv.encode(tag, value) for tag, value in objects))


PSE_FCI = bytes.fromhex("A50C8801015F2D027A689F110101")
PDOL = bytes.fromhex("9F7A019F02065F2A02")
DEBIT_FCI = tlv.encode(0xA5, tlv.encode(0x50, b"PBOC DEBIT") + tlv.encode(0x9F38, PDOL))
OPTIONS = bytes.fromhex("82025C00 940C 08010100 10010100 18010100")
PPSE_FCI = tlv.encode(
    0xA5, tlv.encode(0xBF0C, tlv.encode(0x61, tlv.encode(0x4F, aid.DEBIT) + b"\x87\x01\x01"))
)
SETS = {
    aid.PSE: (
        Grouping(0x0101, record((0x61, tlv.encode(0x4F, aid.DEBIT)))),
        Grouping(0x9102, PSE_FCI),
    ),
    aid.PPSE: (Grouping(0x9102, PPSE_FCI),),
    aid.DEBIT: (
        Grouping(0x9104, OPTIONS),
        Grouping(0x9102, DEBIT_FCI),
        Grouping(0x0101, record((0x57, bytes(19)))),
        Grouping(0x0201, record((0x8C, bytes(30)))),
        Grouping(0x0301, record((0x5A, bytes(10)))),
        Grouping(0x8000, b"".join(key.reveal() for key in UDKS), secret=True),
        Grouping(0x9000, b"".join(key.kcv for key in UDKS)),
        Grouping(0x8010, Pin("123456").block(), secret=True),
        Grouping(0x9010, b"\x03\x03"),
    ),
}


class Bench:
    """``process`` does what the card does around an application; the rest is the host."""

    def __init__(
        self, size: int = 8192, memory: Callable[[bytearray], NVM] = NVM, challenge: bytes = b"\xa5"
    ) -> None:
        self.nvm = memory(bytearray(BASE + 8192))
        self.partition = Partition(self.nvm, BASE, size)
        self.challenges = Challenges(lambda count: (challenge * count)[:count])
        self.card_events: list[CardEvent] = []
        self.banking = Banking(self.partition, self.challenges, self.card_events.append)
        self.groupings = SETS
        self.reset()

    def reset(self) -> None:
        self.nvm.power_up()
        self.challenges.forget()
        self.banking.reset()

    def process(self, raw: bytes) -> bytes:
        command = CommandAPDU.parse(raw)
        try:
            answer = self._execute(command)
            if command.ne and answer.data:
                self._fit(answer.data, command.ne)
            self.nvm.commit()
        except StatusError as refusal:
            if self.nvm.roll_back():
                self.banking.rolled_back()
            return bytes(ResponseAPDU(sw=refusal.sw))
        return bytes(answer)

    def _execute(self, command: CommandAPDU) -> ResponseAPDU:
        if command.ins != iso7816.INS.SELECT:
            return ResponseAPDU(self.banking.execute(command, CardState.ISSUED))
        answer = self.banking.select(command.data, following=command.p2 == 2)
        if answer is None:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        return answer

    def _fit(self, data: bytes, ne: int) -> None:
        try:
            le.policy(load_chip("gen2-32k"), Protocol.T1)(data, ne)
        except StatusError:
            self.banking.take_back()
            raise

    def send(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.process(bytes(command)))

    def hex(self, command: str) -> str:
        return self.process(bytes.fromhex(command)).hex()

    def select(self, name: bytes = aid.DEBIT) -> ResponseAPDU:
        return self.send(iso7816.select(name))

    def initialize(self) -> Scp02Host:
        answer = self.send(cps.initialize_update(HOST_CHALLENGE)).require("INITIALIZE UPDATE")
        response = InitializeUpdateResponse.parse(answer)
        session = cps_keys.session_keys(CARD_KEYS, response.sequence)
        return Scp02Host.open(session, HOST_CHALLENGE, response)

    def open(
        self, name: bytes = aid.DEBIT, level: SecurityLevel = SecurityLevel.C_MAC
    ) -> Scp02Host:
        self.select(name).require("SELECT")
        host = self.initialize()
        self.send(host.external_authenticate(level)).require("EXTERNAL AUTHENTICATE")
        return host

    def store(
        self, host: Scp02Host, grouping: Grouping, block: int, *, last: bool = False
    ) -> StatusWord:
        value = host.encipher(grouping.value) if grouping.secret else grouping.value
        raw = cps.encode_dgi(grouping.identifier, value)
        command = cps.store_data(raw, block, last=last, encrypted=grouping.secret)
        return self.send(host.wrap(command)).sw

    def personalize(
        self,
        name: bytes = aid.DEBIT,
        groupings: Iterable[Grouping] | None = None,
        level: SecurityLevel = SecurityLevel.C_MAC,
    ) -> list[StatusWord]:
        """The status words of all STORE DATA commands, the last one marked."""
        host = self.open(name, level)
        todo = list(self.groupings[name] if groupings is None else groupings)
        return [
            self.store(host, each, block, last=block == len(todo) - 1)
            for block, each in enumerate(todo)
        ]


# A card with all there is


def objects(*pairs: tuple[int, str]) -> bytes:
    return b"".join(tlv.encode(tag, bytes.fromhex(value)) for tag, value in pairs)


SM4_UDKS = [bytes(range(start, start + 16)) for start in (0x80, 0xA0, 0xC0)]
#: The published test key of pboc 4.2 [H].
P = (
    "FC03512FED42394B442611AAC061B66523EC90FB6745D312"
    "97CA310E1F6833FFFFCC5ED34BF8AC3B52C7AA754FCF298B"
)
Q = (
    "C8DE1801D80CDFCB0FC2FE4E6C7B1DCB99C9FBED69F4B9EA"
    "3EEAD4166BDE9CA582E587A870D7823EF64D73C320F5309F"
)
DP = (
    "24E27767845A44F87728FB3CFA9B528ECB0B3CCD0EF87144"
    "2F63307AD8ADEFAE704A0136FBCF91A5BD1FEC1AEF6B6AB1"
)
DQ = (
    "BB1B1E73C143A4C72B4470CCAE82346BEE3256E87CF548A4"
    "E9BCA698C81C52005EA0DE2FCA05053F0F01709EC7B97D73"
)
Q_INVERSE = (
    "A682730F9213805749E474FB08D6C00888592B188C7BD6D1"
    "5CC8643854754ED4C8C32300D1631FF599F744C07C90F1BE"
)
MODULUS = int(P, 16) * int(Q, 16)
EXPONENT = next(e for e in (3, 65537) if e * int(DP, 16) % (int(P, 16) - 1) == 1)
#: The card's SM2 key of pboc 4.1 [V]; its point is in the certificate there.
SM2_D = bytes.fromhex("AAF8CE02045DD01619D689EE731C551159BE7EB2D51A372FF56B556E5CB2FDE3")
SM2_POINT = bytes.fromhex(
    "173A31DD681C6F8FE3BA6C354AD3924A4ADFD15EB0581BC1B37A1EB1C88DA29B"
    "47155F62FCF4CCCD201B134351A049D77E81F6A6C66E9CB32664F41348DA11F6"
)
CDOL1 = "9F02069F03069F1A0295055F2A029A039F21039C019F37049F4E14"
CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
RICH_PDOL = "9F7A019F02065F2A02DF6901"
TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
LOG_FORMAT = "9A039F21039F02069F03069F1A025F2A029F4E149C019F3602"
LOAD_FORMAT = "9A039F21039F1A029F4E149F3602"
LOGS = tlv.encode(0xBF0C, objects((0x9F4D, "0B0A"), (0xDF4D, "0C0A")))
CARD_DATA = {
    0x9F4F: LOG_FORMAT,
    0xDF4F: LOAD_FORMAT,
    0x9F58: "02",
    0x9F59: "05",
    0x9F53: "01",
    0x9F72: "01",
    0x9F54: "000000020000",
    0x9F5C: "000000030000",
    0x9F75: "000000025000",
    0x9F73: "20000200",
    0x9F77: "000000100000",
    0x9F78: "000000050000",
    0x9F79: "000000060000",
    0x9F6D: "000000001000",
    0x9F6B: "000000030000",
    0x9F68: "81108000",
    0x9F6C: "0000",
    0x9F69: "0100000000300000",
}
INTERNAL_DATA = {
    0x9F51: "0156",
    0x9F52: "0000",
    0x9F56: "80",
    0x9F57: "0156",
    0x9F76: "0840",
    0x9F36: "0041",
    0x9F13: "0041",
}
AIP, TAP_AIP = "7D00", "7C00"
AFL, SM_AFL = "08010100 10010100 18010100", "08010100 10010100"
TAP_AFL = "08010100"


def padded(value: bytes) -> bytes:
    """As private keys come: 80, then zeros to whole blocks of 8."""
    return value + b"\x80" + bytes(-(len(value) + 1) % 8)


def sm4_block(key: bytes, block: bytes) -> bytes:
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    return cipher.update(block)


def rich_groupings(
    card: Mapping[int, str] | None = None, internal: Mapping[int, str] | None = None
) -> dict[int, Grouping]:
    """All groupings; single data objects can be others, an empty one is left out."""
    card = {tag: value for tag, value in {**CARD_DATA, **(card or {})}.items() if value}
    internal = {tag: value for tag, value in {**INTERNAL_DATA, **(internal or {})}.items() if value}
    fci = objects((0x50, "50424F43"), (0x87, "01"), (0x9F38, RICH_PDOL)) + LOGS
    tap_fci = objects((0x50, "50424F43"), (0x87, "01"), (0x9F38, TAP_PDOL)) + LOGS
    clear = {
        0x9102: tlv.encode(0xA5, fci),
        0x9103: tlv.encode(0xA5, tap_fci),
        0x9104: objects((0x82, AIP), (0x94, AFL)),
        0x9105: objects((0x82, AIP), (0x94, SM_AFL)),
        0x9203: objects((0x82, AIP), (0x94, AFL)),
        0x9204: objects((0x82, AIP), (0x94, SM_AFL)),
        0x9207: objects((0x82, TAP_AIP), (0x94, TAP_AFL)),
        0x9208: objects((0x82, TAP_AIP), (0x94, TAP_AFL)),
        0x0101: record(
            (0x57, bytes.fromhex("6228000100001117D30122010123456789")),
            (0x5F20, b"FULL FUNCTION"),
            (0x5F34, b"\1"),
            (0x9F63, bytes(16)),
        ),
        0x0201: record((0x8C, bytes.fromhex(CDOL1)), (0x8D, bytes.fromhex(CDOL2))),
        0x0301: record(
            (0x5A, bytes.fromhex("6228000100001117")), (0x9F49, bytes.fromhex("9F3704"))
        ),
        0x0D01: objects(*card.items()),
        0x0E01: objects(*internal.items()),
        0x9200: bytes.fromhex("07010103000000010A01"),
        0x9201: bytes.fromhex("07020103000000040A01"),
        0x9000: b"".join(key.kcv for key in UDKS),
        0x9400: b"".join(sm4_block(key, bytes(16))[:3] for key in SM4_UDKS),
        0x9010: b"\x03\x03",
    }
    secret = {
        0x8000: b"".join(key.reveal() for key in UDKS),
        0x8400: b"".join(SM4_UDKS),
        0x8205: padded(bytes.fromhex(P)),
        0x8204: padded(bytes.fromhex(Q)),
        0x8203: padded(bytes.fromhex(DP)),
        0x8202: padded(bytes.fromhex(DQ)),
        0x8201: padded(bytes.fromhex(Q_INVERSE)),
        0x8501: padded(SM2_D),
        0x8502: padded(SM2_POINT),
        0x8010: Pin("123456").block(),
    }
    return {
        **{each: Grouping(each, value) for each, value in clear.items()},
        **{each: Grouping(each, value, secret=True) for each, value in secret.items()},
    }


class Oracle:
    """The issuer of the rich card: pboc 3 in plain Python."""

    def __init__(self, *, sm: bool = False) -> None:
        self.sm = sm
        self._udks = SM4_UDKS if sm else [bytes(range(s, s + 16)) for s in (0x10, 0x30, 0x50)]

    def session(self, purpose: int, atc: bytes) -> bytes:
        udk, left, right = (
            self._udks[purpose],
            bytes(6) + atc,
            bytes(6) + bytes(b ^ 255 for b in atc),
        )
        if self.sm:
            return sm4_block(udk, left + right)
        cipher = DES3.new(udk, DES3.MODE_ECB)
        return bytes(cipher.encrypt(left) + cipher.encrypt(right))

    def mac(self, key: bytes, message: bytes) -> bytes:
        size = 16 if self.sm else 8
        message += b"\x80" + bytes(-(len(message) + 1) % size)
        return self.mac_of_blocks(key, message)

    def mac_of_blocks(self, key: bytes, message: bytes) -> bytes:
        size = 16 if self.sm else 8
        state = bytes(size)
        for at in range(0, len(message), size):
            mixed = bytes(a ^ b for a, b in zip(state, message[at : at + size], strict=True))
            state = (
                sm4_block(key, mixed) if self.sm else DES.new(key[:8], DES.MODE_ECB).encrypt(mixed)
            )
        if not self.sm:
            state = DES.new(key[8:], DES.MODE_ECB).decrypt(state)
            state = DES.new(key[:8], DES.MODE_ECB).encrypt(state)
        return bytes(state[:8])

    def arpc(self, atc: bytes, ac: bytes, code: bytes) -> bytes:
        block, key = (
            bytes(a ^ b for a, b in zip(ac, code + bytes(6), strict=True)),
            self.session(0, atc),
        )
        if self.sm:
            return sm4_block(key, block + bytes(8))[:8]
        return bytes(DES3.new(key, DES3.MODE_ECB).encrypt(block))

    def script(self, head: str, data: bytes, atc: bytes, ac: bytes) -> bytes:
        header = bytes.fromhex(head) + bytes((len(data) + 4,))
        return header + data + self.mac(self.session(1, atc), header + atc + ac + data)[:4]

    def new_pin(self, digits: str, atc: bytes, old: str | None = None) -> bytes:
        mask = bytes(4) + self._udks[2][4:8]
        block = bytes.fromhex(f"0{len(digits):X}{digits}".ljust(16, "F"))
        masks = [mask] + ([bytes.fromhex(old.ljust(16, "0"))] if old else [])
        for each in masks:
            block = bytes(a ^ b for a, b in zip(block, each, strict=True))
        plain, key = b"\x08" + block + b"\x80" + bytes(6), self.session(2, atc)
        return (
            sm4_block(key, plain) if self.sm else bytes(DES3.new(key, DES3.MODE_ECB).encrypt(plain))
        )


TERMINAL = {
    0x9F02: "000000001234",
    0x9F03: "000000000000",
    0x9F1A: "0156",
    0x95: "0000000000",
    0x5F2A: "0156",
    0x9A: "261122",
    0x9F21: "101112",
    0x9C: "00",
    0x9F37: "DEADBEEF",
    0x9F4E: "53" * 20,
    0x9F7A: "00",
    0xDF69: "00",
    0x9F66: "26000080",
    0x8A: "3030",
}


def lengths(dol: str) -> Iterator[tuple[int, int]]:
    raw, at = bytes.fromhex(dol), 0
    while at < len(raw):
        width = 2 if raw[at] & 0x1F == 0x1F else 1
        yield int.from_bytes(raw[at : at + width], "big"), raw[at + width]
        at += width + 1


@dataclass(frozen=True)
class Cryptogram:
    """An answer to GENERATE AC in the short form, taken apart."""

    cid: int
    atc: bytes
    ac: bytes
    issuer: bytes

    @property
    def cvr(self) -> str:
        return self.issuer[3:7].hex()


class Dialogue:
    """One transaction at a contact terminal, or at one with an antenna."""

    def __init__(self, bench: Bench, **said: str) -> None:
        self.bench = bench
        self.values = {**TERMINAL, **{int(tag[1:], 16): value for tag, value in said.items()}}
        self.oracle = Oracle(sm=self.values[0xDF69] == "01")
        self.first: Cryptogram | None = None
        self.heard = b""

    def data(self, dol: str) -> bytes:
        parts = [bytes.fromhex(self.values[tag]) for tag, _ in lengths(dol)]
        assert [len(part) for part in parts] == [size for _, size in lengths(dol)]
        self.heard += b"".join(parts)
        return b"".join(parts)

    def start(self, pdol: str = RICH_PDOL) -> ResponseAPDU:
        self.bench.select()
        self.heard = b""
        data = self.data(pdol)
        return self.send("80a80000", bytes((0x83, len(data))) + data, le=True)

    def send(self, head: str, data: bytes = b"", *, le: bool = False) -> ResponseAPDU:
        size = bytes((len(data),)) if data else b""
        raw = bytes.fromhex(head) + size + data + (b"\0" if le else b"")
        return ResponseAPDU.parse(self.bench.process(raw))

    def generate(self, p1: str, dol: str = CDOL1) -> ResponseAPDU:
        return self.send(f"80ae{p1}00", self.data(dol), le=True)

    def ac(self, p1: str, dol: str = CDOL1) -> Cryptogram:
        raw = self.generate(p1, dol).require("GENERATE AC")
        assert raw[0] == 0x80
        made = Cryptogram(raw[2], raw[3:5], raw[5:13], raw[13:])
        self.check(made)
        self.first = self.first or made
        return made

    def check(self, made: Cryptogram) -> None:
        """The cryptogram is of this transaction, by the oracle's keys."""
        parts = [
            self.values[tag] for tag in (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)
        ]
        message = bytes.fromhex("".join(parts)) + bytes.fromhex(AIP) + made.atc + made.issuer[3:7]
        assert made.ac == self.oracle.mac(self.oracle.session(0, made.atc), message)

    def answer(self, code: str = "3030", *, wrong: bool = False) -> StatusWord:
        assert self.first
        proof = self.oracle.arpc(self.first.atc, self.first.ac, bytes.fromhex(code))
        if wrong:
            proof = bytes((proof[0] ^ 1,)) + proof[1:]
        return self.send("00820000", proof + bytes.fromhex(code)).sw

    def script(self, head: str, data: bytes = b"") -> StatusWord:
        assert self.first
        raw = self.oracle.script(head, data, self.first.atc, self.first.ac)
        return ResponseAPDU.parse(self.bench.process(raw)).sw

    def online(self) -> Cryptogram:
        """All of an online transaction that the issuer approves."""
        self.start().require("GPO")
        assert self.ac("80").cid == 0x80
        assert self.answer() == 0x9000
        return self.ac("40", CDOL2)


class RichBench(Bench):
    """A bench with an antenna."""

    def over(self, *, contactless: bool) -> None:
        self.banking.contactless = contactless
        self.reset()

    def said(self, **said: str) -> Dialogue:
        return Dialogue(self, **said)

    def get(self, tag: str) -> str:
        """The value of a data object, or the status word."""
        self.select()
        answer = self.send(CommandAPDU.parse(bytes.fromhex(f"80ca{tag}00")))
        return answer.data[3:].hex() if answer.sw == 0x9000 else f"{answer.sw:04x}"

    def log(self, number: int = 1, sfi: int = 11) -> bytes | None:
        self.select()
        answer = self.send(iso7816.read_record(number, sfi=sfi))
        return answer.data if answer.sw == 0x9000 else None


def make_rich_bench(
    card: Mapping[int, str] | None = None,
    internal: Mapping[int, str] | None = None,
    **settings: Any,
) -> RichBench:
    bench = RichBench(**settings)
    bench.banking.manufacture(KEYDATA, CARD_KEYS, antenna=True)
    assert set(bench.personalize(groupings=rich_groupings(card, internal).values())) == {0x9000}
    bench.reset()
    return bench


@pytest.fixture(scope="session")
def make_rich() -> Callable[..., RichBench]:
    """Makes one: ``make_rich(card={0x9F58: "05"}, internal={…})``."""
    return make_rich_bench


@pytest.fixture
def rich(make_rich: Callable[..., RichBench]) -> RichBench:
    """A new card with all there is."""
    return make_rich()


@pytest.fixture
def make() -> Any:
    """Makes a bench with a manufactured chip: ``make(size=…, memory=…, antenna=…)``."""

    def bench(*, antenna: bool = False, **settings: Any) -> Bench:
        made = Bench(**settings)
        made.banking.manufacture(KEYDATA, CARD_KEYS, antenna=antenna)
        return made

    return bench


@pytest.fixture
def bench(make: Any) -> Bench:
    """A blank chip."""
    return make()


@pytest.fixture
def issued(bench: Bench) -> Bench:
    """The same with both applications personalized, nothing selected."""
    for name in (aid.PSE, aid.DEBIT):
        assert set(bench.personalize(name)) == {StatusWord.OK}
    bench.reset()
    return bench


@pytest.fixture
def grouping() -> Any:
    """The class, for tests that send their own."""
    return Grouping


@pytest.fixture
def all_groupings() -> Callable[..., dict[int, Grouping]]:
    """Makes the groupings of such a card, by identifier."""
    return rich_groupings


@pytest.fixture
def rich_bench() -> Callable[[dict[int, Grouping]], RichBench]:
    """Makes a card of other groupings."""

    def made(groupings: dict[int, Grouping], **settings: Any) -> RichBench:
        bench = RichBench(**settings)
        bench.banking.manufacture(KEYDATA, CARD_KEYS, antenna=True)
        assert set(bench.personalize(groupings=groupings.values())) == {0x9000}
        bench.reset()
        return bench

    return made


@pytest.fixture
def rsa() -> tuple[int, int]:
    """Modulus and public exponent of the card's RSA key."""
    return MODULUS, EXPONENT


@pytest.fixture
def sm2_point() -> bytes:
    """The card's SM2 public key."""
    return SM2_POINT


@pytest.fixture(scope="session")
def long_key() -> dict[int, bytes]:
    """An RSA key of 1152 bits as groupings, its modulus under 0."""
    key = generate(1152)
    parts = zip(range(0x8205, 0x8200, -1), key.crt, strict=True)
    return {dgi: padded(part.reveal()) for dgi, part in parts} | {0: key.public.modulus}


@pytest.fixture(scope="session")
def bench_of() -> Callable[[bytes, Callable[[bytearray], NVM]], RichBench]:
    """A bench with what is in these cells."""

    def made(cells: bytes, memory: Callable[[bytearray], NVM] = NVM) -> RichBench:
        bench = RichBench(memory=memory)
        bench.nvm.cells[:] = cells
        bench.reset()
        return bench

    return made
