"""What a bank may ask for besides: product, signatures as a record, a second currency's cash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from simulator import VirtualCard
from sscard.apdu import afl, tlv
from sscard.errors import ProfileError
from sscard.keys.stores import load_bank
from sscard.perso import audit_pse, pse, pse_options
from sscard.perso.plan import run
from sscard.perso.pse_data import BankAccount, Instance, prepare
from sscard.perso.pse_settings import Bank
from sscard.profiles import Profile, Setting, load_profile

ACCOUNT = BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
TODAY = date(2026, 2, 3)
PRODUCT = "00000000000000000102030000000000"
SECOND: Mapping[str, str | int] = {
    "second_cash_currency": "0344",
    "second_cash_balance": 1234,
    "second_cash_limit": 100_000,
    "second_cash_transaction_limit": 50_000,
    "second_cash_reset_threshold": 10_000,
    "second_cash_cvm_limit": 30_000,
}


def with_wishes(name: str, wishes: Mapping[str, str | int]) -> Profile:
    profile = load_profile(name)
    said = {each: Setting(value=v, source="test", mark="assumed") for each, v in wishes.items()}
    written = tuple(each.model_copy(update={"written": True}) for each in profile.groupings)
    return profile.model_copy(update={"bank": {**profile.bank, **said}, "groupings": written})


def made(profile: Profile) -> tuple[Instance, ...]:
    return prepare(profile, ACCOUNT, "WANG", load_bank(), effective=TODAY)


def personalized(instances: tuple[Instance, ...], chip: str) -> VirtualCard:
    card = VirtualCard.blank(chip)
    card.power_on()
    run(pse.personalize(instances, load_bank(), random=bytes), card)
    card.reset()
    return card


def test_nothing_of_it_is_there_where_no_bank_asks() -> None:
    debit = made(load_profile("gen3"))[-1]
    assert tlv.find(debit.value(0x0101), 0x70, 0x9F63) is None
    assert not [tag for tag, _ in tlv.parse(debit.value(0x0D01)) if tag >> 4 == 0xDF7]


@pytest.mark.parametrize(("name", "chip"), [("gen2", "gen2-32k"), ("gen3", "gen3-80k")])
def test_the_product_is_in_the_record_of_the_track(name: str, chip: str) -> None:
    instances = made(with_wishes(name, {"product_identification": PRODUCT}))
    assert tlv.find(instances[-1].value(0x0101), 0x70, 0x9F63) == bytes.fromhex(PRODUCT)
    findings = run(audit_pse.audit(instances), personalized(instances, chip))
    assert "debit application: record 0101" in [each.subject for each in findings]
    assert all(each.agrees for each in findings)


def test_cash_of_a_second_currency() -> None:
    """The card stores it and gives it to GET DATA."""
    instances = made(with_wishes("gen3", SECOND))
    objects = dict(tlv.parse(instances[-1].value(0x0D01)))
    found = {tag: value.hex() for tag, value in objects.items() if tag >> 4 == 0xDF7}
    assert found == {
        0xDF71: "0344",
        0xDF72: "000000030000",
        0xDF76: "000000010000",
        0xDF77: "000000100000",
        0xDF78: "000000050000",
        0xDF79: "000000001234",
    }
    card = personalized(instances, "gen3-80k")
    findings = {each.subject: each.agrees for each in run(audit_pse.audit(instances), card)}
    assert all(findings[f"debit application: data object {tag:X}"] for tag in found)


def test_a_second_currency_is_asked_for_as_a_whole() -> None:
    with pytest.raises(ProfileError, match="no bank setting second_cash_cvm_limit"):
        made(with_wishes("gen3", {"second_cash_currency": "0344"}))


def test_a_long_signature_is_named_as_a_record_only_where_it_is_one() -> None:
    """DGI 0601 itself is never written: the card makes it up."""
    on = Bank(with_wishes("gen3", {"signature_record": "on"}))
    assert not pse_options.needs_record(on, 128)
    assert pse_options.needs_record(on, 144)
    there = {0x0101, 0x0201, 0x0301, *pse_options.RSA.certificates, 0x0401}
    for virtual in (False, True):
        made = pse_options.options(on, pse_options.RSA, there, signed=True, virtual=virtual)
        places = {
            each.identifier: list(afl.records(tlv.find(each.value, 0x94) or b"")) for each in made
        }
        assert ((6, 1) in places.pop(0x9207)) == virtual
        assert not [each for each in places.values() if (6, 1) in each]
    wishes: Mapping[str, str | int]
    for wishes in ({}, {"signature_record": "off"}):
        with pytest.raises(ProfileError, match="must be on for card keys of 1152 bits"):
            pse_options.needs_record(Bank(with_wishes("gen3", wishes)), 144)
    assert not pse_options.needs_record(Bank(load_profile("gen2")), 144), "no antenna"
