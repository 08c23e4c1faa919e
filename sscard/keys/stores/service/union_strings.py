"""The string forms of Shandong's HSM interface over any place with keys (ssc-more 6.3 [1]).

Fields are text, bytes in hexadecimal, each ended by ``|``.  A request is its type and the fields of
that type; the answer is what the middleware passes on to a card or to a program.

Inferred [I]: the fields of an answer are ended by ``|``, too; behind the name of a local key stands
the area that made it, which the store's name leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.hierarchy import Factors
from sscard.keys.key_table import key_entry
from sscard.keys.operations import KeyOperations, KeyReference, Mode, card_request
from sscard.keys.stores.service.addresses import at_address
from sscard.keys.suite import Suite
from sscard.keys.types import Pin

#: Characters in a request.
LONGEST = 512
_ADDRESS = re.compile(r"[0-9A-F]{4}")
_LOCAL_KEY = re.compile(r"([A-Z0-9]{1,32})_[0-9]{6}")
_IRK, _RKSSSE = KeyReference("IRK", 1), KeyReference("RKSSSE", 1)
_PURCHASE, _TRANSACTION = "DPK", "DTK"
_UNBLOCK, _RELOAD = bytes.fromhex("84240000"), bytes.fromhex("84240001")
_MAC = 4
_DIVISION, _HISTORICAL, _CARD_ID = 3, 13, 16


def answer(operations: KeyOperations, request: str) -> str:
    """What the HSM answers.

    Raises MalformedData for a request of another form, KeyStoreError for a key that is not there or
    another suite's card.  Neither repeats a value.
    """
    if len(request) > LONGEST:
        raise MalformedData(f"a request has at most {LONGEST} characters")
    type_, _, rest = request.partition("|")
    if type_ not in _TYPES:
        raise MalformedData(f"the types of request are {', '.join(_TYPES)}")
    fields = _Fields(rest)
    found = _TYPES[type_](operations, fields)
    fields.end()
    return "".join(f"{each}|" for each in found)
