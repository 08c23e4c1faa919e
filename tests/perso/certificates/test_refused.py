"""What is refused before anything is written, and the tries that stay with people."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sscard.apdu import iso7816, pki
from sscard.apdu.status import StatusError
from sscard.errors import MalformedData, NotVerified
from sscard.keys import SM4, Pin, sm2
from sscard.keys.sm2_keys import generate
from sscard.perso.certificates import (
    AnotherKey,
    BlankCard,
    SecretRefused,
    TriesKept,
    make_key,
    write,
)
from sscard.perso.certificates.secrets_shown import pin_of, show_pin
from sscard.perso.plan import run
from tests.certified_card import (
    AT,
    BLANK,
    application,
    authority,
    blank_card,
    certified_card,
    writing,
)
from tests.perso.certificates.cards import Reader, keyed, read, tries_left

WRONG_PIN, WRONG_MASTER = Pin("99999999"), SM4(bytes(range(16)))


@pytest.fixture(name="keyed")
def _keyed() -> Any:
    return keyed()


def of_another(**asked: Any) -> Any:
    return lambda request, answer: authority().answer(replace(request, **asked))


def of_another_authority(request: Any, answer: Any) -> Any:
    return authority(12).answer(request)


def of_another_card(request: Any, answer: Any) -> Any:
    return certified_card().answer


def swapped(request: Any, answer: Any) -> Any:
    return replace(answer, signature=answer.encryption, encryption=answer.signature)


def with_the_signature_twice(request: Any, answer: Any) -> Any:
    return replace(answer, encryption=answer.signature)


def with_another_envelope(request: Any, answer: Any) -> Any:
    return replace(answer, envelope=certified_card().answer.envelope)


def changed(request: Any, answer: Any) -> Any:
    der = bytearray(answer.encryption)
    der[-1] ^= 1
    return replace(answer, encryption=bytes(der))


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        (of_another(card_number="X00000027"), "signature certificate: it is of another card"),
        (of_another(name="司马验收"), "signature certificate: it names another holder"),
        (of_another_card, "signature certificate: it is of another key"),
        (of_another_authority, "certificate 10.*issuer"),
        (swapped, "signature certificate: it is of another key"),
        (with_the_signature_twice, "encryption certificate: it is of another key"),
        (with_another_envelope, "encryption certificate: it is of another key"),
        (changed, "certificate 20.*signature"),
    ],
)
def test_a_wrong_answer_is_refused_before_the_card_is_touched(
    answered: Callable[[Any, Any], Any], message: str, keyed: Any
) -> None:
    card, request, answer = keyed
    seen = Reader(card)
    with pytest.raises(NotVerified, match=message):
        run(writing(request, answered(request, answer), authority()), seen)
    assert seen.sent == []


@pytest.mark.parametrize("days", [-40, 3700], ids=["not yet", "expired"])
def test_a_certificate_out_of_its_time(days: int, keyed: Any) -> None:
    card, request, answer = keyed
    seen = Reader(card)
    with pytest.raises(NotVerified, match="valid from"):
        run(writing(request, answer, authority(), at=AT + timedelta(days=days)), seen)
    assert seen.sent == []


def test_a_certificate_that_the_file_has_no_room_for(keyed: Any) -> None:
    card, request, answer = keyed
    small = tuple(
        each.model_copy(update={"size": 500}) if each.fid == 0x19 else each
        for each in application().files
    )
    declared = application().model_copy(update={"files": small})
    plan = write(
        declared,
        BLANK,
        request,
        answer,
        root=authority().root,
        issuers=authority().issuers,
        at=AT,
    )
    seen = Reader(card)
    with pytest.raises(NotVerified, match=r"encryption certificate: .* EF 0019, which has 500"):
        run(plan, seen)
    assert seen.sent == []


def test_another_card_than_the_request_s() -> None:
    made, card = certified_card(), blank_card(seed=5)
    seen = Reader(card)
    with pytest.raises(AnotherKey, match="EF 0012: the card has no key yet"):
        run(made.writing(), seen)
    run(make_key(application(), BLANK), card)
    with pytest.raises(AnotherKey, match="EF 0012: the card has another key"):
        run(made.writing(), seen)
    assert seen.changes() == []
    assert seen.tries() == []


@pytest.mark.parametrize(
    ("wrong", "place", "tries"),
    [
        (replace(BLANK, user_pin=WRONG_PIN), "user PIN", [pki.ADMIN, pki.USER]),
        (replace(BLANK, admin_pin=WRONG_PIN), "admin PIN", [pki.ADMIN]),
        (replace(BLANK, master=WRONG_MASTER), "master key of the ADF", [pki.ADMIN]),
    ],
    ids=["user", "admin", "master"],
)
def test_a_wrong_secret_is_found_before_anything_is_written(
    wrong: BlankCard, place: str, tries: list[int], keyed: Any
) -> None:
    card, request, answer = keyed
    seen = Reader(card)
    with pytest.raises(SecretRefused, match=place) as refused:
        run(writing(request, answer, authority(), wrong), seen)
    assert seen.changes() == []
    assert seen.tries() == tries
    assert "999" not in str(refused.value)
    run(writing(request, answer, authority()), card)  # with the right ones it goes on


def test_an_envelope_for_another_card(keyed: Any) -> None:
    """Only the card's own key opens the session key: the card refuses before it is written to."""
    card, request, answer = keyed
    stranger = generate(random.Random(3).randbytes).public
    cipher = sm2.encrypt(stranger, bytes(16), random.Random(4).randbytes)
    wrong = replace(answer, envelope=replace(answer.envelope, session_cipher=cipher))
    seen = Reader(card)
    with pytest.raises(StatusError, match=r"open the enveloped key: WRONG_DATA"):
        run(writing(request, wrong, authority()), seen)
    assert seen.changes() == []


def test_an_envelope_whose_halves_are_no_pair(keyed: Any) -> None:
    """The card sees it when the public half is there; the right answer still goes on."""
    card, request, answer = keyed
    wrong = replace(answer, envelope=replace(answer.envelope, enciphered_private=b"\x42" * 32))
    seen = Reader(card)
    with pytest.raises(StatusError, match=r"encryption private key: WRONG_DATA"):
        run(writing(request, wrong, authority()), seen)
    assert seen.changes() == ["80c24000", "80c2c001"]
    run(writing(request, answer, authority()), card)
    assert read(card, 0x18, len(answer.signature)) == answer.signature


@pytest.mark.parametrize("header", ["0084", "804e"])
def test_answers_of_another_size(header: str, keyed: Any) -> None:
    card, request, answer = keyed
    short = Reader(
        card,
        lambda command, said: said[7:] if command.hex().startswith(header) else said,
    )
    with pytest.raises(MalformedData, match="9 bytes"):
        run(writing(request, answer, authority()), short)
    assert short.changes() == []


def test_a_wrong_master_key_of_the_ddf_alone(keyed: Any) -> None:
    card, request, answer = keyed
    memory = card.card.certificates._standing.memory
    memory.directories[0].replace_master(WRONG_MASTER)
    memory.nvm.commit()
    seen = Reader(card)
    with pytest.raises(SecretRefused, match="master key of the DDF"):
        run(writing(request, answer, authority()), seen)
    assert seen.changes() == []


# Tries.


def test_runs_with_a_wrong_pin_leave_tries_to_people(keyed: Any) -> None:
    card, request, answer = keyed
    wrong = replace(BLANK, admin_pin=WRONG_PIN)
    for _ in range(4):
        with pytest.raises(SecretRefused):
            run(writing(request, answer, authority(), wrong), card)
    for _ in range(3):
        seen = Reader(card)
        with pytest.raises(TriesKept, match="admin PIN: 2 tries"):
            run(writing(request, answer, authority(), wrong), seen)
        assert seen.tries() == []
    assert tries_left(card, pki.ADMIN) == 2


def test_with_two_candidates_one_try_is_left_whatever_happens() -> None:
    made = certified_card()
    memory: Any = made.card.card.certificates._standing.memory  # type: ignore[attr-defined]
    memory.pins[pki.ADMIN].replace(WRONG_MASTER)
    memory.nvm.commit()
    for message in ("another one", "another one", "2 tries"):
        with pytest.raises(NotVerified, match=message):
            run(made.writing(), made.card)
    assert tries_left(made.card, pki.ADMIN) == 2


def test_a_secret_that_stays_the_same_is_tried_once(keyed: Any) -> None:
    """What the CA answers may be what blank cards have: two candidates are one."""
    card, request, answer = keyed
    memory = card.card.certificates._standing.memory
    memory.pins[pki.ADMIN].replace(WRONG_MASTER)
    memory.nvm.commit()
    seen = Reader(card)
    run(_begun(answer.signature), card)
    with pytest.raises(SecretRefused, match="admin PIN"):
        run(writing(request, replace(answer, admin_pin=BLANK.admin_pin), authority()), seen)
    assert seen.tries() == [pki.ADMIN]


def _begun(der: bytes) -> Any:
    """Something of an answer, so that either secret could be on the card."""
    yield iso7816.select(pki.DDF_NAME)
    yield iso7816.select(pki.ADF_NAME)
    yield from show_pin(pin_of(application(), pki.USER), BLANK.user_pin)
    yield iso7816.select_fid(pki.SIGNATURE_CERTIFICATE)
    (yield iso7816.update_binary(der[:16], offset=0)).require("begin")


def test_a_blocked_pin_is_not_tried(keyed: Any) -> None:
    card, request, answer = keyed
    seen = Reader(card, lambda command, said: b"\x69\x83" if command == VERIFY_USER else said)
    with pytest.raises(TriesKept, match="user PIN: 0 tries"):
        run(writing(request, answer, authority()), seen)
    assert seen.changes() == []


VERIFY_USER = bytes(pki.tries_left(pki.USER))


def test_a_card_that_does_not_tell_its_tries(keyed: Any) -> None:
    card, request, answer = keyed
    seen = Reader(card, lambda command, said: b"\x67\x00" if command == VERIFY_USER else said)
    with pytest.raises(StatusError, match="user PIN: tries left: WRONG_LENGTH"):
        run(writing(request, answer, authority()), seen)
