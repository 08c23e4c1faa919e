"""What ``sscard conformance`` brings to a card: keys, PIN, a way to cut its power."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sscard.cli.card_fitting import require_fitting
from sscard.cli.card_pin import asked_pin, holder_pin
from sscard.cli.conformance_card import UnderTest
from sscard.cli.conformance_certificates import certificate_means
from sscard.cli.conformance_psam import PsamSource
from sscard.cli.declared import today
from sscard.cli.passphrase import ask
from sscard.cli.readers import Source, reader
from sscard.cli.summary import announce_test_keys
from sscard.conformance.bench import Bench, KeySource
from sscard.conformance.store_keys import StoreKeys
from sscard.errors import ProfileError
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security
from sscard.profiles import Profile

if TYPE_CHECKING:
    from sscard.keys import Pin


@dataclass(frozen=True, slots=True)
class Means:
    """What the tester named.  ``test_keys``: TEST keys and the initial PIN, also on real cards."""

    keystore: Path | None = None
    psam: str | None = None
    test_keys: bool = False
    ask_pin: bool = False
    contactless: bool = False
    destructive: bool = False
    ask_user_pin: bool = False
    certificate_answer: Path | None = None
    ca_root: Path | None = None


@contextmanager
def bench(profile: Profile, card: UnderTest, means: Means) -> Iterator[tuple[Bench, bool]]:
    """The bench for this card, and whether its keys are TEST keys.

    A card that is not simulated here is shown no key and no PIN that nobody named: it counts wrong
    tries for good.  Raises ProfileError for a chip that the profile is not for, BadParameter,
    KeyStoreError, StatusError, TransportError.
    """
    source = card.source
    require_fitting(source.chip, profile, source.name)
    with ExitStack() as open_while:
        keys, test = _keys(profile, source, means, open_while)
        known = source.simulated is not None or means.test_keys
        pin = _pin(profile, known=known, means=means)
        bank_pin = _bank_pin(profile) if known else None
        certificates = certificate_means(
            profile,
            source.card,
            known=known,
            line=card.protocol == "T=0",
            ask_pin=means.ask_user_pin,
            answer=means.certificate_answer,
            root=means.ca_root,
        )
        yield (
            Bench(
                profile=profile,
                random=os.urandom,
                keys=keys,
                pin=pin.encoded() if pin else None,
                power=card.power,
                contactless=means.contactless,
                protocol=card.protocol,
                destructive=means.destructive,
                facts=frozenset({"psam"} if means.psam else ()),
                bank_pin=bank_pin.encoded() if bank_pin else None,
                today=today(),
                certificates=certificates,
            ),
            test,
        )


def _keys(
    profile: Profile, source: Source, means: Means, open_while: ExitStack
) -> tuple[KeySource | None, bool]:
    suite = SUITES[profile.suite]
    if means.psam:
        card = reader(means.psam).connect()
        open_while.callback(card.close)
        return PsamSource(card, suite), False
    if means.keystore is None and not (source.simulated or means.test_keys):
        return None, False
    store = load_social_security(means.keystore, suite, ask)
    announce_test_keys(("social security",) if store.test else ())
    return StoreKeys(store), store.test


def _pin(profile: Profile, *, known: bool, means: Means) -> Pin | None:
    if means.ask_pin:
        return asked_pin()
    return holder_pin(profile, asked=False) if known else None


def _bank_pin(profile: Profile) -> Pin | None:
    """That of the TEST bank; None for a profile without one."""
    from sscard.keys import Pin

    try:
        return Pin(profile.bank_setting("offline_pin").text)
    except (ProfileError, ValueError):
        return None
