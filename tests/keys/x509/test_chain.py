"""Chains: every link that may break does, with its reason; nothing else counts as a signature."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sscard.errors import MalformedData, NotVerified
from sscard.keys.x509 import Certificate, Name, extensions, parse, signed_by, verify
from tests.keys.x509.world import BEGIN, END, ISSUING, ROOT, World, key

AT = datetime(2027, 6, 1, tzinfo=UTC)
MIDDLE: Name = (("C", "CN"), ("O", "sscard TEST"), ("CN", "middle"))


def test_a_chain_of_three(card: Certificate, issuing: Certificate, root: Certificate) -> None:
    verify(card, [issuing], root, AT)
    verify(issuing, [], root, AT)
    verify(card, [root, issuing], root, AT)  # the root among the others does no harm
    verify(card, [], issuing, AT)  # whoever trusts the issuing authority needs no root


@pytest.mark.parametrize("moment", [BEGIN, END])
def test_the_first_and_the_last_moment(
    moment: datetime, card: Certificate, issuing: Certificate, root: Certificate
) -> None:
    verify(card, [issuing], root, moment)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (BEGIN - timedelta(seconds=1), "not at 2026-01-31"),
        (END + timedelta(1), "not at 2036-02-01"),
    ],
)
def test_outside_of_its_time(
    moment: datetime, said: str, card: Certificate, issuing: Certificate, root: Certificate
) -> None:
    with pytest.raises(NotVerified, match=f"certificate 105A.*{said}"):
        verify(card, [issuing], root, moment)


def usage(world: World, bits: bytes) -> tuple[extensions.Extension, ...]:
    key_ids = world.authority(ISSUING, world.issuing_key.public, world.root_key).extensions[:2]
    return (*key_ids, extensions.key_usage(bits), extensions.authority(0))


#: What is wrong with the issuing authority, and what is said of it.
ISSUERS: dict[str, tuple[Callable[[World], dict[str, Any]], str]] = {
    "another name": (lambda world: {"subject": MIDDLE}, "no certificate of its issuer"),
    "another key": (lambda world: {"public": key("x").public}, "no certificate of its issuer"),
    "of its own signature": (lambda world: {"issuer": MIDDLE}, "no certificate of its issuer"),
    "not yet": (lambda world: {"not_before": datetime(2028, 1, 1, tzinfo=UTC)}, "valid from"),
    "no longer": (lambda world: {"not_after": datetime(2027, 1, 1, tzinfo=UTC)}, "to 2027-01-01"),
    "no authority": (
        lambda world: {"extensions": usage(world, b"\x04")[:-1]},
        "may not sign certificates",
    ),
    "for other things": (lambda world: {"extensions": usage(world, b"\xc0")}, "may not sign"),
    "for nothing that is named": (
        lambda world: {
            "extensions": (
                *usage(world, b"\x04")[:2],
                extensions.Extension("2.5.29.15", b"\x03\x01\x00", True),
                extensions.authority(0),
            )
        },
        r"extension 2\.5\.29\.15 cannot be read",
    ),
    "with something unknown": (
        lambda world: {
            "extensions": (*usage(world, b"\x04"), extensions.Extension("1.2.3", b"", True))
        },
        "critical and unknown: 1.2.3",
    ),
}


@pytest.mark.parametrize("case", ISSUERS)
def test_an_issuer_that_does_not_serve(case: str, world: World, root: Certificate) -> None:
    changes, said = ISSUERS[case]
    values = {"subject": ISSUING, **changes(world)}
    subject, public = values.pop("subject"), values.pop("public", world.issuing_key.public)
    contents = world.authority(subject, public, world.root_key, **values)
    issuing = world.certificate(contents, world.root_key)
    with pytest.raises(NotVerified, match=said):
        verify(world.card(), [issuing], root, AT)


def test_names_alone_will_do_where_no_key_identifier_is(world: World, root: Certificate) -> None:
    anonymous = world.issuing(extensions=usage(world, b"\x04")[2:])
    card = world.card(extensions=())
    for child in (card, world.card()):
        for issuing in (anonymous, world.issuing()):
            verify(child, [issuing], root, AT)


def test_nobody_between(card: Certificate, root: Certificate) -> None:
    with pytest.raises(NotVerified, match=r"certificate 105A.*no certificate of its issuer"):
        verify(card, [], root, AT)


def test_a_signature_of_another_key(world: World, issuing: Certificate, root: Certificate) -> None:
    forged = world.certificate(world.contents(), by=key("somebody"))
    with pytest.raises(NotVerified, match="the signature is not its issuer's"):
        verify(forged, [issuing], root, AT)
    other_root = world.certificate(
        world.authority(ROOT, world.root_key.public, world.root_key, path_length=None),
        by=world.issuing_key,
    )
    verify(world.card(), [issuing], other_root, AT)  # it is trusted, not proven


@pytest.mark.parametrize("at", range(4, 590, 37))
def test_one_changed_bit(
    at: int, card: Certificate, issuing: Certificate, root: Certificate
) -> None:
    changed = bytearray(card.der)
    changed[at] ^= 1
    with pytest.raises((NotVerified, MalformedData)):
        verify(parse(bytes(changed)), [issuing], root, AT)


def test_another_root_of_the_same_name(world: World, issuing: Certificate) -> None:
    other = key("other root")
    contents = world.authority(ROOT, other.public, other, path_length=None)
    with pytest.raises(NotVerified, match="no certificate of its issuer"):
        verify(world.card(), [issuing], world.certificate(contents, other), AT)


def test_authorities_below_authorities(world: World) -> None:
    """The path length says how many may stand below one."""
    middle = key("middle")
    below = world.certificate(
        world.authority(ISSUING, world.issuing_key.public, middle, issuer=MIDDLE), middle
    )
    for allowed in (0, 1):
        between = world.certificate(
            world.authority(MIDDLE, middle.public, world.root_key, path_length=allowed),
            world.root_key,
        )
        if allowed:
            verify(world.card(), [between, below], world.root(), AT)
        else:
            with pytest.raises(NotVerified, match="may not have 1 authorities below"):
                verify(world.card(), [between, below], world.root(), AT)


def test_authorities_in_a_circle(world: World) -> None:
    left, right = key("left"), key("right")
    both: dict[str, Any] = {"path_length": None}
    said = world.authority(ISSUING, left.public, right, issuer=MIDDLE, **both)
    back = world.authority(MIDDLE, right.public, left, issuer=ISSUING, **both)
    one, two = world.certificate(said, right), world.certificate(back, left)
    child = world.certificate(world.contents(by=left), left)
    with pytest.raises(NotVerified, match="no certificate of its issuer"):
        verify(child, [one, two], world.root(), AT)


def test_an_unreadable_extension_ends_the_chain(
    world: World, issuing: Certificate, root: Certificate
) -> None:
    contents = world.contents(extensions=(extensions.Extension("2.5.29.99", b"raw"),))
    der = world.certificate(contents).der.replace(b"\x55\x1d\x63", b"\x55\x1d\x23")
    with pytest.raises(NotVerified, match=r"extension 2\.5\.29\.35 cannot be read"):
        verify(parse(der), [issuing], root, AT)


def test_signatures_of_another_kind_are_none(card: Certificate, issuing: Certificate) -> None:
    assert signed_by(card, issuing)
    assert not signed_by(card, card)
    assert not signed_by(
        dataclasses.replace(card, signature_algorithm="1.2.840.10045.4.3.2"), issuing
    )
    assert not signed_by(card, dataclasses.replace(issuing, curve="1.2.840.10045.3.1.7"))
