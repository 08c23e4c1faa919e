"""Key stores: where the master keys are."""

from __future__ import annotations

from sscard.keys.stores.load import load_bank, load_exchange, load_social_security
from sscard.keys.stores.social_security import OperationsStore
from sscard.keys.stores.software import SoftwareBankStore, SoftwareOperations

__all__ = [
    "OperationsStore",
    "SoftwareBankStore",
    "SoftwareOperations",
    "load_bank",
    "load_exchange",
    "load_social_security",
]
