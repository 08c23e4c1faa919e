"""The keys of a trace's card, from a key store."""

from __future__ import annotations

from pathlib import Path

from sscard.apdu.card_identity import historical_bytes
from sscard.channel.pki import pin_key
from sscard.cli.passphrase import ask
from sscard.cli.summary import announce_test_keys
from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import SUITES, ChipLot, Factors, SocialSecurityStore
from sscard.keys.stores import load_exchange, load_social_security
from sscard.keys.types import SecretKey
from sscard.perso.order import sizes
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip
from sscard.trace.social.known_keys import CertificateKeys, Keys

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

    lot = _lot(store, profile)
    return Keys(suite, of, lot.transport if lot else None, _of_blank_cards(profile, lot))


def _card_key(
    store: SocialSecurityStore, name: str, version: int, factors: Factors, size: int
) -> SecretKey | None:
    try:
        return store.card_key(name, version, factors, size=size)
    except KeyStoreError:
        return None


def _lot(store: SocialSecurityStore, profile: Profile) -> ChipLot | None:
    try:
        return store.lot(load_chip(profile.chip).lot)
    except KeyStoreError:
        return None


def _of_blank_cards(profile: Profile, lot: ChipLot | None) -> CertificateKeys | None:
    """What a card's certificate application has before its certificates come."""
    declared = profile.certificates
    if declared is None:
        return None
    pins = {each.reference: pin_key(bytes.fromhex(each.initial)) for each in declared.pins}
    return CertificateKeys(pins, lot.certificate_master if lot else None)
