"""Challenges of one application.  The source of random bytes is all that applications share."""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu.status import StatusError, StatusWord


class Challenges:
    """Gives random bytes and remembers the last ones: the most recent counts, and only once."""

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._last: bytes | None = None

    def give(self, size: int) -> bytes:
        """A new challenge of 4, 8 or 16 bytes (ssc 5.1 [S])."""
        self._last = self._random(size)
        return self._last

    def random(self, size: int) -> bytes:
        """Random bytes that are no challenge: what was given before still counts."""
        return self._random(size)

    def take(self) -> bytes:
        """The challenge to check against; it is used up.  Raises StatusError 6984."""
        if self._last is None:
            raise StatusError(StatusWord.NO_CHALLENGE)
        last, self._last = self._last, None
        return last

    def forget(self) -> None:
        """Power-off."""
        self._last = None
