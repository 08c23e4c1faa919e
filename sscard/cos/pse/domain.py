"""The issuer security domain (ISD): INSTALL and DELETE under its channel (pboc 1.1, 7 [H]).

It manages the applications of the financial side and knows no other.  CPLC (GET DATA 9F7F), GET
STATUS, LOAD and PUT KEY are not there: no station of ours needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu import gp, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.gp import ISSUER_DOMAIN, MAKE_SELECTABLE, PERSONALIZATION, Installation
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.dispatch import ANY, Row, Table, find
from sscard.cos.life_cycle import CardState
from sscard.cos.pse import personalization
from sscard.cos.pse.domain_state import Domain, DomainEvent
from sscard.cos.pse.registry import Registry
from sscard.cos.pse.session import Session
from sscard.cos.pse.state import ChannelState
from sscard.cos.pse.table import KEY_VERSIONS, LEVELS, STORE_DATA_P1, STORED
from sscard.dialects.delivery import Delivery
from sscard.errors import MalformedData

#: In the FCI: the most bytes of a command's data (GlobalPlatform 2.1.1 [G]).
_MOST = bytes.fromhex("9F6501FF")


class SelectedDomain:
    """The selected domain with what it forgets: its channel, and for whom STORE DATA is."""

    def __init__(
        self,
        domain: Domain,
        registry: Registry,
        delivery: Delivery,
        challenges: Challenges,
        *,
        blocks_in_order: bool = True,
    ) -> None:
        self.instance = domain
        self.registry = registry
        self.delivery = delivery
        self.session = Session(domain, challenges, in_order=blocks_in_order)
        self.target: bytes | None = None

    @property
    def fci(self) -> bytes:
        """``6F { 84 name, A5 … }``."""
        return tlv.encode(0x6F, tlv.encode(0x84, self.instance.name) + tlv.encode(0xA5, _MOST))

    def execute(self, command: CommandAPDU, card: CardState) -> bytes:
        """Carry out one command.  Every refusal is a StatusError."""
        key = command.cla, command.ins
        if key in TABLE and self.session.state not in CHANNEL[key]:
            missing = ChannelState.SECURED in CHANNEL[key]
            raise StatusError(
                StatusWord.SECURITY_NOT_SATISFIED
                if missing
                else StatusWord.CONDITIONS_NOT_SATISFIED
            )
        return find(TABLE, command, card).handler(self, command)


def _initialize_update(selected: SelectedDomain, command: CommandAPDU) -> bytes:
    """Begin a channel; a channel that was open ends."""
    selected.target = None
    return selected.session.open(command.data)


def _external_authenticate(selected: SelectedDomain, command: CommandAPDU) -> bytes:
    """The host proves its keys and chooses the security level."""
    selected.session.authenticate(command)
    return b""


def _delete(selected: SelectedDomain, command: CommandAPDU) -> bytes:
    """Delete an application that is not issued; 6A88 where there is none."""
    plain = selected.session.unwrap(command)
    try:
        name = gp.deleted(plain.data)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    selected.registry.delete(name)
    return _no_receipt(command)


def _install(selected: SelectedDomain, command: CommandAPDU) -> bytes:
    """Make an application, or let the STORE DATA that follow go to one."""
    plain = selected.session.unwrap(command)
    try:
        if plain.p1 == PERSONALIZATION:
            return _personalize(selected, gp.personalized(plain.data), command)
        wanted = Installation.parse(plain.data)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    module = selected.delivery.package, selected.delivery.module
    if (wanted.package, wanted.module) != module:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    if len(wanted.privileges) not in (1, 3):
        raise StatusError(StatusWord.WRONG_DATA)
    selected.registry.install(wanted.name)
    return _no_receipt(command)


def _personalize(selected: SelectedDomain, name: bytes, command: CommandAPDU) -> bytes:
    if name not in selected.registry.instances:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    selected.target = name
    return _no_receipt(command)


def _store_data(selected: SelectedDomain, command: CommandAPDU) -> bytes:
    """Hand groupings on to the application that INSTALL [for personalization] named."""
    instance = selected.registry.instances.get(selected.target or b"")
    if instance is None:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    if personalization.take(instance, selected.session, command):
        selected.target = None
    return b""


def _set_status(selected: SelectedDomain, command: CommandAPDU) -> bytes:
    """Bring the domain into its next state."""
    selected.session.unwrap(command)
    try:
        event = DomainEvent(command.p2)
    except ValueError:
        raise StatusError(StatusWord.WRONG_P1P2) from None
    selected.instance.happen(event)
    return b""


def _no_receipt(command: CommandAPDU) -> bytes:
    """A confirmation of no bytes, where an answer is asked for."""
    return b"\0" if command.ne else b""


_SOME = range(1, 0x100)
_ROWS: Table[SelectedDomain] = {
    (0x80, INS.DELETE): Row(_delete, lc=_SOME),
    (0x80, INS.INSTALL): Row(_install, p1=(MAKE_SELECTABLE, PERSONALIZATION), lc=_SOME),
    (0x80, INS.STORE_DATA): Row(_store_data, p1=STORE_DATA_P1, p2=ANY, lc=STORED),
    (0x80, INS.SET_STATUS): Row(_set_status, p1=(ISSUER_DOMAIN,), p2=ANY, lc=ANY, le=False),
}
#: Class 84 is the same with a MAC.
TABLE: Table[SelectedDomain] = MappingProxyType(
    {
        (0x80, INS.INITIALIZE_UPDATE): Row(_initialize_update, p1=KEY_VERSIONS, lc=(8,)),
        (0x84, INS.EXTERNAL_AUTHENTICATE): Row(_external_authenticate, p1=LEVELS, lc=(16,)),
        **_ROWS,
        **{(0x84, ins): row for (_, ins), row in _ROWS.items()},
    }
)

_SECURED = frozenset({ChannelState.SECURED})
#: Class and instruction -> how far the channel must be; all but the proof are else 6982.
CHANNEL: Mapping[tuple[int, int], frozenset[ChannelState]] = MappingProxyType(
    dict.fromkeys(TABLE, _SECURED)
    | {
        (0x80, INS.INITIALIZE_UPDATE): frozenset(ChannelState),
        (0x84, INS.EXTERNAL_AUTHENTICATE): frozenset({ChannelState.INITIALIZED}),
    }
)
