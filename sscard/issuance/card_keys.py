"""New keys of cards.  RSA primes take longest to find, so a line has them found ahead of need."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sscard.keys import rsa_generation, sm2_fast, sm2_keys
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.types import NotCopied

#: Keys that wait: more than one, as some are found five times as fast as others.
_AHEAD = 4


def rsa_key(bits: int) -> RSAPrivateKey:
    """A new RSA key of a card; the primes come from OpenSSL's own randomness."""
    return rsa_generation.generate(bits)


def sm2_key() -> SM2PrivateKey:
    """A new SM2 key of a card, from the faster library where it is installed."""
    return sm2_fast.generate() if sm2_fast.available() else sm2_keys.generate(os.urandom)


@dataclass(frozen=True, slots=True)
class CardKeys:
    """Where a station takes a card's own keys from; a test takes them from elsewhere.

    ``rsa`` is told how many bits the modulus shall have.
    """

    rsa: Callable[[int], RSAPrivateKey] = rsa_key
    sm2: Callable[[], SM2PrivateKey] = sm2_key


class KeysAhead(NotCopied):
    """RSA keys from a second thread, which OpenSSL lets run beside the first.

    Nothing is made before the first is asked for.  What is left over at the end was never on a
    card.
    """

    def __init__(self, make: Callable[[int], RSAPrivateKey] = rsa_key) -> None:
        self._make = make
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="card-keys")
        self._coming: defaultdict[int, deque[Future[RSAPrivateKey]]] = defaultdict(deque)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def __call__(self, bits: int) -> RSAPrivateKey:
        """The next key of so many bits; raises what making it raised."""
        coming = self._coming[bits]
        while len(coming) <= _AHEAD:
            coming.append(self._thread.submit(self._make, bits))
        return coming.popleft().result()
