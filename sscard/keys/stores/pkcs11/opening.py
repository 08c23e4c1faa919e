"""Key stores whose keys are in a token, from the documents that name them."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.keys.stores.pkcs11.bank import Pkcs11BankStore
from sscard.keys.stores.pkcs11.login import log_in
from sscard.keys.stores.pkcs11.operations import Pkcs11Operations
from sscard.keys.stores.pkcs11.pins import AskPin, ask_on_terminal
from sscard.keys.stores.pkcs11.settings import TokenSettings, token_settings
from sscard.keys.stores.pkcs11.token import KeyToken
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
    """The bank's keys in the token that the document at ``path`` names.

    Raises KeyStoreError, also when the document names numbers for SM4 that the token does not know.
    """
    scheme = scheme_of(document, path)
    settings = token_settings(document, path)
    token = log_in(settings, ask)
    sm4 = with_sm4(token, settings)
    return Pkcs11BankStore(token, test=settings.test or token.marked_test, scheme=scheme, sm4=sm4)


def with_sm4(token: KeyToken, settings: TokenSettings) -> KeyToken | None:
    """The same token for a bank's keys of SM4; None where the settings name no numbers for that.

    Raises KeyStoreError naming the mechanisms that the token does not have.
    """
    if settings.sm4 is None:
        return None
    offered = token.session.token.slot.get_mechanisms()
    settings.sm4.require(offered, token.label, "derive")
    return token.beside(settings.sm4)
