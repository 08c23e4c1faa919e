"""Key stores whose keys are in a token, from the documents that name them."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.keys.stores.pkcs11.bank import Pkcs11BankStore
from sscard.keys.stores.pkcs11.login import log_in
from sscard.keys.stores.pkcs11.operations import Pkcs11Operations
from sscard.keys.stores.pkcs11.pins import AskPin, ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings
from sscard.keys.stores.scheme import scheme_of


def open_pkcs11(
    document: Mapping[str, object], path: str, ask: AskPin = ask_on_terminal
) -> Pkcs11Operations:
    """Social security or exchange keys in the token that the document at ``path`` names.

    They are TEST keys when the document says so, or when TEST keys were ever imported.  Raises
    KeyStoreError.
    """
    settings = token_settings(document, path)
    token = log_in(settings, ask)
    return Pkcs11Operations(token, test=settings.test or token.marked_test, roots=settings.roots)


def open_pkcs11_bank(
    document: Mapping[str, object], path: str, ask: AskPin = ask_on_terminal
) -> Pkcs11BankStore:
    """The bank's keys in the token that the document at ``path`` names.  Raises KeyStoreError."""
    scheme = scheme_of(document, path)
    settings = token_settings(document, path)
    token = log_in(settings, ask)
    return Pkcs11BankStore(token, test=settings.test or token.marked_test, scheme=scheme)
