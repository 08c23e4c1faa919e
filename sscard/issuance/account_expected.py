"""The financial side of a card that somebody else made, as far as its account says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from sscard.apdu.dgi import DGI
from sscard.issuance.card_signing import families, new_signing
from sscard.keys import BankStore
from sscard.keys.stores.certificates import load_certificates
from sscard.perso import pse
from sscard.perso.pse import BankAccount, Instance
from sscard.perso.pse_signing import SIGNATURES
from sscard.profiles import Profile


def instances(
    profile: Profile,
    account: BankAccount,
    holder: tuple[str, str],
    store: BankStore,
    *,
    effective: date,
    random: Callable[[int], bytes],
    pin: bool,
) -> tuple[Instance, ...]:
    """What a terminal must find; ``holder`` is name and ID number.

    Certificates are stand-ins that the TEST issuers sign, so that lengths and options are right:
    their records are marked as unknown.  ``pin`` False leaves out the offline PIN, which would be
    tried.  ``store`` may be any: no key of it is told to the card.  Raises ProfileError.
    """
    issuers = load_certificates() if any(families(profile)) else None
    name, id_number = holder
    made = pse.prepare(
        profile,
        account,
        name,
        store,
        effective=effective,
        id_number=id_number,
        signing=new_signing(profile, issuers, random),
    )
    return tuple(_known(each, pin=pin) for each in made)


def _known(instance: Instance, *, pin: bool) -> Instance:
    kept = tuple(each for each in instance.dgis if pin or each.identifier != DGI.PIN_BLOCK)
    own = {each.identifier for each in kept}
    return replace(instance, dgis=kept, unknown=SIGNATURES & own)
