"""A transaction as far as it has come: what power-off and the next SELECT end (pboc 5 [H])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, unique
from types import MappingProxyType
from typing import Self

from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.cvr import NO_FACTS, Fact
from sscard.apdu.dgi import DGI
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.state import Phase
from sscard.keys.application_cryptogram import SM4_FAMILY, TDES_FAMILY, Family
from sscard.keys.types import SecretKey

_PIECE = 16
#: The three keys in the order of groupings 8000 and 8400.
AC, MAC, ENC = range(3)


@unique
class Answer(Enum):
    """What the issuer has said so far in this transaction."""

    NONE = "none"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Transaction:
    """``values`` are what the terminal's lists and the card itself say, by tag.

    ``said`` are the lists as they came, one behind the other, which CDA signs.  ``cash`` says that
    it pays from the balance, ``sm`` that it computes with SM4 and SM2.  ``signature`` is the record
    that a contactless answer had no room for.  ``extended`` says that it is one with an extended
    application, ``changes`` what is to be written when it is complete.
    """

    phase: Phase = Phase.NONE
    sm: bool = False
    cash: bool = False
    values: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}))
    said: bytes = b""
    facts: Fact = NO_FACTS
    first: Cryptogram | None = None
    cryptogram: bytes = b""
    answer: Answer = Answer.NONE
    scripts: int = 0
    script_failed: bool = False
    signature: bytes | None = None
    extended: bool = False
    changes: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)

    def plus(self, facts: Fact) -> Self:
        """The same with more facts."""
        return replace(self, facts=self.facts | facts)

    def verified(self) -> Self:
        """The same after a right PIN: what went wrong before is forgotten."""
        return replace(self, facts=self.facts & ~Fact.PIN_FAILED | Fact.PIN_PERFORMED)

    def hearing(self, values: Mapping[int, bytes], said: bytes) -> Self:
        """The same after one more list of the terminal's; what was said last counts."""
        together = MappingProxyType({**self.values, **values})
        return replace(self, values=together, said=self.said + said)

    @property
    def family(self) -> Family:
        """The algorithms of its cryptograms."""
        return SM4_FAMILY if self.sm else TDES_FAMILY

    def card_key(self, instance: Instance, purpose: int) -> SecretKey:
        """UDK-AC, -MAC or -ENC of the family."""
        keys = instance.value(DGI.KEYS_SM if self.sm else DGI.KEYS) or b""
        return self.family.key(keys[purpose * _PIECE : (purpose + 1) * _PIECE])

    def session_key(self, instance: Instance, purpose: int) -> SecretKey:
        """The same for this transaction alone."""
        return self.family.session_key(self.card_key(instance, purpose), instance.transactions)


#: Before GET PROCESSING OPTIONS.
NONE = Transaction()
