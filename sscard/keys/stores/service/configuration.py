"""Store files that say where a key service is: ``[service]`` in place of keys."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from ssl import SSLContext

from sscard.errors import KeyStoreError
from sscard.keys.operations import KeyOperations
from sscard.keys.store import BankStore
from sscard.keys.stores import root_levels, scheme
from sscard.keys.stores.service import tls
from sscard.keys.stores.service.client import RemoteBankStore, RemoteOperations
from sscard.keys.stores.service.connection import TIMEOUT, Service
from sscard.keys.stores.service.token import Token

_ENTRIES = frozenset({"host", "port", "ca", "plain", "token_variable", "token_file", "timeout"})


def open_service(document: Mapping[str, object], path: str) -> KeyOperations:
    """The social security, or exchange, keys behind the service that a store file names.

    Raises KeyStoreError naming the file, or the service.
    """
    return RemoteOperations(service_of(document, path), str(document.get("kind")))


def open_bank_service(document: Mapping[str, object], path: str) -> BankStore:
    """The bank's keys behind the service that a store file names.  Raises KeyStoreError."""
    return RemoteBankStore(service_of(document, path))


def service_of(document: Mapping[str, object], path: str) -> Service:
    """How to reach the service that a store file names.  Raises KeyStoreError naming the file."""
    _refuse_said(document, path)
    table = _table(document, path)
    port = _number(table, "port", path)
    if not 1 <= port <= 0xFFFF:
        raise KeyStoreError(f"{path}: [service] port is 1 to 65535")
    timeout = _number(table, "timeout", path) if "timeout" in table else TIMEOUT
    if timeout <= 0:
        raise KeyStoreError(f"{path}: [service] timeout is more than nothing")
    host = _text(table, "host", path)
    return Service(host, port, _token(table, path), _context(table, path), timeout)


def _refuse_said(document: Mapping[str, object], path: str) -> None:
    """The service knows at which level it holds its keys, and how it derives a bank's."""
    said = sorted(document.keys() & {*root_levels.ENTRIES, scheme.ENTRY})
    if said:
        raise KeyStoreError(f"{path}: {', '.join(said)} stand with the keys, at the service")


def _context(table: Mapping[str, object], path: str) -> SSLContext | None:
    plain = table.get("plain", False)
    if plain is True and "ca" not in table:
        return None
    if plain is not False or "ca" not in table:
        raise KeyStoreError(f"{path}: [service] has ca, or plain = true on this machine")
    return tls.client_context(_beside(path, _text(table, "ca", path)))


def _token(table: Mapping[str, object], path: str) -> Token:
    if ("token_variable" in table) == ("token_file" in table):
        raise KeyStoreError(f"{path}: [service] has either token_variable or token_file")
    if "token_file" in table:
        return _token_in(_beside(path, _text(table, "token_file", path)))
    name = _text(table, "token_variable", path)
    if name not in os.environ:
        # The name is not repeated: somebody may have written the token itself there.
        raise KeyStoreError(
            f"{path}: the variable that token_variable names is not set; it has the token of the "
            "key service"
        )
    return Token(os.environ[name])


def _token_in(file: Path) -> Token:
    try:
        return Token(file.read_text("utf-8").strip())
    except OSError as error:
        raise KeyStoreError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyStoreError(f"{file}: holds no token") from None


def _table(document: Mapping[str, object], path: str) -> Mapping[str, object]:
    table = document.get("service")
    if not isinstance(table, dict) or not table.keys() <= _ENTRIES:
        raise KeyStoreError(f"{path}: [service] has {', '.join(sorted(_ENTRIES))} only")
    return table


def _text(table: Mapping[str, object], name: str, path: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise KeyStoreError(f"{path}: [service] {name} is no text")
    return value


def _number(table: Mapping[str, object], name: str, path: str) -> int:
    value = table.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise KeyStoreError(f"{path}: [service] {name} is no whole number")
    return value


def _beside(path: str, name: str) -> Path:
    """A path in a store file is seen from the file's folder."""
    return Path(path).parent / name
