"""The keys of a trace's card, from a key store."""

from __future__ import annotations

from pathlib import Path

from sscard.apdu.card_identity import historical_bytes
from sscard.cli.passphrase import ask
from sscard.cli.summary import announce_test_keys
from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import SUITES, Factors, SocialSecurityStore
from sscard.keys.stores import load_social_security
from sscard.keys.types import SecretKey
from sscard.perso.order import sizes
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip
from sscard.trace.social.known_keys import Keys


def keys_of(profile: Profile, keystore: Path | None) -> Keys:
    """Without ``keystore`` TEST keys.  Raises KeyStoreError for a store that cannot be used."""
    store = load_social_security(keystore, SUITES[profile.suite], ask)
    announce_test_keys(("social security",) if store.test else ())
    city, lengths = profile.setting("issuing_division").text, sizes(profile)

    def of(name: str, version: int, answer: bytes) -> SecretKey | None:
        try:
            factors = Factors.of(city, historical_bytes(answer))
            return store.card_key(name, version, factors, size=lengths.get(name, 16))
        except (KeyStoreError, MalformedData, ValueError):
            return None

    return Keys(SUITES[profile.suite], of, _transport(store, profile))


def _transport(store: SocialSecurityStore, profile: Profile) -> SecretKey | None:
    try:
        return store.lot(load_chip(profile.chip).lot).transport
    except KeyStoreError:
        return None
