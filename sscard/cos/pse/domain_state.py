"""The issuer security domain of the financial side: its life, its keys (pboc 7 [H])."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, unique
from types import MappingProxyType

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse.instance import Keyed


@unique
class DomainState(IntEnum):
    """Stored with the domain.

    CARD_LOCKED and TERMINATED stop a whole card; ours ends at the border of its partition and has
    neither (assumed).
    """

    OP_READY = 0x01
    INITIALIZED = 0x07
    SECURED = 0x0F


@unique
class DomainEvent(IntEnum):
    """What moves it on: the state that SET STATUS asks for."""

    INITIALIZE = 0x07
    SECURE = 0x0F


DOMAIN_TRANSITIONS: Mapping[tuple[DomainState, DomainEvent], DomainState] = MappingProxyType(
    {
        (DomainState.OP_READY, DomainEvent.INITIALIZE): DomainState.INITIALIZED,
        (DomainState.INITIALIZED, DomainEvent.SECURE): DomainState.SECURED,
    }
)


class Domain(Keyed):
    """Has the keys with which every new application begins."""

    @property
    def state(self) -> DomainState:
        """Where it stands in its life."""
        return DomainState(self.nvm.image[self._at])

    def happen(self, event: DomainEvent) -> None:
        """Move on.  Raises StatusError 6985 when the table does not allow it."""
        try:
            after = DOMAIN_TRANSITIONS[self.state, event]
        except KeyError:
            raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED, event.name) from None
        self.nvm.write(self._at, bytes((after,)))
