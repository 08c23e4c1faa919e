"""Offline data authentication: certificates over a card's static data, and its own private keys.

pboc 1.6, 1.8, 4 [H, V].  Keys and issuers come from the caller: nothing here makes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sscard.apdu import afl, dgi
from sscard.apdu.dgi import DGI
from sscard.keys.certificates import CARD, RSAIssuer, SM2Issuer, Subject, static_data
from sscard.keys.padding import pad80
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.perso.pse_account import BankAccount
from sscard.perso.pse_groupings import Dgi, objects, record
from sscard.perso.pse_settings import Bank

_BLOCK = 8
#: Records that only the card and its issuer know: certificates and signatures of either family.
SIGNATURES = frozenset(
    {dgi.record(2, number) for number in range(2, 9)}
    | {dgi.record(5, number) for number in range(2, 8)}
)
_AIP_ONLY = b"\x82"
_CODE = bytes.fromhex("DAC1")


@dataclass(frozen=True, slots=True)
class RSASigning:
    """Who certifies the card, and the card's own new key."""

    issuer: RSAIssuer
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class SM2Signing:
    """Who certifies the card, and the card's own new key."""

    issuer: SM2Issuer
    key: SM2PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signing:
    """What a card is signed with; ``rsa`` or ``sm2`` is None for a card without that family.

    ``serial`` is that of the card's certificates (3 bytes), ``code`` the data authentication code
    of static signatures, 2 bytes that are the issuer's own.
    """

    rsa: RSASigning | None = None
    sm2: SM2Signing | None = None
    serial: bytes = b"\0\0\1"
    code: bytes = _CODE


@dataclass(frozen=True, slots=True)
class SignedData:
    """What a card's certificates are about."""

    account: BankAccount
    record: Dgi
    aip: bytes
    signing: Signing

    @property
    def subject(self) -> Subject:
        """Whom they name."""
        year, month = self.account.last_month
        return Subject(CARD, self.account.number, year, month, self.signing.serial)

    @property
    def static(self) -> bytes:
        """The static data; a signed card always has the tag list 9F4A (decision 29)."""
        content = afl.signed_content(self.record.identifier >> 8, self.record.value)
        return static_data((content,), self.aip, _AIP_ONLY)


def rsa_records(signed: SignedData, rsa: RSASigning, bank: Bank) -> list[Dgi]:
    """DGIs 0202 to 0206: certificates that fill a record each, and what goes with them."""
    issuer, static = rsa.issuer, signed.static
    card = issuer.card(signed.subject, rsa.key.public, static)
    signature = issuer.static(signed.signing.code, static)
    return [
        record(2, 2, _some(issuer.tags, 0x90)),
        record(2, 3, _some(issuer.tags, 0x8F, 0x92, 0x9F32)),
        record(2, 4, _some(signature, 0x93)),
        record(2, 5, _some(card, 0x9F46)),
        record(2, 6, _some(card, 0x9F47, 0x9F48) + _lists(bank)),
    ]


def sm2_records(signed: SignedData, sm2: SM2Signing, bank: Bank) -> list[Dgi]:
    """DGIs 0502 to 0505, which transactions with SM2 read instead."""
    issuer, static = sm2.issuer, signed.static
    card = issuer.card(signed.subject, sm2.key.public, static)
    signature = issuer.static(signed.signing.code, static)
    return [
        record(5, 2, _some(issuer.tags, 0x90)),
        record(5, 3, _some({**issuer.tags, **signature}, 0x8F, 0x93)),
        record(5, 4, _some(card, 0x9F46)),
        record(5, 5, _lists(bank)),
    ]


def cash_rsa_records(signed: SignedData, rsa: RSASigning) -> list[Dgi]:
    """DGIs 0207 and 0208: what electronic cash has in place of 0204 and 0205."""
    issuer, static = rsa.issuer, signed.static
    card = issuer.card(signed.subject, rsa.key.public, static)
    signature = issuer.static(signed.signing.code, static)
    return [record(2, 7, _some(signature, 0x93)), record(2, 8, _some(card, 0x9F46))]


def cash_sm2_records(signed: SignedData, sm2: SM2Signing) -> list[Dgi]:
    """DGIs 0506 and 0507: what electronic cash has in place of 0503 and 0504."""
    issuer, static = sm2.issuer, signed.static
    card = issuer.card(signed.subject, sm2.key.public, static)
    signature = issuer.static(signed.signing.code, static)
    return [
        record(5, 6, _some({**issuer.tags, **signature}, 0x8F, 0x93)),
        record(5, 7, _some(card, 0x9F46)),
    ]


def rsa_key(key: RSAPrivateKey) -> list[Dgi]:
    """DGIs 8201 to 8205: q⁻¹ mod p, d mod q - 1, d mod p - 1, q, p."""
    parts = key.crt
    values = parts.q_inverse, parts.dq, parts.dp, parts.q, parts.p
    return [_padded(DGI(DGI.RSA_Q_INVERSE + at), each.reveal()) for at, each in enumerate(values)]


def rsa_plain_key(key: RSAPrivateKey) -> list[Dgi]:
    """DGIs 8101 and 8103: private exponent and modulus, for a card that is given no primes."""
    plain = key.plain
    return [
        _padded(DGI.RSA_EXPONENT, plain.reveal()),
        _padded(DGI.RSA_MODULUS, plain.public.modulus),
    ]


def sm2_key(key: SM2PrivateKey) -> list[Dgi]:
    """DGIs 8501 and 8502."""
    return [_padded(DGI.SM2_PRIVATE, key.reveal()), _padded(DGI.SM2_PUBLIC, bytes(key.public))]


def _padded(identifier: DGI, value: bytes) -> Dgi:
    """80 00 …, also behind a value that is whole blocks (pboc 1.6 [H])."""
    return Dgi(identifier, pad80(value, _BLOCK), secret=True)


def _lists(bank: Bank) -> bytes:
    return objects((0x9F49, bank.data("ddol")), (0x9F4A, _AIP_ONLY))


def _some(tags: Mapping[int, bytes], *wanted: int) -> bytes:
    return objects(*((tag, tags[tag]) for tag in wanted if tag in tags))
