"""The signature pair is made once, and another one only by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sscard.errors import MalformedData, NotVerified
from sscard.keys import Pin
from sscard.perso.certificates import (
    BlankCard,
    SecretRefused,
    make_another_key,
    make_key,
)
from sscard.perso.plan import run
from tests.certified_card import (
    BLANK,
    application,
    authority,
    blank_card,
    certified_card,
    request_for,
    writing,
)
from tests.perso.certificates.cards import Reader, read

WRONG_PIN = Pin("99999999")


def test_a_card_that_has_a_key_gives_it_back() -> None:
    seen = Reader(blank_card())
    first = run(make_key(application(), BLANK), seen)
    again = run(make_key(application(), replace(BLANK, user_pin=WRONG_PIN)), seen)
    assert (first.already, again.already) == (False, True)
    assert first.public == again.public
    assert seen.changes() == ["80400000"]


def test_another_key_is_made_only_by_name_and_once() -> None:
    made = certified_card()
    before = made.request.public
    blank = BlankCard(BLANK.user_pin, made.answer.admin_pin, made.answer.master)
    seen = Reader(made.card)
    with pytest.raises(SecretRefused, match="admin PIN"):
        run(make_another_key(application(), BLANK, before), seen)
    assert seen.changes() == []
    other = run(make_another_key(application(), blank, before), seen)
    assert (other.already, other.certificate_lost) == (False, True)
    assert other.public != before
    again = run(make_another_key(application(), blank, before), seen)
    assert (again.public, again.already) == (other.public, True)
    assert seen.changes() == ["80400000"]
    request = request_for(other.public)
    answer = authority(12).answer(request)
    run(writing(request, answer, authority(12), blank), made.card)
    assert read(made.card, 0x18, len(answer.signature)) == answer.signature


def test_another_key_asks_for_one_that_is_there() -> None:
    seen = Reader(blank_card())
    with pytest.raises(NotVerified, match="EF 0012: there is no key"):
        run(make_another_key(application(), BLANK, certified_card().request.public), seen)
    assert seen.changes() == []


def test_a_wrong_user_pin_makes_no_key() -> None:
    seen = Reader(blank_card())
    with pytest.raises(SecretRefused, match="用户PIN user PIN"):
        run(make_key(application(), replace(BLANK, user_pin=WRONG_PIN)), seen)
    assert seen.changes() == []


@pytest.mark.parametrize("said", [b"\xca\x40" + b"\x01" * 64, b"", bytes(65) + b"\x01"])
def test_a_file_that_holds_no_key(said: bytes) -> None:
    def answer(command: bytes, there: bytes) -> bytes:
        return said + b"\x90\x00" if command[1:2] == b"\xb0" else there

    seen = Reader(blank_card(), answer)
    with pytest.raises(MalformedData, match="EF 0012"):
        run(make_key(application(), BLANK), seen)
    assert seen.changes() == []
