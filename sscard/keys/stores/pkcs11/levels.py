"""Keys of provinces and cities as session objects, which the token gives to nobody."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from sscard.keys.joined import JoinedFactors
from sscard.keys.operations import KeyReference
from sscard.keys.stores.pkcs11.binding import TokenKey
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.types import NotCopied

#: Session objects kept: all keys of four cities.  A token's memory is small.
KEPT = 1024

_Place = tuple[str, KeyReference, bytes, bytes]


class Levels(NotCopied):
    """Derives each key once; the least used are dropped when there are many."""

    def __init__(self, token: KeyToken, kept: int = KEPT) -> None:
        self._token = token
        self._limit = kept
        self._kept: OrderedDict[_Place, TokenKey] = OrderedDict()

    def province(self, reference: KeyReference, province: bytes) -> TokenKey:
        """May only derive."""
        return self._keep(
            ("province", reference, province, b""),
            lambda: self._token.derived(
                self._token.master(reference), _inverted(province), encrypts=False
            ),
        )

    def city(self, reference: KeyReference, province: bytes, city: bytes) -> TokenKey:
        """May only encrypt: the keys of many cards are one call."""
        return self._keep(
            ("city", reference, province, city),
            lambda: self._token.derived(
                self.province(reference, province), _inverted(city), encrypts=True
            ),
        )

    def left_half(self, reference: KeyReference, province: bytes, city: bytes) -> TokenKey:
        """The left half of a city's 3DES key, which computes single DES.

        It is a 3DES key with both halves alike, because tokens with OpenSSL 3 have no single DES.
        """
        return self._keep(
            ("left half", reference, province, city),
            lambda: self._token.derived(
                self.province(reference, province), city + city, encrypts=True
            ),
        )

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
