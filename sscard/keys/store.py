"""Key stores as protocols: keys are asked for by name, masters never leave (decision 21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol

from sscard.keys.cps import SessionKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.suite_protocol import Suite
from sscard.keys.types import TDES, SecretKey

#: No key has a size of its own: all have 16 bytes.
NO_SIZES: Mapping[str, int] = MappingProxyType({})


class KeyReference(NamedTuple):  # hashed 150 times a card: a dataclass costs five times as much
    """A master key by name (``UK1DF01``) and version, or group (1 to 3)."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class ChipLot:
    """What the chip maker says of a lot: how its blank chips look, and what opens them."""

    name: str
    #: The 13 historical bytes of the ATR before pre-personalization.
    blank_historical: bytes
    cos_version: str
    transport: SecretKey = field(repr=False)


class SocialSecurityStore(Protocol):
    """The social security side's keys; the exchange store has the same shape with one key in it.

    Every operation raises KeyStoreError for a name or version the store does not hold.
    """

    @property
    def test(self) -> bool:
        """Whether these are TEST keys: announced in red, refused in production (decision 18)."""
        ...

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are: a store serves one generation of cards."""
        ...

    def card_key(self, name: str, version: int, factors: Factors, *, size: int = 16) -> SecretKey:
        """One card key: the full chain root → province → city → card (decision 20)."""
        ...

    def card_keys(
        self,
        references: Iterable[KeyReference],
        factors: Factors,
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> dict[KeyReference, SecretKey]:
        """Many keys of one card; ``sizes`` gives key name → bytes where it is not 16."""
        ...

    def authentication_code(self, city: str, data: bytes) -> bytes | None:
        """The last 4 bytes of a card identification code, over its first 12 (decision 13).

        None when the store has no key for it.
        """
        ...

    def lot(self, name: str) -> ChipLot:
        """The chip lot of this name, with its transport key."""
        ...

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: 32 bytes (decision 28)."""
        ...

    def kcv(self, name: str, version: int) -> bytes:
        """Check value of a master key, 3 bytes."""
        ...


class BankStore(Protocol):
    """The bank side's keys.  KMC and issuer master keys stay inside.

    Every operation raises KeyStoreError for a name or version the store does not hold.
    """

    @property
    def test(self) -> bool:
        """Whether these are TEST keys: announced in red, refused in production (decision 18)."""
        ...

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        """The channel keys for what INITIALIZE UPDATE answered: KEYDATA (10), sequence (2)."""
        ...

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        """A card's debit key; ``purpose`` is ``ac``, ``mac`` or ``enc``."""
        ...

    def kcv(self, name: str, version: int = 1) -> bytes:
        """Check value of a master key, 3 bytes."""
        ...
