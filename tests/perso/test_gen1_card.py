"""A card of the first generation, made from its profile: audited, and as real ones answer."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import atr, iso7816
from sscard.cos import NVM, Protocol
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import audit, handover, social_security
from sscard.perso.findings import Proof
from sscard.perso.order import CardNumbers, CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal

VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/field-sequences.toml").read_text("utf-8")
)
SEQUENCES = [each for each in VECTORS["sequence"] if each["card"] == "1.00"]
#: The card identification code of the sequences: another authentication code than the TEST keys'.
IDENTIFICATION = "0110330100D156000005C0666779A1A2A3A4"
#: A POS script reads labels of DF05 and DF06, too: ``gen1`` has no table of theirs, so no entry.
NO_ENTRY = ("00B2055C00", "00B2065C00")


@pytest.fixture(scope="module")
def order_of_gen1(order: CardOrder) -> CardOrder:
    """The holder of the sequences, with a value in every application."""
    numbers = CardNumbers("X00000019", bytes.fromhex("C0666779"), "330100", order.numbers.issued_on)
    person = {
        **{name: order.values[name] for name in ("id_number", "name", "sex", "birth_date")},
        "phone": "13987654321",
        "ethnicity": "01",
        "birthplace": "110101",
        "employer_name": "成都测试有限公司",
        "contribution_base": 3500,
        "degree_first": {"school": "四川大学"},
        "first_employment_date": "2001-09-01",
        "job_record": [{"employer": "成都测试有限公司"}],
        "pension_savings": 12000,
        "unemployment_monthly_amount": 600,
        "medical_institution_name_1": "成都市第一人民医院",
        "medical_balance": 12345,
    }
    return prepare(
        load_profile("gen1"),
        person,
        numbers,
        store=load_social_security(None),
        exchange=load_exchange(None),
        lot="TEST-GEN1",
    )


@pytest.fixture(scope="module")
def cells(order_of_gen1: CardOrder) -> bytes:
    seeded = random.Random(1).randbytes
    card = VirtualCard.blank("gen1-16k", random=seeded)
    run(social_security.personalize(order_of_gen1, seeded), card)
    return bytes(card.card.nvm.cells)


@pytest.fixture
def card(cells: bytes) -> VirtualCard:
    seeded = random.Random(2).randbytes
    card = VirtualCard(NVM(bytearray(cells)), load_chip("gen1-16k"), random=seeded)
    card.power_on()
    return card


@pytest.fixture
def in_the_field(
    card: VirtualCard, clone: Callable[..., Terminal], order_of_gen1: CardOrder
) -> VirtualCard:
    """With the identification of the sequences, on T=0."""
    terminal = type(clone())(card, order_of_gen1)
    terminal.select()
    assert terminal.show("UKSSSE") == 0x9000
    terminal.ok(iso7816.update_record(1, bytes.fromhex(IDENTIFICATION), sfi=5))
    card.power_on(Protocol.T0)
    return card


def test_everything_agrees(card: VirtualCard, order_of_gen1: CardOrder) -> None:
    run(handover.close(order_of_gen1.profile, order_of_gen1.exchange), card)
    findings = run(audit.audit(order_of_gen1, random.Random(3).randbytes), card)
    assert [each.subject for each in findings if not each.agrees] == []
    read = {each.subject for each in findings if each.proof is Proof.READING}
    files = {
        f"{directory.name}/{file.fid:04X}"
        for directory in order_of_gen1.profile.directories
        for file in directory.files
        if file.structure != "internal"
    }
    assert files <= read


def test_a_byte_that_is_another_is_found(card: VirtualCard, order_of_gen1: CardOrder) -> None:
    run(handover.close(order_of_gen1.profile, order_of_gen1.exchange), card)
    wanted = replace(order_of_gen1, values={**order_of_gen1.values, "medical_balance": 12346})
    findings = run(audit.audit(wanted, random.Random(3).randbytes), card)
    assert [each.subject for each in findings if not each.agrees] == ["DF04/EF06"]


def test_its_historical_bytes_are_those_of_the_trace(card: VirtualCard) -> None:
    historical = atr.historical_bytes(card.reset()).hex().upper()
    assert historical == VECTORS["v100"]["historical"]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda each: each["name"])
def test_a_card_made_from_the_profile_answers_as_the_field_has_it(
    in_the_field: VirtualCard, sequence: dict[str, Any]
) -> None:
    for tpdu, wanted in sequence["talk"]:
        expected = "6A83" if tpdu in NO_ENTRY else wanted
        answer = in_the_field.transmit(bytes.fromhex(tpdu)).hex().upper()
        assert re.fullmatch(expected, answer), f"{tpdu} got {answer}"


@pytest.mark.parametrize(
    ("fid", "number", "record"),
    [
        ("EF05", 2, "020133"),
        ("EF05", 3, "0304312E3030"),
        ("EF06", 4, "0B0101"),
        ("EF06", 5, "0C03110101"),
        ("EF06", 6, "0D0419900307"),
    ],
)
def test_records_of_the_sequences_that_nobody_reads(
    in_the_field: VirtualCard, fid: str, number: int, record: str
) -> None:
    table = VECTORS["v100"][fid.lower()]
    assert table[number - 1] == record
    in_the_field.transmit(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    assert in_the_field.transmit(bytes.fromhex(f"00A4000002{fid}")) == b"\x90\x00"
    answer = in_the_field.transmit(bytes.fromhex(f"00B2{number:02X}0400"))
    assert answer.hex().upper() == f"{record}9000"


def test_there_is_no_name_extension(in_the_field: VirtualCard) -> None:
    in_the_field.transmit(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    assert in_the_field.transmit(bytes.fromhex("00B24E3016")).hex().upper() == "6A83"
