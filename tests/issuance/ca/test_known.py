"""What an authority tells of a card by its certificate, and of whose cards it is never asked."""

from __future__ import annotations

from dataclasses import replace

from sscard.issuance.ca.known import KnownCard, known_card
from tests.asked_authority import Asked
from tests.certified_card import BLANK, CARD_ID, authority, certified_card


def known(asked: Asked, content: bytes | None) -> KnownCard:
    return known_card(asked, BLANK, CARD_ID, content)


def test_the_same_answer_is_given_again() -> None:
    made, asked = certified_card(), Asked(authority())
    found = known(asked, made.answer.signature.ljust(1020, b"\0"))
    assert asked.requests == [made.request]
    assert (found.admin_pin, found.master) == (made.answer.admin_pin, made.answer.master)
    assert (found.root, found.issuers) == (asked.root, asked.issuers)


def test_a_card_of_another_authority_is_not_told_about() -> None:
    made, asked = certified_card(), Asked(authority(12))
    found = known(asked, made.answer.signature)
    assert asked.requests == []
    assert (found.user_pin, found.admin_pin, found.master) == (BLANK.user_pin, None, None)
    assert (found.root, found.issuers) == (None, ())


def test_blank_cards_and_what_cannot_be_read() -> None:
    asked = Asked(authority())
    for fill in (b"\0", b"\xff"):
        found = known(asked, 1020 * fill)
        assert (found.admin_pin, found.master) == (BLANK.admin_pin, BLANK.master)
    for content in (None, b"\x30\x82\x01\x00" + bytes(1016), b"\x30"):
        found = known(asked, content)
        assert (found.admin_pin, found.master, found.root) == (None, None, asked.root)
    assert asked.requests == []


def test_a_name_that_the_authority_refuses_tells_nothing_more() -> None:
    asked = Asked(authority())
    made = certified_card()
    found = known_card(asked, BLANK, "99" * 16, made.answer.signature)
    assert replace(found, root=None, issuers=()) == KnownCard(BLANK.user_pin)
