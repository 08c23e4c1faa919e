"""The holder's PIN: entered at the keypad, shown to the card, changed (ssc 3.2, 7 [S])."""

from __future__ import annotations

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.keys.types import Pin
from sscard.profiles.model import Profile
from sscard.terminal.driver.certificates.arguments import pin_in
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue
from sscard.terminal.driver.terminal import Keypad, KeypadCancelled, KeypadTimeout, Prompt
from sscard.terminal.psam.slots import Slot, at, one

_UNUSED = "unused"
#: Tries that a PIN among a program's arguments leaves to the holder (assumed).
_SPARED = 1


class Holder:
    """Whoever stands at the keypad during one function.

    Where an HSM takes over from a PSAM, nobody is asked again for what the card has accepted.
    """

    def __init__(self, keypad: Keypad | None) -> None:
        self._keypad = keypad
        self._right: Pin | None = None
        self._new: Pin | None = None

    def show_pin(self, profile: Profile) -> Dialogue[None]:
        """VERIFY, once; a card without a PIN is asked for nothing.  Raises DriverError."""
        if not (yield from _has_pin()):
            return
        pin = self._right or self._entered(Prompt.PIN, profile)
        if _counts_as_none(pin, profile):
            raise DriverError(ErrorCode.PIN_IS_INITIAL)
        yield from tried(iso7816.verify(pin.encoded()))
        self._right = pin

    def change_pin(self, profile: Profile) -> Dialogue[None]:
        """CHANGE PIN, once, with the old one where the card has one.  Raises DriverError."""
        has_one = yield from _has_pin()
        old = self._entered(Prompt.OLD_PIN, profile).encoded() if has_one else b""
        yield from tried(ssc.change_pin(old, self.new_pin(profile).encoded()))

    def new_pin(self, profile: Profile) -> Pin:
        """A new PIN, entered twice.  Raises DriverError −31 … −34, −36."""
        if self._new is None:
            first = self._entered(Prompt.NEW_PIN, profile)
            if first != self._entered(Prompt.AGAIN, profile):
                raise DriverError(ErrorCode.ENTRIES_DIFFER)
            if _counts_as_none(first, profile):
                raise DriverError(ErrorCode.NEW_PIN_IS_INITIAL)
            self._new = first
        return self._new

    def certificate_pin(self, given: str) -> tuple[Pin, int]:
        """The user PIN of the certificate application, and how many tries it must leave.

        Typed where a program gives none; one that a program gives never takes the last try.
        Raises DriverError −13, −31, −32, −33.
        """
        if given:
            return pin_in(given), _SPARED
        return pin_in(self._digits(Prompt.CERTIFICATE_PIN)), 0

    def _entered(self, prompt: Prompt, profile: Profile) -> Pin:
        digits = self._digits(prompt)
        shortest, longest = (
            profile.setting(f"pin_{each}").number for each in ("shortest", "longest")
        )
        if not shortest <= len(digits) <= longest or not (digits.isascii() and digits.isdigit()):
            raise DriverError(ErrorCode.PIN_LENGTH)
        return Pin(digits)

    def _digits(self, prompt: Prompt) -> str:
        if self._keypad is None:
            raise DriverError(ErrorCode.NOT_SUPPORTED)
        try:
            return self._keypad.enter(prompt)
        except KeypadCancelled:
            raise DriverError(ErrorCode.ENTRY_CANCELLED) from None
        except KeypadTimeout:
            raise DriverError(ErrorCode.ENTRY_TIMEOUT) from None


def tried(command: CommandAPDU) -> Dialogue[None]:
    """A PIN's command.  Raises DriverError −51 with the tries left, −52; StatusError."""
    answer = yield from at(Slot.USER, one(command))
    left = answer.sw.tries_left
    if left == 0 or answer.sw == StatusWord.AUTHENTICATION_BLOCKED:
        raise DriverError(ErrorCode.PIN_BLOCKED)
    if left is not None:
        raise DriverError(ErrorCode.PIN_WRONG, f"{left}|")
    answer.require("show the PIN")


def _counts_as_none(pin: Pin, profile: Profile) -> bool:
    """Whether this is the initial PIN of a region where that is no PIN (ssc 12)."""
    unused = profile.setting("initial_pin_policy").text == _UNUSED
    return unused and pin == Pin(profile.setting("initial_pin").text)


def _has_pin() -> Dialogue[bool]:
    """Whether the card wants one.  Raises DriverError −52 before one is entered in vain."""
    answer = yield from at(Slot.USER, one(iso7816.verify(b"")))
    if answer.sw == StatusWord.OK:
        return False
    if answer.sw == StatusWord.AUTHENTICATION_BLOCKED or answer.sw.tries_left == 0:
        raise DriverError(ErrorCode.PIN_BLOCKED)
    if answer.sw.tries_left is None:
        raise StatusError(answer.sw, "state of the PIN")
    return True
