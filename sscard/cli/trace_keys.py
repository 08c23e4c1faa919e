"""The keys of a trace's card, from a key store."""

from __future__ import annotations

from pathlib import Path

from sscard.apdu.card_identity import historical_bytes
from sscard.cli.passphrase import ask
from sscard.cli.summary import announce_test_keys
from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import SUITES, Factors, SocialSecurityStore
from sscard.keys.stores import load_exchange, load_social_security
from sscard.keys.types import SecretKey
from sscard.perso.order import sizes
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip
from sscard.trace.social.known_keys import Keys

_WHOLE = 16  # bytes of a key of which a profile says nothing


def keys_of(profile: Profile, keystore: Path | None, exchange: Path | None) -> Keys:
    """TEST keys without ``keystore``; the exchange key comes from its own store.

    Raises KeyStoreError for a store that cannot be used.
    """
    suite = SUITES[profile.suite]
    store = load_social_security(keystore, suite, ask)
    announce_test_keys(("social security",) if store.test else ())
    stores = [store]
    if exchange is not None or keystore is None:
        stores.append(load_exchange(exchange, suite, ask))
    city, lengths = profile.setting("issuing_division").text, sizes(profile)

    def of(name: str, version: int, answer: bytes) -> SecretKey | None:
        try:
            factors = Factors.of(city, historical_bytes(answer))
        except MalformedData:
            return None
        size = lengths.get(name, _WHOLE)
        found = (_card_key(each, name, version, factors, size) for each in stores)
        return next((key for key in found if key is not None), None)

    return Keys(suite, of, _transport(store, profile))


def _card_key(
    store: SocialSecurityStore, name: str, version: int, factors: Factors, size: int
) -> SecretKey | None:
    try:
        return store.card_key(name, version, factors, size=size)
    except KeyStoreError:
        return None


def _transport(store: SocialSecurityStore, profile: Profile) -> SecretKey | None:
    try:
        return store.lot(load_chip(profile.chip).lot).transport
    except KeyStoreError:
        return None
