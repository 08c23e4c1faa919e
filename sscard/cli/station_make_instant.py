"""What ``sscard station instant`` is put together from."""

from __future__ import annotations

import os
from pathlib import Path

from sscard.cli.passphrase import ask
from sscard.cli.station_desk import now
from sscard.cli.station_make import Setting, announce, opened_floor, software
from sscard.cli.station_run import Run
from sscard.issuance.floor.instant import InstantCraft
from sscard.issuance.floor.instant_jobs import InstantOrders
from sscard.issuance.instant_station import InstantStation
from sscard.issuance.orders.rows import MadeAfter
from sscard.issuance.premade_stock import read_stock
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security


def make_instant(setting: Setting, keystore: Path | None, order: int, stock: Path | None) -> int:
    """Work as a counter; the exit code.

    Raises KeyStoreError, ProfileError, ApplicantError, LedgerError, StationTaken, TransportError.
    """
    with opened_floor(setting) as floor:
        store = load_social_security(keystore, SUITES[floor.profile.suite], ask)
        announce(setting, {"social security": store.test})
        station = InstantStation(floor.profile, store, os.urandom)
        station.rehearse(now().date())
        made_after = MadeAfter(floor.profile.name, floor.made_after.sha256, floor.made_after.layers)
        jobs = InstantOrders(floor.held.jobs, floor.desk, floor.held, floor.city, order, made_after)
        known = read_stock(stock).items if stock else {}

        def digest(bank_number: str) -> bytes | None:
            item = known.get(bank_number)
            return item.digest if item else None

        craft = InstantCraft(station, jobs, digest, software())
        return Run(
            floor.desk, craft, floor.slots, setting.rules, floor.remaining, setting.as_json
        )()
