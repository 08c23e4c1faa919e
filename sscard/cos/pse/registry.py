"""The financial applications there are, and how they come and go (pboc 1.1, 7 [H]).

Everything happens inside one partition: whatever is installed or deleted, the other side of the
card has neither more nor less memory.
"""

from __future__ import annotations

from collections.abc import Iterable

from sscard.apdu import aid
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.partition import Partition
from sscard.cos.pse import instance
from sscard.cos.pse.domain_state import Domain, DomainState
from sscard.cos.pse.instance import DOMAIN, INSTANCE, Instance
from sscard.cos.pse.state import Event, State
from sscard.keys import CardKeys


class Registry:
    """Reads the partition whenever it has changed; nothing here outlives the power."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        #: Whether the chip has an antenna: only then there is a PPSE.
        self.antenna = False
        self.reload()

    def reload(self) -> None:
        """Find the objects again: power came back, or a command was taken back."""
        found = instance.load(self._partition, antenna=self.antenna)
        self.instances: dict[bytes, Instance] = {each.name: each for each in found}
        domains = (each for each in self._partition.objects() if each.kind == DOMAIN)
        self.domain = next((Domain(self._partition, each) for each in domains), None)

    def manufacture(
        self, names: Iterable[bytes], keydata: bytes, keys: CardKeys, domain: bytes | None
    ) -> None:
        """What the maker does: these applications, and with ``domain`` who can make others.

        A domain without a name is found by no SELECT: then it is the factory's.
        """
        secret = instance.secret(keys)
        if domain is not None:
            raw = instance.content(DomainState.OP_READY, domain, keydata, secret)
            self._partition.add(DOMAIN, raw)
        for name in names:
            raw = instance.content(State.INSTALLED, name, keydata, secret)
            self._partition.add(INSTANCE, raw)
        self._partition.nvm.commit()
        self.reload()

    def install(self, name: bytes) -> None:
        """Make an application of this name, with the domain's keys.

        Raises StatusError 6A80 (none has such a name), 6A89 (it is there), 6A84, 6985 (a chip whose
        maker has made all that there will be).
        """
        if not self._may_be(name):
            raise StatusError(StatusWord.WRONG_DATA)
        domain = self.domain
        if domain is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        if name in self.instances:
            raise StatusError(StatusWord.FILE_EXISTS)
        self._wipe()
        self._place(instance.content(State.INSTALLED, name, domain.keydata, domain.keys))
        self.reload()

    def delete(self, name: bytes) -> None:
        """Take an application away that is not issued; its memory serves those that come.

        Raises StatusError 6A88 where there is none, 6985 for one that is issued.
        """
        if name not in self.instances:
            raise StatusError(StatusWord.KEY_NOT_FOUND)
        if self.domain is None:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
        self.instances[name].happen(Event.DELETED)
        self._partition.nvm.commit()
        self._wipe()
        self.reload()

    def _may_be(self, name: bytes) -> bool:
        if name == aid.PPSE:
            return self.antenna
        return name == aid.PSE or (len(name) <= _LONGEST and name.startswith(aid.UNIONPAY))

    def _wipe(self) -> None:
        for each in self._gone():
            each.wipe()

    def _place(self, raw: bytes) -> None:
        """In the place of one that is gone and had a name as long, else in new memory."""
        for each in self._gone():
            if each.size == len(raw):
                each.begin(raw)
                return
        self._partition.add(INSTANCE, raw)

    def _gone(self) -> list[Instance]:
        known = instance.load_all(self._partition)
        return [each for each in known if each.state is State.DELETED]


_LONGEST = 16
