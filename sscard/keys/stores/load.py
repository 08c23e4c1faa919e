"""Opening stores: files with keys, files that say where keys are, packaged TEST stores."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.abc import Traversable
from pathlib import Path

from sscard.errors import KeyStoreError
from sscard.keys.operations import KeyOperations
from sscard.keys.store import BankStore, ChipLot, SocialSecurityStore
from sscard.keys.stores import store_file
from sscard.keys.stores.passphrases import from_environment
from sscard.keys.stores.scheme import scheme_of
from sscard.keys.stores.social_security import OperationsStore
from sscard.keys.stores.software import SoftwareBankStore, SoftwareOperations
from sscard.keys.stores.store_file import Ask
from sscard.keys.suite import TDES_SUITE, Suite

Document = Mapping[str, object]


def load_social_security(
    path: Path | None = None, suite: Suite = TDES_SUITE, ask: Ask = from_environment
) -> SocialSecurityStore:
    """The social security store in ``path``, or the packaged TEST store of this suite.

    The file holds keys, or says in ``[pkcs11]`` or ``[service]`` where they are.  ``ask`` gives the
    passphrase of a sealed file.  Raises KeyStoreError.
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
    if "pkcs11" in document:
        from sscard.keys.stores.pkcs11 import open_pkcs11_bank

        return open_pkcs11_bank(document, str(source))
    if "service" in document:
        from sscard.keys.stores.service.configuration import open_bank_service

        return open_bank_service(document, str(source))
    scheme = scheme_of(document, str(source))
    return SoftwareBankStore(store_file.checked(document, str(source)), scheme)


def _store(source: Path | Traversable, kind: str, ask: Ask) -> SocialSecurityStore:
    document, path = store_file.document(source, kind, ask), str(source)
    elsewhere = _elsewhere(document, path)
    if elsewhere is not None:
        return OperationsStore(elsewhere, _lots(document, path, ask), path)
    file = store_file.checked(document, path)
    return OperationsStore(SoftwareOperations(file), file.lots, path)


def _elsewhere(document: Document, path: str) -> KeyOperations | None:
    """The place that the document names; None when the keys are in it."""
    if "pkcs11" in document:
        from sscard.keys.stores.pkcs11 import open_pkcs11

        return open_pkcs11(document, path)
    if "service" in document:
        from sscard.keys.stores.service.configuration import open_service

        return open_service(document, path)
    return None


def _lots(document: Document, path: str, ask: Ask) -> Mapping[str, ChipLot]:
    """The chip lots: they come from the chip maker, in the store file that ``lots`` names."""
    name = document.get("lots")
    if name is None:
        return {}
    if not isinstance(name, str):
        raise KeyStoreError(f"{path}: lots names a key store file")
    source = Path(path).parent / name
    return store_file.checked(store_file.document(source, "social-security", ask), str(source)).lots


def _packaged(name: str) -> Traversable:
    return resources.files("sscard.keys.stores") / name
