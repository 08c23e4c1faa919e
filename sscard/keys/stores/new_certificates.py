"""New TEST certification authorities of both families, each with one issuer (pboc 4 [H, V]).

They have private keys in plain text, as every TEST store: ``load_certificates`` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.keys import rsa_generation
from sscard.keys.certificates import (
    RSAAuthority,
    RSAIssuer,
    SM2Authority,
    SM2Issuer,
    Subject,
)
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.sm2 import SoftwareSigner
from sscard.keys.sm2_keys import Random, SM2PrivateKey, generate
from sscard.keys.stores.ca_keys import CAKeys, tables
from sscard.keys.types import NotCopied

_HEAD = """\
# TEST certification authorities and issuers, for the signatures of debit cards in both families.
#
# PRIVATE KEYS IN PLAIN TEXT: for tests and demonstrations only, never for real cards.

kind = "certificates"
test = true
"""


_ISSUERS_HEAD = """\
# TEST issuers of debit cards in both families, certified by TEST authorities.
#
# PRIVATE KEYS IN PLAIN TEXT: for tests and demonstrations only, never for real cards.

kind = "card-issuers"
test = true
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make: whom the issuers' certificates name, CA indexes, bits of the RSA keys."""

    subject: Subject
    rsa_index: int
    sm2_index: int
    ca_bits: int
    issuer_bits: int

    def __post_init__(self) -> None:
        if self.issuer_bits > self.ca_bits:
            raise ValueError("an issuer's key is not longer than its CA's")


@dataclass(frozen=True, slots=True)
class NewAuthorities(NotCopied):
    """Four new key pairs and two certificates."""

    plan: Plan
    rsa_ca: RSAPrivateKey = field(repr=False)
    rsa_issuer: RSAPrivateKey = field(repr=False)
    sm2_ca: SM2PrivateKey = field(repr=False)
    sm2_issuer: SM2PrivateKey = field(repr=False)
    rsa: RSAIssuer
    sm2: SM2Issuer

    @property
    def public(self) -> CAKeys:
        """What terminals are given."""
        plan = self.plan
        return CAKeys(
            True, {plan.rsa_index: self.rsa_ca.public}, {plan.sm2_index: self.sm2_ca.public}
        )

    def store_text(self) -> str:
        """The store with the private keys."""
        plan, subject = self.plan, self.plan.subject
        return (
            f'{_HEAD}\nissuer = "{subject.number}"\n'
            f'expires = "{subject.year}-{subject.month:02}"\n'
            f'serial = "{subject.serial.hex().upper()}"\n'
            f"\n[rsa.ca]\nindex = 0x{plan.rsa_index:02X}\n{_primes(self.rsa_ca)}"
            f"\n[rsa.issuer]\n{_primes(self.rsa_issuer)}"
            f"\n[sm2.ca]\nindex = 0x{plan.sm2_index:02X}\n{_number(self.sm2_ca)}"
            f"\n[sm2.issuer]\n{_number(self.sm2_issuer)}"
        )

    def issuers_text(self) -> str:
        """What a production line signs cards with: the authorities' private keys are not in it."""
        return (
            f"{_ISSUERS_HEAD}\n[rsa]\n{_certified(self.rsa)}{_primes(self.rsa_issuer)}"
            f"\n[sm2]\n{_certified(self.sm2)}{_number(self.sm2_issuer)}"
            f"{tables(self.public, 'ca.')}"
        )

    def certificates_text(self) -> str:
        """The issuers' certificates by tag, as they go into the records of cards."""
        return "".join(
            [
                "# Certificates of TEST issuers by tag: what every card of the issuer carries.\n",
                'kind = "issuer-certificates"\ntest = true\n',
                *(_tags(name, made) for name, made in (("rsa", self.rsa), ("sm2", self.sm2))),
            ]
        )


def make(plan: Plan, random: Random) -> NewAuthorities:
    """New keys; ``random`` is for SM2, RSA primes are OpenSSL's.  ValueError for odd sizes."""
    ca, issuer = (rsa_generation.generate(bits) for bits in (plan.ca_bits, plan.issuer_bits))
    sm2_ca, sm2_issuer = generate(random), generate(random)
    return NewAuthorities(
        plan,
        ca,
        issuer,
        sm2_ca,
        sm2_issuer,
        RSAAuthority(plan.rsa_index, ca).issuer(plan.subject, issuer),
        SM2Authority(plan.sm2_index, SoftwareSigner(sm2_ca, random)).issuer(
            plan.subject, SoftwareSigner(sm2_issuer, random)
        ),
    )


def _primes(key: RSAPrivateKey) -> str:
    parts = key.crt
    return f'p = "{parts.p.reveal().hex().upper()}"\nq = "{parts.q.reveal().hex().upper()}"\n'


def _number(key: SM2PrivateKey) -> str:
    return f'd = "{key.reveal().hex().upper()}"\n'


def _certified(issuer: RSAIssuer | SM2Issuer) -> str:
    tags = issuer.tags
    remainder = f'remainder = "{tags[0x92].hex().upper()}"\n' if 0x92 in tags else ""
    return (
        f"index = 0x{tags[0x8F].hex().upper()}\n"
        f'certificate = "{tags[0x90].hex().upper()}"\n{remainder}'
    )


def _tags(name: str, issuer: RSAIssuer | SM2Issuer) -> str:
    rows = "".join(f'{tag:X} = "{value.hex().upper()}"\n' for tag, value in issuer.tags.items())
    return f"\n[{name}]\n{rows}"
