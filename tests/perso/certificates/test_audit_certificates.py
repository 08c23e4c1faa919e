"""The audit of the certificate application: what it says of right cards and of wrong ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.apdu import pki
from sscard.keys import SM4, Pin
from sscard.keys.sm2_keys import generate
from sscard.perso.certificates import Written, as_delivered, audit
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import run
from tests.certified_card import (
    AT,
    BLANK,
    Certified,
    application,
    authority,
    blank_card,
    certified_card,
    request_for,
)
from tests.perso.certificates.cards import Reader, answer_for

SIGNATURE, ENCRYPTION = "PKI/0018", "PKI/0019"
ABOUT = (
    *("form", "key", "key usage", "holder", "province and city", "card number", "validity"),
    "chain to the root",
)
ALL = (
    *("FCI of PKI.社会保障", "FCI of SS.CERT.ADF1"),
    *("PKI/0012", "PKI/0014", SIGNATURE, ENCRYPTION),
    *(f"{place}: {what}" for place in (SIGNATURE, ENCRYPTION) for what in ABOUT),
    *("PKI user PIN: tries", "PKI admin PIN: tries"),
    *("PKI/0013: right to read", "PKI/0013: right to decrypt", f"{SIGNATURE}: right to update"),
    *("PKI/0015: right to read", "PKI/0015: right to decrypt", f"{ENCRYPTION}: right to update"),
    *("PKI user PIN", "PKI admin PIN", "PKI/0013: private key", "PKI/0015: private key"),
    *("PKI MKCERT", "PKI MKPKI"),
)


def written(made: Certified, **other: Any) -> Written:
    by = made.authority
    given = (made.request, made.answer, BLANK.user_pin, by.root, by.issuers, AT)
    return replace(Written(*given), **other)


def audited(made: Certified, card: Any = None, **other: Any) -> tuple[Finding, ...]:
    plan = audit(application(), written(made, **other), random.Random(7).randbytes)
    return run(plan, card or made.card)


def wrong(found: tuple[Finding, ...]) -> list[str]:
    return [each.subject for each in found if not each.agrees]


def memory(made: Certified) -> Any:
    return made.card.card.certificates._standing.memory  # type: ignore[attr-defined]


def about(place: str, *what: str) -> list[str]:
    return [f"{place}: {each}" for each in what]


def test_a_right_card_is_right_and_stays_as_it_is() -> None:
    made = certified_card()
    before = bytes(memory(made).nvm.image)
    found = audited(made)
    assert wrong(found) == []
    assert tuple(each.subject for each in found if each.proof is not Proof.NOT_PROVEN) == ALL
    assert [each.subject for each in found if each.proof is Proof.NOT_PROVEN] == [
        "PKI right to make and bring keys"
    ]
    assert bytes(memory(made).nvm.image) == before


def test_each_secret_is_shown_once_and_the_former_ones_never() -> None:
    made = certified_card()
    seen = Reader(made.card)
    audited(made, seen)
    assert seen.tries() == [pki.USER, pki.ADMIN]
    assert sum(each[:2] == b"\x00\x82" for each in seen.sent) == 2
    assert seen.changes() == ["00d60000", "00d60000"]  # both are refused, and would change nothing


def another_certificate(made: Certified) -> None:
    """Of the same holder, for another key."""
    public = generate(random.Random(3).randbytes).public
    der = answer_for(public).signature
    memory(made).files[pki.SIGNATURE_CERTIFICATE].write(0, der.ljust(1020, b"\0"))


def nothing_at_all(made: Certified) -> None:
    memory(made).files[pki.SIGNATURE_CERTIFICATE].write(0, bytes(1020))


def garbage_behind(made: Certified) -> None:
    memory(made).files[pki.ENCRYPTION_CERTIFICATE].write(1000, b"\x30")


def swapped_files(made: Certified) -> None:
    files = memory(made).files
    signature, encryption = files[pki.SIGNATURE_CERTIFICATE], files[pki.ENCRYPTION_CERTIFICATE]
    one, other = signature.content, encryption.content
    signature.write(0, other)
    memory(made).nvm.commit()
    encryption.write(0, one)


def another_private_key(fid: int) -> Callable[[Certified], None]:
    number = generate(random.Random(3).randbytes).reveal()
    return lambda made: memory(made).files[fid].write(0, number)


def former_admin_pin(made: Certified) -> None:
    memory(made).pins[pki.ADMIN].replace(SM4(bytes(16)))


def former_master(fid: int) -> Callable[[Certified], None]:
    return lambda made: memory(made).directories[fid].replace_master(BLANK.master)


def tried_once(made: Certified) -> None:
    memory(made).pins[pki.USER].fail()


def tried_often(made: Certified) -> None:
    for _ in range(4):
        memory(made).pins[pki.ADMIN].fail()


@pytest.mark.parametrize(
    ("change", "subjects"),
    [
        (
            another_certificate,
            [SIGNATURE, *about(SIGNATURE, "key"), "PKI/0013: private key"],
        ),
        (
            nothing_at_all,
            [
                SIGNATURE,
                *about(SIGNATURE, *ABOUT),
                *("PKI/0013: right to decrypt", "PKI/0013: private key"),
            ],
        ),
        (
            garbage_behind,
            [
                ENCRYPTION,
                *about(ENCRYPTION, *ABOUT),
                *("PKI/0015: right to decrypt", "PKI/0015: private key"),
            ],
        ),
        (
            swapped_files,
            [
                SIGNATURE,
                ENCRYPTION,
                *about(SIGNATURE, "key", "key usage"),
                *about(ENCRYPTION, "key", "key usage"),
                *("PKI/0013: private key", "PKI/0015: private key"),
            ],
        ),
        (another_private_key(pki.SIGNATURE_PRIVATE), ["PKI/0013: private key"]),
        (another_private_key(pki.ENCRYPTION_PRIVATE), ["PKI/0015: private key"]),
        (former_admin_pin, ["PKI admin PIN"]),
        (former_master(pki.ADF_FID), ["PKI MKCERT"]),
        (former_master(0), ["PKI MKPKI"]),
        (tried_once, ["PKI user PIN: tries"]),
        (tried_often, ["PKI admin PIN: tries", "PKI admin PIN"]),
    ],
)
def test_one_thing_that_is_wrong(change: Callable[[Certified], None], subjects: list[str]) -> None:
    made = certified_card()
    change(made)
    memory(made).nvm.commit()
    assert wrong(audited(made)) == subjects


def test_what_was_asked_for_is_another() -> None:
    made = certified_card()
    other = replace(made.request, name="司马验收", city="330100", card_number="X00000027")
    named = [f"{place}: {what}" for place in (SIGNATURE, ENCRYPTION) for what in ABOUT[3:6]]
    assert wrong(audited(made, request=other)) == named


def test_a_city_without_name_is_in_no_certificate() -> None:
    made = certified_card()
    nowhere = replace(made.request, city="990000")
    named = [f"{place}: province and city" for place in (SIGNATURE, ENCRYPTION)]
    assert wrong(audited(made, request=nowhere)) == named


def test_time_and_trust() -> None:
    made = certified_card()
    late = [f"{place}: {what}" for place in (SIGNATURE, ENCRYPTION) for what in ABOUT[6:]]
    assert wrong(audited(made, at=AT + timedelta(days=3700))) == late
    chain = [f"{place}: chain to the root" for place in (SIGNATURE, ENCRYPTION)]
    assert wrong(audited(made, root=authority(12).root)) == chain
    assert wrong(audited(made, issuers=())) == chain


def test_a_wrong_user_pin_opens_nothing() -> None:
    made = certified_card()
    subjects = ["PKI user PIN", "PKI/0013: private key", "PKI/0015: private key"]
    assert wrong(audited(made, user_pin=Pin("999999"))) == subjects


LEAK = bytes(range(0x40, 0x60))


@pytest.mark.parametrize(
    ("begins", "subjects"),
    [
        ("00b0000020", ["PKI/0013: right to read", "PKI/0015: right to read"]),
        ("00d60000", [f"{place}: right to update" for place in (SIGNATURE, ENCRYPTION)]),
        (
            "804e0001",
            [
                *("PKI/0013: right to decrypt", "PKI/0015: right to decrypt"),
                *("PKI/0013: private key", "PKI/0015: private key"),
            ],
        ),
    ],
)
def test_a_card_that_gives_everybody_what_it_has(begins: str, subjects: list[str]) -> None:
    """Whatever it answers: a private key that is read is in no finding."""
    made = certified_card()
    gives = Reader(
        made.card,
        lambda command, said: LEAK + b"\x90\x00" if command.hex().startswith(begins) else said,
    )
    found = audited(made, gives)
    assert sorted(wrong(found)) == sorted(subjects)
    assert not any(LEAK in part for each in found for part in (*(each.read or ()), b""))


def test_another_application_is_not_tried() -> None:
    made = certified_card()
    other = Reader(
        made.card, lambda command, said: b"\x6a\x82" if command[:2] == b"\x00\xa4" else said
    )
    assert wrong(audited(made, other)) == ["FCI of PKI.社会保障", "FCI of SS.CERT.ADF1"]
    assert len(other.sent) == 3
    assert len(run(as_delivered(application()), other)) == 2


OK, NOT_NOW = b"\x90\x00", b"\x69\x82"


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 9))
def test_whatever_a_card_answers_is_a_finding(chance: random.Random, every: int) -> None:
    made = certified_card()

    def answer(command: bytes, said: bytes) -> bytes:
        if chance.randrange(every) or command[:2] == b"\x00\xa4" or not command:
            return said
        return chance.randbytes(chance.choice((0, 1, 66, 200))) + chance.choice(
            (b"\x90\0", b"\x69\x82")
        )

    found = audited(made, Reader(made.card, answer))
    assert [each.subject for each in found if each.proof is not Proof.NOT_PROVEN] == list(ALL)


def test_a_card_as_delivered() -> None:
    found = run(as_delivered(application()), blank_card())
    assert wrong(found) == []
    assert [each.subject for each in found if each.proof is Proof.NOT_PROVEN] == [
        *("PKI user PIN", "PKI admin PIN", "PKI MKPKI", "PKI MKCERT")
    ]
    seen = Reader(certified_card().card)
    full = ["PKI/0012", "PKI/0014", SIGNATURE, ENCRYPTION]
    assert wrong(run(as_delivered(application()), seen)) == full
    assert seen.tries() == []


def test_findings_say_nothing_of_the_holder() -> None:
    made = certified_card()
    told = repr(audited(made)) + repr(written(made))
    request = request_for(made.request.public)
    assert request.name not in told
    assert made.answer.signature.hex() not in told
