"""The commands of personalization: the channel, and STORE DATA (pboc 1.1 to 1.7 [H])."""

from __future__ import annotations

from sscard.apdu import aid, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import capp, completeness, data_objects, grouping, logs, risk
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.risk import Risk
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.session import LAST, Session
from sscard.cos.pse.state import Event, State


def initialize_update(selected: Selected, command: CommandAPDU) -> bytes:
    """Begin a channel; a channel that was open ends."""
    return selected.session.open(command.data)


def external_authenticate(selected: Selected, command: CommandAPDU) -> bytes:
    """The host proves its keys and chooses the security level."""
    selected.session.authenticate(command)
    return b""


def store_data(selected: Selected, command: CommandAPDU) -> bytes:
    """Take data groupings; after the last command the application is issued."""
    if take(selected.instance, selected.session, command):
        selected.session.close()
    return b""


def take(instance: Instance, session: Session, command: CommandAPDU) -> bool:
    """Take the groupings of one command; whether the application is issued with it.

    Raises StatusError 6985 (issued before), 6A80, 6A84, 6A86, 6A88, 6987, 6988.
    """
    if instance.state is not State.INSTALLED:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    for identifier, value in session.groupings(command):
        grouping.store(instance, identifier, value)
    last = bool(command.p1 & LAST)
    if last:
        completeness.require(instance)
        if instance.application == aid.DEBIT:
            _begin(instance)
        instance.happen(Event.COMPLETED)
    session.accepted()
    return last


def _begin(instance: Instance) -> None:
    """Make room for what transactions will change, with the counters that were personalized."""
    internal = instance.value(DGI.INTERNAL_DATA) or b""
    instance.begin_at(tlv.find(internal, data_objects.ATC) or instance.transactions)
    last_online = tlv.find(internal, data_objects.LAST_ONLINE) or Risk().last_online
    risk.write(instance, Risk(last_online=last_online))
    logs.make(instance)
    capp.make(instance)
