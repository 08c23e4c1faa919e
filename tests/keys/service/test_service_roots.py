"""A service before a city's store: factors travel whole, and clients are told what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import Factors, KeyReference
from sscard.keys.explain import explain
from sscard.keys.key_entry import Level
from sscard.keys.roots import Roots
from sscard.keys.stores import OperationsStore, SoftwareOperations, load_social_security
from sscard.keys.stores.service import answers, served
from sscard.keys.stores.service.client import RemoteOperations
from sscard.keys.stores.service.configuration import open_service
from sscard.keys.stores.service.messages import Greeting
from sscard.keys.stores.store_file import checked

HISTORICAL = bytes.fromhex("0081544C9686845101C0666779")
CODE = bytes.fromhex("510100D15600000500C0666779000000")
CARD = Factors.of("510100", HISTORICAL)


def test_a_citys_store_behind_a_service(
    of_level: Callable[..., Any], start: Callable[..., Any], way: Callable[..., Any]
) -> None:
    local = SoftwareOperations(checked(of_level("3des", "city", IRK="ministry"), "T"))
    running = start(served.ServedOperations("social-security", local))
    remote, ministry = RemoteOperations(way(running), "social-security"), load_social_security()
    try:
        assert remote.roots == local.roots
        for name in ("IRK", "UK1DF01"):
            reference = KeyReference(name, 1)
            found = remote.card_keys([reference], CARD)
            assert found == ministry.card_keys([reference], CARD)
        store = OperationsStore(remote, {}, "remote")
        coded = CODE[:12]
        assert store.authentication_code("510100", coded) == ministry.authentication_code(
            "510100", coded
        )
        explained = explain(store, "UK1DF01", 1, CODE, HISTORICAL)
        assert (explained.held, len(explained.steps)) == (Level.CITY, 1)
        assert explained == explain(OperationsStore(local, {}, ""), "UK1DF01", 1, CODE, HISTORICAL)
        with pytest.raises(KeyStoreError, match="UK1DF01 is held for the city 510100 only"):
            remote.card_keys([KeyReference("UK1DF01", 1)], Factors.of("510300", HISTORICAL))
    finally:
        remote.close()


@pytest.mark.parametrize(
    "roots",
    [Roots(), Roots(Level.PROVINCE, "510000"), Roots(area="330100", exceptions={"X": Level.CITY})],
)
def test_greetings_tell_the_levels(roots: Roots) -> None:
    found = Greeting("kiosk-7", "exchange", "3des", True, roots)
    assert answers.parse(answers.greeting(7, found)) == (7, found)


def test_a_key_that_this_side_does_not_know() -> None:
    roots = Roots(area="510100", exceptions={"NEWKEY": Level.CITY})
    found = Greeting("kiosk-7", "social-security", "3des", False, roots)
    assert answers.parse(answers.greeting(7, found)) == (7, found)


def test_levels_that_cannot_be() -> None:
    found = Greeting("kiosk-7", "exchange", "3des", True, Roots(Level.CITY, "510100"))
    line = answers.greeting(1, found)
    with pytest.raises(MalformedData, match="area"):
        answers.parse(line.replace(b'"510100"', b"null"))
    with pytest.raises(MalformedData, match="bank"):
        answers.parse(line.replace(b'"exchange"', b'"bank"'))


def test_a_station_does_not_say_the_levels() -> None:
    document = {"kind": "social-security", "root_level": "city", "area": "510100", "service": {}}
    with pytest.raises(KeyStoreError, match="area, root_level stand with the keys, at the service"):
        open_service(document, "T")
