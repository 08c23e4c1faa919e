"""Certificates that tests share: each costs some milliseconds."""

from __future__ import annotations

import pytest

from sscard.keys.x509 import Certificate
from tests.keys.x509.world import World, key


@pytest.fixture(scope="session")
def world() -> World:
    made = World(key("root"), key("issuing"), key("card"))
    for each in (made.root_key, made.issuing_key, made.card_key):
        each.public  # noqa: B018  # once for all tests
    return made


@pytest.fixture(scope="session")
def root(world: World) -> Certificate:
    return world.root()


@pytest.fixture(scope="session")
def issuing(world: World) -> Certificate:
    return world.issuing()


@pytest.fixture(scope="session")
def card(world: World) -> Certificate:
    return world.card()
