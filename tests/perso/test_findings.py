"""What several findings and several cards say together."""

from __future__ import annotations

from sscard.perso.findings import Finding, Proof, Proofs, merged

READ, SHOWN, OPEN = Proof.READING, Proof.AUTHENTICATION, Proof.NOT_PROVEN


def test_one_attempt_that_disagrees_is_enough() -> None:
    found = [Finding("b", READ), Finding("a", READ), Finding("b", READ, False), Finding("b", READ)]
    assert merged(found) == (Finding("b", READ, False), Finding("a", READ))


def test_the_same_subject_shown_in_two_ways_stays_two_facts() -> None:
    found = (Finding("a", READ), Finding("a", SHOWN, False))
    assert merged(found) == found


def test_no_card_proves_nothing() -> None:
    assert Proofs().by(*Proof) == ()


def test_only_what_agrees_is_proven() -> None:
    proofs = Proofs()
    proofs.add([Finding("a", READ), Finding("b", READ, False), Finding("c", SHOWN)])
    assert proofs.by(READ) == ("a",)
    assert proofs.by(SHOWN, READ) == ("a", "c")


def test_proven_is_what_every_card_has_shown() -> None:
    proofs = Proofs()
    proofs.add([Finding("a", READ), Finding("b", READ), Finding("c", READ)])
    proofs.add([Finding("c", READ), Finding("b", READ, False), Finding("a", READ)])
    assert proofs.by(READ) == ("a", "c")
    proofs.add([Finding("c", SHOWN), Finding("a", READ)])
    assert proofs.by(READ, SHOWN) == ("a",)
    proofs.add([])
    proofs.add([Finding("a", READ)])
    assert proofs.by(READ) == (), "a card that has shown nothing counts too"


def test_what_one_card_leaves_open_is_open() -> None:
    proofs = Proofs()
    proofs.add([Finding("BK", OPEN)])
    proofs.add([Finding("LK", OPEN), Finding("BK", OPEN)])
    assert proofs.by(OPEN) == ("BK", "LK")
    assert proofs.by(READ) == ()
