"""The audit of cards that pay: what a terminal and the issuer's host find, and what they miss."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from simulator import VirtualCard
from sscard.apdu import dol, pboc, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.cvr import Fact
from sscard.apdu.issuer_data import IssuerApplicationData
from sscard.apdu.response import ResponseAPDU
from sscard.issuance.card_keys import CardKeys
from sscard.issuance.card_signing import new_signing
from sscard.keys import rsa_generation, sm2_keys
from sscard.keys.application_cryptogram import TDES_FAMILY
from sscard.keys.issuer_operations import CardInUse, DerivedOperations
from sscard.keys.stores import load_bank
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.perso import audit_pse
from sscard.perso.audit_transaction import Witnesses
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import run
from sscard.perso.pse import BankAccount, Instance, personalize, prepare
from sscard.profiles import load_profile

ACCOUNT = BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
DEBIT = "debit application: "
CHIPS = {"gen2": "gen2-32k", "gen3": "gen3-80k"}
#: How many transactions an audit begins.
COST = {"gen2": 1, "gen3": 2}
#: What is said of one family, and of the other with ", SM" behind it.
SIGNED = ("certificates", "private key")
#: Keys that a decline shows, by whether 9F10 tells amounts, and those that it does not.
PROVEN = {"gen2": ("UDK-AC",), "gen3": ("UDK-AC", "UDK-MAC")}
OPEN = {"gen2": ("UDK-MAC", "UDK-ENC"), "gen3": ("UDK-ENC",)}


@cache
def issuers() -> CertificateStore:
    return load_certificates(random=random.Random(3).randbytes)


@cache
def prepared(name: str) -> tuple[Instance, ...]:
    profile, source = load_profile(name), random.Random(4).randbytes
    keys = CardKeys(rsa_generation.generate, lambda: sm2_keys.generate(source))
    return prepare(
        profile,
        ACCOUNT,
        "诸葛验收",
        load_bank(),
        effective=date(2026, 2, 3),
        id_number="110101199003070038",
        signing=new_signing(profile, issuers(), source, keys),
    )


def card_with(name: str, instances: tuple[Instance, ...]) -> VirtualCard:
    card = VirtualCard.blank(CHIPS[name])
    card.power_on()
    run(personalize(instances, load_bank(), random=bytes), card)
    card.reset()
    return card


def witnesses() -> Witnesses:
    keys = issuers().rsa_authorities, issuers().sm2_authorities
    return Witnesses(*keys, DerivedOperations.of(load_bank()), b"\x12\x34\x56\x78")


def wrong(findings: tuple[Finding, ...]) -> list[str]:
    return [each.subject.removeprefix(DEBIT) for each in findings if not each.agrees]


def by(findings: tuple[Finding, ...], *proofs: Proof) -> set[str]:
    return {each.subject.removeprefix(DEBIT) for each in findings if each.proof in proofs}


@pytest.mark.parametrize("name", CHIPS)
def test_what_is_proven_of_a_good_card(name: str) -> None:
    findings = run(audit_pse.audit(prepared(name), witnesses()), card_with(name, prepared(name)))
    assert wrong(findings) == []
    ends = ("", ", SM") if name == "gen3" else ("",)
    assert by(findings, Proof.SIGNATURE) == {each + end for each in SIGNED for end in ends}
    assert by(findings, Proof.TRANSACTION) == {each + end for each in PROVEN[name] for end in ends}
    left = {each + end for each in OPEN[name] for end in ends}
    left |= {"data object 9F36", "data object 9F13"}
    if name == "gen3":
        left |= {f"data object {tag}" for tag in ("9F5D", "9F6C", "DF7E", "DF7F")}
        left |= {"DGI 9103", "DGI 9207", "DGI 9208"}
        left |= {f"options of electronic cash{end}" for end in ends}
        left |= {"PPSE: FCI"}  # found over the antenna only
    assert by(findings, Proof.NOT_PROVEN) == left
    assert len(findings) == len(set(findings)), "every fact once"


@pytest.mark.parametrize("name", CHIPS)
def test_every_record_and_options_are_read(name: str) -> None:
    findings = run(audit_pse.audit(prepared(name), witnesses()), card_with(name, prepared(name)))
    read = by(findings, Proof.READING)
    on_card = [each.identifier for each in prepared(name)[-1].dgis]
    assert {f"record {each:04X}" for each in on_card if each < 0x0B00} <= read
    options = {each for each in read if "options" in each}
    assert len(options) == sum(each in on_card for each in (0x9104, 0x9105))


@pytest.mark.parametrize("name", CHIPS)
def test_what_the_audit_costs(name: str) -> None:
    """The counter, and nothing that an issuer would ask about."""
    card = card_with(name, prepared(name))
    run(audit_pse.audit(prepared(name), witnesses()), card)
    card.reset()
    card.transmit(bytes(pboc.select(prepared(name)[-1].name)))
    assert tell(card, 0x9F36) == f"{COST[name]:04}", "one transaction of each family"
    assert tell(card, 0x9F13) == "0000"
    assert tell(card, 0x9F17) == prepared(name)[-1].value(0x9010)[:1].hex()
    if name == "gen3":
        assert tell(card, 0x9F79) == "000000000000"
    assert card.transmit(bytes.fromhex("00B2015C00"))[-2:].hex() == "6a83", "no log entry"


def terminal_says(values: Mapping[int, bytes], wanted: bytes) -> bytes:
    return dol.fill(wanted, {0x5F2A: b"\x01\x56", 0x9F1A: b"\x01\x56", **values})


def first_answer(card: VirtualCard, instance: Instance) -> bytes:
    """A purchase that the terminal would have approved: CID, ATC, cryptogram, 9F10."""
    card.transmit(bytes(pboc.select(instance.name)))
    pdol = tlv.find(instance.value(0x9102), 0xA5, 0x9F38) or b""
    told(card, pboc.get_processing_options(terminal_says({}, pdol)))
    cdol = tlv.find(instance.value(0x0201), 0x70, 0x8C) or b""
    answer = told(card, pboc.generate_ac(Cryptogram.TC, terminal_says({}, cdol)))
    return tlv.find(answer, 0x80) or b""


def completed(card: VirtualCard, instance: Instance, first: bytes) -> None:
    """The issuer approves, and the card believes it."""
    use = CardInUse(TDES_FAMILY, ACCOUNT.number, ACCOUNT.psn, first[1:3])
    arpc = DerivedOperations.of(load_bank()).arpc(use, first[3:11], b"00")
    told(card, pboc.external_authenticate(arpc, b"00"))
    cdol = tlv.find(instance.value(0x0201), 0x70, 0x8D) or b""
    asked = terminal_says({0x8A: b"00"}, cdol)
    assert (tlv.find(told(card, pboc.generate_ac(Cryptogram.TC, asked)), 0x80) or b"")[0] == 0x40


def told(card: VirtualCard, command: CommandAPDU) -> bytes:
    return ResponseAPDU.parse(card.transmit(bytes(command))).require("told")


def too_often(answer: bytes) -> bool:
    cvr = IssuerApplicationData.parse(answer[11:]).cvr
    return Fact.VELOCITY_EXCEEDED in cvr.facts


@pytest.mark.parametrize("name", CHIPS)
def test_a_card_off_the_line_pays_as_often_as_its_bank_allows(name: str) -> None:
    """Its first purchase goes to the issuer, as a new card's (9F52); then 9F58 do not."""
    card, (*_, debit) = card_with(name, prepared(name)), prepared(name)
    run(audit_pse.audit(prepared(name), witnesses()), card)
    card.reset()
    first = first_answer(card, debit)
    assert first[0] == 0x80
    assert not too_often(first)
    completed(card, debit, first)
    allowed = load_profile(name).bank_setting("offline_limit_lower").number
    kinds = [first_answer(card, debit)[0] & 0xC0 for _ in range(allowed + 1)]
    assert kinds == [0x40] * allowed + [0x80]


@pytest.mark.parametrize("name", CHIPS)
def test_a_bank_that_lets_new_cards_pay_off_line_counts_the_audit(name: str) -> None:
    """Without the wish in 9F52: as many less as the audit began."""
    offline = without_wish(prepared(name))
    card, debit = card_with(name, offline), offline[-1]
    run(audit_pse.audit(offline, witnesses()), card)
    card.reset()
    allowed = load_profile(name).bank_setting("offline_limit_lower").number
    answers = [first_answer(card, debit) for _ in range(allowed)]
    left = allowed - COST[name]
    assert [each[0] & 0xC0 for each in answers] == [0x40] * left + [0x80] * COST[name]
    assert [too_often(each) for each in answers] == [False] * left + [True] * COST[name]


def without_wish(instances: tuple[Instance, ...]) -> tuple[Instance, ...]:
    *others, debit = instances
    asked, free = bytes.fromhex("9F52028240"), bytes.fromhex("9F52028040")
    dgis = [replace(each, value=each.value.replace(asked, free)) for each in debit.dgis]
    return (*others, replace(debit, dgis=tuple(dgis)))


def tell(card: VirtualCard, tag: int) -> str:
    answer = ResponseAPDU.parse(card.transmit(bytes(pboc.get_data(tag)))).require("GET DATA")
    return (tlv.find(answer, tag) or b"").hex()


def test_with_no_witnesses_less_is_proven() -> None:
    findings = run(audit_pse.audit(prepared("gen3")), card_with("gen3", prepared("gen3")))
    assert wrong(findings) == []
    assert not by(findings, Proof.SIGNATURE, Proof.TRANSACTION)
    names = (*SIGNED, *PROVEN["gen3"], *OPEN["gen3"])
    assert {each + end for each in names for end in ("", ", SM")} <= by(findings, Proof.NOT_PROVEN)


def with_values(values: Mapping[int, bytes]) -> tuple[Instance, ...]:
    """gen3 with other values in some groupings of the debit application."""
    *others, debit = prepared("gen3")
    dgis = [replace(each, value=values.get(each.identifier, each.value)) for each in debit.dgis]
    return (*others, replace(debit, dgis=tuple(dgis)))


def checked_keys(identifier: int) -> Mapping[int, bytes]:
    """The keys of another account, with the check values that go with them."""
    *_, debit = prepare(
        load_profile("gen3"),
        replace(ACCOUNT, number="6228000100001125"),
        "诸葛验收",
        load_bank(),
        effective=date(2026, 2, 3),
    )
    return {each: debit.value(each) for each in (identifier, identifier + 0x1000)}


@pytest.mark.parametrize(
    ("other", "subjects"),
    [
        (lambda: checked_keys(0x8000), ["UDK-AC", "UDK-MAC"]),
        (lambda: checked_keys(0x8400), ["UDK-AC, SM", "UDK-MAC, SM"]),
        (lambda: {0x9200: bytes.fromhex("07020103000000010A01")}, ["UDK-AC"]),
        (lambda: another_s(0x8201, 0x8202, 0x8203, 0x8204, 0x8205), ["private key"]),
        (lambda: another_s(0x8501, 0x8502), ["private key, SM"]),
    ],
)
def test_a_card_with_something_of_another_s(
    other: Callable[[], Mapping[int, bytes]], subjects: list[str]
) -> None:
    """All that is readable is as it should be."""
    card = card_with("gen3", with_values(other()))
    assert wrong(run(audit_pse.audit(prepared("gen3"), witnesses()), card)) == subjects


def another_s(*identifiers: int) -> Mapping[int, bytes]:
    profile = load_profile("gen3")
    *_, debit = prepare(
        profile,
        ACCOUNT,
        "诸葛验收",
        load_bank(),
        effective=date(2026, 2, 3),
        signing=new_signing(profile, issuers(), random.Random(5).randbytes),
    )
    return {each: debit.value(each) for each in identifiers}


@pytest.mark.parametrize(
    ("changed", "subjects"),
    [
        ({"rsa": {}}, []),
        ({"rsa": {0xF7: None}}, ["certificates"]),
        ({"sm2": {0xF7: None}}, ["certificates, SM"]),
    ],
)
def test_a_card_that_no_terminal_trusts(changed: dict[str, object], subjects: list[str]) -> None:
    """It is what was prepared; but its issuer is certified by nobody that terminals know."""
    other = replace(witnesses(), **changed)  # type: ignore[arg-type]
    findings = run(audit_pse.audit(prepared("gen3"), other), card_with("gen3", prepared("gen3")))
    assert wrong(findings) == subjects


@pytest.mark.parametrize(
    ("identifier", "subject"), [(0x0204, "certificates"), (0x0503, "certificates, SM")]
)
def test_a_static_signature_that_does_not_hold(identifier: int, subject: str) -> None:
    """The card has what was prepared, and that was signed wrongly."""
    *_, debit = prepared("gen3")
    value = debit.value(identifier)
    wrongly = with_values({identifier: value[:-1] + bytes((value[-1] ^ 1,))})
    findings = run(audit_pse.audit(wrongly, witnesses()), card_with("gen3", wrongly))
    assert wrong(findings) == [subject]


def test_damaged_answers_are_findings() -> None:
    """Whatever a broken card says, the audit comes to its end."""
    noise, card = random.Random(7), card_with("gen3", prepared("gen3"))
    for _ in range(25):
        findings = run(audit_pse.audit(prepared("gen3"), witnesses()), Noisy(card, noise))
        assert wrong(findings)


class Noisy:
    """A card whose every fourth answer is something else."""

    def __init__(self, card: VirtualCard, noise: random.Random) -> None:
        self._card, self._noise = card, noise
        self.reset = card.reset

    def transmit(self, command: bytes, /) -> bytes:
        answer = self._card.transmit(command)
        if command[1] in (0xA4, 0x20) or self._noise.random() < 0.75:
            return answer
        some = self._noise.randbytes(self._noise.randrange(20))
        return (
            some + b"\x90\x00" if self._noise.random() < 0.5 else answer[: len(some)] + answer[-2:]
        )
