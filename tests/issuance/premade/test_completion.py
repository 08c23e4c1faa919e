"""A counter makes a person's card of a blank, with social-security keys only."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu.iso7816 import INS
from sscard.dialects import reference
from sscard.dialects.operations import WriteHistorical
from sscard.errors import ProfileError
from sscard.perso import audit
from sscard.perso.audit import require
from sscard.perso.completion import AnotherCard, Completed
from sscard.perso.completion_files import OtherHolder
from sscard.perso.findings import Finding
from sscard.perso.order import CardNumbers, prepare
from sscard.perso.plan import Connection, run
from sscard.perso.standing import Standing

if TYPE_CHECKING:
    from tests.issuance.premade.conftest import Workshop

Reader = Callable[..., Any]


def audited(workshop: Workshop, card: Connection) -> tuple[Finding, ...]:
    """The audit of this person's card, had it been made by the stations: it knows of no blanks."""
    like_any_other = prepare(
        workshop.profile,
        workshop.person,
        CardNumbers(workshop.number, workshop.serial, "639900", workshop.today),
        store=workshop.store,
        exchange=workshop.exchange,
        lot=workshop.chip.lot,
    )
    return run(audit.audit(like_any_other, random.Random(7).randbytes), card)


def test_a_completed_blank_is_a_card_like_any_other(workshop: Workshop) -> None:
    card = workshop.blank()
    done = workshop.counter.complete(workshop.order(), card)
    assert done.before is Standing.BLANK
    assert done.written[0] == "SSSE/EF06"
    assert {*done.written[1:]} == {"SSSE/EF05", "SSSE/EF08", "DF01/EF06", "DF02/EF07"}
    require(audited(workshop, card))
    require(workshop.bank.audit(workshop.made[1], card))
    require(workshop.counter.audit(workshop.order(), card, workshop.record.bank.digest))


def test_the_id_number_comes_first(workshop: Workshop, reader: Reader) -> None:
    card = reader(workshop.blank())
    workshop.counter.complete(workshop.order(), card)
    assert b"110101199003070038" in card.sent[card.updates[0]]


def test_the_same_order_again_writes_nothing(workshop: Workshop, reader: Reader) -> None:
    card, order = reader(workshop.blank()), workshop.order()
    first = workshop.counter.complete(order, card)
    assert workshop.counter.standing(order, card) is Standing.COMPLETE
    card.sent.clear()
    assert workshop.counter.complete(order, card) == Completed(Standing.COMPLETE, (), first.written)
    assert not card.updates


def test_nobody_gets_another_persons_card(workshop: Workshop, reader: Reader) -> None:
    card = reader(workshop.blank())
    workshop.counter.complete(workshop.order(), card)
    card.sent.clear()
    others = {
        "the card is another person's": workshop.order(id_number="11010119900307803X"),
        "EF05 card_number": workshop.order("X00000027"),
        "EF06 name": workshop.order(name="诸葛"),
        "EF05 issue_date": workshop.order(day=date(2026, 2, 1)),
        "DF02/EF07": workshop.order(job_record=[{"employer": "丙公司"}]),
    }
    for why, order in others.items():
        for attempt in (workshop.counter.standing, workshop.counter.complete):
            with pytest.raises(OtherHolder, match=why):
                attempt(order, card)
    assert not card.updates
    require(audited(workshop, card))


def test_a_person_is_bound_to_one_blank(second: Workshop, other: Workshop) -> None:
    with pytest.raises(AnotherCard, match="another ATR"):
        second.counter.complete(second.order(), other.blank())
    order = replace(second.order(), bank_number=other.record.bank_number)
    with pytest.raises(AnotherCard, match="another account"):
        second.counter.complete(order, second.blank())


def test_nobodys_card_and_no_card_number_are_refused(second: Workshop) -> None:
    with pytest.raises(ProfileError, match="would be nobody's"):
        second.order(id_number="")
    with pytest.raises(ValueError, match="card number"):
        second.order("12")


def everything(workshop: Workshop, card: Connection) -> None:
    """All that the counter does with a card."""
    counter, made = workshop.counter, workshop.record.bank.digest
    counter.inspect(counter.identify(card), card, workshop.today, made)
    counter.standing(workshop.order(), card)
    counter.complete(workshop.order(), card)
    counter.audit(workshop.order(), card, made)


def test_the_counter_tells_the_bank_nothing(workshop: Workshop, reader: Reader) -> None:
    """It reads there, and says nothing that any key or PIN of the bank is needed for."""
    card = reader(workshop.blank())
    everything(workshop, card)
    names = [workshop.profile.bank_setting(each).data for each in ("pse_name", "aid")]
    inside, said = False, set()
    for command in card.sent:
        if not command or command[1] == INS.SELECT:
            inside = command[5:19] in names or command[5:13] in names
        if inside:
            said.add(command[1])
    assert said == {INS.SELECT, INS.READ_RECORD, INS.GET_PROCESSING_OPTIONS}


def test_the_counter_tells_the_factory_one_thing(workshop: Workshop, reader: Reader) -> None:
    """Keys and files are made there; it says what a card refuses when that is over."""
    card = reader(workshop.blank())
    everything(workshop, card)
    factory = {(row.cla, row.ins, row.p1): row.operation for row in reference.ROWS}
    said = {factory.get(tuple(each[:3])) for each in card.sent if each} - {None}
    assert said == {WriteHistorical}
