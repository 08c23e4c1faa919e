"""Files whose issuer asks for a MAC with every update (ssc 3.1 [S]): written and audited."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator import VirtualCard
from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import ProfileError
from sscard.perso import audit, handover, social_security
from sscard.perso.order import CardOrder
from sscard.perso.plan import run
from sscard.profiles import Profile, load_profile
from sscard.profiles.rules import parse_rule

if TYPE_CHECKING:
    from tests.conftest import Terminal

#: One file of each structure: variable, transparent (and longer than a command), cyclic.
SECURED = {("SSSE", 0xEF05), ("SSSE", 0xEF08), ("DF01", 0xEF06), ("DF04", 0xEF15)}
PHOTO = bytes(range(1, 256)) * 3


def with_macs(profile: Profile) -> Profile:
    def secured(rule: AccessRule) -> AccessRule:
        return replace(rule, secured=True)

    directories = tuple(
        directory.model_copy(
            update={
                "files": tuple(
                    file.model_copy(update={"update": secured(file.update)})
                    if (directory.name, file.fid) in SECURED
                    else file
                    for file in directory.files
                )
            }
        )
        for directory in profile.directories
    )
    return profile.model_copy(update={"directories": directories})


@pytest.fixture(scope="module")
def wanted(order: CardOrder) -> CardOrder:
    values = {**order.values, "photo": PHOTO.hex()}
    return replace(order, profile=with_macs(order.profile), values=values)


@pytest.fixture(scope="module")
def made(wanted: CardOrder) -> VirtualCard:
    seeded = random.Random(8).randbytes
    card = VirtualCard.blank("gen2-32k", random=seeded)
    run(social_security.personalize(wanted, seeded), card)
    run(handover.close(wanted.profile, wanted.exchange), card)
    return card


def test_the_station_writes_and_the_audit_agrees(made: VirtualCard, wanted: CardOrder) -> None:
    audit.require(run(audit.audit(wanted, bytes), made))


def test_a_card_that_asks_for_no_mac_is_found_out(
    clone: Callable[..., Terminal], wanted: CardOrder, order: CardOrder
) -> None:
    plain = clone()
    run(handover.close(order.profile, order.exchange), plain.card)
    asked = replace(wanted, values=order.values)
    wrong = {each.subject for each in run(audit.audit(asked, bytes), plain.card) if not each.agrees}
    assert wrong == {f"{name}/{fid:04X}: right to update" for name, fid in SECURED}


def test_a_card_that_asks_for_a_mac_is_found_out(
    made: VirtualCard, wanted: CardOrder, order: CardOrder
) -> None:
    expected = replace(wanted, profile=order.profile)
    wrong = {each.subject for each in run(audit.audit(expected, bytes), made) if not each.agrees}
    assert {f"{name}/{fid:04X}: right to update" for name, fid in SECURED} <= wrong


def test_the_card_wants_the_mac_before_it_looks_at_rights(
    made: VirtualCard, wanted: CardOrder, terminal: Terminal
) -> None:
    host = type(terminal)(made, wanted)
    host.select()
    assert host.hex("00DC022C03020131") == "6987"
    assert host.hex("00DC023403020131") == "6982", "the file beside it asks for none"
    assert host.hex("00D6880001AA") == "6987"
    assert host.hex("00DC7E2C03020131") == "6987", "neither at the record"


def test_a_profile_says_it_in_words() -> None:
    kids = {"UKSSSE": 0x04}
    assert parse_rule("UKSSSE with MAC", kids) == AccessRule(Condition.KEY, 0x04, secured=True)
    assert parse_rule("PIN or UKSSSE with MAC", kids).secured
    for wrong in ("never with MAC", "UKSSSE with MAC with MAC", "with MAC"):
        with pytest.raises(ProfileError):
            parse_rule(wrong, kids)


def test_reading_is_never_secured(tmp_path: Path) -> None:
    text = (files("sscard.profiles") / "catalog" / "gen2.toml").read_text("utf-8")
    path = tmp_path / "other.toml"
    text = text.replace('read = "RKSSSE"', 'read = "RKSSSE with MAC"', 1)
    path.write_text(text.replace('name = "gen2"', 'name = "other"'), "utf-8")
    with pytest.raises(ProfileError, match="file EF07: read: only updates are secured"):
        load_profile(path)
