"""What a profile declares the stations put on the card: tries, validity, groupings, PPSE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from simulator import Protocol, VirtualCard
from sscard.apdu import aid, iso7816, tlv
from sscard.channel import authenticate
from sscard.dialects.operations import KeyType, LoadKey
from sscard.errors import KeyStoreError, ProfileError
from sscard.issuance.card_signing import new_signing
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SM4_SUITE, TDES, ChipLot
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.perso import audit_pse, pse, social_security, structure
from sscard.perso.findings import Finding, Proof
from sscard.perso.order import CardNumbers, CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles import Profile, Setting, load_profile

TODAY = date(2026, 2, 3)
GEN2, GEN3 = load_profile("gen2"), load_profile("gen3")
#: Published trace of a PPSE (pboc 2.2 [H]).
PPSE_TRACE = (
    "6F30840E325041592E5359532E4444463031A51EBF0C1B61194F08A000000333010101500A50424F432044454249"
    "54870101"
)


def changed(profile: Profile, group: str, **values: str | int) -> Profile:
    own = {name: Setting(value=v, source="test", mark="S") for name, v in values.items()}
    return profile.model_copy(update={group: {**getattr(profile, group), **own}})


def instances(profile: Profile) -> tuple[pse.Instance, ...]:
    account = account_of_test_bank(profile, "6228000000000011", TODAY)
    return pse.prepare(
        profile,
        account,
        "诸葛验收",
        load_bank(),
        effective=TODAY,
        id_number="110101199003070038",
        signing=new_signing(profile, issuers(), bytes_of),
    )


def bytes_of(count: int) -> bytes:
    return b"\x07" * count


@cache
def issuers() -> CertificateStore:
    return load_certificates(random=bytes_of)


@pytest.mark.parametrize("profile", [GEN2, GEN3], ids=["gen2", "gen3"])
def test_the_groupings_declared_as_written_are_those_that_are_sent(profile: Profile) -> None:
    titles = {"debit application": "debit"}
    sent = {
        (titles.get(instance.title, instance.title), each.identifier): each.secret
        for instance in instances(profile)
        for each in instance.dgis
    }
    written = [each for each in profile.groupings if each.written]
    assert sent == {
        (each.application, dgi): each.secret
        for each in written
        for dgi in range(each.dgi, (each.last or each.dgi) + 1)
    }


def test_the_ppse_is_on_a_card_with_an_antenna_as_the_published_one() -> None:
    prepared = instances(GEN3)
    assert [instance.title for instance in prepared] == ["PSE", "PPSE", "debit application"]
    card = VirtualCard.blank(GEN3.chip)
    card.power_on()
    run(pse.personalize(prepared, load_bank(), random=bytes), card)
    card.reset()
    found = run(audit_pse.audit(prepared), card)
    assert all(each.agrees for each in found)
    assert _about_ppse(found) == [("PPSE: FCI", Proof.NOT_PROVEN)], "contacts do not see it"
    card.power_on(Protocol.CONTACTLESS)
    assert card.transmit(bytes(iso7816.select(aid.PPSE))).hex().upper() == PPSE_TRACE + "9000"
    found = run(audit_pse.audit(prepared), card)
    assert _about_ppse(found) == [
        ("PPSE: FCI", Proof.READING),
        ("PPSE: end of directory", Proof.READING),
    ]


def _about_ppse(found: tuple[Finding, ...]) -> list[tuple[str, Proof]]:
    return [(each.subject, each.proof) for each in found if each.subject.startswith("PPSE")]


def test_the_audit_sees_another_ppse() -> None:
    card = VirtualCard.blank(GEN3.chip)
    card.power_on()
    run(pse.personalize(instances(GEN3), load_bank(), random=bytes), card)
    card.power_on(Protocol.CONTACTLESS)
    others = instances(changed(GEN3, "bank", priority="02"))
    wrong = [each.subject for each in run(audit_pse.audit(others), card) if not each.agrees]
    assert "PPSE: FCI" in wrong


def test_a_card_without_an_antenna_has_no_ppse() -> None:
    assert [instance.name for instance in instances(GEN2)] == [aid.PSE, aid.DEBIT]


def expiry(profile: Profile) -> bytes | None:
    return tlv.find(instances(profile)[-1].value(0x0301), 0x70, 0x5F24)


def test_validity_is_three_facts_and_none_moves_another(sm4_order: CardOrder) -> None:
    def tag_06(profile: Profile) -> object:
        order = prepare(
            profile,
            {},
            sm4_order.numbers,
            store=load_social_security(None, SM4_SUITE),
            exchange=load_exchange(None, SM4_SUITE),
            lot="TEST-GEN3",
        )
        return order.values["expiry_date"]

    face = changed(GEN3, "settings", validity_on_face="printed")
    chip = changed(GEN3, "settings", validity_years=20)
    bank = changed(GEN3, "bank", validity_years=5)
    assert [(tag_06(each), expiry(each)) for each in (GEN3, face, chip, bank)] == [
        (date(2036, 1, 31), bytes.fromhex("360229")),
        (date(2036, 1, 31), bytes.fromhex("360229")),
        (date(2046, 1, 31), bytes.fromhex("360229")),
        (date(2036, 1, 31), bytes.fromhex("310228")),
    ]
    shown = {each.setting("validity_on_face").value for each in (GEN2, GEN3)}
    assert shown == {"printed", "not printed"}


def tries(order: CardOrder) -> Iterator[tuple[str, int]]:
    """Type of a key and its tries, in the MF and in all directories."""
    yield from (
        ("exchange", each.limit) for each in structure.main_file(order) if isinstance(each, LoadKey)
    )
    for directory in order.profile.directories:
        for each in structure.contents(order, directory):
            if isinstance(each, LoadKey):
                puk = directory.name == "SSSE" and each.kid == 6 and each.type is KeyType.EXTERNAL
                yield "PUK" if puk else each.type.name, each.limit


def test_tries_of_keys_are_the_region_s(order: CardOrder) -> None:
    others = {"INTERNAL", "MAINTENANCE", "LOAD", "PURCHASE", "TRANSACTION"}
    plain = set(tries(order))
    assert plain == {("PUK", 3), ("PIN", 6)} | {
        (name, 0) for name in (*others, "EXTERNAL", "LOCK", "exchange")
    }
    own = changed(
        GEN2, "settings", external_key_tries=5, lock_key_tries=7, exchange_key_tries=9, pin_tries=3
    )
    assert set(tries(replace(order, profile=own))) == {("PUK", 3), ("PIN", 3)} | {
        *((name, 0) for name in others), ("EXTERNAL", 5), ("LOCK", 7), ("exchange", 9)
    }  # fmt: skip


def test_a_key_with_tries_is_locked_on_the_card() -> None:
    own = changed(GEN2, "settings", external_key_tries=2)
    station = SocialStation(own, load_social_security(), load_exchange(), "TEST-GEN2", bytes)
    order = station.prepare(
        {"id_number": "110101199003070038", "name": "诸葛验收"},
        CardNumbers("X00000019", bytes(3) + b"\1", "510100", TODAY),
    )
    card = VirtualCard.blank(own.chip, lot=order.lot)
    card.power_on()
    run(social_security.personalize(order, bytes), card)
    card.reset()
    card.transmit(bytes(iso7816.select(own.directory("SSSE").df_name)))
    answers = []
    for _ in range(3):
        challenge = card.transmit(bytes(iso7816.get_challenge(8)))[:8]
        proof = authenticate(order.suite, TDES(bytes(16)), challenge, challenge)
        answers.append(card.transmit(bytes.fromhex("0082000A10") + proof + challenge).hex())
    assert answers == ["63c1", "63c0", "6983"]


class NumberedLots:
    """A store whose lot is not blank."""

    def __init__(self) -> None:
        self._store = load_social_security()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def lot(self, name: str) -> ChipLot:
        lot = self._store.lot(name)
        return replace(lot, blank_historical=lot.blank_historical[:-1] + b"\1")


def test_a_lot_of_chips_with_a_serial_number_is_refused_before_any_chip() -> None:
    store = NumberedLots()
    station = SocialStation(GEN2, store, load_exchange(), "TEST-GEN2", bytes)  # type: ignore[arg-type]
    said = "lot TEST-GEN2: blank_historical has a serial number, so the chips would not be blank"
    with pytest.raises(KeyStoreError, match=f"^{said}$"):
        station.rehearse(TODAY)


@pytest.mark.parametrize("setting", ["pse_name", "ppse_name", "aid"])
def test_names_other_than_the_chip_s_are_refused_before_any_chip(setting: str) -> None:
    own = changed(GEN3, "bank", **{setting: "A000000333010199"})
    exchange = load_exchange(None, SM4_SUITE)
    station = BankStation(own, load_bank(), exchange, bytes_of, issuers())
    with pytest.raises(ProfileError) as caught:
        station.rehearse(TODAY)
    assert str(caught.value) == (
        "profile gen3: bank.pse_name and bank.ppse_name and bank.aid must be those that the chip "
        "comes with, 315041592E5359532E4444463031 and 325041592E5359532E4444463031 and "
        "A000000333010101"
    )


def test_the_profile_says_in_which_form_the_card_gets_its_rsa_key() -> None:
    """Exponent and modulus instead of five numbers; the card signs with them."""
    written = [each.model_copy(update={"written": True}) for each in GEN3.groupings]
    groupings = tuple(
        each if each.dgi != 0x8201 else each.model_copy(update={"dgi": dgi, "last": None})
        for each in written
        for dgi in ((0x8101, 0x8103) if each.dgi == 0x8201 else (0,))
    )
    profile = GEN3.model_copy(update={"groupings": groupings})
    (*_, debit) = prepared = instances(profile)
    assert (0x8101 in debit, 0x8103 in debit, 0x8201 in debit) == (True, True, False)
    card = VirtualCard.blank(GEN3.chip)
    card.power_on()
    assert run(pse.personalize(prepared, load_bank(), random=bytes), card)[-1] == debit.title
