"""Key stores in memory, from TOML files; without a file, the packaged TEST stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from importlib.abc import Traversable
from pathlib import Path

from sscard.errors import KeyStoreError
from sscard.keys import cps, emv, hierarchy
from sscard.keys.cps import SessionKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.store import (
    NO_SIZES,
    BankStore,
    ChipLot,
    KeyReference,
    SocialSecurityStore,
)
from sscard.keys.stores import store_file
from sscard.keys.stores.store_file import StoreFile
from sscard.keys.suite import TDES_SUITE, Diversifier, Suite
from sscard.keys.types import HMAC256, TDES, NotCopied, SecretKey

AUTHENTICATION_CODE_KEY = "card-authentication-code"
PERSON_HASH_KEY = "ledger-id-hash"
_PURPOSES = ("ac", "mac", "enc")

#: City-level masters kept: all keys of some thirty cities.
_KEPT = 4096


class SoftwareStore(NotCopied):
    """Social security (or exchange) keys of a TEST store.  One thread at a time."""

    test = True

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        # A batch is one city: its masters are derived once and keep their cipher.
        self._city = lru_cache(_KEPT)(self._derive_city)

    def __repr__(self) -> str:
        return f"<TEST key store {self._file.path}: {len(self._file.keys)} keys>"

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are."""
        return self._file.suite

    def card_key(self, name: str, version: int, factors: Factors, *, size: int = 16) -> SecretKey:
        """One card key: the full chain root → province → city → card."""
        return self._city(name, version, factors.province, factors.city)(factors.card, size=size)

    def card_keys(
        self,
        references: Iterable[KeyReference],
        factors: Factors,
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> dict[KeyReference, SecretKey]:
        """Many keys of one card; ``sizes`` gives key name → bytes where it is not 16."""
        province, city, card = factors.province, factors.city, factors.card
        return {
            wanted: self._city(wanted.name, wanted.version, province, city)(
                card, size=sizes.get(wanted.name, 16)
            )
            for wanted in references
        }

    def authentication_code(self, city: str, data: bytes) -> bytes | None:
        """The last 4 bytes of a card identification code, over its first 12; None without key."""
        if len(data) != 12:
            raise ValueError("the authentication code is over 12 bytes")
        root = self._file.keys.get(KeyReference(AUTHENTICATION_CODE_KEY, 1))
        if root is None:
            return None
        factors = hierarchy.province_factor(city), hierarchy.city_factor(city)
        return self.suite.key_load_mac(_down(self.suite, root, *factors), data)

    def lot(self, name: str) -> ChipLot:
        """The chip lot of this name.  Raises KeyStoreError when it is unknown."""
        if name not in self._file.lots:
            raise KeyStoreError(f"{self._file.path}: no chip lot {name}")
        return self._file.lots[name]

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: HMAC-SHA-256, 32 bytes."""
        key = self._file.key(PERSON_HASH_KEY, 1)
        if not isinstance(key, HMAC256):
            raise KeyStoreError(f"{self._file.path}: {PERSON_HASH_KEY} is no key of 32 bytes")
        return key.digest(id_number.encode("utf-8"))

    def kcv(self, name: str, version: int) -> bytes:
        """Check value of a master key, 3 bytes."""
        return self._file.key(name, version).kcv

    def _derive_city(self, name: str, version: int, province: bytes, city: bytes) -> Diversifier:
        root = self._file.key(name, version)
        return self.suite.diversifier(_down(self.suite, root, province, city))


class SoftwareBankStore(NotCopied):
    """KMC and issuer master keys of a TEST store."""

    test = True

    def __init__(self, file: StoreFile, scheme: str = "emv-cps-1.1") -> None:
        self._file = file
        self._scheme = scheme

    def __repr__(self) -> str:
        return f"<TEST key store {self._file.path}: {len(self._file.keys)} keys>"

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        """The channel keys for what INITIALIZE UPDATE answered: KEYDATA (10), sequence (2)."""
        return cps.session_keys(cps.card_keys(self._tdes("KMC"), keydata, self._scheme), sequence)

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        """A card's debit key; ``purpose`` is ``ac``, ``mac`` or ``enc``."""
        if purpose not in _PURPOSES:
            raise ValueError(f"no such purpose: {purpose} (there are {', '.join(_PURPOSES)})")
        return emv.udk(self._tdes(f"IMK-{purpose.upper()}"), pan, psn)

    def kcv(self, name: str, version: int = 1) -> bytes:
        """Check value of a master key, 3 bytes."""
        return self._file.key(name, version).kcv

    def _tdes(self, name: str) -> TDES:
        key = self._file.key(name, 1)
        if not isinstance(key, TDES):
            raise KeyStoreError(f"{self._file.path}: {name} is no key of 16 bytes")
        return key


def load_social_security(
    path: Path | None = None, suite: Suite = TDES_SUITE
) -> SocialSecurityStore:
    """The social security store in ``path``, or the packaged TEST store of this suite.

    Raises KeyStoreError.
    """
    source = path or _packaged(f"test-ssse-{suite.name}.toml")
    return SoftwareStore(store_file.read(source, "social-security"))


def load_exchange(path: Path | None = None, suite: Suite = TDES_SUITE) -> SocialSecurityStore:
    """The store of the exchange key ``EK``, which both stations hold.  Raises KeyStoreError."""
    source = path or _packaged(f"test-exchange-{suite.name}.toml")
    return SoftwareStore(store_file.read(source, "exchange"))


def load_bank(path: Path | None = None) -> BankStore:
    """The bank's store in ``path``, or the packaged TEST store.  Raises KeyStoreError."""
    return SoftwareBankStore(store_file.read(path or _packaged("test-bank.toml"), "bank"))


def _down(suite: Suite, key: SecretKey, *factors: bytes) -> SecretKey:
    for factor in factors:
        key = suite.diversify(key, factor)
    return key


def _packaged(name: str) -> Traversable:
    return resources.files("sscard.keys.stores") / name
