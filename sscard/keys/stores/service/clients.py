"""Who may ask a key service what: a TOML file with names, hashes of tokens and rights."""

from __future__ import annotations

import hmac
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from sscard.errors import KeyStoreError
from sscard.keys.key_table import KEYS
from sscard.keys.names import KEY_KINDS, KEY_NAMES
from sscard.keys.stores.service.messages import Question
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.token import Token

#: The operations a client may be allowed; card keys and debit keys are for personalization only.
OPERATIONS = frozenset(each.operation for each in get_args(Question))
#: Every key; the other words are key names and the kinds of key of ssc 3.4.
ALL = "all"
_KINDS: Mapping[str, str] = MappingProxyType({entry.name: entry.kind for entry in KEYS})
#: All that is known without asking a store; one file may serve for several services.
_WORDS = frozenset({ALL}).union(KEY_KINDS, *KEY_NAMES.values())
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")
_ENTRIES = frozenset({"token_sha256", "operations", "keys"})


@dataclass(frozen=True, slots=True)
class Client:
    """One client and its rights."""

    name: str
    token_hash: bytes = field(repr=False)
    operations: frozenset[str]
    #: Key names and kinds of key; ``all``.
    keys: frozenset[str]

    def require(self, asked: Question) -> None:
        """Raises Refused where the client has no right to the operation or to one of its keys."""
        if asked.operation not in self.operations:
            raise Refused(Code.NOT_ALLOWED, f"{self.name} may not ask for {asked.operation}")
        if ALL in self.keys:
            return
        for name in dict.fromkeys(key.name for key in asked.keys):
            if name not in self.keys and _KINDS.get(name) not in self.keys:
                raise Refused(Code.NOT_ALLOWED, f"{self.name} may not use key {name}")


@dataclass(frozen=True, slots=True)
class Clients:
    """All clients of a service."""

    known: tuple[Client, ...]

    def of(self, token: Token) -> Client | None:
        """The client with this token; the time it takes does not depend on which."""
        digest, found = token.digest, None
        for client in self.known:
            if hmac.compare_digest(client.token_hash, digest):
                found = client
        return found


def require_known(clients: Iterable[Client], holds: Callable[[str], bool]) -> None:
    """Raises KeyStoreError for a word that is no kind of key, no key, and none that is held.

    A misspelled right is one that nobody has, or one that somebody believes to have taken away.
    """
    for each in clients:
        for word in sorted(each.keys - _WORDS):
            if not holds(word):
                raise KeyStoreError(
                    f"client {each.name}: {word!r} is neither a kind of key nor a key (kinds are "
                    f"{', '.join(sorted(KEY_KINDS))})"
                )


def read_clients(path: Path) -> Clients:
    """The clients in a file.  Raises KeyStoreError naming file and client."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise KeyStoreError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise KeyStoreError(f"{path}: {error}") from None
    try:
        return _clients(document)
    except KeyStoreError as error:
        raise KeyStoreError(f"{path}: {error}") from None


def entry(client: Client) -> str:
    """The lines of a clients file for this client."""
    return (
        f'[clients."{client.name}"]\n'
        f'token_sha256 = "{client.token_hash.hex()}"\n'
        f"operations = {_listed(client.operations)}\n"
        f"keys = {_listed(client.keys)}\n"
    )


def client(name: str, token: Token, operations: Iterable[str], keys: Iterable[str]) -> Client:
    """A client with this token.  Raises KeyStoreError for a name or operation of another form."""
    return _client(
        name,
        {"token_sha256": token.digest.hex(), "operations": [*operations], "keys": [*keys]},
    )


def _clients(document: Mapping[str, object]) -> Clients:
    entries = document.get("clients")
    if document.keys() != {"clients"} or not isinstance(entries, dict) or not entries:
        raise KeyStoreError("has [clients.NAME] for each client, and nothing else")
    found = tuple(_client(name, each) for name, each in entries.items())
    if len({each.token_hash for each in found}) != len(found):
        raise KeyStoreError("two clients have the same token")
    return Clients(found)


def _client(name: str, value: object) -> Client:
    if not _NAME.fullmatch(name):
        raise KeyStoreError("a client's name has up to 64 letters, digits, dots and hyphens")
    if not isinstance(value, dict) or value.keys() != _ENTRIES:
        raise KeyStoreError(f"client {name}: has {', '.join(sorted(_ENTRIES))}")
    digest = value["token_sha256"]
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise KeyStoreError(f"client {name}: token_sha256 is no SHA-256 in hexadecimal")
    operations = _words(name, value["operations"])
    if not operations <= OPERATIONS:
        raise KeyStoreError(f"client {name}: operations are of {', '.join(sorted(OPERATIONS))}")
    return Client(name, bytes.fromhex(digest), operations, _words(name, value["keys"]))


def _words(name: str, value: object) -> frozenset[str]:
    words = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(words) != len(value) or not words:
        raise KeyStoreError(f"client {name}: operations and keys are lists of words")
    return frozenset(words)


def _listed(words: frozenset[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in sorted(words)) + "]"
