"""The financial side as the card sees it: select by name, execute, power up."""

from __future__ import annotations

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.life_cycle import CardState
from sscard.cos.partition import Partition
from sscard.cos.pse import commands, table
from sscard.cos.pse.instance import Instance, install, load
from sscard.cos.pse.selected import Selected
from sscard.keys import CardKeys

_INSTANCES = (aid.PSE, aid.DEBIT)
_WITH_ANTENNA = (aid.PSE, aid.PPSE, aid.DEBIT)


class Banking:
    """PSE, with an antenna PPSE, and debit application in one partition of the memory."""

    def __init__(self, partition: Partition, challenges: Challenges) -> None:
        self._partition = partition
        self._challenges = challenges
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

    def rolled_back(self) -> None:
        """A refused command was taken back: objects that it had added are gone."""
        selected = self._selected
        self.reset()
        if selected is not None:
            selected.instance = self._instances[selected.instance.name]
            self._selected = selected

    def select(self, name: bytes) -> bytes | None:
        """Make the instance of this name current; its FCI, or None when there is none."""
        instance = self._instances.get(name)
        if instance is None:
            return None
        self._selected = Selected(instance, self._challenges)
        return commands.fci(instance)

    def execute(self, command: CommandAPDU, state: CardState) -> bytes:
        """Carry out one command in the current instance.  Every refusal is a StatusError."""
        selected = self._selected
        if selected is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        return table.row(selected, command, state).handler(selected, command)
