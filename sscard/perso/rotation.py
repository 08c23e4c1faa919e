"""Roll-over of keys: a card's keys give place to a later version, at one tap or at several.

Each key is replaced by one command of its own, which happens as a whole or not at all; so a card
that was torn away has old and new keys, and the next tap with the same plan goes on.  Which keys
are new already the card says itself: nothing has to be remembered between the taps.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu import iso7816, ssc
from sscard.apdu.card_identity import belongs
from sscard.apdu.status import StatusWord
from sscard.channel.ssc import authenticate, wrap_enciphered
from sscard.dialects import reference
from sscard.dialects.operations import KeyType, ReplaceKey
from sscard.errors import KeyStoreError, NotVerified, ProfileError
from sscard.keys import Factors, KeyReference, SecretKey, SocialSecurityStore, Suite
from sscard.perso.data import show_key
from sscard.perso.order import master_reference, sizes
from sscard.perso.plan import POWER_UP, Plan
from sscard.profiles import Directory, Key, Profile

#: Types of keys that have versions; what else a card holds stays as it is.
_TYPES: Mapping[str, KeyType] = MappingProxyType(
    {
        "internal": KeyType.INTERNAL,
        "external": KeyType.EXTERNAL,
        "load": KeyType.LOAD,
        "purchase": KeyType.PURCHASE,
        "transaction": KeyType.TRANSACTION,
    }
)
_PROOF = 8


@dataclass(frozen=True, slots=True)
class Replacement:
    """One key's new version; ``subject`` names directory and key (``DF01/UK1DF01``)."""

    subject: str
    operation: ReplaceKey
    secret: SecretKey


@dataclass(frozen=True, slots=True)
class DirectoryRotation:
    """What is replaced in one directory, and the master key that lets it."""

    name: str
    df_name: bytes
    master: SecretKey
    keys: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """All that one card will be told, and the historical bytes it must have."""

    historical: bytes
    suite: Suite
    directories: tuple[DirectoryRotation, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rotated:
    """Subjects of the keys that this tap replaced, and of those that an earlier one had."""

    replaced: tuple[str, ...]
    earlier: tuple[str, ...]


def prepare(
    profile: Profile,
    city: str,
    historical: bytes,
    store: SocialSecurityStore,
    *,
    from_version: int,
    to_version: int,
) -> Rotation:
    """Derive one card's new keys and master keys.  Raises KeyStoreError, ProfileError.

    ``historical`` are the card's own 13 bytes.  Everything that needs a key store happens here,
    before the card is touched.
    """
    if store.suite.name != profile.suite:
        raise KeyStoreError(
            f"the key store is for {store.suite.name}, profile {profile.name} for {profile.suite}"
        )
    chosen = [(each, _chosen(profile, each, to_version)) for each in profile.directories]
    if not 1 <= from_version < to_version or not any(keys for _, keys in chosen):
        raise ProfileError(
            f"profile {profile.name}: no key goes from version {from_version} to {to_version}"
        )
    secrets = store.card_keys(
        _references(chosen, to_version), Factors.of(city, historical), sizes=sizes(profile)
    )
    directories = (
        DirectoryRotation(
            directory.name,
            directory.df_name,
            secrets[master_reference(directory.name)],
            tuple(_replacements(directory, keys, (from_version, to_version), secrets)),
        )
        for directory, keys in chosen
        if keys
    )
    return Rotation(historical, store.suite, tuple(directories))


def rotate(rotation: Rotation, random: Callable[[int], bytes]) -> Plan[Rotated]:
    """Replace what is not new yet, directory by directory, and prove the new keys, each once.

    Keys of off-line transactions are not proven: that would need a transaction.  ``random`` makes
    the data that an internal key is proven over.  Raises StatusError, and NotVerified for another
    card, for a key that the card has in neither version, and for one that does not prove itself.
    """
    if not belongs((yield POWER_UP).require("power up"), rotation.historical):
        raise NotVerified("the card in the reader is not the one that the keys were derived for")
    replaced: list[str] = []
    earlier: list[str] = []
    for each in rotation.directories:
        (yield iso7816.select(each.df_name)).require(f"select {each.name}")
        for key in each.keys:
            new = yield from _replace(rotation.suite, each.master, key)
            (replaced if new else earlier).append(key.subject)
        for key in each.keys:
            yield from _prove(rotation.suite, key, random)
    return Rotated(tuple(replaced), tuple(earlier))


def _replace(suite: Suite, master: SecretKey, key: Replacement) -> Plan[bool]:
    """Whether it was replaced now; the card refuses what it has already with 6A89."""
    doing, operation = f"{key.subject}: replace the key", key.operation
    challenge = (yield iso7816.get_challenge(8)).require(f"{doing}: challenge")
    command = wrap_enciphered(reference.build(operation), suite, master, challenge)
    response = yield command
    if response.sw == StatusWord.KEY_NOT_FOUND:
        raise NotVerified(
            f"{key.subject}: the card has neither version {operation.version} nor "
            f"version {operation.new_version}"
        )
    if response.sw == StatusWord.FILE_EXISTS:
        return False
    response.require(doing)
    return True


def _prove(suite: Suite, key: Replacement, random: Callable[[int], bytes]) -> Plan[None]:
    operation = key.operation
    doing, version = f"{key.subject}: prove the new key", operation.new_version
    if operation.type is KeyType.EXTERNAL:
        yield from show_key(suite, key.secret, operation.kid, doing, version=version)
    elif operation.type is KeyType.INTERNAL:
        factor, data = random(_PROOF), random(_PROOF)
        command = ssc.internal_authenticate(factor, data, version=version)
        answer = (yield command).require(doing)
        if not hmac.compare_digest(answer, authenticate(suite, key.secret, factor, data)):
            raise NotVerified(f"{doing}: the card computes with another one")


def _chosen(profile: Profile, directory: Directory, to_version: int) -> tuple[Key, ...]:
    """The keys of a directory that exist in this version.

    Raises ProfileError where the card got it when it was made: there is nothing to roll over.
    """
    keys = tuple(
        key for key in directory.keys if key.type in _TYPES and 1 < key.versions >= to_version
    )
    for key in keys:
        if profile.versions(key) >= to_version:
            raise ProfileError(
                f"profile {profile.name}: {directory.name}/{key.name}: a card has version "
                f"{to_version} from the beginning"
            )
    return keys


def _references(
    chosen: Iterable[tuple[Directory, tuple[Key, ...]]], version: int
) -> Iterator[KeyReference]:
    for directory, keys in chosen:
        if keys:
            yield master_reference(directory.name)
        yield from (KeyReference(key.name, version) for key in keys)


def _replacements(
    directory: Directory,
    keys: Iterable[Key],
    versions: tuple[int, int],
    secrets: Mapping[KeyReference, SecretKey],
) -> Iterator[Replacement]:
    for key in keys:
        secret = secrets[KeyReference(key.name, versions[1])]
        operation = ReplaceKey(_TYPES[key.type], key.kid, *versions, secret.reveal())
        yield Replacement(f"{directory.name}/{key.name}", operation, secret)
