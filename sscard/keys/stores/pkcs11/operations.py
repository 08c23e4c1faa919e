"""Social security masters in a token, behind the same operations as a software store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sscard.errors import KeyStoreError
from sscard.keys import bulk, kcv
from sscard.keys.bulk import CardKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.joined import JoinedFactors, KeyColumn
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
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.stores.pkcs11.city_mac import city_mac
from sscard.keys.stores.pkcs11.levels import City, Levels
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.suite import Suite
from sscard.keys.types import NotCopied, SecretKey

_CITY_LEVELS, _CARD_LEVELS = 2, 3


class Pkcs11Operations(NotCopied):
    """Social security (or exchange) keys in a token; ``test`` says that they are TEST keys.

    Roots, province and city keys stay in the token.  Keys of cards come out: the load block of ssc
    3.5 has the key at an offset that no wrapping mechanism makes.
    """

    def __init__(self, token: KeyToken, *, test: bool, roots: Roots = MINISTRY_ROOTS) -> None:
        self._token = token
        self._test = test
        self._levels = Levels(token, roots)

    def __repr__(self) -> str:
        return f"<key store in token {self._token.label}>"

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are."""
        return self._token.suite

    @property
    def test(self) -> bool:
        """Whether these are TEST keys."""
        return self._test

    @property
    def roots(self) -> Roots:
        """At which level the keys are held."""
        return self._levels.roots

    def card_keys(
        self,
        references: Iterable[KeyReference],
        factors: Factors,
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> dict[KeyReference, SecretKey]:
        """Keys of one card; ``sizes`` gives key name → bytes where it is not 16."""
        province, city, card = factors.province, factors.city, factors.card
        return {
            wanted: self._city(*wanted, province, city)(card, size=sizes.get(wanted.name, 16))
            for wanted in references
        }

    def derive_many(
        self,
        references: Iterable[KeyReference],
        cards: Iterable[Factors],
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> Iterator[CardKeys]:
        """``card_keys`` of many cards, in a few calls of the token."""
        return bulk.derive_many(self._city, references, cards, sizes=sizes)

    def compute(self, request: Request) -> bytes:
        """One operation: under a city's key in the token, under a card's key here.

        Raises KeyStoreError, naming key and operation.
        """
        require_allowed(request)
        try:
            if len(request.factors) == _CITY_LEVELS:
                return city_mac(self._token, self._levels, request)
            size = card_key_size(request.key.name, self.suite)
            return perform(self.suite, self._card_key(request.key, request.factors, size), request)
        except ValueError as error:
            raise KeyStoreError(f"{request!r}: {error}") from None

    def kcv(
        self, name: str, version: int, factors: Sequence[bytes] = (), *, size: int = 16
    ) -> bytes:
        """Check value of the key that the factors lead to, 3 bytes; without them the held one's.

        ``size`` is that of a card's key; the others have 16 bytes.  No check value is taken from
        what the token stores about a key: each is computed with the key.
        """
        require_size(name, self.suite, len(factors), size)
        reference, token = KeyReference(name, version), self._token
        if not factors:
            return token.check_value(token.stored(reference))
        with token.asked("compute a check value"):
            if len(factors) == 1:
                return token.check_value(self._levels.province(reference, factors[0]))
            if len(factors) == _CITY_LEVELS:
                city = City(reference, *factors)
                return self._levels.ecb(city, bytes(self.suite.block))[: kcv.SIZE]
        return self._card_key(reference, factors, size).kcv

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: HMAC-SHA-256, 32 bytes."""
        key = self._token.master(KeyReference(PERSON_HASH_KEY, 1), "sign")
        return self._token.hmac(key, id_number.encode("utf-8"))

    def _city(self, name: str, version: int, province: bytes, city: bytes) -> _CityDiversifier:
        place = City(KeyReference(name, version), province, city)
        return _CityDiversifier(self._token, self._levels, place)

    def _card_key(
        self, reference: KeyReference, factors: Sequence[bytes], size: int = 16
    ) -> SecretKey:
        if len(factors) != _CARD_LEVELS:
            raise ValueError(f"a card's key has {_CARD_LEVELS} factors, not {len(factors)}")
        province, city, card = factors
        return self._city(*reference, province, city)(card, size=size)


class _CityDiversifier(NotCopied):
    """Names its key instead of holding it: the token may have dropped it meanwhile."""

    __slots__ = ("_city", "_levels", "_token")

    def __init__(self, token: KeyToken, levels: Levels, city: City) -> None:
        self._token, self._levels, self._city = token, levels, city

    def __call__(self, factor: bytes, /, *, size: int = 16) -> SecretKey:
        return self.many(JoinedFactors((factor,)), size=size)[0]

    def many(self, factors: JoinedFactors, /, *, size: int = 16) -> KeyColumn:
        suite = self._token.suite
        if size not in (suite.block, 16):
            raise ValueError(f"no keys of {size} bytes from this key")
        data = factors.inverted if size == 16 else factors.alone
        with self._token.asked("derive keys of cards"):
            keys = self._levels.ecb(self._city, data)
        return KeyColumn(keys, size, suite.key)
