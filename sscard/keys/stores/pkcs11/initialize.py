"""A new token: its label, the security officer's PIN and the user's."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from sscard.errors import KeyStoreError
from sscard.keys.stores.pkcs11.login import find_token, library
from sscard.keys.stores.pkcs11.pins import TokenPin
from sscard.keys.stores.pkcs11.settings import TokenSettings
from sscard.keys.stores.pkcs11.token import told

if TYPE_CHECKING:
    from pkcs11 import Slot

_LABEL = 32


def initialize(settings: TokenSettings, so_pin: TokenPin, pin: TokenPin) -> None:
    """Make the empty token of some slot the token of these settings.

    Never touches a token that is in use.  One that got its label and no user's PIN, because this
    was stopped or the PIN refused, is gone on with; it takes its own officer's PIN only.  Raises
    KeyStoreError, also when the label is taken.
    """
    from pkcs11 import exceptions

    module, label = settings.module, settings.label
    slot = _empty_slot(settings)
    if slot is not None:
        _init_token(module, slot.slot_id, label, so_pin)
    token = find_token(module, label)
    try:
        session = token.open(rw=True, so_pin=so_pin.reveal().decode("utf-8"))
        try:
            session.init_pin(pin.reveal().decode("utf-8"))
        finally:
            session.close()
    except exceptions.PKCS11Error as error:
        raise KeyStoreError(
            f"token {label}: has its label and no PIN yet: {told(error)}; the "
            "same command goes on with the same officer's PIN"
        ) from None


def _empty_slot(settings: TokenSettings) -> Slot | None:
    """A slot whose token is empty; None where a half-made one of this label waits for its PIN."""
    from pkcs11 import TokenFlag
    from pkcs11.exceptions import PKCS11Error

    module, label = settings.module, settings.label
    try:
        slots = library(module).get_slots(token_present=True)
        tokens = [(slot, slot.get_token()) for slot in slots]
    except PKCS11Error as error:
        raise KeyStoreError(f"PKCS#11 module {module}: {told(error)}") from None
    ours = [token.flags for _, token in tokens if token.label == label]
    if any(TokenFlag.USER_PIN_INITIALIZED in flags for flags in ours):
        raise KeyStoreError(f"token {label} is there already; nothing was changed")
    if ours:
        return None
    for slot, token in tokens:
        if TokenFlag.TOKEN_INITIALIZED not in token.flags:
            return slot
    raise KeyStoreError(f"PKCS#11 module {module}: no slot has an empty token")


def _init_token(module: str, slot: int, label: str, so_pin: TokenPin) -> None:
    """``C_InitToken``, which the binding does not have; it has the module started."""
    pin = so_pin.reveal()
    try:
        function = ctypes.CDLL(module)["C_InitToken"]
    except (OSError, AttributeError):
        raise KeyStoreError(
            f"PKCS#11 module {module}: does not show C_InitToken; use its maker's program"
        ) from None
    padded = label.encode("utf-8").ljust(_LABEL)
    code = function(ctypes.c_ulong(slot), pin, ctypes.c_ulong(len(pin)), padded)
    if code:
        raise KeyStoreError(f"token {label}: cannot be initialized: PKCS#11 error {code:#x}")
