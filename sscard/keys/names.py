"""The names that keys have in stores of each kind, so that a misspelled one is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.keys.key_table import KEYS
from sscard.keys.operations import AUTHENTICATION_CODE_KEY, PERSON_HASH_KEY
from sscard.keys.psam_load import PSAM_KEY_NAMES

_ISSUER = ("AC", "MAC", "ENC")
#: How the names of a bank's SM4 keys begin, which are in one store with its 3DES keys.
SM4_NAMES = "SM4-"

#: Kind of store → names.  An exchange key may have another name: a profile gives it.
KEY_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "social-security": frozenset(
            {
                *(entry.name for entry in KEYS),
                *PSAM_KEY_NAMES,
                AUTHENTICATION_CODE_KEY,
                PERSON_HASH_KEY,
            }
        ),
        # The personalization master, issuer masters of both families, transport keys.
        "bank": frozenset(
            {
                "KMC",
                "TK",
                "TK-MAC",
                *(f"{family}IMK-{use}" for family in ("", SM4_NAMES) for use in _ISSUER),
            }
        ),
        "exchange": frozenset({"EK"}),
    }
)

#: Kinds of key, as the table says them (ssc 3.4).
KEY_KINDS: frozenset[str] = frozenset(entry.kind for entry in KEYS)
