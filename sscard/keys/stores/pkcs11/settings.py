"""A token's settings, as a document says them: which module, which token, where its PIN is.

kind = "social-security"            # or "exchange", "bank"
lots = "lots.store"                 # chip lots, in a key store file beside this one
root_level = "city"                 # where the keys are not the ministry's roots: root_levels.py
area = "510100"

[pkcs11]
module = "/usr/lib/softhsm/libsofthsm2.so"
token = "ssse-2026"                 # its label
pin-variable = "SSCARD_TOKEN_PIN"   # or pin-file; with neither somebody is asked
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from sscard.errors import KeyStoreError
from sscard.keys.roots import Roots
from sscard.keys.stores.pkcs11.mechanisms import NAMES, TDES_MECHANISMS, Mechanisms
from sscard.keys.stores.pkcs11.pins import PinSource
from sscard.keys.stores.root_levels import roots_of

_TEXTS = frozenset({"module", "token", "pin-variable", "pin-file"})
_LARGEST = 0xFFFF_FFFF
_LONGEST_LABEL = 32


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """How to get at a token; no secret is among it."""

    path: str
    kind: str
    test: bool
    module: str
    label: str
    pin: PinSource
    mechanisms: Mechanisms
    roots: Roots
    #: Of a bank's token that has SM4, too: a bank has keys of both suites.
    sm4: Mechanisms | None = None


def read_settings(path: Path) -> TokenSettings:
    """What the file says, whatever kind of keys it is for.  Raises KeyStoreError."""
    try:
        return token_settings(tomllib.loads(path.read_text("utf-8")), str(path))
    except OSError as error:
        raise KeyStoreError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KeyStoreError(f"{path}: not valid TOML: {error}") from None


def token_settings(document: Mapping[str, object], path: str) -> TokenSettings:
    """What the document at ``path`` says.

    Raises KeyStoreError naming file and setting for one that is missing, unknown or malformed, and
    for SM4 without its vendor's numbers.
    """
    try:
        return _checked(document, path)
    except KeyStoreError as error:
        raise KeyStoreError(f"{path}: {error}") from None


def _checked(document: Mapping[str, object], path: str) -> TokenSettings:
    table = _table(document, "pkcs11")
    unknown = sorted(set(table) - _TEXTS - {"sm4"})
    if unknown:
        raise KeyStoreError(f"[pkcs11] has no setting {', '.join(unknown)}")
    texts = {name: _text(name, table[name]) for name in _TEXTS & set(table)}
    missing = sorted({"module", "token"} - set(texts))
    if missing:
        raise KeyStoreError(f"[pkcs11] needs {' and '.join(missing)}")
    if len(texts["token"].encode("utf-8")) > _LONGEST_LABEL:
        raise KeyStoreError(f"a token's label has at most {_LONGEST_LABEL} bytes")
    return TokenSettings(
        path=path,
        kind=str(document.get("kind")),
        test=document.get("test") is True,
        module=texts["module"],
        label=texts["token"],
        pin=_pin(texts, path),
        mechanisms=_mechanisms(document, table, texts["token"]),
        roots=roots_of(document),
        sm4=_sm4(table) if document.get("kind") == "bank" and "sm4" in table else None,
    )


def _pin(texts: Mapping[str, str], path: str) -> PinSource:
    file = texts.get("pin-file")
    if file is not None and "pin-variable" in texts:
        raise KeyStoreError("[pkcs11] has both pin-variable and pin-file")
    return PinSource(texts.get("pin-variable"), None if file is None else _beside(path, file))


def _mechanisms(
    document: Mapping[str, object], table: Mapping[str, object], label: str
) -> Mechanisms:
    suite = document.get("algorithm", TDES_MECHANISMS.suite)
    if suite == TDES_MECHANISMS.suite:
        return TDES_MECHANISMS
    if suite != "sm4":
        raise KeyStoreError(f"algorithm must be one of {', '.join(NAMES)}")
    if "sm4" not in table:
        raise KeyStoreError(
            f"token {label}: {NAMES['sm4']['ecb']} has no number in PKCS#11; give the vendor's in "
            "[pkcs11.sm4]"
        )
    return _sm4(table)


def _sm4(table: Mapping[str, object]) -> Mechanisms:
    numbers = _table(table, "sm4")
    names = [field.name for field in fields(Mechanisms) if field.name != "suite"]
    settings = [name.replace("_", "-") for name in names]
    if set(numbers) != set(settings):
        raise KeyStoreError(f"[pkcs11.sm4] needs the numbers {', '.join(settings)}")
    return Mechanisms("sm4", **{name: _number(numbers, name) for name in names})


def _number(numbers: Mapping[str, object], name: str) -> int:
    number = numbers[name.replace("_", "-")]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _LARGEST:
        raise KeyStoreError(f"[pkcs11.sm4] {name}: no number of four bytes")
    return number


def _beside(path: str, name: str) -> Path:
    return Path(path).parent / name


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise KeyStoreError(f"{name}: no text")
    return value


def _table(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = document.get(name)
    if not isinstance(value, dict):
        raise KeyStoreError(f"there is no table {name}")
    return value
