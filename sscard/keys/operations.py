"""What a place that holds master keys does with them: the shape of an office's HSM (decision 21).

A request names a key, gives the factors down to the card, a session factor, data and what to do.
Nobody asks for a master key, and there is no request that answers with one: whatever is below the
card's level is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, unique
from types import MappingProxyType
from typing import NamedTuple, Protocol

from sscard.errors import KeyStoreError
from sscard.keys.hierarchy import Factors
from sscard.keys.key_table import KEYS_BY_NAME
from sscard.keys.roots import Roots
from sscard.keys.suite_protocol import Suite
from sscard.keys.types import SecretKey

#: No key has a size of its own: all have 16 bytes.
NO_SIZES: Mapping[str, int] = MappingProxyType({})


class KeyNotHeld(KeyStoreError):
    """The place has no key of this name and version."""


class KeyReference(NamedTuple):  # hashed 150 times a card: a dataclass costs five times as much
    """A master key by name (``UK1DF01``) and version, or group (1 to 3)."""

    name: str
    version: int


@unique
class Mode(Enum):
    """What to do with the data; rows are those of ssc 4."""

    #: Row 2 under the session key: 8 bytes of original data give 8 bytes.
    AUTHENTICATE = "authenticate"
    #: Row 5 under the session key: length byte, data, padding where needed.
    ENCIPHER = "encipher"
    #: Rows 3 and 4 under the session key: 4 bytes.
    MAC = "mac"
    #: Row 7 under the key itself: 4 bytes, the session factor is the challenge or four zeros.
    LOAD_MAC = "load-mac"
    #: A TAC, under the key itself, which 3DES folds to one of DES (ssc 5.2): 4 bytes.
    TAC = "tac"


class Request(NamedTuple):
    """One operation: ``factors`` from the ministry's root on, 8 bytes each.

    Data and results never print.
    """

    key: KeyReference
    factors: tuple[bytes, ...]
    mode: Mode
    data: bytes
    session_factor: bytes = b""

    def __repr__(self) -> str:
        return f"<{self.mode.value} with {self.key.name} version {self.key.version}>"


class KeyOperations(Protocol):
    """A software store, a token or an HSM behind a service.

    Every operation raises KeyStoreError for a name or version that is not there, and for what the
    place cannot do, naming it.
    """

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are: a store serves one generation of cards."""
        ...

    @property
    def test(self) -> bool:
        """Whether these are TEST keys: announced in red, refused in production (decision 18)."""
        ...

    @property
    def roots(self) -> Roots:
        """At which level the keys are held; factors above it are checked and not used."""
        ...

    def card_keys(
        self,
        references: Iterable[KeyReference],
        factors: Factors,
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> dict[KeyReference, SecretKey]:
        """Keys of one card: the whole chain from the key held on (decision 20).

        ``sizes`` gives key name → bytes where it is not 16.
        """
        ...

    def compute(self, request: Request) -> bytes:
        """One operation under a card's key, or under a city's where ``CITY_LEVEL`` allows it."""
        ...

    def kcv(
        self, name: str, version: int, factors: Sequence[bytes] = (), *, size: int = 16
    ) -> bytes:
        """Check value, 3 bytes, of the key of ``size`` bytes that the factors lead to.

        Without factors it is that of the key held.
        """
        ...

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: 32 bytes (decision 28)."""
        ...


#: Name of the key of card identification codes, which is used at the level of a city (decision 13).
AUTHENTICATION_CODE_KEY = "card-authentication-code"
#: Name of the key of the ledger's hashes (decision 28).
PERSON_HASH_KEY = "ledger-id-hash"
CITY_LEVEL = frozenset({(AUTHENTICATION_CODE_KEY, Mode.LOAD_MAC)})
_WHOLE = 16
_CARD_LEVELS, _CITY_LEVELS = 3, 2
_FACTOR = 8


def require_allowed(request: Request) -> None:
    """Raises KeyStoreError for an operation above the card's level, or not of this kind of key."""
    city = (request.key.name, request.mode) in CITY_LEVEL
    levels = _CITY_LEVELS if city else _CARD_LEVELS
    if len(request.factors) != levels or any(len(each) != _FACTOR for each in request.factors):
        raise KeyStoreError(
            f"{request!r}: needs {levels} factors of {_FACTOR} bytes; no key above is ever used"
        )
    if not _is_for(request.key.name, request.mode):
        raise KeyStoreError(f"{request!r}: the key is not for that")


def _is_for(name: str, mode: Mode) -> bool:
    """Whether a key of this name does this.

    A TAC and a load MAC are made with a key itself, the other operations with one of its session
    keys.  A TAC is single DES under the two halves XORed: with any other operation of the same key
    beside it, two searches of 56 bits give the key away.
    """
    entry = KEYS_BY_NAME.get(name)
    kind = entry.kind if entry else None
    if mode is Mode.TAC or kind == "transaction":
        return mode is Mode.TAC and kind == "transaction"
    return mode is not Mode.LOAD_MAC or kind == "master" or name == AUTHENTICATION_CODE_KEY


def require_size(name: str, suite: Suite, levels: int, size: int) -> None:
    """Raises KeyStoreError for a check value of less than the key below so many factors.

    Half a 3DES key is a DES key: with a check value each, both halves could be searched for alone.
    """
    whole = card_key_size(name, suite) if levels == _CARD_LEVELS else _WHOLE
    if size < whole:
        raise KeyStoreError(f"key {name}: no check value of {size} bytes of a key of {whole}")


def card_key_size(name: str, suite: Suite) -> int:
    """Bytes of a card's key: an STK of the 3DES suite has 8; what is in no table has 16."""
    entry = KEYS_BY_NAME.get(name)
    return entry.size_in(suite.block) if entry else _WHOLE


def perform(suite: Suite, key: SecretKey, request: Request) -> bytes:
    """The operation, with the derived key at hand: what every place must answer.

    ValueError for data or session factors of a length that the mode does not take.
    """
    if request.mode is Mode.LOAD_MAC:
        return suite.key_load_mac(key, request.data, request.session_factor or bytes(4))
    if request.mode is Mode.TAC:
        return suite.mac(suite.tac_key(key), request.data)
    session = suite.session_key(key, request.session_factor)
    if request.mode is Mode.AUTHENTICATE:
        return suite.authentication_data(session, request.data)
    work = suite.encipher if request.mode is Mode.ENCIPHER else suite.mac
    return work(session, request.data)


def card_request(
    reference: KeyReference,
    factors: Factors,
    mode: Mode,
    data: bytes,
    session_factor: bytes = b"",
) -> Request:
    """An operation under one card's own key."""
    chain = (factors.province, factors.city, factors.card)
    return Request(reference, chain, mode, data, session_factor)
