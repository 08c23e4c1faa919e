"""Personalization that goes wrong: an order or its profile is altered, the plan is the right one.

The card that comes of it is judged by the profile it should have been made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel

from sscard.dialects.rights import FREE, PIN, AccessRule, Condition
from sscard.keys import Factors, KeyReference, Pin, SecretKey
from sscard.perso.order import CardOrder, wanted
from sscard.profiles import Directory, Element, File, Profile
from wrong_cards.right_cards import PERSON, numbers, station

Alteration = Callable[[CardOrder], CardOrder]
Model = TypeVar("Model", bound=BaseModel)

_KNOWN: dict[str, Alteration] = {}
#: What is done to the order, by the mutant's id.
ORDERS: Mapping[str, Alteration] = MappingProxyType(_KNOWN)
#: The bank station does not close the hand-over area of these.
LEFT_OPEN = frozenset({"hand-over-area-left-open"})
_OTHER_CITY = "520100"


def mutant(alteration: Alteration) -> Alteration:
    """Declares what is done to the order by the id of the same name."""
    _KNOWN[alteration.__name__.replace("_", "-")] = alteration
    return alteration


# Altered profiles.  Nothing is validated again: a right profile would not be wrong.


def changed(part: Model, **values: Any) -> Model:
    """The same part with other values, and nothing that was computed from the old ones."""
    fields = {name: getattr(part, name) for name in type(part).model_fields}
    return type(part).model_construct(**{**fields, **values})


def _with_profile(order: CardOrder, profile: Profile) -> CardOrder:
    return replace(order, profile=profile)


def _with_directory(
    order: CardOrder, name: str, change: Callable[[Directory], Directory]
) -> CardOrder:
    directories = tuple(
        change(each) if each.name == name else each for each in order.profile.directories
    )
    return _with_profile(order, changed(order.profile, directories=directories))


def _with_file(
    order: CardOrder, name: str, fid: int, change: Callable[[File], File | None]
) -> CardOrder:
    def inside(directory: Directory) -> Directory:
        files = (change(each) if each.fid == fid else each for each in directory.files)
        return changed(directory, files=tuple(filter(None, files)))

    return _with_directory(order, name, inside)


def _with_key(order: CardOrder, name: str, key: str, **values: Any) -> CardOrder:
    def inside(directory: Directory) -> Directory:
        keys = (changed(each, **values) if each.name == key else each for each in directory.keys)
        return changed(directory, keys=tuple(keys))

    return _with_directory(order, name, inside)


def _with_setting(order: CardOrder, name: str, value: str | int) -> CardOrder:
    settings = {
        **order.profile.settings,
        name: changed(order.profile.setting(name), value=value),
    }
    return _with_profile(order, changed(order.profile, settings=settings))


def _with_keys(order: CardOrder, values: Mapping[KeyReference, SecretKey]) -> CardOrder:
    return replace(order, keys={**order.keys, **values})


def _with_values(order: CardOrder, **values: object) -> CardOrder:
    return replace(order, values={**order.values, **values})


# Rights, files, records


@mutant
def one_file_free_to_read(order: CardOrder) -> CardOrder:
    return _with_file(order, "DF01", 0xEF06, lambda file: changed(file, read=FREE))


@mutant
def one_file_by_pin_only(order: CardOrder) -> CardOrder:
    return _with_file(order, "DF03", 0xEF06, lambda file: changed(file, read=PIN))


@mutant
def one_file_updated_by_another_key(order: CardOrder) -> CardOrder:
    """DF02/EF06 by UK1 and not by UK2."""
    rule = AccessRule(Condition.KEY, 0x83)
    return _with_file(order, "DF02", 0xEF06, lambda file: changed(file, update=rule))


@mutant
def log_free_to_update(order: CardOrder) -> CardOrder:
    rule = AccessRule(Condition.KEY, 0x86)
    return _with_file(order, "DF04", 0xEF08, lambda file: changed(file, update=rule))


@mutant
def one_file_missing(order: CardOrder) -> CardOrder:
    return _with_file(order, "DF07", 0xEF06, lambda file: None)


@mutant
def one_file_at_another_place(order: CardOrder) -> CardOrder:
    """DF02/EF09 at EF0B."""
    return _with_file(order, "DF02", 0xEF09, lambda file: changed(file, fid=0xEF0B))


@mutant
def one_record_too_short(order: CardOrder) -> CardOrder:
    """The telephone number has 14 bytes, not 15."""

    def shorter(element: Element) -> Element:
        return changed(element, size=element.size - 1) if element.tag == 0x28 else element

    return _with_elements(order, "DF01", 0xEF06, lambda all_: tuple(map(shorter, all_)))


@mutant
def relief_record_too_short(order: CardOrder) -> CardOrder:
    """The institution's name in DF06/EF05 has a byte less."""

    def shorter(element: Element) -> Element:
        return changed(element, size=element.size - 1) if element.tag == 0xC0 else element

    return _with_elements(order, "DF06", 0xEF05, lambda all_: tuple(map(shorter, all_)))


@mutant
def two_records_exchanged(order: CardOrder) -> CardOrder:
    def exchanged(all_: tuple[Element, ...]) -> tuple[Element, ...]:
        return (all_[1], all_[0], *all_[2:])

    return _with_elements(order, "DF04", 0xEF05, exchanged)


@mutant
def last_record_not_made(order: CardOrder) -> CardOrder:
    return _with_elements(order, "DF02", 0xEF06, lambda all_: all_[:-1])


@mutant
def one_record_with_another_fill(order: CardOrder) -> CardOrder:
    """The date of joining a party, a cn, begins as zeros and not as F."""

    def zeros(element: Element) -> Element:
        return changed(element, type="an") if element.tag == 0x39 else element

    return _with_elements(order, "DF01", 0xEF0A, lambda all_: tuple(map(zeros, all_)))


@mutant
def one_tag_wrong(order: CardOrder) -> CardOrder:
    def wrong(element: Element) -> Element:
        return changed(element, tag=0x36) if element.tag == 0x37 else element

    return _with_elements(order, "DF01", 0xEF0A, lambda all_: tuple(map(wrong, all_)))


@mutant
def log_too_short(order: CardOrder) -> CardOrder:
    return _with_file(order, "DF04", 0xEF08, lambda file: changed(file, records=file.records - 1))


@mutant
def photo_too_short(order: CardOrder) -> CardOrder:
    def cut(file: File) -> File:
        element = file.elements[-1]
        last = changed(element, size=element.size - 16)
        return changed(file, size=(file.size or 16) - 16, elements=(*file.elements[:-1], last))

    return _with_file(order, "SSSE", 0xEF08, cut)


def _with_elements(
    order: CardOrder, name: str, fid: int, change: Callable[[Any], tuple[Element, ...]]
) -> CardOrder:
    return _with_file(order, name, fid, lambda file: changed(file, elements=change(file.elements)))


@mutant
def dir_names_another_application(order: CardOrder) -> CardOrder:
    """The record of DF03 in the DIR file has the name of DF02."""

    def renamed(element: Element) -> Element:
        if element.name != "dir_df03":
            return element
        value = {**element.default["application"], "aid": "D15600000501"}
        return changed(element, default={"application": value})

    return _with_elements(order, "SSSE", 0x001E, lambda all_: tuple(map(renamed, all_)))


@mutant
def directory_with_another_name(order: CardOrder) -> CardOrder:
    name = bytes.fromhex("D15600000514")
    return _with_directory(order, "DF07", lambda each: changed(each, df_name=name))


@mutant
def fci_says_another_algorithm(order: CardOrder) -> CardOrder:
    """9F0C says SM4 on a 3DES card and 3DES on an SM4 card."""
    right = order.suite.algorithm
    wrong = 0x01 if right == 0x03 else 0x03

    def change(directory: Directory) -> Directory:
        fci = directory.fci_proprietary[:-1] + bytes((wrong,))
        return changed(directory, fci_proprietary=fci)

    return _with_directory(order, "SSSE", change)


# Keys and PIN


@mutant
def key_under_a_wrong_name(order: CardOrder) -> CardOrder:
    """UK1DF03 has the values of UK2DF03."""
    versions = (1, 2, 3)
    return _with_keys(
        order,
        {KeyReference("UK1DF03", v): order.keys[KeyReference("UK2DF03", v)] for v in versions},
    )


@mutant
def versions_exchanged(order: CardOrder) -> CardOrder:
    first, second = KeyReference("RK1DF04", 1), KeyReference("RK1DF04", 2)
    return _with_keys(order, {first: order.keys[second], second: order.keys[first]})


@mutant
def third_version_missing(order: CardOrder) -> CardOrder:
    return _with_key(order, "SSSE", "UKSSSE", versions=2)


@mutant
def irk_of_another_card(order: CardOrder) -> CardOrder:
    other = replace(numbers(order.profile), serial=bytes.fromhex("C0666780"))
    keys = station(order.profile).prepare(PERSON, other).keys
    return _with_keys(
        order, {KeyReference("IRK", v): keys[KeyReference("IRK", v)] for v in (1, 2, 3)}
    )


@mutant
def key_of_another_city(order: CardOrder) -> CardOrder:
    """UK3DF01 is derived for another city."""
    store = station(order.profile).store
    factors = Factors.of(_OTHER_CITY, order.historical)
    references = [KeyReference("UK3DF01", version) for version in (1, 2, 3)]
    return _with_keys(
        order,
        {each: store.card_key(each.name, each.version, factors) for each in references},
    )


@mutant
def sealing_key_of_another_directory(order: CardOrder) -> CardOrder:
    one, other = KeyReference("STKDF01", 1), KeyReference("STKDF02", 1)
    return _with_keys(order, {one: order.keys[other]})


@mutant
def key_at_another_id(order: CardOrder) -> CardOrder:
    """RK1DF02 at 8F; the files still ask for 88."""
    return _with_key(order, "DF02", "RK1DF02", kid=0x8F)


@mutant
def pin_with_fewer_tries(order: CardOrder) -> CardOrder:
    return _with_setting(order, "pin_tries", order.profile.setting("pin_tries").number - 3)


@mutant
def another_first_pin(order: CardOrder) -> CardOrder:
    return replace(order, pin=Pin("654321"))


# The card's own numbers


@mutant
def serial_not_that_of_the_atr(order: CardOrder) -> CardOrder:
    return _with_code(order, 8, bytes.fromhex("C0666780"))


@mutant
def authentication_code_wrong(order: CardOrder) -> CardOrder:
    return _with_code(order, 12, bytes.fromhex("01020304"))


@mutant
def city_not_that_of_the_atr(order: CardOrder) -> CardOrder:
    """T8 and T9 of the ATR are of another city; the keys go with the ATR."""
    wrong = order.historical[:7] + bytes.fromhex(_OTHER_CITY)[:2] + order.historical[9:]
    maker = station(order.profile)
    card = wanted(order.profile, PERSON, order.numbers, wrong, maker.store)
    name = order.profile.setting("exchange_key").text
    exchange = maker.exchange.card_key(name, 1, Factors.of(order.numbers.city, wrong))
    return replace(order, historical=wrong, keys=card.keys, exchange=exchange)


@mutant
def version_of_the_first_cards(order: CardOrder) -> CardOrder:
    return _with_values(order, spec_version="1.00")


@mutant
def expired_before_it_was_issued(order: CardOrder) -> CardOrder:
    issued = order.numbers.issued_on
    return _with_values(order, expiry_date=issued.replace(year=issued.year - 1))


@mutant
def hand_over_area_left_open(order: CardOrder) -> CardOrder:
    return order


def _with_code(order: CardOrder, at: int, part: bytes) -> CardOrder:
    code = bytearray(order.card_id_code)
    code[at : at + len(part)] = part
    return _with_values(order, card_identification_code=bytes(code).hex().upper())
