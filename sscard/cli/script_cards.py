"""Simulated cards for offline scripts: the one a script is made with, those it is tried on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from simulator import VirtualCard
from sscard.cli.chips import AtReader, machines
from sscard.cli.declared import Signed, declared, require_confirmed
from sscard.cli.lists import read_register
from sscard.cli.summary import announce_test_keys
from sscard.dialects import Chip
from sscard.errors import KeyStoreError
from sscard.issuance.applicants import Register
from sscard.issuance.machines import CHINA, Machines
from sscard.issuance.numbering import allocated_card_number, allocated_serial
from sscard.keys import SUITES, SocialSecurityStore
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso.order import CardNumbers, CardOrder, prepare
from sscard.perso.plan import run
from sscard.perso.script import (
    Script,
    ScriptError,
    card_data,
    export,
    optional,
    require_made_for,
    run_script,
    specimen,
)
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip


@dataclass(frozen=True, slots=True)
class _Workshop:
    """What cards are made from here."""

    profile: Profile
    chip: Chip
    store: SocialSecurityStore
    exchange: SocialSecurityStore

    @classmethod
    def of(cls, profile: Profile, stores: tuple[Path | None, Path | None]) -> _Workshop:
        suite = SUITES[profile.suite]
        return cls(
            profile,
            load_chip(profile.chip),
            load_social_security(stores[0], suite),
            load_exchange(stores[1], suite),
        )

    def order(self, values: Mapping[str, object], sequence: int, number: str | None) -> CardOrder:
        district = self.profile.setting("district_letter").text
        numbers = CardNumbers(
            number or allocated_card_number(sequence, district),
            allocated_serial(sequence),
            self.profile.setting("issuing_division").text,
            datetime.now(CHINA).date(),
        )
        return prepare(
            self.profile,
            values,
            numbers,
            store=self.store,
            exchange=self.exchange,
            lot=self.chip.lot,
        )

    def blank(self) -> VirtualCard:
        """A chip of the lot that the key store knows."""
        return VirtualCard.blank(self.chip, lot=self.store.lot(self.chip.lot))

    def machines(self, at: AtReader | None) -> AbstractContextManager[Machines]:
        """Chips of that lot, simulated or in a reader."""
        lot = self.store.lot(self.chip.lot)
        return machines(self.chip, lot, lambda: lot, at)


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Says which file or folder could not be written.  Raises ScriptError."""
    try:
        yield
    except OSError as error:
        raise ScriptError(f"{path}: cannot be written ({error.strerror})") from None


def exported(spec: str, keystore: Path | None, signed: Signed, *, production: bool) -> Script:
    """The script of a profile, made with a card for nobody.

    Raises ScriptError, KeyStoreError, ProfileError; with ``production`` also for a TEST store and
    for facts that nobody confirmed.
    """
    made_after = declared(spec, signed)
    workshop = _Workshop.of(made_after.profile, (keystore, None))
    if production:
        if workshop.store.test:
            raise KeyStoreError("--production refuses TEST keys: social security")
        require_confirmed(made_after)
    order = workshop.order(specimen(workshop.profile), 1, None)
    return run(export(order, os.urandom, optional=optional(order)), workshop.blank())


@dataclass(slots=True)
class Rehearsal:
    """A script, a list, and the chips it is tried on."""

    script: Script
    register: Register
    _workshop: _Workshop

    @classmethod
    def of(
        cls,
        script: Script,
        applicants: Path,
        profile: str | None,
        stores: tuple[Path | None, Path | None],
        signed: Signed,
    ) -> Rehearsal:
        """``profile`` is a name or path; without it the one that the script names.

        Raises ScriptError when the script is for another one; ApplicantError, ProfileError,
        KeyStoreError.
        """
        made_after = declared(profile or script.profile, signed).profile
        require_made_for(script, made_after)
        workshop = _Workshop.of(made_after, stores)
        register, _ = read_register(applicants, workshop.profile, None)
        return cls(script, register, workshop)

    def make(self, out: Path | None, at: AtReader | None = None, count: int | None = None) -> int:
        """The number of cards written, at most ``count``; into ``out`` go their images.

        Raises what ``run_script`` raises, ScriptError when ``out`` cannot be written, and
        TransportError when no card comes into the reader.
        """
        roles = {"social security": self._workshop.store, "exchange": self._workshop.exchange}
        announce_test_keys([role for role, store in roles.items() if store.test])
        if out is not None:
            with written(out):
                out.mkdir(parents=True, exist_ok=True)
        people = self.register.applicants[:count]
        with self._workshop.machines(at) as made_by:
            for sequence, applicant in enumerate(people, start=1):
                order = self._workshop.order(applicant.values, sequence, applicant.card_number)
                card = made_by.blank()
                run(run_script(self.script, card_data(order), os.urandom), card)
                if out is not None:
                    image = out / f"{order.numbers.card_number}.card"
                    with written(image):
                        card.save(image)
        return len(people)
