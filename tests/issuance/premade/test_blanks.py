"""Pre-made blanks: what is on them, and what keeps one from reaching a holder."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sscard.errors import NotVerified, ProfileError
from sscard.perso import pse
from sscard.perso.audit import require
from sscard.perso.completion_files import IncompleteBlank, OtherHolder
from sscard.perso.findings import Finding, Proof
from sscard.perso.inventory import inventory
from sscard.perso.node import Node
from sscard.perso.order import CardNumbers
from sscard.perso.plan import run
from sscard.profiles import Profile

if TYPE_CHECKING:
    from simulator import VirtualCard
    from tests.issuance.premade.conftest import Workshop

SAME = "financial side as it was made"


def wrong(findings: tuple[Finding, ...]) -> list[str]:
    return [each.subject for each in findings if not each.agrees]


def find(node: Node, *path: str) -> Node:
    for step in path:
        node = next(each for each in node.children if step in (each.identifier, each.name))
    return node


def below(node: Node) -> list[Node]:
    return [each for child in node.children for each in (child, *below(child))]


def test_a_blank_passes_its_audit(workshop: Workshop) -> None:
    blank, today = workshop.blank(), workshop.today
    order = workshop.social.prepare(workshop.serial, today)
    require(workshop.social.audit(order, blank))
    require(workshop.bank.audit(workshop.made[1], blank))
    card = workshop.counter.identify(blank)
    assert card == workshop.record
    assert card.bank_number == workshop.account.number
    found = workshop.counter.inspect(card, blank, today, workshop.record.bank.digest)
    require(found)
    assert Finding(SAME, Proof.READING) in found


def test_each_part_makes_its_half(workshop: Workshop) -> None:
    workshop.social.rehearse(workshop.today)
    workshop.bank.rehearse(workshop.today)
    order, card = workshop.social.prepare(workshop.serial, workshop.today), workshop.half()
    require(workshop.social.audit(order, card, after_bank=False))
    assert workshop.bank.identify(card) == order.historical
    assert wrong(workshop.social.audit(order, card)) == ["hand-over area closed"]
    workshop.whole(card)
    assert wrong(workshop.social.audit(order, card, after_bank=False)) == [
        "hand-over area never used"
    ]


def test_a_blank_names_nobody(workshop: Workshop) -> None:
    found = run(inventory(workshop.profile, workshop.store, None), workshop.blank())
    elements = [each for each in below(find(found, "SSSE")) if each.kind == "element"]
    names = {each.name for each in elements if not each.empty}
    directory = {"application", "label", "aid"} | {f"dir_df0{each}" for each in range(1, 8)}
    own = {"card_identification_code", "spec_version", "initialization_organization"}
    assert names - directory == own
    debit = find(found, "A000000333010101")
    assert find(debit, "1.1", "70", "5F20").raw == b" " * 26
    assert not {each.identifier for each in below(debit)} & {"9F61", "9F62", "9F0B"}


def test_a_card_that_has_carried_somebody_is_no_blank(second: Workshop) -> None:
    card, station = second.empty(), second.social.station
    numbers = CardNumbers(second.number, second.serial, station.city, second.today)
    order = station.prepare(second.person, numbers)
    station.run(order, card)
    with pytest.raises(NotVerified, match="hand-over area has been used"):
        second.bank.identify(card)
    second.bank.station.close(card, order.historical)
    with pytest.raises(NotVerified, match="hand-over area has been used"):
        second.bank.identify(card)


def test_the_area_may_be_left_as_it_is(second: Workshop) -> None:
    region = second.changed(premade_handover="never used")
    blank = region.blank()
    require(region.counter.inspect(region.record, blank, region.today))
    region.counter.complete(region.order(), blank)
    require(region.counter.audit(region.order(), blank))
    assert wrong(second.counter.audit(second.order(), blank)) == ["hand-over area closed"]
    with pytest.raises(IncompleteBlank, match=r"not complete: hand-over area closed$"):
        second.counter.complete(second.order(), region.blank())
    with pytest.raises(IncompleteBlank, match=r"not complete: hand-over area never used$"):
        region.counter.complete(region.order(), second.blank())


def test_an_element_that_no_card_has_is_a_mistake_of_the_profile(second: Workshop) -> None:
    region = second.changed(premade_elements="card_id")
    for part in (region.social, region.counter):
        with pytest.raises(ProfileError, match="premade_elements: there is no element card_id"):
            part.rehearse(region.today)


def test_cards_that_the_bank_prepared_by_person_are_no_blanks(second: Workshop) -> None:
    station: Any = replace(second.bank.station, prepared=object())
    with pytest.raises(ProfileError, match="prepared by person"):
        replace(second.bank, station=station).rehearse(second.today)


# What is not complete.


def lacking(profile: Profile, directory: str, key: str) -> Profile:
    """Its cards lack a key: nobody validates it."""
    directories = tuple(
        each.model_copy(update={"keys": tuple(k for k in each.keys if k.name != key)})
        if each.name == directory
        else each
        for each in profile.directories
    )
    return profile.model_copy(update={"directories": directories})


def refused(workshop: Workshop, card: VirtualCard, error: type[Exception], why: str) -> None:
    refusal = workshop.refusal(card)
    assert isinstance(refusal, error)
    assert re.search(why, str(refusal)), refusal


@pytest.mark.parametrize(
    ("directory", "key"), [("SSSE", "RKSSSE"), ("DF01", "UK4DF01"), ("DF02", "RK1DF02")]
)
def test_a_missing_key_is_named_while_the_card_is_nobodys(
    second: Workshop, directory: str, key: str
) -> None:
    card = second.half(profile=lacking(second.profile, directory, key))
    second.whole(card)
    found = wrong(second.counter.inspect(second.counter.identify(card), card, second.today))
    assert f"{key} v1" in found
    refused(second, card, IncompleteBlank, rf"not complete: {directory}/{key}$")


def test_a_missing_directory_is_named(second: Workshop) -> None:
    profile = second.profile
    most = tuple(each for each in profile.directories if each.name != "DF02")
    card = second.half(profile=profile.model_copy(update={"directories": most}))
    second.whole(card)
    refused(second, card, IncompleteBlank, r"not complete: DF02$")


def test_missing_elements_are_named(second: Workshop) -> None:
    values = second.social.prepare(second.serial, second.today).values
    card = second.half(values={"spec_version": values["spec_version"]})
    second.whole(card)
    names = "card_identification_code, SSSE/EF05 initialization_organization"
    refused(second, card, IncompleteBlank, rf"not complete: SSSE/EF05 {names}$")


@pytest.mark.parametrize(
    ("element", "value", "place"),
    [("name", "诸葛", "EF06 name"), ("card_number", "X00000019", "EF05 card_number")],
)
def test_somebodys_data_without_a_number_are_no_blank(
    second: Workshop, element: str, value: str, place: str
) -> None:
    values = second.social.prepare(second.serial, second.today).values
    card = second.half(values={**values, element: value})
    second.whole(card)
    refused(second, card, OtherHolder, f"holds something else in SSSE/{place}$")


def test_a_photo_without_a_number_is_no_blank(second: Workshop) -> None:
    values = second.social.prepare(second.serial, second.today).values
    card = second.half(values={**values, "photo": "FFD8"})
    second.whole(card)
    refused(second, card, OtherHolder, "holds something else in SSSE/EF08$")


def test_without_its_financial_side_no_card_is_a_blank(workshop: Workshop) -> None:
    for card, why in ((workshop.empty(), "no serial number"), (workshop.half(), "PSE names no")):
        with pytest.raises(NotVerified, match=why):
            workshop.counter.identify(card)
    refused(workshop, workshop.half(), IncompleteBlank, r"not complete: hand-over area closed$")


@pytest.mark.parametrize(
    ("titles", "why"),
    [
        (["debit application"], "PSE names no directory"),
        (["PSE"], "debit application is not personalized"),
    ],
)
def test_half_a_financial_side_is_named(second: Workshop, titles: list[str], why: str) -> None:
    card = second.half()
    station = second.bank.station
    some = [each for each in second.made[1] if each.title in titles]
    run(pse.personalize(some, station.store, random=bytes), card)
    with pytest.raises(NotVerified, match=why):
        second.counter.identify(card)


def test_a_card_of_another_region_is_not_asked(second: Workshop) -> None:
    region = second.changed(issuing_division="510100")
    with pytest.raises(NotVerified, match="of another region"):
        region.counter.identify(second.blank())


def test_what_the_stock_list_says_is_compared(second: Workshop) -> None:
    card = second.blank()
    found = second.counter.inspect(second.record, card, second.today, bytes(32))
    assert wrong(found) == [SAME]
    second.counter.complete(second.order(), card)
    assert Finding(SAME, Proof.NOT_PROVEN) in second.counter.audit(second.order(), card)
    assert wrong(second.counter.audit(second.order(), card, bytes(32))) == [SAME]


def test_nothing_personal_shows(workshop: Workshop) -> None:
    shown = repr((workshop.record, workshop.order(), workshop.social, workshop.counter))
    hidden = [workshop.account.number, workshop.record.bank.digest.hex()]
    personal = [each for each in map(str, workshop.person.values()) if len(each) > 1]
    assert [each for each in (*hidden, *personal) if each in shown] == []
