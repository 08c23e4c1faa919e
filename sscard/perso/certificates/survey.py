"""Where a card stands: what can be read of it, then which PIN and master keys it has."""

from __future__ import annotations

from sscard.apdu import pki
from sscard.errors import NotVerified
from sscard.perso.certificates import elementary_files as files
from sscard.perso.certificates.order import WriteOrder
from sscard.perso.certificates.secrets_shown import find_master, find_pin, master_of, pin_of
from sscard.perso.certificates.standing import FIRST, THEN, Contents, Standing
from sscard.perso.plan import Plan


class AnotherKey(NotVerified):
    """The card has another signature key than the request, or none; nothing was written."""


def require_key(order: WriteOrder) -> Plan[None]:
    """Raises AnotherKey unless the card, its ADF current, has the key of the request."""
    found = yield from files.read_key(order.application, pki.SIGNATURE_PUBLIC)
    if found != order.public:
        what = "no key yet" if found is None else "another key than the request"
        raise AnotherKey(f"EF {pki.SIGNATURE_PUBLIC:04X}: the card has {what}")


def read_contents(order: WriteOrder) -> Plan[Contents]:
    """How much of the answer is in the files of the current ADF.  Raises StatusError."""
    public = yield from files.read(order.application, pki.ENCRYPTION_PUBLIC)
    pairs = [(public[-pki.POINT :], order.envelope.public.point)]
    for fid, wanted in order.contents.items():
        pairs.append(((yield from files.read(order.application, fid)), wanted))
    if all(found == wanted for found, wanted in pairs):
        return Contents.WHOLE
    return Contents.PART if any(any(found) for found, _ in pairs) else Contents.NONE


def survey(order: WriteOrder) -> Plan[Standing]:
    """Nothing is written, and no more tried than must be; DDF and ADF are selected here.

    Raises AnotherKey, SecretRefused, TriesKept, StatusError.
    """
    application = order.application
    yield from files.enter(application)
    yield from require_key(order)
    contents = yield from read_contents(order)
    admin = yield from find_pin(pin_of(application, pki.ADMIN), order.admin_pins, FIRST[contents])
    adf = yield from find_master(master_of(application, "adf"), order.masters, THEN[admin])
    yield from files.enter_ddf(application)
    ddf = yield from find_master(master_of(application, "ddf"), order.masters, THEN[adf])
    return Standing(contents, admin, adf, ddf)
