"""What a station needs to know about one card before it touches the chip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sscard.apdu import atr
from sscard.errors import KeyStoreError, ProfileError
from sscard.keys import (
    SUITES,
    ChipLot,
    Factors,
    KeyReference,
    Pin,
    SecretKey,
    SocialSecurityStore,
    Suite,
)
from sscard.profiles import Directory, Key, Profile
from sscard.profiles.card_category import card_category
from sscard.profiles.identifiers import CardIdentification, InitializationOrganization
from sscard.profiles.interfaces import REGION_SIZE

#: The name of a directory's card-unique master key in the key stores; MF stands above all.
_MASTER = "MK"
#: IC type of the ATR: the profile asks for none.
_OF_THE_LOT = "lot"
#: Bytes of a key where nothing else is said, and of a block where keys may be shorter.
_WHOLE, _SINGLE_DES = 16, 8
MF = "MF"
#: Types of keys that a terminal shows by EXTERNAL AUTHENTICATE.
SHOWN = ("external", "lock")


@dataclass(frozen=True, slots=True)
class CardNumbers:
    """What makes a card unlike all others: ``serial`` is TA to TD (4 bytes)."""

    card_number: str
    serial: bytes
    city: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class WantedCard:
    """What one card must be: its profile, its values, its own keys.  Personal data never shows."""

    profile: Profile = field(repr=False)  # long, and its name is enough
    numbers: CardNumbers
    historical: bytes
    values: Mapping[str, object] = field(repr=False)
    keys: Mapping[KeyReference, SecretKey] = field(repr=False)
    pin: Pin = field(repr=False)

    def key(self, key: Key, version: int = 1) -> SecretKey:
        """The card's own key, as the store derived it."""
        return self.keys[KeyReference(key.name, version)]

    def master(self, directory: str) -> SecretKey:
        """The card-unique master key of a directory (``MF``, ``SSSE``, ``DF01`` …)."""
        return self.keys[master_reference(directory)]

    @property
    def suite(self) -> Suite:
        """The cipher suite of the card's social-security side."""
        return SUITES[self.profile.suite]

    @property
    def atr(self) -> bytes:
        """The final answer to reset."""
        return atr.build(self.historical)

    @property
    def card_id_code(self) -> bytes:
        """The card identification code, 16 bytes."""
        return bytes.fromhex(str(self.values["card_identification_code"]))

    @property
    def id_number(self) -> str:
        """The holder's social security number."""
        return str(self.values["id_number"])

    @property
    def name(self) -> str:
        """The holder's whole name."""
        return str(self.values["name"]) + str(self.values.get("name_extension") or "")


@dataclass(frozen=True, slots=True)
class CardOrder(WantedCard):
    """A card to be made of a blank chip, which needs the lot's and the exchange key as well."""

    lot: ChipLot
    exchange: SecretKey = field(repr=False)


def prepare(
    profile: Profile,
    person: Mapping[str, object],
    numbers: CardNumbers,
    *,
    store: SocialSecurityStore,
    exchange: SocialSecurityStore,
    lot: str,
) -> CardOrder:
    """Derive the keys and complete the values of one card.  Raises KeyStoreError, ProfileError.

    Everything that needs a key store happens here, before the chip is touched.
    """
    for each in (store, exchange):
        _require_suite(each, profile)
    chip_lot = store.lot(lot)
    ic_type = profile.setting("historical_ic_type").text
    historical = with_ic_type(final_historical(profile, chip_lot, numbers), ic_type, lot)
    card = wanted(profile, person, numbers, historical, store)
    exchange_key = profile.setting("exchange_key").text
    return CardOrder(
        profile=card.profile,
        numbers=card.numbers,
        historical=card.historical,
        values=card.values,
        keys=card.keys,
        pin=card.pin,
        lot=chip_lot,
        exchange=exchange.card_key(exchange_key, 1, Factors.of(numbers.city, historical)),
    )


def wanted(
    profile: Profile,
    person: Mapping[str, object],
    numbers: CardNumbers,
    historical: bytes,
    store: SocialSecurityStore | None,
) -> WantedCard:
    """The same of the card that has these historical bytes; without a store it has no keys.

    Raises KeyStoreError, ProfileError.
    """
    if store is not None:
        _require_suite(store, profile)
    factors = Factors.of(numbers.city, historical)
    return WantedCard(
        profile=profile,
        numbers=numbers,
        historical=historical,
        values={
            "card_category": _category(profile, person, numbers.issued_on),
            **person,
            **_issuer_values(profile, numbers, store),
        },
        keys=store.card_keys(references(profile), factors, sizes=sizes(profile)) if store else {},
        pin=Pin(profile.setting("initial_pin").text),
    )


def _require_suite(store: SocialSecurityStore, profile: Profile) -> None:
    if store.suite.name != profile.suite:
        raise KeyStoreError(
            f"the key store is for {store.suite.name}, profile {profile.name} for {profile.suite}"
        )


def final_historical(profile: Profile, lot: ChipLot, numbers: CardNumbers) -> bytes:
    """The lot's bytes, with the first four digits of the city and the serial in their places."""
    region = bytes.fromhex(numbers.city)[:REGION_SIZE]
    return profile.contact.final(lot.blank_historical, region=region, serial=numbers.serial)


def with_ic_type(historical: bytes, wanted: str, lot: str) -> bytes:
    """The bytes with the IC type (T2) that a region asks for; ``lot``: whatever the chip has.

    It varies with the chip (ssc-more 5 [2+]), so only a place left empty is filled.  Raises
    ProfileError for chips of another type.
    """
    if wanted == _OF_THE_LOT:
        return historical
    found, byte = historical[1:2], bytes.fromhex(wanted)
    if found not in (b"\0", byte):
        raise ProfileError(
            f"historical_ic_type: the profile asks for chips of IC type {wanted} (T2 of the ATR), "
            f"those of lot {lot} are {found.hex().upper()}"
        )
    return historical[:1] + byte + historical[2:]


def references(profile: Profile) -> tuple[KeyReference, ...]:
    """Every key of a card, master keys included, as the store names them."""
    keys = [
        KeyReference(key.name, version)
        for directory in profile.directories
        for key in directory.keys
        for version in range(1, profile.versions(key) + 1)
    ]
    owners = [MF, *(directory.name for directory in profile.directories)]
    return (*keys, *map(master_reference, owners))


def master_reference(directory: str) -> KeyReference:
    """The card-unique master key of a directory, as the store names it."""
    return KeyReference(_MASTER + directory, 1)


def sizes(profile: Profile) -> dict[str, int]:
    """The keys that have not 16 bytes: name to size."""
    if SUITES[profile.suite].block > _SINGLE_DES:
        return {}  # an STK is as long as any other key there (ssc 3.4 [S])
    keys = (key for directory in profile.directories for key in directory.keys)
    return {key.name: key.size for key in keys if key.size != _WHOLE}


def key_at(profile: Profile, directory: Directory, kid: int) -> Key:
    """The external authentication key with this id, seen from a directory.

    Ids with bit 8 set are the directory's own, the others its parent's or its own as root
    (ssc 3.4 [S]).  Raises ProfileError.
    """
    owners = [directory, *(d for d in profile.directories if d.name == directory.parent)]
    for owner in owners[:1] if kid & 0x80 else owners[::-1]:
        for key in owner.keys:
            if key.kid == kid and key.type in SHOWN:
                return key
    raise ProfileError(f"profile {profile.name}: {directory.name} has no external key {kid:02X}")


def maintenance_key(profile: Profile, directory: Directory) -> Key:
    """The STK of a directory.  Raises ProfileError."""
    for key in directory.keys:
        if key.type == "maintenance":
            return key
    raise ProfileError(f"profile {profile.name}: {directory.name} has no maintenance key")


def _category(profile: Profile, person: Mapping[str, object], today: date) -> str:
    """The category by age where the birth date is known; a list may say another (a student)."""
    default = profile.setting("card_category").text
    born = person.get("birth_date")
    return card_category(date.fromisoformat(str(born)), today, default) if born else default


def _issuer_values(
    profile: Profile, numbers: CardNumbers, store: SocialSecurityStore | None
) -> dict[str, object]:
    """The values of SSSE/EF05 that the issuer decides (ssc 2.1, 2.9 [S])."""
    bare = CardIdentification(numbers.city, numbers.serial)
    code = store.authentication_code(numbers.city, bare.authenticated) if store else None
    identification = CardIdentification(
        numbers.city, numbers.serial, code or bare.authentication_code
    )
    organization = InitializationOrganization(
        profile.setting("issuing_division").text,
        profile.setting("initializing_division").text,
        profile.setting("init_organization_sequence").number,
    )
    return {
        "card_identification_code": bytes(identification).hex().upper(),
        "spec_version": profile.setting("spec_version").text,
        "initialization_organization": bytes(organization).hex().upper(),
        "issue_date": numbers.issued_on,
        "expiry_date": years_later(numbers.issued_on, profile.setting("validity_years").number),
        "card_number": numbers.card_number,
    }


def years_later(day: date, years: int) -> date:
    """The same day in another year; 28 February where that year has no 29."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
