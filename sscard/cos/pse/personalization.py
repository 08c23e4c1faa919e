"""The commands of personalization: the channel, and STORE DATA (pboc 1.1 to 1.7 [H])."""

from __future__ import annotations

from sscard.apdu import aid, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.dgi import DGI
from sscard.cos.pse import completeness, data_objects, grouping, logs, risk
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.risk import Risk
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.session import LAST
from sscard.cos.pse.state import Event


def initialize_update(selected: Selected, command: CommandAPDU) -> bytes:
    """Begin a channel; a channel that was open ends."""
    return selected.session.open(command.data)


def external_authenticate(selected: Selected, command: CommandAPDU) -> bytes:
    """The host proves its keys and chooses the security level."""
    selected.session.authenticate(command)
    return b""


def store_data(selected: Selected, command: CommandAPDU) -> bytes:
    """Take data groupings; after the last command the application is issued."""
    instance = selected.instance
    for identifier, value in selected.session.groupings(command):
        grouping.store(instance, identifier, value)
    if command.p1 & LAST:
        completeness.require(instance)
        if instance.name == aid.DEBIT:
            _begin(instance)
        instance.happen(Event.COMPLETED)
        selected.session.close()
    selected.session.accepted()
    return b""


def _begin(instance: Instance) -> None:
    """Make room for what transactions will change, with the counters that were personalized."""
    internal = instance.value(DGI.INTERNAL_DATA) or b""
    instance.begin_at(tlv.find(internal, data_objects.ATC) or instance.transactions)
    last_online = tlv.find(internal, data_objects.LAST_ONLINE) or Risk().last_online
    risk.write(instance, Risk(last_online=last_online))
    logs.make(instance)
