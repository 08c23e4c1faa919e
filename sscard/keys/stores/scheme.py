"""How a bank's chips make keys from KMC: ``scheme`` of the bank's document (pboc 1.3 [H, V])."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.errors import KeyStoreError
from sscard.keys import cps

#: What stands in the document; where nothing does, it is the scheme of EMV CPS.
ENTRY = "scheme"
EMV_CPS = "emv-cps-1.1"


def scheme_of(document: Mapping[str, object], path: str) -> str:
    """The scheme.  Raises KeyStoreError naming ``path`` for a word that is none."""
    scheme = document.get(ENTRY, EMV_CPS)
    if not isinstance(scheme, str) or scheme not in cps.SCHEMES:
        raise KeyStoreError(f"{path}: {ENTRY} must be one of {', '.join(cps.SCHEMES)}")
    return scheme
