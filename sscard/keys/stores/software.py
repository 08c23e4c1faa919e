"""Master keys in memory, from a store file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from sscard.errors import KeyStoreError
from sscard.keys import bulk, cps, des, emv
from sscard.keys.bulk import CardKeys
from sscard.keys.cps import SessionKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import (
    NO_SIZES,
    PERSON_HASH_KEY,
    KeyReference,
    Request,
    card_key_size,
    perform,
    require_allowed,
    require_size,
)
from sscard.keys.psam_load import PSAM_ADF_MASTER, PsamLoad, Sealing, require_loadable, sealed
from sscard.keys.roots import Roots
from sscard.keys.store import MAC_KEYS, TRANSPORT_KEYS, require_among
from sscard.keys.stores.store_file import StoreFile
from sscard.keys.suite import Diversifier, Suite
from sscard.keys.tripledes import BLOCK
from sscard.keys.types import HMAC256, SM4, TDES, NotCopied, SecretKey

_PURPOSES = ("ac", "mac", "enc")

#: City-level masters kept: all keys of some thirty cities.
_KEPT = 4096


class SoftwareOperations(NotCopied):
    """Social security (or exchange) keys of a store file.  One thread at a time."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        # A batch is one city: its masters are derived once and keep their cipher.
        self._city = lru_cache(_KEPT)(self._derive_city)

    def __repr__(self) -> str:
        return f"<{self._file!r}>"

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are."""
        return self._file.suite

    @property
    def test(self) -> bool:
        """Whether the file says that these are TEST keys."""
        return self._file.test

    @property
    def roots(self) -> Roots:
        """At which level the keys are held."""
        return self._file.roots

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

    def compute(self, request: Request) -> bytes:
        """One operation under a derived key.  Raises KeyStoreError, naming key and operation."""
        require_allowed(request)
        size = card_key_size(request.key.name, self.suite)
        key = self._below(request.key, request.factors, size)
        try:
            return perform(self.suite, key, request)
        except ValueError as error:
            raise KeyStoreError(f"{request!r}: {error}") from None

    def derive_many(
        self,
        references: Iterable[KeyReference],
        cards: Iterable[Factors],
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> Iterator[CardKeys]:
        """``card_keys`` of many cards, in a few cipher calls."""
        return bulk.derive_many(self._city, references, cards, sizes=sizes)

    def load_psam(self, load: PsamLoad, sealing: Sealing) -> bytes:
        """One root key for one PSAM, sealed under its master key.  Raises KeyStoreError."""
        require_loadable(load)
        key = self._below(load.key, load.area)
        own = load.factors
        master = self._below(PSAM_ADF_MASTER, (own.province, own.city, own.card))
        return sealed(self.suite, load, sealing, key, master)

    def kcv(
        self, name: str, version: int, factors: Sequence[bytes] = (), *, size: int = 16
    ) -> bytes:
        """Check value of the key that the factors lead to, 3 bytes; without them the held one's."""
        require_size(name, self.suite, len(factors), size)
        if not factors:
            return self._file.key(name, version).kcv
        return self._below(KeyReference(name, version), factors, size).kcv

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: HMAC-SHA-256, 32 bytes."""
        key = self._file.key(PERSON_HASH_KEY, 1)
        if not isinstance(key, HMAC256):
            raise KeyStoreError(f"{self._file.path}: {PERSON_HASH_KEY} is no key of 32 bytes")
        return key.digest(id_number.encode("utf-8"))

    def _cipher_key(self, name: str, version: int) -> SecretKey:
        key = self._file.key(name, version)
        if isinstance(key, HMAC256):
            raise KeyStoreError(f"{self._file.path}: {name} is no {self.suite.name} key")
        return key

    def _derive_city(self, name: str, version: int, province: bytes, city: bytes) -> Diversifier:
        key = self._below(KeyReference(name, version), (province, city))
        return self.suite.diversifier(key)

    def _below(
        self, reference: KeyReference, factors: Sequence[bytes], size: int = 16
    ) -> SecretKey:
        """The key of ``size`` bytes that the factors lead to, from the key held on."""
        key = self._cipher_key(*reference)
        way = self.roots.below(reference.name, factors)
        for at, factor in enumerate(way, start=1):
            key = self.suite.diversify(key, factor, size=size if at == len(way) else 16)
        return key


class SoftwareBankStore(NotCopied):
    """KMC and issuer master keys of a store file."""

    def __init__(self, file: StoreFile, scheme: str = "emv-cps-1.1") -> None:
        self._file = file
        self._scheme = scheme

    def __repr__(self) -> str:
        return f"<{self._file!r}>"

    @property
    def test(self) -> bool:
        """Whether the file says that these are TEST keys."""
        return self._file.test

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        """The channel keys for what INITIALIZE UPDATE answered: KEYDATA (10), sequence (2)."""
        return cps.session_keys(cps.card_keys(self._tdes("KMC"), keydata, self._scheme), sequence)

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        """A card's debit key; ``purpose`` is ``ac``, ``mac`` or ``enc``."""
        return emv.udk(self._tdes(f"IMK-{_checked(purpose).upper()}"), pan, psn)

    def sm4_udk(self, purpose: str, pan: str, psn: str) -> SM4:
        """A card's debit key of SM4 transactions."""
        name = f"SM4-IMK-{_checked(purpose).upper()}"
        key = self._file.key(name, 1)
        if not isinstance(key, SM4):
            raise KeyStoreError(f"{self._file.path}: {name} is no SM4 key")
        return emv.udk(key, pan, psn)

    def translate(
        self, transport: KeyReference, data: bytes, keydata: bytes, sequence: bytes
    ) -> bytes:
        """``data`` under a transport key, enciphered anew under the DEK of a card's session."""
        require_among(TRANSPORT_KEYS, transport, "carry data")
        if len(data) % BLOCK or not data:
            raise KeyStoreError(f"key {transport.name}: data are whole blocks of {BLOCK} bytes")
        plain = des.ecb_decrypt(self._tdes(*transport), data)
        return des.ecb_encrypt(self.session_keys(keydata, sequence).dek, plain)

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:
        """The retail MAC of ``message``, 8 bytes."""
        require_among(MAC_KEYS, key, "make MACs")
        return des.retail_mac(self._tdes(*key), message)

    def kcv(self, name: str, version: int = 1) -> bytes:
        """Check value of a master key, 3 bytes."""
        return self._file.key(name, version).kcv

    def _tdes(self, name: str, version: int = 1) -> TDES:
        key = self._file.key(name, version)
        if not isinstance(key, TDES):
            raise KeyStoreError(f"{self._file.path}: {name} is no 3des key: {key!r}")
        return key


def _checked(purpose: str) -> str:
    if purpose not in _PURPOSES:
        raise ValueError(f"no such purpose: {purpose} (there are {', '.join(_PURPOSES)})")
    return purpose
