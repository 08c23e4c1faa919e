"""Logging in to a token: once, and never with a PIN that may be its last try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from sscard.errors import KeyStoreError
from sscard.keys.stores.pkcs11.binding import TokenSession
from sscard.keys.stores.pkcs11.mechanisms import attribute_mapper
from sscard.keys.stores.pkcs11.pins import AskPin, TokenPin
from sscard.keys.stores.pkcs11.settings import TokenSettings
from sscard.keys.stores.pkcs11.token import KeyToken, told

if TYPE_CHECKING:
    from pkcs11 import Token, TokenFlag
    from pkcs11._pkcs11 import lib as Library  # noqa: N812  # it is a class


#: What a token with master keys is asked for.
_DERIVING = ("ecb", "cbc", "derive")


class WrongPin(KeyStoreError):
    """The token refused the PIN: one try is gone, and no second was made."""


class LockedPin(KeyStoreError):
    """The token takes no PIN any more, or none that is not typed."""


def library(module: str) -> Library:
    """The PKCS#11 module at this path, started.  Raises KeyStoreError."""
    try:
        from pkcs11 import lib
        from pkcs11.exceptions import PKCS11Error
    except ImportError:
        raise KeyStoreError('tokens need python-pkcs11: pip install "sscard[pkcs11]"') from None
    try:
        return lib(module)
    except PKCS11Error as error:
        raise KeyStoreError(f"PKCS#11 module {module}: {told(error)}") from None


def find_token(module: str, label: str) -> Token:
    """The token of this label.  Raises KeyStoreError naming those that are there."""
    from pkcs11.exceptions import PKCS11Error

    try:
        tokens = list(library(module).get_tokens())
    except PKCS11Error as error:
        raise KeyStoreError(f"PKCS#11 module {module}: {told(error)}") from None
    found = [token for token in tokens if token.label == label]
    if len(found) == 1:
        return found[0]
    if found:
        raise KeyStoreError(f"PKCS#11 module {module}: {len(found)} tokens are called {label}")
    there = ", ".join(token.label for token in tokens if token.label) or "none"
    raise KeyStoreError(f"PKCS#11 module {module}: no token {label} (there are: {there})")


def log_in(
    settings: TokenSettings,
    ask: AskPin,
    *,
    writing: bool = False,
    needs: tuple[str, ...] = _DERIVING,
) -> KeyToken:
    """The token, open to whoever has its PIN.

    ``needs`` are the suite's mechanisms without which it is of no use.  It stays open until the
    process ends: a logout would end every session that the process has with it.  Where one is open
    already, the PIN is not looked at.

    Raises KeyStoreError for a module, token or mechanism that is missing, WrongPin and LockedPin.
    """
    token = find_token(settings.module, settings.label)
    settings.mechanisms.require(token.slot.get_mechanisms(), settings.label, *needs)
    _refuse_wasted_try(token.flags, settings)
    pin = settings.pin.read(f"PIN 口令 of token {settings.label}", ask)
    return KeyToken(_session(token, pin, writing=writing), settings.mechanisms)


@contextmanager
def logged_in(settings: TokenSettings, ask: AskPin) -> Iterator[KeyToken]:
    """The token for making keys in it; logged out afterwards, with all sessions of the process."""
    token = log_in(settings, ask, writing=True)
    try:
        yield token
    finally:
        with token.asked("log out"):
            token.session.close()


def _refuse_wasted_try(flags: TokenFlag, settings: TokenSettings) -> None:
    from pkcs11 import TokenFlag

    label = settings.label
    if TokenFlag.USER_PIN_LOCKED in flags:
        raise LockedPin(f"token {label}: its PIN is locked; the security officer can set a new one")
    if TokenFlag.USER_PIN_INITIALIZED not in flags:
        raise KeyStoreError(f"token {label}: it has no PIN yet; the security officer sets one")
    if TokenFlag.USER_PIN_FINAL_TRY in flags and not settings.pin.typed:
        raise LockedPin(
            f"token {label}: one try is left; it is not spent on a stored PIN: take pin-variable "
            "and pin-file out of the settings and type it"
        )


def _session(token: Token, pin: TokenPin, *, writing: bool) -> TokenSession:
    from pkcs11 import exceptions

    label, mapper = token.label, attribute_mapper()
    try:
        opened = token.open(
            rw=writing, user_pin=pin.reveal().decode("utf-8"), attribute_mapper=mapper
        )
    except exceptions.UserAlreadyLoggedIn:
        opened = token.open(rw=writing, attribute_mapper=mapper)
    except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange):
        raise WrongPin(f"token {label}: wrong PIN; {_left(token)}") from None
    except exceptions.PinLocked:
        raise LockedPin(f"token {label}: its PIN is locked") from None
    except exceptions.PKCS11Error as error:
        raise KeyStoreError(f"token {label}: cannot log in: {told(error)}") from None
    return cast(TokenSession, opened)


def _left(token: Token) -> str:
    """How many tries there are, as far as tokens tell."""
    from pkcs11 import TokenFlag

    flags = token.slot.get_token().flags
    if TokenFlag.USER_PIN_LOCKED in flags:
        return "it is locked now"
    if TokenFlag.USER_PIN_FINAL_TRY in flags:
        return "one try is left"
    return "the token does not say how many tries are left"
