"""What the application declares, beside what the card says (ssc-more: test standards)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sscard.apdu import iso7816, ssc, tlv
from sscard.apdu.card_identity import historical_bytes
from sscard.apdu.status import StatusError
from sscard.conformance.case import Text
from sscard.conformance.general_test.pack import Pack
from sscard.errors import MalformedData
from sscard.keys import suite_of_algorithm
from sscard.perso.plan import POWER_UP, Plan, attempt

_EF05 = 0x05
#: Records of EF05: card identification code, specification version, initialization organization.
_IDENTIFICATION, _VERSION, _ORGANIZATION = 0x01, 0x03, 0x04
_FCI = (0x6F, 0xA5, 0x9F0C, 0x86)
_HISTORICAL = 13
_DIVISION, _SERIAL = slice(7, 9), slice(9, 13)
_RID = bytes.fromhex("D156000005")
_PREFIX = bytes.fromhex("9156000002")
_SM4_SINCE = "3"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card says of itself without any right; None is what it does not say."""

    historical: bytes | None = None
    identification: bytes | None = field(default=None, repr=False)
    spec_version: str | None = None
    organization: bytes | None = None
    algorithm: str | None = None


@dataclass(frozen=True, slots=True)
class KeyVersions:
    """Versions of the national keys: those that were tried, and those of which all were taken."""

    tried: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is compared; both sides as they are written for people."""

    what: Text
    declared: str
    found: str
    agrees: bool


def card_facts() -> Plan[CardFacts]:
    """Power up, select SSSE, read what everybody may read; a refusal is a fact, too."""
    answer = (yield POWER_UP).require("power up")
    fci = yield iso7816.select(ssc.SSSE_NAME)
    version = yield from _record(_VERSION)
    return CardFacts(
        _historical(answer),
        (yield from _record(_IDENTIFICATION)),
        version.decode("ascii", "replace") if version else None,
        (yield from _record(_ORGANIZATION)),
        _algorithm(fci.data),
    )


def compare(pack: Pack, card: CardFacts, keys: KeyVersions) -> tuple[Line, ...]:
    """Every line of the check list, in order."""
    return (*_declared(pack, card), _versions(pack, keys), *_among_themselves(card))


def sample_number(pack: Pack, card: CardFacts) -> int | None:
    """Which of the samples it is, from 1; None for none of them."""
    code = card.identification.hex().upper() if card.identification else ""
    return pack.samples.index(code) + 1 if code in pack.samples else None


def _declared(pack: Pack, card: CardFacts) -> Iterator[Line]:
    number = sample_number(pack, card)
    yield Line(
        Text("样卡", "sample card"),
        f"1–{len(pack.samples)}",
        f"{number}" if number else "不在申请中 not in the application",
        number is not None,
    )
    city = card.identification[:3].hex() if card.identification else ""
    yield _same(
        Text("卡识别码中的区划", "division in the card identification"), pack.division, city
    )
    issuer = card.organization.hex().upper() if card.organization else ""
    yield _same(Text("初始化机构编号", "initialization organization"), pack.issuer, issuer)
    version = card.spec_version or ""
    yield _same(Text("规范版本", "specification version"), pack.spec_version, version)
    yield _same(Text("算法", "algorithm"), pack.algorithm, card.algorithm or "")


def _versions(pack: Pack, keys: KeyVersions) -> Line:
    """A PSAM holds one version: what it cannot try is told and judged by nobody."""
    declared = frozenset(pack.key_versions)
    untried = declared - keys.tried
    found = _numbers(keys.taken) + (f" (未试 not tried: {_numbers(untried)})" if untried else "")
    agrees = bool(keys.taken) and keys.taken == declared & keys.tried
    return Line(Text("密钥版本", "versions of the keys"), _numbers(declared), found.strip(), agrees)


def _numbers(versions: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(versions)))


def _among_themselves(card: CardFacts) -> Iterator[Line]:
    """What the card says twice must agree."""
    code, historical = card.identification or b"", card.historical or b""
    rid = Text("卡识别码中的注册号", "registered identifier in the card identification")
    yield _same(rid, _RID.hex().upper(), code[3:8].hex().upper())
    division = Text("复位信息中的区划", "division in the answer to reset")
    yield _same(division, code[:2].hex(), historical[_DIVISION].hex())
    serial = Text("复位信息中的序列号", "serial number in the answer to reset")
    yield _same(serial, code[8:12].hex().upper(), historical[_SERIAL].hex().upper())
    organization = card.organization or b""
    prefix = Text("初始化机构编号前缀", "prefix of the initialization organization")
    yield _same(prefix, _PREFIX.hex().upper(), organization[:5].hex().upper())
    issuing = Text("发卡机构区划", "issuing division")
    yield _same(issuing, code[:3].hex(), organization[5:8].hex())
    version = card.spec_version or ""
    wanted = "sm4" if version >= _SM4_SINCE else "3des"
    yield _same(Text("规范版本与算法", "version and algorithm"), wanted, card.algorithm or "")


def _same(what: Text, declared: str, found: str) -> Line:
    return Line(what, declared, found, bool(found) and declared == found)


def _record(tag: int) -> Plan[bytes | None]:
    """Its value: tag and length taken off."""
    found = yield from attempt(_read(tag))
    if isinstance(found, StatusError) or len(found) < 2 or found[0] != tag:
        return None
    return found[2 : 2 + found[1]]


def _read(tag: int) -> Plan[bytes]:
    return (yield iso7816.read_record(tag, sfi=_EF05, ne=256)).require("read EF05")


def _historical(answer: bytes) -> bytes | None:
    try:
        found = historical_bytes(answer)
    except MalformedData:
        return None
    return found if len(found) == _HISTORICAL else None


def _algorithm(fci: bytes) -> str | None:
    """As the FCI names it; a card that names none uses 3DES (ssc 1.2 [S])."""
    try:
        said = tlv.find(fci, *_FCI)
        return suite_of_algorithm(said[0]).name if said else "3des"
    except MalformedData:
        return None
