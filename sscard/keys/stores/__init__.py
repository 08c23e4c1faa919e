"""Key stores: where the master keys are."""

from __future__ import annotations

from sscard.keys.stores.software import (
    SoftwareBankStore,
    SoftwareStore,
    load_bank,
    load_exchange,
    load_social_security,
)

__all__ = [
    "SoftwareBankStore",
    "SoftwareStore",
    "load_bank",
    "load_exchange",
    "load_social_security",
]
