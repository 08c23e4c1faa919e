"""A social security store over whatever holds the masters: file, token or service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sscard.errors import KeyStoreError
from sscard.keys import hierarchy
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import (
    AUTHENTICATION_CODE_KEY,
    NO_SIZES,
    KeyNotHeld,
    KeyOperations,
    KeyReference,
    Mode,
    Request,
)
from sscard.keys.psam_load import LoadsPsams, PsamLoad, Sealing
from sscard.keys.roots import Roots
from sscard.keys.store import ChipLot
from sscard.keys.suite import Suite
from sscard.keys.types import NotCopied, SecretKey

_CODED = 12


class OperationsStore(NotCopied):
    """``lots`` come from the chip maker; what they hold opens a lot, and is no master key."""

    def __init__(self, operations: KeyOperations, lots: Mapping[str, ChipLot], name: str) -> None:
        self._operations = operations
        self._lots = lots
        self._name = name

    def __repr__(self) -> str:
        return f"<key store {self._name}>"

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are."""
        return self._operations.suite

    @property
    def test(self) -> bool:
        """Whether these are TEST keys."""
        return self._operations.test

    @property
    def roots(self) -> Roots:
        """At which level the keys are held."""
        return self._operations.roots

    def card_key(self, name: str, version: int, factors: Factors, *, size: int = 16) -> SecretKey:
        """One card key: the chain province → city → card from the key held on."""
        wanted = KeyReference(name, version)
        return self._operations.card_keys((wanted,), factors, sizes={name: size})[wanted]

    def card_keys(
        self,
        references: Iterable[KeyReference],
        factors: Factors,
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> dict[KeyReference, SecretKey]:
        """Many keys of one card; ``sizes`` gives key name → bytes where it is not 16."""
        return self._operations.card_keys(references, factors, sizes=sizes)

    def compute(self, request: Request) -> bytes:
        """One operation under a derived key."""
        return self._operations.compute(request)

    def load_psam(self, load: PsamLoad, sealing: Sealing) -> bytes:
        """One root key for one PSAM, as the data of CREATE KEY.

        Raises KeyStoreError, also where the keys are at a place that seals none (a token, a
        service).
        """
        if not isinstance(self._operations, LoadsPsams):
            raise KeyStoreError(f"{self._name}: keys of this store cannot be loaded into PSAMs")
        return self._operations.load_psam(load, sealing)

    def authentication_code(self, city: str, data: bytes) -> bytes | None:
        """The last 4 bytes of a card identification code, over its first 12; None without key."""
        if len(data) != _CODED:
            raise ValueError(f"the authentication code is over {_CODED} bytes")
        key = KeyReference(AUTHENTICATION_CODE_KEY, 1)
        factors = hierarchy.province_factor(city), hierarchy.city_factor(city)
        try:
            return self._operations.compute(Request(key, factors, Mode.LOAD_MAC, data))
        except KeyNotHeld:
            return None

    def lot(self, name: str) -> ChipLot:
        """The chip lot of this name.  Raises KeyStoreError when it is unknown."""
        if name not in self._lots:
            raise KeyStoreError(f"{self._name}: no chip lot {name}")
        return self._lots[name]

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: 32 bytes."""
        return self._operations.person_hash(id_number)

    def kcv(
        self, name: str, version: int, factors: Sequence[bytes] = (), *, size: int = 16
    ) -> bytes:
        """Check value of the key that the factors lead to, 3 bytes; without them the held one's."""
        return self._operations.kcv(name, version, factors, size=size)
