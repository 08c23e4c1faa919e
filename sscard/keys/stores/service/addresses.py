"""Keys by their address in an office's HSM (ssc 3.4 [S]): one address for each version."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.keys.key_table import KEYS
from sscard.keys.operations import KeyNotHeld, KeyReference

_BY_ADDRESS: Mapping[int, KeyReference] = MappingProxyType(
    {
        address: KeyReference(entry.name, version)
        for entry in KEYS
        for version, address in enumerate(entry.hsm, start=1)
    }
)


def at_address(address: int) -> KeyReference:
    """The key and version, or group, at this address.  Raises KeyNotHeld."""
    try:
        return _BY_ADDRESS[address]
    except KeyError:
        raise KeyNotHeld(f"no social security key has the address {address:04X}") from None
