"""Opening stores: from a path, or the packaged TEST stores."""

from __future__ import annotations

from importlib import resources
from importlib.abc import Traversable
from pathlib import Path

from sscard.keys.store import BankStore, SocialSecurityStore
from sscard.keys.stores import store_file
from sscard.keys.stores.passphrases import from_environment
from sscard.keys.stores.social_security import OperationsStore
from sscard.keys.stores.software import SoftwareBankStore, SoftwareOperations
from sscard.keys.stores.store_file import Ask
from sscard.keys.suite import TDES_SUITE, Suite


def load_social_security(
    path: Path | None = None, suite: Suite = TDES_SUITE, ask: Ask = from_environment
) -> SocialSecurityStore:
    """The social security store in ``path``, or the packaged TEST store of this suite.

    ``ask`` gives the passphrase of a sealed store.  Raises KeyStoreError.
    """
    return _store(path or _packaged(f"test-ssse-{suite.name}.toml"), "social-security", ask)


def load_exchange(
    path: Path | None = None, suite: Suite = TDES_SUITE, ask: Ask = from_environment
) -> SocialSecurityStore:
    """The store of the exchange key ``EK``, which both stations hold.  Raises KeyStoreError."""
    return _store(path or _packaged(f"test-exchange-{suite.name}.toml"), "exchange", ask)


def load_bank(path: Path | None = None, ask: Ask = from_environment) -> BankStore:
    """The bank's store in ``path``, or the packaged TEST store.  Raises KeyStoreError."""
    source = path or _packaged("test-bank.toml")
    document = store_file.document(source, "bank", ask)
    return SoftwareBankStore(store_file.checked(document, str(source)))


def _store(source: Path | Traversable, kind: str, ask: Ask) -> SocialSecurityStore:
    document = store_file.document(source, kind, ask)
    file = store_file.checked(document, str(source))
    return OperationsStore(SoftwareOperations(file), file.lots, file.path)


def _packaged(name: str) -> Traversable:
    return resources.files("sscard.keys.stores") / name
