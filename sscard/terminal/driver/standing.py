"""What a function has shown to the card so far, and where in it it is (ssc 3.1 [S])."""

from __future__ import annotations

from enum import IntEnum, unique

from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.dialects.rights import AccessRule, Condition
from sscard.profiles.model import Directory, Key
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue
from sscard.terminal.driver.meeting import Met
from sscard.terminal.driver.pins import Holder
from sscard.terminal.driver.proofs import Proofs
from sscard.terminal.psam.flows import enter_directory
from sscard.terminal.psam.slots import Slot, at, one

_LOCAL = 0x80


@unique
class Authentication(IntEnum):
    """iAuthType: what to show where a file says "PIN or key" (ssc 7 [S])."""

    PIN = 1
    KEY = 2


class Standing:
    """One card between power-up and power-down.

    A PIN counts until power-off; a key until another directory is selected.  ``changed`` is true
    from the first command on that may have changed what the card holds.
    """

    def __init__(self, met: Met, proofs: Proofs, holder: Holder, wanted: Authentication) -> None:
        self.met = met
        self._proofs, self._holder, self._wanted = proofs, holder, wanted
        self._directory = "SSSE"
        self._keys: set[str] = set()
        self._pin = False
        self.changed = False

    def enter(self, directory: Directory) -> Dialogue[None]:
        """Select a directory, where it is not yet the current one.  Raises StatusError."""
        if directory.name != self._directory:
            yield from enter_directory(directory.df_name)
            self._directory, self._keys = directory.name, set()

    def satisfy(self, rule: AccessRule, directory: Directory) -> Dialogue[None]:
        """Show what the rule asks for; key before PIN (ssc 3.1 [S]).  Raises DriverError."""
        if rule.condition is Condition.NEVER:
            raise DriverError(ErrorCode.SW_6982)
        if key := key_wanted(rule, directory, self.met, self._wanted):
            yield from self.show(key)
        if _wants_pin(rule, self._wanted):
            yield from self.show_pin()

    def show(self, key: Key) -> Dialogue[None]:
        """A key, once for as long as it counts."""
        if key.name not in self._keys:
            yield from self._proofs.show(self.met, key)
            self._keys.add(key.name)

    def show_pin(self) -> Dialogue[None]:
        """The PIN, once."""
        if not self._pin:
            yield from self._holder.show_pin(self.met.profile)
            self._pin = True

    def send(self, command: CommandAPDU) -> Dialogue[ResponseAPDU]:
        """A command for the user card; the answer is not judged."""
        return (yield from at(Slot.USER, one(command)))

    def change(self, command: CommandAPDU) -> Dialogue[ResponseAPDU]:
        """A command that changes what the card holds: nobody begins anew behind it."""
        self.changed = True
        return (yield from self.send(command))

    def update(
        self, rule: AccessRule, directory: Directory, command: CommandAPDU
    ) -> Dialogue[None]:
        """An update, with a MAC where the rule says so.  Raises StatusError, DriverError."""
        if rule.secured:
            name = maintenance_key(directory)
            command = yield from self._proofs.protected(self.met, name, command)
        (yield from self.change(command)).require("update")


def key_wanted(
    rule: AccessRule, directory: Directory, met: Met, wanted: Authentication
) -> Key | None:
    """The key to show for this rule; None where none is."""
    if rule.kid is None or (
        rule.condition is Condition.PIN_OR_KEY and wanted is Authentication.PIN
    ):
        return None
    owner = directory if rule.kid & _LOCAL else met.profile.directory("SSSE")
    return next(key for key in owner.keys if key.kid == rule.kid)


def maintenance_key(directory: Directory) -> str:
    """The STK of a directory.  Raises DriverError −13 where it has none."""
    for key in directory.keys:
        if key.type == "maintenance":
            return key.name
    raise DriverError(ErrorCode.NOT_SUPPORTED)


def _wants_pin(rule: AccessRule, wanted: Authentication) -> bool:
    if rule.condition is Condition.PIN_OR_KEY:
        return wanted is Authentication.PIN
    return rule.condition in (Condition.PIN, Condition.PIN_AND_KEY)
