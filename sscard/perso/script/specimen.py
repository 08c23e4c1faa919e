"""A card for nobody that has every value there can be: what a script for a batch is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sscard.perso.order import CardOrder
from sscard.perso.script.card_data import contents
from sscard.profiles import Element, Profile

#: Without these no card is made (issuance 3, flow F): they are in every card's data.
_ALWAYS = frozenset({"id_number", "name"})


def specimen(profile: Profile) -> Mapping[str, object]:
    """An example value for each element that has one, as often as there is room for it."""
    values: dict[str, object] = {}
    for directory in profile.directories:
        for file in directory.files:
            for element in file.elements:
                if element.name in profile.elements and element.examples:
                    values[element.name] = _example(element, file.records or element.repeat)
    return values


def optional(order: CardOrder) -> frozenset[str]:
    """The contents of a specimen's card that other cards may lack, by their names."""
    person = set(specimen(order.profile)) - _ALWAYS
    issued = order.values
    bare = replace(
        order, values={name: value for name, value in issued.items() if name not in person}
    )
    return _names(order) - _names(bare)


def _names(order: CardOrder) -> frozenset[str]:
    return frozenset(content.name for content in contents(order))


def _example(element: Element, room: int) -> object:
    value = element.examples[0][0]
    return value if room == 1 else [value] * room
