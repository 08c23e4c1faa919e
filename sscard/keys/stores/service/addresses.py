"""Keys by their address in an office's HSM (ssc 3.4 [S]): one address for each version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.keys.key_table import KEYS
from sscard.keys.operations import KeyNotHeld, KeyReference

_BY_ADDRESS: Mapping[int, KeyReference] = MappingProxyType(
    {
        address: KeyReference(entry.name, version)
        for entry in KEYS
        for version, address in enumerate(entry.hsm, start=1)
    }
)
_ADDRESS = re.compile(r"[0-9A-Fa-f]{4}")
_LOCAL_KEY = re.compile(r"([A-Za-z0-9-]{1,32})_([0-9]{6})")


def at_address(address: int) -> KeyReference:
    """The key and version, or group, at this address.  Raises KeyNotHeld."""
    try:
        return _BY_ADDRESS[address]
    except KeyError:
        raise KeyNotHeld(f"no social security key has the address {address:04X}") from None


def key_of(text: str, division: str) -> KeyReference:
    """A key by its address, or a local one by its name and the area that made it.

    ``division`` is the card's, which has to be in that area.  Raises MalformedData, KeyNotHeld.
    """
    if _ADDRESS.fullmatch(text):
        return at_address(int(text, 16))
    local = _LOCAL_KEY.fullmatch(text)
    if local is None:
        raise MalformedData("a key address has 4 digits, or is NAME_AREA")
    if not _within(division, local[2]):
        raise MalformedData("the key is of another area than the card's")
    return KeyReference(local[1], 1)


def _within(division: str, area: str) -> bool:
    """Whether a card of this division is one of the area's: a province ends with 0000."""
    kept = 2 if area.endswith("0000") else 4 if area.endswith("00") else 6
    return division[:kept] == area[:kept]
