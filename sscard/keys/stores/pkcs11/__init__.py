"""Master keys in a PKCS#11 token: what is above a card's level never leaves it (decision 21)."""

from __future__ import annotations

from sscard.keys.stores.pkcs11.bank import Pkcs11BankStore
from sscard.keys.stores.pkcs11.opening import open_pkcs11, open_pkcs11_bank
from sscard.keys.stores.pkcs11.operations import Pkcs11Operations

__all__ = ["Pkcs11BankStore", "Pkcs11Operations", "open_pkcs11", "open_pkcs11_bank"]
