"""Where the passphrase of a sealed store comes from when nobody is asked: the environment.

Never from a command line, which other people's programs can read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sscard.errors import KeyStoreError
from sscard.keys.stores.sealed_file import Passphrase

#: Kind of store → the variable with its passphrase; with ``_FILE`` behind it, a file's path.
VARIABLES: Mapping[str, str] = {
    "social-security": "SSCARD_KEYSTORE_PASSPHRASE",
    "bank": "SSCARD_BANK_KEYSTORE_PASSPHRASE",
    "exchange": "SSCARD_EXCHANGE_KEYSTORE_PASSPHRASE",
    "card-issuers": "SSCARD_CARD_ISSUERS_PASSPHRASE",
    "ca": "SSCARD_CA_PASSPHRASE",
    "ca-folder": "SSCARD_CA_FOLDER_PASSPHRASE",
}
#: The same for the private key that signs a supplement, which is in no store.
ISSUER_KEY = "SSCARD_ISSUER_KEY_PASSPHRASE"


def from_environment(kind: str, path: str) -> Passphrase:
    """The passphrase in the variable of this kind, or in the file that it names.

    Raises KeyStoreError naming store and variables, never a value.
    """
    found = in_environment(kind)
    if found is None:
        name = VARIABLES[kind]
        raise KeyStoreError(f"{path}: is sealed; set {name} or {name}_FILE to its passphrase")
    return found


def in_environment(kind: str) -> Passphrase | None:
    """The passphrase in the variable of this kind, or in the file that it names; None for none.

    The line end behind a passphrase in a file is no part of it.  Raises KeyStoreError.
    """
    return in_variable(VARIABLES[kind])


def in_variable(name: str) -> Passphrase | None:
    """The same of any variable."""
    if name in os.environ:
        return Passphrase(os.environ[name])
    file = os.environ.get(f"{name}_FILE")
    if file is None:
        return None
    try:
        return Passphrase(Path(file).read_text("utf-8").rstrip("\r\n"))
    except OSError as error:
        raise KeyStoreError(f"{name}_FILE: {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyStoreError(f"{name}_FILE: {file}: not UTF-8") from None
