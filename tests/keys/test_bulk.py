"""Many keys at once are the keys one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import DES8, SM4, SM4_SUITE, SUITES, TDES, TDES_SUITE, Factors, KeyReference, bulk
from sscard.keys.bulk import derive_many
from sscard.keys.joined import JoinedFactors
from sscard.keys.stores.software import SoftwareOperations
from sscard.keys.stores.store_file import StoreFile

VALUE = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
NAMES = ("UK1DF01", "UK2DF01", "STKDF01", "DTK")
REFERENCES = [KeyReference(name, version) for name in NAMES for version in (1, 2)]
CITIES = [Factors.of(city, bytes(13)) for city in ("371000", "330106", "510100")]

cards = st.builds(
    lambda city, card: Factors(city.province, city.city, card),
    st.sampled_from(CITIES),
    st.binary(min_size=8, max_size=8),
)


def store(suite: Any) -> SoftwareOperations:
    keys = {
        each: suite.key(bytes((at,)) + VALUE[1:]) for at, each in enumerate(REFERENCES, start=1)
    }
    return SoftwareOperations(StoreFile("a file", True, suite, keys, {}))


def sizes(suite: Any) -> dict[str, int]:
    return {"STKDF01": 8} if suite is TDES_SUITE else {}


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES.keys())
@settings(max_examples=60)
@given(st.lists(cards, max_size=12), st.integers(1, 4))
def test_the_same_keys_as_one_by_one(suite: Any, chosen: list[Factors], chunk: int) -> None:
    whole, bulk.CHUNK = bulk.CHUNK, chunk
    try:
        rows = list(store(suite).derive_many(REFERENCES, chosen, sizes=sizes(suite)))
    finally:
        bulk.CHUNK = whole
    assert [dict(row) for row in rows] == [
        store(suite).card_keys(REFERENCES, card, sizes=sizes(suite)) for card in chosen
    ]


def test_key_types_are_those_of_the_suite() -> None:
    for suite, kinds in ((TDES_SUITE, {TDES, DES8}), (SM4_SUITE, {SM4})):
        (row,) = store(suite).derive_many(REFERENCES, CITIES[:1], sizes=sizes(suite))
        assert {type(key) for key in row.values()} == kinds


class Counted:
    """A diversifier that counts cipher calls."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self._made = TDES_SUITE.diversifier(TDES(VALUE))

    def __call__(self, factor: bytes, /, *, size: int = 16) -> Any:
        return self._made(factor, size=size)

    def many(self, factors: JoinedFactors, /, *, size: int = 16) -> Any:
        self.calls.append(len(factors))
        return self._made.many(factors, size=size)


def test_one_call_for_each_key_and_chunk() -> None:
    counted = Counted()
    rows = derive_many(lambda *_: counted, REFERENCES, repeat(CITIES[0], 2 * bulk.CHUNK + 3))
    assert len(list(rows)) == 2 * bulk.CHUNK + 3
    assert counted.calls == [bulk.CHUNK] * 16 + [3] * 8


def test_cards_may_be_endless_and_are_not_read_ahead() -> None:
    read = 0

    def endless() -> Iterator[Factors]:
        nonlocal read
        while True:
            read += 1
            yield CITIES[0]

    rows = store(TDES_SUITE).derive_many(REFERENCES, endless())
    assert len(list(islice(rows, 3))) == 3
    assert read == bulk.CHUNK


def test_a_row_is_a_mapping() -> None:
    (row,) = store(TDES_SUITE).derive_many(REFERENCES, CITIES[:1])
    assert list(row) == REFERENCES
    assert len(row) == len(REFERENCES)
    with pytest.raises(KeyError):
        row[KeyReference("UK1DF01", 3)]
    assert repr(row) == "<8 keys of one card>"


def test_a_column_has_its_keys_and_no_more() -> None:
    column = TDES_SUITE.diversifier(TDES(VALUE)).many(JoinedFactors([b"12345678", b"abcdefgh"]))
    assert len(column) == len(list(column)) == 2
    for wrong in (-1, 2):
        with pytest.raises(IndexError, match="there are 2 keys"):
            column[wrong]
    assert repr(column) == "<KeyColumn of 2 keys>"


@pytest.mark.parametrize(
    ("key", "size"), [(SM4(VALUE), 8), (SM4(VALUE), 32), (TDES(VALUE), 24), (DES8(VALUE[:8]), 16)]
)
def test_sizes_that_cannot_be(key: Any, size: int) -> None:
    suite = SM4_SUITE if isinstance(key, SM4) else TDES_SUITE
    with pytest.raises(ValueError, match=f"no keys of {size} bytes"):
        suite.diversifier(key).many(JoinedFactors([bytes(8)]), size=size)


def test_mistakes_are_those_of_the_other_path() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        JoinedFactors([bytes(8), bytes(7)])
    with pytest.raises(KeyStoreError, match="no key UK9DF01"):
        next(store(TDES_SUITE).derive_many([KeyReference("UK9DF01", 1)], CITIES))
    assert list(store(TDES_SUITE).derive_many(REFERENCES, [])) == []
