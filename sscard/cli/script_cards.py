"""Simulated cards for offline scripts: the one a script is made with, those it is tried on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from simulator import VirtualCard
from sscard.cli.lists import read_register
from sscard.cli.summary import announce_test_keys
from sscard.dialects import Chip
from sscard.issuance.applicants import Register
from sscard.issuance.machines import CHINA
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
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_chip


@dataclass(frozen=True, slots=True)
class _Workshop:
    """What cards are made from here."""

    profile: Profile
    chip: Chip
    store: SocialSecurityStore
    exchange: SocialSecurityStore

    @classmethod
    def of(cls, declared: Profile, stores: tuple[Path | None, Path | None]) -> _Workshop:
        suite = SUITES[declared.suite]
        return cls(
            declared,
            load_chip(declared.chip),
            load_social_security(stores[0], suite),
            load_exchange(stores[1], suite),
        )

    def order(self, values: Mapping[str, object], sequence: int, number: str | None) -> CardOrder:
        numbers = CardNumbers(
            number or allocated_card_number(sequence),
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


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Says which file or folder could not be written.  Raises ScriptError."""
    try:
        yield
    except OSError as error:
        raise ScriptError(f"{path}: cannot be written ({error.strerror})") from None


def exported(profile: str, keystore: Path | None) -> Script:
    """The script of a profile, made with a card for nobody.  Raises ScriptError, KeyStoreError."""
    workshop = _Workshop.of(load_profile(profile), (keystore, None))
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
    ) -> Rehearsal:
        """``profile`` is a name or path; without it the one that the script names.

        Raises ScriptError when the script is for another one; ApplicantError, ProfileError,
        KeyStoreError.
        """
        declared = load_profile(profile or script.profile)
        require_made_for(script, declared)
        workshop = _Workshop.of(declared, stores)
        register, _ = read_register(applicants, workshop.profile, None)
        return cls(script, register, workshop)

    def make(self, out: Path | None) -> int:
        """The number of cards written; into ``out`` go their images.

        Raises what ``run_script`` raises, and ScriptError when ``out`` cannot be written.
        """
        roles = {"social security": self._workshop.store, "exchange": self._workshop.exchange}
        announce_test_keys([role for role, store in roles.items() if store.test])
        if out is not None:
            with written(out):
                out.mkdir(parents=True, exist_ok=True)
        for sequence, applicant in enumerate(self.register.applicants, start=1):
            order = self._workshop.order(applicant.values, sequence, applicant.card_number)
            card = self._workshop.blank()
            run(run_script(self.script, card_data(order), os.urandom), card)
            if out is not None:
                image = out / f"{order.numbers.card_number}.card"
                with written(image):
                    card.save(image)
        return len(self.register.applicants)
