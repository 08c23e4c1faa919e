"""Whether the proofs in a trace are right, for whoever has the keys of its card.

Authentications and MACs are computed again (ssc 4 [S]) and named by key and version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.ssc import SECURE, authenticate, unwrap
from sscard.dialects import reference
from sscard.dialects.operations import AuthenticateTransport
from sscard.keys.types import SecretKey
from sscard.profiles import Directory
from sscard.trace.row import Detail
from sscard.trace.social.card import Card
from sscard.trace.social.commands import Asked
from sscard.trace.social.known_keys import (
    NO_CHALLENGE,
    UNDER_TRANSPORT,
    Keys,
    Known,
    verdict,
    versions,
)
from sscard.trace.social.loaded_keys import LoadedKeys

_EIGHT = 8
_CHALLENGES = (4, 8)  # bytes (ssc 4 row 1 [S])


@dataclass(frozen=True, slots=True)
class _Authentication:
    """What proves a key, and what it was made of; ``version`` is empty or one byte."""

    proof: bytes
    data: bytes
    version: bytes

    @classmethod
    def of(cls, command: CommandAPDU) -> _Authentication:
        first, second = command.data[:_EIGHT], command.data[_EIGHT : 2 * _EIGHT]
        return cls(first, second, command.data[2 * _EIGHT :])


class Proofs:
    """Follows one trace from a power-up on; what is said of a command comes with it."""

    def __init__(self, card: Card, keys: Keys) -> None:
        self._card, self._keys = card, keys
        self._loaded = LoadedKeys(card, keys)
        self._answer = self._challenge = b""

    def reset(self, answer: bytes) -> None:
        """Power came on, with this ATR."""
        self._answer, self._challenge = answer, b""

    def command(self, asked: Asked) -> tuple[Detail, ...]:
        """What is to be said of a command."""
        self._loaded.forget()
        said = asked.command
        row = reference.row_at(said)
        if row is not None and row.operation is not AuthenticateTransport:
            return self._loaded.command(asked, row, self._challenge, self._answer)
        if row is not None:
            return self._transport(said)
        if said.ins == INS.EXTERNAL_AUTHENTICATE and not said.cla:
            return self._external(asked)
        return self._mac(asked) if said.cla & SECURE else ()

    def answer(self, asked: Asked, response: ResponseAPDU) -> tuple[Detail, ...]:
        """What is to be said of the answer to that command."""
        if response.sw != StatusWord.OK:
            return ()
        self._loaded.done()
        if asked.command.ins == INS.GET_CHALLENGE:
            self._challenge = response.data
        if asked.command.ins == INS.INTERNAL_AUTHENTICATE:
            return self._internal(asked, response.data)
        return ()

    def _external(self, asked: Asked) -> tuple[Detail, ...]:
        name = self._card.key_name(asked.place.directory, asked.command.p2)
        shown = _Authentication.of(asked.command)
        return self._shown(self._versions(name, shown.version), name, shown)

    def _transport(self, command: CommandAPDU) -> tuple[Detail, ...]:
        key = self._keys.transport
        known = [Known(UNDER_TRANSPORT, key)] if key else []
        return self._shown(known, UNDER_TRANSPORT, _Authentication.of(command))

    def _shown(self, known: list[Known], name: str, shown: _Authentication) -> tuple[Detail, ...]:
        return self._proven(known, name, self._challenge, shown.data, shown.proof)

    def _internal(self, asked: Asked, proof: bytes) -> tuple[Detail, ...]:
        """The process factor stands where a terminal's proof would."""
        shown = _Authentication.of(asked.command)
        name = _named(asked.place.directory, "internal")
        return self._proven(
            self._versions(name, shown.version), name, shown.proof, shown.data, proof
        )

    def _proven(
        self, known: list[Known], name: str, factor: bytes, data: bytes, proof: bytes
    ) -> tuple[Detail, ...]:
        if len(factor) not in _CHALLENGES:
            said = NO_CHALLENGE
        else:
            said = verdict(known, name, lambda key: self._proves(key, factor, data, proof))
        return (Detail(0, None, "认证数据", "proof", "", said),)

    def _proves(self, key: SecretKey, factor: bytes, data: bytes, proof: bytes) -> bool:
        if len(data) != _EIGHT:
            return False
        return compare_digest(authenticate(self._keys.suite, key, factor, data), proof)

    def _mac(self, asked: Asked) -> tuple[Detail, ...]:
        name = _named(asked.place.directory, "maintenance")
        said = NO_CHALLENGE
        if len(self._challenge) in _CHALLENGES:
            said = verdict(self._versions(name, b""), name, self._sealing(asked.command))
        return (Detail(0, None, "报文鉴别码", "MAC", "", said),)

    def _sealing(self, command: CommandAPDU) -> Callable[[SecretKey], bool]:
        def fits(key: SecretKey) -> bool:
            try:
                unwrap(command, self._keys.suite, key, self._challenge)
            except StatusError:
                return False
            return True

        return fits

    def _versions(self, name: str, said: bytes) -> list[Known]:
        return versions(self._keys, name, said, self._answer)


#: What keys of a type are called where the directory is not known.
_TYPES: Mapping[str, str] = MappingProxyType({"internal": "IRK", "maintenance": "STK"})


def _named(directory: Directory | None, kind: str) -> str:
    found = (key.name for key in directory.keys if key.type == kind) if directory else ()
    return next(iter(found), _TYPES[kind])
