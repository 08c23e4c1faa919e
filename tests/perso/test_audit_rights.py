"""Every right of every file: a card that has another one there is found out, and only there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from simulator import VirtualCard
from sscard.dialects.rights import FREE, NEVER, PIN, AccessRule, Condition
from sscard.perso.order import CardOrder
from sscard.profiles import Directory, File, load_profile

if TYPE_CHECKING:
    from tests.perso.conftest import Audited

Audit = Callable[..., "Audited"]
GEN2 = load_profile("gen2")
RIGHTS = [
    pytest.param(directory, file, access, id=f"{directory.name}/{file.fid:04X} {access}")
    for directory in GEN2.directories
    for file in directory.files
    if file.structure != "internal"
    for access in ("read", "update")
]


def others(directory: Directory, rule: AccessRule) -> Iterator[AccessRule]:
    """Every other rule; with its own key, the first and the last key of the directory."""
    external = [key.kid for key in directory.keys if key.type == "external"]
    reading = (file.read.kid for file in directory.files if file.read.kid)
    own = rule.kid or next(reading, external[0])
    keyed = (Condition.KEY, Condition.PIN_OR_KEY, Condition.PIN_AND_KEY)
    rules = {AccessRule(c, kid) for c in keyed for kid in (own, *external[-2:])}
    yield from {FREE, NEVER, PIN, *rules} - {rule}


def open_with(card: VirtualCard, place: tuple[int, int], access: str, rule: AccessRule) -> None:
    """Change one right in the card's memory."""
    file = card.card._social.files.directories[place[0]].by_fid[place[1]]
    at = file.newest_at + (1 if access == "read" else 3)
    card.card.nvm.write(at, bytes((tuple(Condition).index(rule.condition), rule.kid or 0)))
    card.card.nvm.commit()
    card.reset()
    found = card.card._social.files.directories[place[0]].by_fid[place[1]]
    assert getattr(found, access) == rule, "the test knows where rights are stored"


@pytest.mark.parametrize(("directory", "file", "access"), RIGHTS)
def test_another_right(audited: Audit, directory: Directory, file: File, access: str) -> None:
    for rule in others(directory, getattr(file, access)):
        if {getattr(file, access), rule} <= {NEVER} | and_with_unshown_keys(directory):
            continue
        card = audited()
        open_with(card.card, (directory.fid, file.fid), access, rule)
        expected = [f"{directory.name}/{file.fid:04X}: right to {access}"]
        assert card.wrong() == expected, rule


def and_with_unshown_keys(directory: Directory) -> set[AccessRule]:
    """What cannot be told from "never": the PIN with a key that nothing needs beside the PIN."""
    both = (Condition.PIN_AND_KEY,)
    needed = {file.read.kid for file in directory.files if file.read.condition in both}
    kids = {key.kid for key in directory.keys} - needed
    return {AccessRule(Condition.PIN_AND_KEY, kid) for kid in kids}


def test_every_right_is_tried(audited: Audit) -> None:
    subjects = {each.subject for each in audited().findings()}
    for directory in GEN2.directories:
        for file in directory.files:
            for access in ("read", "update") if file.structure != "internal" else ():
                assert f"{directory.name}/{file.fid:04X}: right to {access}" in subjects


def test_a_right_that_a_key_of_the_parent_opens(audited: Audit, order: CardOrder) -> None:
    """Ids without bit 8 are the parent's keys (ssc 3.4 [S])."""
    rule = AccessRule(Condition.KEY, 0x04)
    card = audited(wanted=with_rule(order, "DF01", 0xEF05, "update", rule))
    assert card.wrong() == ["DF01/EF05: right to update"]
    open_with(card.card, (0xDF01, 0xEF05), "update", rule)
    assert card.wrong() == []
    open_with(card.card, (0xDF01, 0xEF05), "update", NEVER)
    assert card.wrong() == ["DF01/EF05: right to update"], "UKSSSE is shown below SSSE too"


@pytest.mark.parametrize("rule", [PIN, AccessRule(Condition.PIN_OR_KEY, 0x83), FREE])
def test_what_may_be_updated_with_less_hides_no_wrong_content(
    audited: Audit, order: CardOrder, rule: AccessRule
) -> None:
    """Trying to update writes what should be there: the audit reads before."""
    for place, name in (((0xDF01, 0xEF05), "DF01/EF05"), ((0xDF01, 0xEF16), "DF01/EF16")):
        card = audited(wanted=with_rule(order, "DF01", place[1], "update", rule))
        open_with(card.card, place, "update", rule)
        assert card.wrong() == []
        file = card.card.card._social.files.directories[place[0]].by_fid[place[1]]
        at = file.places[0][0] + (2 if place[1] == 0xEF05 else 0)
        card.card.card.nvm.write(at, b"\x7e")
        card.card.card.nvm.commit()
        assert card.wrong() == [name]


def with_rule(
    order: CardOrder, directory: str, fid: int, access: str, rule: AccessRule
) -> CardOrder:
    """The order, its profile stating another right for one file."""

    def file(each: File) -> File:
        return each.model_copy(update={access: rule}) if each.fid == fid else each

    def place(each: Directory) -> Directory:
        files = tuple(map(file, each.files))
        return each.model_copy(update={"files": files}) if each.name == directory else each

    directories = tuple(map(place, order.profile.directories))
    return replace(order, profile=order.profile.model_copy(update={"directories": directories}))
