"""What people are shown of a certificate: the same words in a tree, a trace and a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.keys.x509 import oids
from sscard.keys.x509.certificate import Certificate
from sscard.keys.x509.days import CHINA
from sscard.keys.x509.names import Name

_STAR = "*"
_HOLDER = "CN"
_UNREADABLE = "无法解析 not readable"
#: Of a file in which the end of another certificate stands behind the one that counts.
RESIDUE = "其后有旧证书残留 residue of an older one behind it"
#: Bits of the first byte of a key usage (RFC 5280 §4.2.1.3).
_USES: Mapping[int, str] = MappingProxyType(
    {
        0x80: "数字签名 digital signature",
        0x40: "不可否认 non-repudiation",
        0x20: "密钥加密 key encipherment",
        0x10: "数据加密 data encipherment",
        0x08: "密钥协商 key agreement",
        0x04: "签发证书 certificates",
        0x02: "签发CRL CRLs",
    }
)
#: What a card's two certificates are for (ssc-more 1.6 [T]).
_PURPOSES: Mapping[bytes, str] = MappingProxyType(
    {b"\xc0": "签名 signature", b"\x30": "加密 encryption"}
)
_ALGORITHMS: Mapping[str, str] = MappingProxyType({oids.SM2_WITH_SM3: "SM2-SM3"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a certificate says, as text; ``personal`` tells who its holder is."""

    name: str
    zh: str
    en: str
    value: str = field(repr=False)
    personal: bool = False

    def shown(self, *, reveal: bool) -> str:
        """The value, with a star for each character of what is somebody's."""
        return self.value if reveal or not self.personal else _STAR * len(self.value)


def facts(certificate: Certificate) -> tuple[Fact, ...]:
    """Everything but the key and the signature.  What cannot be read says so."""
    return tuple(_facts(certificate))


def _facts(certificate: Certificate) -> Iterator[Fact]:
    subject = certificate.subject
    yield Fact("serial", "序列号", "serial number", certificate.serial.hex().upper())
    yield Fact("issuer", "颁发者", "issuer", _text(certificate.issuer))
    place = tuple(each for each in subject if each[0] != _HOLDER)
    yield Fact("subject", "主体", "subject", _text(place))
    for short, text in subject:
        if short == _HOLDER:
            yield Fact("holder", "主体名称", "subject's name", text, personal=True)
    span = (certificate.not_before, certificate.not_after)
    validity = " – ".join(f"{each.astimezone(CHINA):%Y-%m-%d}" for each in span)
    yield Fact("validity", "有效期", "validity", validity)
    yield Fact("key_usage", "密钥用途", "key usage", _read(lambda: usage(certificate.key_usage)))
    for name, zh, en, oid in _PRIVATE:
        if oid in certificate.extensions:
            yield Fact(name, zh, en, _raw(certificate.extensions[oid]), personal=True)
    algorithm = certificate.signature_algorithm
    yield Fact("algorithm", "算法", "algorithm", _ALGORITHMS.get(algorithm, algorithm))
    key_id = _read(lambda: (certificate.subject_key_id or b"").hex().upper() or "–")
    yield Fact("subject_key_id", "主体密钥标识", "subject key id", key_id)
    yield Fact("sha256", "指纹", "SHA-256 fingerprint", certificate.sha256.hex().upper())


#: The private extensions, whose octets are raw text (ssc-more 1.6 [T]).
_PRIVATE = (
    ("card_number", "卡号", "card number", oids.CARD_NUMBER),
    ("card_hash", "散列值", "hash value", oids.CARD_HASH),
)


def usage(bits: bytes | None) -> str:
    """A key usage in words, with what it makes of a card's certificate first."""
    if bits is None:
        return "未说明 not said"
    uses = [words for bit, words in _USES.items() if bits[:1] and bits[0] & bit]
    purpose = _PURPOSES.get(bits[:1]) if len(bits) == 1 else None
    said = ", ".join(uses) or bits.hex().upper()
    return f"{purpose}: {said}" if purpose else said


def _text(name: Name) -> str:
    return ", ".join(f"{short}={text}" for short, text in name)


def _raw(octets: bytes) -> str:
    """Text where it is some; a hash value is bytes."""
    readable = octets.isascii() and octets.decode("ascii", "replace").isprintable()
    return octets.decode("ascii") if readable else octets.hex().upper()


def _read(part: Callable[[], str]) -> str:
    try:
        return part()
    except MalformedData:
        return _UNREADABLE
