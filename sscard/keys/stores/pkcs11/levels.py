"""Keys of provinces and cities as session objects, which the token gives to nobody.

Where the token's masters are a province's or a city's, the levels above are left out.  A master may
only derive: what a city's has to encipher it derives, as blocks that come out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from sscard.errors import KeyStoreError
from sscard.keys.joined import JoinedFactors
from sscard.keys.operations import KeyNotHeld, KeyReference
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.stores.pkcs11.binding import TokenKey
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.types import NotCopied

#: Session objects kept: all keys of four cities.  A token's memory is small.
KEPT = 1024
#: Bytes derived in one call: tokens keep what comes out as an object for a moment.
_PIECE = 512


class City(NamedTuple):
    """A key at the level of a city, by the factors that lead to it."""

    reference: KeyReference
    province: bytes
    city: bytes

    @property
    def left_half(self) -> KeyReference:
        """A master that has the left half of a city's 3DES key twice."""
        return left_half(self.reference)


_Place = tuple[str, City]


def left_half(reference: KeyReference) -> KeyReference:
    """Where the left half of a master that is a city's stands."""
    return KeyReference(f"{reference.name}-left-half", reference.version)


class Levels(NotCopied):
    """Derives each key once; the least used are dropped when there are many.

    Every operation raises KeyStoreError for an area whose keys the token does not have.
    """

    def __init__(self, token: KeyToken, roots: Roots = MINISTRY_ROOTS, kept: int = KEPT) -> None:
        self._token = token
        self.roots = roots
        self._limit = kept
        self._kept: OrderedDict[_Place, TokenKey] = OrderedDict()

    def province(self, reference: KeyReference, province: bytes) -> TokenKey:
        """May only derive."""
        master = self._token.master(reference)
        if not self.roots.below(reference.name, (province,)):
            return master
        return self._keep(
            ("province", City(reference, province, b"")),
            lambda: self._token.derived(master, _inverted(province), encrypts=False),
        )

    def city(self, city: City) -> TokenKey:
        """May only encrypt."""
        return self._keep(
            ("city", city),
            lambda: self._token.derived(
                self.province(city.reference, city.province), _inverted(city.city), encrypts=True
            ),
        )

    def left_half(self, city: City) -> TokenKey:
        """The left half of a city's 3DES key, which computes single DES.

        It is a 3DES key with both halves alike, because tokens with OpenSSL 3 have no single DES.
        """
        return self._keep(
            ("left half", city),
            lambda: self._token.derived(
                self.province(city.reference, city.province), city.city * 2, encrypts=True
            ),
        )

    def ecb(self, city: City, data: bytes) -> bytes:
        """Whole blocks under a city's key: the keys of many cards are one call."""
        if self._is_master(city):
            return self._derive_blocks(city.reference, data)
        return self._token.ecb(self.city(city), data)

    def cbc(self, city: City, data: bytes, iv: bytes) -> bytes:
        """The last block under a city's key."""
        if self._is_master(city):
            return self._chain(city.reference, data, iv)
        return self._token.cbc(self.city(city), data, iv)[-len(iv) :]

    def left_cbc(self, city: City, data: bytes, iv: bytes) -> bytes:
        """The last block under the left half of a city's 3DES key."""
        if self._is_master(city):
            return self._chain(self._held_left_half(city), data, iv)
        return self._token.cbc(self.left_half(city), data, iv)[-len(iv) :]

    def _is_master(self, city: City) -> bool:
        return not self.roots.below(city.reference.name, (city.province, city.city))

    def _held_left_half(self, city: City) -> KeyReference:
        try:
            self._token.master(city.left_half)
        except KeyNotHeld as error:
            # The key itself is there: this is no missing one, which callers may go on without.
            text = f"{error}; bring {city.reference.name} in with token import"
            raise KeyStoreError(text) from None
        return city.left_half

    def _derive_blocks(self, reference: KeyReference, data: bytes) -> bytes:
        master = self._token.master(reference)
        pieces = (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
        return b"".join(self._token.enciphered(master, piece) for piece in pieces)

    def _chain(self, reference: KeyReference, data: bytes, iv: bytes) -> bytes:
        for at in range(0, len(data), len(iv)):
            block = bytes(a ^ b for a, b in zip(data[at : at + len(iv)], iv, strict=True))
            iv = self._derive_blocks(reference, block)
        return iv

    def _keep(self, place: _Place, make: Callable[[], TokenKey]) -> TokenKey:
        if place not in self._kept:
            self._kept[place] = make()
        self._kept.move_to_end(place)
        if len(self._kept) > self._limit:
            _, unused = self._kept.popitem(last=False)
            self._token.forget(unused)
        return self._kept[place]


def _inverted(factor: bytes) -> bytes:
    """The factor and NOT the factor (ssc 4 row 6 [S])."""
    return JoinedFactors((factor,)).inverted
