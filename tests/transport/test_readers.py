"""Which reader is meant, and whether its card is reached by antenna."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.pcsc_atr import contactless_atr
from sscard.transport import NoReader, by_antenna, chosen

NAMES = ("ACS ACR122U 00 00", "ACS ACR1281 01 00", "Virtual PCD 00 00", "Virtual PCD 00 00 0")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("0", 0),
        ("3", 3),
        ("acr122", 0),
        ("ACR1281 01", 1),
        ("Virtual PCD 00 00", 2),  # the whole name of one, a part of the other
        ("00 00 0", 3),
    ],
)
def test_by_number_name_or_part(wanted: str, found: int) -> None:
    assert chosen(NAMES, wanted) == NAMES[found]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("4", "no reader 4; 现有 there are: 0 ACS ACR122U 00 00, 1 ACS"),
        ("acs", "several readers have 'acs'; 现有 there are: 0 ACS ACR122U 00 00, 1 ACS ACR1281"),
        ("Omnikey", "no reader has 'Omnikey'; 现有 there are"),
        ("", "several readers have ''"),
    ],
)
def test_none_or_several(wanted: str, message: str) -> None:
    with pytest.raises(NoReader, match=message):
        chosen(NAMES, wanted)


@given(st.lists(st.text()), st.text())
def test_a_reader_or_an_error(names: list[str], wanted: str) -> None:
    with suppress(NoReader):
        assert chosen(names, wanted) in names


@given(st.binary(max_size=20))
def test_the_atr_of_a_contactless_card_is_known(historical: bytes) -> None:
    assert by_antenna(contactless_atr(historical))


@pytest.mark.parametrize(
    "atr", ["", "3B", "3B6D00000081544C868684000000000000", "3B8001", "3F8D8001"]
)
def test_others_are_not(atr: str) -> None:
    assert not by_antenna(bytes.fromhex(atr))
