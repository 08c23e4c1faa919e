"""Jobs of a dead station taken back, and trays filled with simulated bodies."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select, update

from sscard.cli.passphrase import ask
from sscard.cli.station_desk import ledger, now
from sscard.cli.station_tray import put_into_tray
from sscard.errors import LedgerError
from sscard.issuance.floor import posts
from sscard.issuance.ledger import Actor, reading
from sscard.issuance.ledger.schema import BODIES, LEASES, ORDERS
from sscard.issuance.orders.spoiling import Expired
from sscard.issuance.orders.steps import batch_of
from sscard.issuance.production_states import BodyState, StationState
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip


def take_back(
    station: str,
    place: str,
    keystore: Path | None,
    operator: str,
    given: tuple[Path, ...],
) -> tuple[Expired, ...]:
    """End a station's leases now; what became of its jobs.  Raises LedgerError."""
    with ledger(place, keystore, given) as opened:
        with opened.book(operator) as book:
            found = posts.post(book.connection, station)
            if found is None:
                raise LedgerError(f"no station {station} in the ledger")
            ours = LEASES.c.station == station
            book.connection.execute(update(LEASES).where(ours), {"until": book.actor.at})
            posts.put(book, station, found.kind, StationState.STOPPED, "returned", "returned")
        return opened.orders.jobs.expire(Actor(now(), operator))


def fill_tray(
    folder: Path,
    place: str,
    keystore: Path | None,
    batch: str,
    profile: str,
    chip_keys: Path | None,
) -> int:
    """A blank for each body of the batch in stock, in the order of its people; how many."""
    from simulator import VirtualCard

    chip = load_chip(load_profile(profile).chip)
    lot = load_social_security(chip_keys, SUITES[chip.suite], ask).lot(chip.lot)
    columns = (BODIES.c.id, ORDERS.c.position)
    query = select(*columns).join(ORDERS, ORDERS.c.id == BODIES.c.order_id)
    wanted = (BODIES.c.batch == batch) & (BODIES.c.state == BodyState.RECEIVED)
    with ledger(place, keystore) as opened, reading(opened.engine) as connection:
        batch_of(connection, batch)
        rows = connection.execute(query.where(wanted).order_by(ORDERS.c.position)).all()
    for body, position in rows:
        marks: dict[str, str | int] = {"barcode": body, "stripe": f";{body}?"}
        marks |= {"tray": position} if position else {}
        name = f"{position or 0:06}-{_file_name(body)}"
        put_into_tray(folder, name, VirtualCard.blank(chip, lot=lot).create, marks)
    return len(rows)


def _file_name(body: str) -> str:
    return "".join(each if each.isalnum() or each in "-_" else "_" for each in body)
