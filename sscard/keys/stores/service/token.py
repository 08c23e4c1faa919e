"""What a client of a key service proves itself with."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from sscard.errors import KeyStoreError
from sscard.keys.types import Secret

#: Random bytes in a token: guessing is hopeless, so that one plain hash protects it well enough.
SIZE = 32
#: People and programs that look for leaked secrets find it by this.
PREFIX = "sscard-key-token-"
_LONGEST = 128


class Token(Secret):
    """A client's token.  Raises KeyStoreError for a text that cannot be one."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        if not 0 < len(text) <= _LONGEST or not text.isascii() or not text.isprintable():
            raise KeyStoreError("a token has 1 to 128 printable characters of ASCII")
        super().__init__(text.encode("ascii"))

    @property
    def digest(self) -> bytes:
        """SHA-256: all that the service keeps."""
        return hashlib.sha256(self._value).digest()


def new_text(random: Callable[[int], bytes]) -> str:
    """The text of a token that nobody has yet."""
    return PREFIX + base64.urlsafe_b64encode(random(SIZE)).decode("ascii").rstrip("=")
