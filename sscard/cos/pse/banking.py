"""The financial side as the card sees it: select by name, execute, power up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import dropwhile
from types import MappingProxyType

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.life_cycle import CardEvent, CardState
from sscard.cos.partition import Partition
from sscard.cos.pse import reading, table
from sscard.cos.pse.domain import SelectedDomain
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.registry import Registry
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import State
from sscard.cos.pse.transaction import NONE
from sscard.dialects.delivery import BY_MAKER, Delivery, MadeBy
from sscard.keys import CardKeys

_INSTANCES = (aid.PSE, aid.DEBIT)
_WITH_ANTENNA = (aid.PSE, aid.PPSE, aid.DEBIT)
#: Under which name there is somebody who makes applications: nobody, or one without a name.
_DOMAIN: Mapping[MadeBy, Callable[[Delivery], bytes | None]] = MappingProxyType(
    {
        MadeBy.MAKER: lambda _: None,
        MadeBy.NATIVE: lambda _: b"",
        MadeBy.GP: lambda delivery: delivery.domain,
    }
)
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
        self._registry = Registry(partition)
        self._challenges = challenges
        self._happen = happen
        #: Whether the card was reset over its antenna.
        self.contactless = False
        #: Whether the directory of the contact interface answers there, too.
        self.pse_over_antenna = False
        #: Whether STORE DATA refuses a block that is not due.
        self.blocks_in_order = True
        #: How the chip gets its applications.
        self.delivery = BY_MAKER
        #: Whether that of the antenna answers on contacts.
        self.ppse_over_contacts = False
        self.reset()

    def equip(self, *, antenna: bool, delivery: Delivery) -> None:
        """Say what the chip has; it is known before the first command."""
        self._registry.antenna, self.delivery = antenna, delivery
        self._registry.reload()

    def manufacture(
        self,
        keydata: bytes,
        keys: CardKeys,
        *,
        antenna: bool = False,
        delivery: Delivery | None = None,
    ) -> None:
        """What the chip maker does before delivery: all instances INSTALLED (decision 12).

        Where others make them there is only what has their keys.  ``keys`` are derived from the
        maker's initial KMC and ``keydata``, 10 bytes.
        """
        self.equip(antenna=antenna, delivery=delivery or self.delivery)
        made_by = self.delivery.made_by
        names = (_WITH_ANTENNA if antenna else _INSTANCES) if made_by is MadeBy.MAKER else ()
        self._registry.manufacture(names, keydata, keys, _DOMAIN[made_by](self.delivery))
        self.reset()

    def __contains__(self, name: object) -> bool:
        domain = self._registry.domain
        return name in self._instances or (domain is not None and name == domain.name)

    def install(self, name: bytes) -> None:
        """Make an application, as a factory does.  Raises StatusError 6A80, 6A89, 6A84, 6985."""
        self._registry.install(name)

    def delete(self, name: bytes) -> None:
        """Delete one that is not issued, as a factory does.  Raises StatusError 6A88, 6985."""
        self._registry.delete(name)

    def reset(self) -> None:
        """Power came back: find the objects again, forget the rest."""
        self._challenges.forget()
        self._registry.reload()
        self._selected: Selected | SelectedDomain | None = None
        self._before = NONE

    def rolled_back(self) -> None:
        """A refused command was taken back: objects that it had added are gone."""
        self._challenges.forget()
        self._registry.reload()
        if isinstance(self._selected, Selected):
            self._selected.instance = self._instances[self._selected.instance.name]

    def take_back(self) -> None:
        """The answer did not fit the Le: the command has not gone on with the transaction."""
        if isinstance(self._selected, Selected):
            self._selected.transaction = self._before

    def select(self, name: bytes, *, following: bool = False) -> ResponseAPDU | None:
        """Make the instance of this name, or of a name that begins so, current.

        ``following`` asks for the one after the current.  The answer is its FCI, 6283 for a blocked
        one, over the antenna without FCI; None when there is none (pboc 5 [H]).
        """
        instance = self._found(name, following=following)
        if instance is None:
            return None if following else self._select_domain(name)
        self._challenges.forget()
        self._selected = Selected(
            instance,
            self._challenges,
            contactless=self.contactless,
            blocks_in_order=self.blocks_in_order,
        )
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
        if isinstance(selected, SelectedDomain):
            return selected.execute(command, state)
        row = table.row(selected, command, state)
        self._before = selected.transaction
        answer = row.handler(selected, command)
        if row.event is not None:
            self._happen(row.event)
        return answer

    @property
    def _instances(self) -> dict[bytes, Instance]:
        return self._registry.instances

    def _select_domain(self, name: bytes) -> ResponseAPDU | None:
        domain = self._registry.domain
        if domain is None or len(name) < _SHORTEST or not domain.name.startswith(name):
            return None
        self._challenges.forget()
        selected = SelectedDomain(
            domain,
            self._registry,
            self.delivery,
            self._challenges,
            blocks_in_order=self.blocks_in_order,
        )
        self._selected, self._before = selected, NONE
        return ResponseAPDU(selected.fci)

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
