"""The order of work of ssc-more 1.5, and everything that is refused before it begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sscard.apdu import pki
from sscard.errors import TransportError
from sscard.perso.certificates import (
    BlankCard,
    make_key,
)
from sscard.perso.certificates.reading import read_pairs
from sscard.perso.certificates.seen import look
from sscard.perso.certificates.standing import FIRST, THEN, Standing, Step, after_a_tear
from sscard.perso.plan import run
from tests.certified_card import (
    BLANK,
    application,
    authority,
    blank_card,
    certified_card,
    certify,
    request_for,
    writing,
)
from tests.perso.certificates.cards import Reader, answer_for, read, tries_left

WHOLE = ["80400000", "80c24000", "80c2c001", *["00d6"] * 12, "845e0100", "84d40100", "84d40100"]


def test_a_blank_card_gets_all_of_it_in_the_order_that_was_seen() -> None:
    seen = Reader(blank_card())
    made = certify(seen)
    changes = [each[:4] if each.startswith("00d6") else each for each in seen.changes()]
    assert changes == WHOLE
    certificates = [each for each in seen.sent if each[1:2] == b"\xd6"]
    assert [int.from_bytes(each[2:4], "big") for each in certificates] == 2 * [
        *(0x00, 0x70, 0xE0, 0x150, 0x1C0, 0x230)
    ]
    assert all(len(each) <= 5 + 0x70 for each in certificates)
    for fid, der in ((0x18, made.answer.signature), (0x19, made.answer.encryption)):
        assert read(seen.card, fid, 1020) == der.ljust(1020, b"\0")
    assert read(seen.card, 0x14, 66)[2:] == made.answer.envelope.public.point
    assert read(seen.card, 0x12, 66)[2:] == made.request.public.point


def test_a_card_that_has_everything_is_told_nothing() -> None:
    made = certified_card()
    seen = Reader(made.card)
    run(made.writing(), seen)
    assert seen.changes() == []
    assert seen.tries() == [pki.ADMIN]


def test_what_was_read_of_a_card_shows_nobody() -> None:
    found = certified_card()
    name = found.request.name.encode()
    seen, pairs = (run(plan(application()), found.card) for plan in (look, read_pairs))
    assert name in seen.certificate
    for shown in (seen, pairs):
        assert repr(name)[2:-1] not in repr(shown)


def test_a_shorter_certificate_leaves_nothing_of_a_longer_one() -> None:
    card = blank_card()
    long = certify(card, name="欧阳诸葛" * 8)
    request = request_for(long.request.public)
    answer = authority(12).answer(request)
    assert len(answer.signature) < len(long.answer.signature)
    blank = BlankCard(BLANK.user_pin, long.answer.admin_pin, long.answer.master)
    run(writing(request, answer, authority(12), blank), card)
    assert read(card, 0x18, 1020) == answer.signature.ljust(1020, b"\0")
    assert read(card, 0x19, 1020) == answer.encryption.ljust(1020, b"\0")


def test_an_answer_of_another_day_goes_onto_a_card_that_has_the_new_pin() -> None:
    """A host that has lost the first answer, and asked again later: one wrong try, taken back."""
    made = certified_card()
    request = replace(made.request, name="诸葛亮")
    answer = replace(
        made.authority.answer(request),
        admin_pin=made.answer.admin_pin,
        master=made.answer.master,
    )
    seen = Reader(made.card)
    run(writing(request, answer, made.authority), seen)
    assert seen.tries()[:2] == [pki.ADMIN, pki.ADMIN]
    assert tries_left(made.card, pki.ADMIN) == 6
    assert not [each for each in seen.changes() if each[:2] == "84"]
    assert read(made.card, 0x18, len(answer.signature)) == answer.signature


# A card that is gone.


def test_silence_at_every_command_and_on_from_there() -> None:
    """The reader answers nothing any more, the card may have carried the command out or not."""
    seen = Reader(blank_card(seed=5))
    made = certify(seen)
    for at in range(0, len(seen.sent), 9):
        card = blank_card(seed=5)
        gone = Reader(card, silent_at=at)
        with pytest.raises(TransportError):
            _all(gone)
        _all(card)
        assert read(card, 0x18, 1020) == made.answer.signature.ljust(1020, b"\0")


def _all(card: Any) -> None:
    public = run(make_key(application(), BLANK), card).public
    run(writing(request_for(public), answer_for(public), authority()), card)


# The tables.


def test_every_standing_is_found_with_at_most_one_wrong_try() -> None:
    found = list(after_a_tear())
    assert len(set(found)) == len(found) == 6
    assert [each.wrong_tries for each in found] == [0, 0, 1, 1, 1, 0]
    assert [len(each.left) for each in found] == [7, 7, 3, 2, 1, 0]
    assert all(each.left == tuple(Step)[7 - len(each.left) :] for each in found)


def test_the_first_try_is_never_one_that_cannot_be_right() -> None:
    for standing in after_a_tear():
        assert standing.admin in FIRST[standing.contents]
        assert standing.adf in THEN[standing.admin]
        assert standing.ddf in THEN[standing.adf]
    assert isinstance(standing, Standing)
