"""The CA keys that terminals are given: public, each with a value to check it by (pboc 4.2 [H, V]).

A file says for which provider a key is, under which index, and the check value.  A key that does
not fit its value is refused: it was damaged or mistyped on the way.
"""

from __future__ import annotations

import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sscard.errors import KeyStoreError
from sscard.keys.certificates import check_value
from sscard.keys.certificates.authority import RID
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.sm3 import sm3

KIND = "ca-keys"


@dataclass(frozen=True, slots=True)
class CAKeys:
    """Public keys by index.  ``test`` says that anybody may have the private ones."""

    test: bool
    rsa: Mapping[int, RSAPublicKey]
    sm2: Mapping[int, SM2PublicKey]


def sm2_check_value(index: int, key: SM2PublicKey, rid: bytes = RID) -> bytes:
    """SM3 over provider, index and point: our own rule, after that of RSA keys."""
    return sm3(rid + bytes((index,)) + bytes(key))


def text(keys: CAKeys) -> str:
    """The file."""
    return "".join(
        [
            "# Public keys of TEST certification authorities: nothing that a real card trusts.\n"
            if keys.test
            else "# Public keys of certification authorities.\n",
            f'kind = "{KIND}"\ntest = {str(keys.test).lower()}\nrid = "{RID.hex().upper()}"\n',
            tables(keys),
        ]
    )


def tables(keys: CAKeys, prefix: str = "") -> str:
    """One table per key; with a ``prefix`` such as ``ca.`` for a file that has other things too."""
    rsa = [_rsa_text(index, key, prefix) for index, key in keys.rsa.items()]
    return "".join([*rsa, *(_sm2_text(index, key, prefix) for index, key in keys.sm2.items())])


def load_ca_keys(path: Path) -> CAKeys:
    """The keys in the file at ``path``.

    Raises KeyStoreError, naming file and key, for another file, another provider, a key that is
    none or does not fit its check value, and an index that comes twice.
    """
    document = _document(path)
    try:
        return ca_keys(document, test=document.get("test") is True)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeyStoreError(f"{path}: CA keys: {error}") from None


def ca_keys(tables: Mapping[str, Any], *, test: bool) -> CAKeys:
    """The keys in ``rsa`` and ``sm2``.

    KeyError, TypeError, ValueError or AttributeError for what ``load_ca_keys`` refuses.
    """
    rsa = _by_index(_rsa_key(each) for each in tables.get("rsa", ()))
    sm2 = _by_index(_sm2_key(each) for each in tables.get("sm2", ()))
    return CAKeys(test, MappingProxyType(rsa), MappingProxyType(sm2))


def _document(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeyStoreError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise KeyStoreError(f"{path}: is no TOML file") from None
    if document.get("kind") != KIND:
        raise KeyStoreError(f'{path}: no file of CA keys (kind = "{KIND}" is not there)')
    if str(document.get("rid")).upper() != RID.hex().upper():
        raise KeyStoreError(f"{path}: CA keys: rid is not {RID.hex().upper()}")
    return document


def _rsa_key(entry: Mapping[str, Any]) -> tuple[int, RSAPublicKey]:
    index = _index(entry)
    key = RSAPublicKey(bytes.fromhex(entry["modulus"]), entry["exponent"])
    _require(entry, index, check_value(index, key))
    return index, key


def _sm2_key(entry: Mapping[str, Any]) -> tuple[int, SM2PublicKey]:
    index = _index(entry)
    key = SM2PublicKey(bytes.fromhex(entry["point"]))
    _require(entry, index, sm2_check_value(index, key))
    return index, key


def _index(entry: Mapping[str, Any]) -> int:
    index = entry["index"]
    if not isinstance(index, int) or not 0 <= index <= 0xFF:
        raise ValueError("an index is a number from 0 to 255")
    return index


def _require(entry: Mapping[str, Any], index: int, value: bytes) -> None:
    if not hmac.compare_digest(bytes.fromhex(entry["check_value"]), value):
        raise ValueError(f"key {index:02X} does not fit its check value")


def _by_index(pairs: Any) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for index, key in pairs:
        if index in found:
            raise ValueError(f"index {index:02X} comes twice")
        found[index] = key
    return found


def _rsa_text(index: int, key: RSAPublicKey, prefix: str) -> str:
    return (
        f"\n[[{prefix}rsa]]\nindex = 0x{index:02X}\nexponent = {key.exponent}\n"
        f'modulus = "{key.modulus.hex().upper()}"\n'
        f'check_value = "{check_value(index, key).hex().upper()}"\n'
    )


def _sm2_text(index: int, key: SM2PublicKey, prefix: str) -> str:
    return (
        f'\n[[{prefix}sm2]]\nindex = 0x{index:02X}\npoint = "{bytes(key).hex().upper()}"\n'
        f'check_value = "{sm2_check_value(index, key).hex().upper()}"\n'
    )
