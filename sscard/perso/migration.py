"""A card of the first generation learns what the second has defined anew (ssc 2.8 [S], annex C).

The new values go into the old records, as ``profiles.migration`` says; new files and items are on
cards of the second generation only.  So the specification version on the card (tag 03) stays as it
is: by it terminals tell which files there are [I].

Each record is replaced by one command, as a whole or not at all.  A card that was torn away has old
and new records, and the same plan goes on: each record is read first, and what it should hold is
not written again.  PIN and keys are shown once; a refusal ends the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from sscard.apdu import atr, iso7816
from sscard.apdu.card_identity import historical_bytes
from sscard.apdu.status import StatusWord
from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import MalformedData, NotVerified, ProfileError
from sscard.keys import SUITES, Factors, KeyReference, Pin, SecretKey, SocialSecurityStore, Suite
from sscard.perso.data import show_key
from sscard.perso.order import key_at, sizes
from sscard.perso.plan import POWER_UP, Plan
from sscard.profiles import Directory, File, Key, Profile
from sscard.profiles.identifiers import CardIdentification
from sscard.profiles.migration import Redefinition, redefinitions

#: How cards of the first generation name their version; some name none (ssc 2.9 [S]).
_FIRST = ("1.0", "")
_COMPARED = 3
_ROOT = "SSSE"
_HEAD = 2
_ABSENT = (StatusWord.FILE_NOT_FOUND, StatusWord.RECORD_NOT_FOUND)
NO_ROOM = "卡上记录放不下新值 the record on the card has no room for the new value"
ABSENT = "卡上没有该记录 the card has no such record"


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """What a card of the first generation tells everybody: its keys' factors, its holder."""

    atr: bytes
    city: str
    version: str
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One record to be renewed, and the holder's new value."""

    what: Redefinition
    value: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Migration:
    """All that one card will be told, and the ATR it must have.

    ``keys`` are found by directory name and key id.  ``left`` cannot be on such a card.
    """

    atr: bytes
    suite: Suite
    root: bytes
    items: tuple[Item, ...]
    keys: Mapping[tuple[str, int], tuple[Key, SecretKey]] = field(repr=False)
    left: tuple[Redefinition, ...]


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was rewritten now, what an earlier run had, and what is left, each with the reason."""

    rewritten: tuple[Redefinition, ...]
    earlier: tuple[Redefinition, ...]
    left: tuple[tuple[Redefinition, str], ...]


def identify(profile: Profile) -> Plan[CardIdentity]:
    """Ask a card who it is; all of it is read free on cards of the first generation.

    Raises StatusError, and MalformedData for an answer that does not parse.
    """
    answer = (yield POWER_UP).require("power up")
    root = profile.directory(_ROOT)
    (yield iso7816.select(root.df_name)).require(f"select {root.name}")
    code = yield from _read_named(root, "card_identification_code")
    version = yield from _read_named(root, "spec_version")
    id_number = yield from _read_named(root, "id_number")
    city = CardIdentification.parse(bytes.fromhex(code)).city
    return CardIdentity(answer, city, version, id_number)


def prepare(
    first: Profile,
    second: Profile,
    card: CardIdentity,
    values: Mapping[str, object],
    store: SocialSecurityStore,
) -> Migration:
    """Compare card and record, encode the new values, derive the keys: before anything is written.

    ``first`` is what the card was made from, ``values`` are those of elements of ``second``.
    Raises NotVerified for a card of another person or of a later version, FieldError,
    KeyStoreError, and ProfileError for an item that asks for a MAC.
    """
    if card.version[:_COMPARED] not in _FIRST:
        raise NotVerified(f"the card is of version {card.version}, not of the first generation")
    if not card.id_number or card.id_number != values.get("id_number"):
        raise NotVerified("the card in the reader is not that of the person in the record")
    wanted = [each for each in redefinitions(first, second) if _given(values, each)]
    items = tuple(Item(each, values[each.new.name]) for each in wanted if each.migrates)
    for item in items:
        item.what.encode(item.value)
        if item.what.file.update.secured:
            raise ProfileError(f"{item.what.subject}: is updated with a MAC, which is not planned")
    return Migration(
        atr=card.atr,
        suite=SUITES[first.suite],
        root=first.directory(_ROOT).df_name,
        items=items,
        keys=_keys(first, items, Factors.of(card.city, _historical(card)), store),
        left=tuple(each for each in wanted if not each.migrates),
    )


def migrate(migration: Migration, pin: Pin) -> Plan[Migrated]:
    """Renew what is not new yet, directory by directory, and read it back.

    Raises StatusError for what the card refuses, NotVerified for another card, for a PIN with one
    try left, and for a record that does not hold what was written.
    """
    if (yield POWER_UP).require("power up") != migration.atr:
        raise NotVerified("the card in the reader is not the one that was prepared for")
    yield from _show_pin(migration, pin)
    rewritten: list[Redefinition] = []
    earlier: list[Redefinition] = []
    left = [(each, NO_ROOM) for each in migration.left]
    for directory, items in groupby(migration.items, key=lambda item: item.what.directory):
        (yield iso7816.select(directory.df_name)).require(f"select {directory.name}")
        shown: set[int] = set()
        for item in items:
            before = yield from _read(migration, item.what, shown)
            if len(before) - _HEAD <= item.what.new.size:
                left.append((item.what, NO_ROOM if before else ABSENT))
                continue
            record = item.what.encode(item.value, len(before) - _HEAD)
            if record != before:
                yield from _write(migration, item.what, record, shown)
            (earlier if record == before else rewritten).append(item.what)
    return Migrated(tuple(rewritten), tuple(earlier), tuple(left))


def _show_pin(migration: Migration, pin: Pin) -> Plan[None]:
    """The state is asked first: the last try is the holder's."""
    (yield iso7816.select(migration.root)).require(f"select {_ROOT}")
    if not any("PIN" in item.what.file.read.condition.value for item in migration.items):
        return
    if (yield iso7816.verify(b"")).sw.tries_left == 1:
        raise NotVerified("the PIN has one try left, and that is the holder's")
    (yield iso7816.verify(pin.encoded())).require("PIN")


def _read(migration: Migration, item: Redefinition, shown: set[int]) -> Plan[bytes]:
    """The record by its tag, as its number is not public everywhere; empty when there is none."""
    if item.file.read.condition is not Condition.PIN_OR_KEY:  # the PIN has been shown
        yield from _show(migration, item, item.file.read, shown)
    answer = yield iso7816.read_record_tag(item.tag, sfi=item.file.sfi)
    return b"" if answer.sw in _ABSENT else answer.require(f"read {item.subject}")


def _write(migration: Migration, item: Redefinition, record: bytes, shown: set[int]) -> Plan[None]:
    yield from _show(migration, item, item.file.update, shown)
    command = iso7816.update_record_tag(item.tag, record, sfi=item.file.sfi)
    (yield command).require(f"write {item.subject}")
    if (yield from _read(migration, item, shown)) != record:
        raise NotVerified(f"{item.subject}: the card does not hold what was written")


def _show(
    migration: Migration, item: Redefinition, rule: AccessRule, shown: set[int]
) -> Plan[None]:
    if rule.kid is None or rule.kid in shown:
        return
    key, secret = migration.keys[item.directory.name, rule.kid]
    doing = f"{item.subject}: {key.name}"
    yield from show_key(migration.suite, secret, rule.kid, doing)
    shown.add(rule.kid)


def _keys(
    profile: Profile, items: tuple[Item, ...], factors: Factors, store: SocialSecurityStore
) -> dict[tuple[str, int], tuple[Key, SecretKey]]:
    asked = {
        (item.what.directory.name, rule.kid): key_at(profile, item.what.directory, rule.kid)
        for item in items
        for rule in (item.what.file.read, item.what.file.update)
        if rule.kid is not None
    }
    names = {KeyReference(key.name, 1) for key in asked.values()}
    secrets = store.card_keys(names, factors, sizes=sizes(profile))
    return {place: (key, secrets[KeyReference(key.name, 1)]) for place, key in asked.items()}


def _given(values: Mapping[str, object], item: Redefinition) -> bool:
    return values.get(item.new.name) not in (None, "")


def _historical(card: CardIdentity) -> bytes:
    found = historical_bytes(card.atr)
    if len(found) != atr.HISTORICAL_SIZE:
        raise MalformedData(f"the answer to reset has {len(found)} historical bytes, not 13")
    return found


def _read_named(directory: Directory, name: str) -> Plan[str]:
    """The text of the element of this name; empty when it holds nothing."""
    for file, number in _places(directory, name):
        command = iso7816.read_record(number, sfi=file.sfi)
        record = (yield command).require(f"read {name}")
        return str(file.decode_record(number, record)[name] or "")
    raise ProfileError(f"{directory.name} has no element {name}")


def _places(directory: Directory, name: str) -> Iterator[tuple[File, int]]:
    for file in directory.files:
        for template in file.record_templates():
            if template.element.name == name:
                yield file, template.number
