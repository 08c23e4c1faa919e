"""The financial side as the card sees it: select by name, execute, power up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import dropwhile

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.life_cycle import CardEvent, CardState
from sscard.cos.partition import Partition
from sscard.cos.pse import reading, table
from sscard.cos.pse.instance import Instance, install, load
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import State
from sscard.cos.pse.transaction import NONE
from sscard.keys import CardKeys

_INSTANCES = (aid.PSE, aid.DEBIT)
_WITH_ANTENNA = (aid.PSE, aid.PPSE, aid.DEBIT)
#: The shortest beginning of a name by which an application is found: its RID.
_SHORTEST = 5


class Banking:
    """PSE, with an antenna PPSE, and debit application in one partition of the memory.

    ``happen`` changes the life of the whole card, which one command of the issuer's does.
    """

    def __init__(
        self, partition: Partition, challenges: Challenges, happen: Callable[[CardEvent], None]
    ) -> None:
        self._partition = partition
        self._challenges = challenges
        self._happen = happen
        #: Whether the card was reset over its antenna.
        self.contactless = False
        #: Whether the directory of the contact interface answers there, too.
        self.pse_over_antenna = False
        #: Whether that of the antenna answers on contacts.
        self.ppse_over_contacts = False
        self.reset()

    def manufacture(self, keydata: bytes, keys: CardKeys, *, antenna: bool = False) -> None:
        """What the chip maker does before delivery: all instances INSTALLED (decision 12).

        ``keys`` are derived from the maker's initial KMC and ``keydata``, 10 bytes.
        """
        for name in _WITH_ANTENNA if antenna else _INSTANCES:
            install(self._partition, name, keydata, keys)
        self._partition.nvm.commit()
        self.reset()

    def __contains__(self, name: object) -> bool:
        return name in self._instances

    def reset(self) -> None:
        """Power came back: find the objects again, forget the rest."""
        self._challenges.forget()
        self._instances: dict[bytes, Instance] = {
            instance.name: instance for instance in load(self._partition)
        }
        self._selected: Selected | None = None
        self._before = NONE

    def rolled_back(self) -> None:
        """A refused command was taken back: objects that it had added are gone."""
        self._challenges.forget()
        self._instances = {instance.name: instance for instance in load(self._partition)}
        if self._selected is not None:
            self._selected.instance = self._instances[self._selected.instance.name]

    def take_back(self) -> None:
        """The answer did not fit the Le: the command has not gone on with the transaction."""
        if self._selected is not None:
            self._selected.transaction = self._before

    def select(self, name: bytes, *, following: bool = False) -> ResponseAPDU | None:
        """Make the instance of this name, or of a name that begins so, current.

        ``following`` asks for the one after the current.  The answer is its FCI, 6283 for a blocked
        one, over the antenna without FCI; None when there is none (pboc 5 [H]).
        """
        instance = self._found(name, following=following)
        if instance is None:
            return None
        self._challenges.forget()
        self._selected = Selected(instance, self._challenges, contactless=self.contactless)
        self._before = NONE
        blocked = instance.state is State.BLOCKED
        sw = StatusWord.FILE_INVALIDATED if blocked else StatusWord.OK
        if blocked and self.contactless:
            return ResponseAPDU(sw=sw)
        return ResponseAPDU(reading.fci(instance, contactless=self.contactless), sw)

    def execute(self, command: CommandAPDU, state: CardState) -> bytes:
        """Carry out one command in the current instance.  Every refusal is a StatusError."""
        selected = self._selected
        if selected is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        row = table.row(selected, command, state)
        self._before = selected.transaction
        answer = row.handler(selected, command)
        if row.event is not None:
            self._happen(row.event)
        return answer

    def _found(self, name: bytes, *, following: bool) -> Instance | None:
        reachable = [each for each in self._instances.values() if self._reachable(each)]
        if not following and name in (each.name for each in reachable):
            return self._instances[name]
        if following:
            current = self._selected.instance if self._selected else None
            reachable = list(dropwhile(lambda each: each is not current, reachable))[1:]
        if len(name) < _SHORTEST:
            return None
        return next((each for each in reachable if each.name.startswith(name)), None)

    def _reachable(self, instance: Instance) -> bool:
        """Each interface has a directory of its own (pboc 2.1 [H]), once it is personalized."""
        if instance.state is State.INSTALLED:
            return True
        if self.contactless:
            return instance.name != aid.PSE or self.pse_over_antenna
        return instance.name != aid.PPSE or self.ppse_over_contacts
