"""Keys of the card under test from a key store, a token or an HSM behind a service."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.channel.protection import SECURE, mac_text
from sscard.errors import KeyStoreError
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import (
    AUTHENTICATION_CODE_KEY,
    KeyOperations,
    KeyReference,
    Mode,
    Request,
    card_request,
)

_NOBODY = Factors.of("000000", bytes(13))


class StoreKeys:
    """``operations`` as a ``KeySource``: one operation each, no key ever leaves the place."""

    def __init__(self, operations: KeyOperations) -> None:
        self._operations = operations
        self._held: dict[KeyReference, bool] = {}

    def __repr__(self) -> str:
        return f"<keys of {self._operations!r}>"

    def holds(self, name: str, version: int) -> bool:
        """Whether the place has the key: asked once, with a card that nobody has."""
        wanted = KeyReference(name, version)
        if wanted not in self._held:
            self._held[wanted] = self._has(wanted)
        return self._held[wanted]

    def authentication(
        self, name: str, version: int, factors: Factors, challenge: bytes, data: bytes
    ) -> bytes:
        """The 8 bytes that prove a key.  Raises KeyStoreError."""
        return self._compute(name, version, factors, Mode.AUTHENTICATE, data, challenge)

    def mac(
        self, name: str, version: int, factors: Factors, session: bytes, message: bytes
    ) -> bytes:
        """4 bytes under the key's session key.  Raises KeyStoreError."""
        return self._compute(name, version, factors, Mode.MAC, message, session)

    def tac(self, name: str, version: int, factors: Factors, message: bytes) -> bytes:
        """4 bytes under the key itself.  Raises KeyStoreError."""
        return self._compute(name, version, factors, Mode.TAC, message)

    def sealed(
        self,
        name: str,
        factors: Factors,
        challenge: bytes,
        command: CommandAPDU,
        *,
        enciphered: bool = False,
    ) -> CommandAPDU:
        """The command with its MAC.  Raises KeyStoreError."""
        data = command.data
        if enciphered:
            data = self._compute(name, 1, factors, Mode.ENCIPHER, data, challenge)
        bare = replace(command, cla=command.cla | SECURE, data=data)
        return replace(bare, data=data + self.mac(name, 1, factors, challenge, mac_text(bare)))

    def authentication_code(self, factors: Factors, data: bytes) -> bytes:
        """The last 4 bytes of a card identification code (decision 13).  Raises KeyStoreError."""
        key, city = KeyReference(AUTHENTICATION_CODE_KEY, 1), (factors.province, factors.city)
        return self._operations.compute(Request(key, city, Mode.LOAD_MAC, data))

    def _compute(
        self,
        name: str,
        version: int,
        factors: Factors,
        mode: Mode,
        data: bytes,
        session: bytes = b"",
    ) -> bytes:
        reference = KeyReference(name, version)
        return self._operations.compute(card_request(reference, factors, mode, data, session))

    def _has(self, wanted: KeyReference) -> bool:
        try:
            self._operations.card_keys((wanted,), _NOBODY)
        except KeyStoreError:
            return False
        return True
