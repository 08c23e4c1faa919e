"""The bank station's plan: groupings onto the card through the CPS channel (pboc 1.1 to 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sscard.apdu import cps, iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cps import SINGLY, Packing
from sscard.channel import InitializeUpdateResponse, Scp02Host, SecurityLevel
from sscard.errors import NotVerified
from sscard.keys import BankStore
from sscard.perso.plan import Plan
from sscard.perso.pse_data import BankAccount, Dgi, Instance, prepare

__all__ = [
    "BankAccount",
    "ChannelKeysDiffer",
    "Dgi",
    "Instance",
    "open_channel",
    "personalize",
    "prepare",
]


class ChannelKeysDiffer(NotVerified):
    """The card's cryptogram is not that of the store's keys; the card was told nothing."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title}: the card does not hold the channel keys of the bank key store")


@dataclass(frozen=True, slots=True)
class Session:
    """One open channel, and who enciphers for it."""

    channel: Scp02Host
    store: BankStore
    response: InitializeUpdateResponse

    def encoded(self, grouping: Dgi) -> bytes:
        """As it is sent.  What comes under a transport key is never in plain here."""
        value = grouping.value
        if grouping.transport is not None:
            keydata, sequence = self.response.keydata, self.response.sequence
            value = self.store.translate(grouping.transport, value, keydata, sequence)
        elif grouping.secret:
            value = self.channel.encipher(value)
        return cps.encode_dgi(grouping.identifier, value)


def personalize(
    instances: Iterable[Instance],
    store: BankStore,
    *,
    random: Callable[[int], bytes],
    level: SecurityLevel = SecurityLevel.C_MAC,
    packing: Packing = SINGLY,
) -> Plan[tuple[str, ...]]:
    """Put each instance on the card; the result is the titles of those that are issued now.

    ``packing`` says how groupings are put into commands, one to each where nothing is said.
    Errors name instance and grouping, never a value.  Raises StatusError, MalformedData, and
    ChannelKeysDiffer when the card does not hold the store's keys (nothing was tried then).
    """
    issued = []
    for instance in tuple(instances):
        session = yield from open_channel(instance.title, instance.name, store, random(8), level)
        channel = session.channel
        for command, doing in _commands(instance, session, packing):
            (yield channel.wrap(command)).require(f"{instance.title}: {doing}")
        issued.append(instance.title)
    return tuple(issued)


def open_channel(
    title: str, name: bytes, store: BankStore, host_challenge: bytes, level: SecurityLevel
) -> Plan[Session]:
    """Select an application and open its channel; ``title`` is what errors call it.

    Raises StatusError, MalformedData, ChannelKeysDiffer.
    """
    (yield iso7816.select(name)).require(f"{title}: SELECT")
    answer = (yield cps.initialize_update(host_challenge)).require(f"{title}: INITIALIZE UPDATE")
    response = InitializeUpdateResponse.parse(answer)
    keys = store.session_keys(response.keydata, response.sequence)
    try:
        channel = Scp02Host.open(keys, host_challenge, response)
    except NotVerified:
        raise ChannelKeysDiffer(title) from None
    (yield channel.external_authenticate(level)).require(f"{title}: EXTERNAL AUTHENTICATE")
    return Session(channel, store, response)


def _commands(
    instance: Instance, session: Session, packing: Packing
) -> Iterable[tuple[CommandAPDU, str]]:
    """STORE DATA commands, and in an error the groupings of which one holds pieces."""
    encoded = [(session.encoded(each), each.secret) for each in instance.dgis]
    names = [
        ", ".join(f"DGI {instance.dgis[at].identifier:04X}" for at in part.groupings)
        for part in cps.parts(encoded, packing)
    ]
    return zip(cps.store_data_commands(encoded, packing), names, strict=True)
