"""The social-security station: from a blank chip to SSSE with data and an open hand-over area."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sscard.dialects import reference
from sscard.dialects.delivery import BY_MAKER, Delivery, MadeBy
from sscard.dialects.operations import EndPreIssue
from sscard.perso import data, handover, pse_instances, structure
from sscard.perso.activation import activate
from sscard.perso.handover import Holder
from sscard.perso.order import MF, CardOrder
from sscard.perso.plan import Plan

_MASTER_SIZE = 16


def personalize(
    order: CardOrder,
    random: Callable[[int], bytes],
    *,
    applications: Sequence[bytes] = (),
    delivery: Delivery = BY_MAKER,
) -> Plan[None]:
    """All commands of the station.  ``random`` makes the temporary master keys.

    ``applications`` of the financial side are made here on a chip on which the factory does that.
    Raises FieldError and ProfileError before the first command; then StatusError, NotVerified,
    TransportKeyRefused.
    """
    structure.check(order)
    writes = data.encode(order)
    holder = Holder(order.id_number, order.name)
    yield from prepersonalize(order, random, applications=applications, delivery=delivery)
    yield from data.write(order, writes)
    yield from handover.write(order.profile, order.exchange, holder)


def prepersonalize(
    order: CardOrder,
    random: Callable[[int], bytes],
    *,
    applications: Sequence[bytes],
    delivery: Delivery,
) -> Plan[None]:
    """Blank chip to a card with all files and keys and nobody's data; the factory stage is over."""
    owners = (MF, *(directory.name for directory in order.profile.directories))
    temporary = {owner: order.suite.key(random(_MASTER_SIZE)) for owner in owners}
    yield from activate(order.lot, order.historical, order.suite)
    if delivery.made_by is MadeBy.NATIVE:
        yield from pse_instances.create_natively(applications, delivery)
    for directory in (None, *order.profile.directories):
        yield from structure.build(order, temporary, directory)
    (yield reference.build(EndPreIssue())).require("end of the factory stage")
