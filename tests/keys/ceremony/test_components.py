"""Masters from components: XOR, check values, parity, and what is refused by number."""

from __future__ import annotations

import random
from functools import reduce

import pytest
from Crypto.Cipher import DES3
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import SM4, TDES
from sscard.keys.ceremony import CeremonyError, WrongEntry, WrongParity
from sscard.keys.ceremony.components import (
    Component,
    combine,
    divide,
    make_component,
    make_components,
    typed_component,
)
from sscard.keys.ceremony.kinds import KINDS, Kind
from sscard.keys.weak import refuse_weak

TDES_KIND = KINDS["3des"]
kinds = st.sampled_from(list(KINDS.values()))


def xor(*values: bytes) -> bytes:
    numbers = [int.from_bytes(value, "big") for value in values]
    return reduce(lambda one, other: one ^ other, numbers).to_bytes(len(values[0]), "big")


def tdes(*hexes: str) -> list[Component]:
    return [
        Component(number, len(hexes), TDES(bytes.fromhex(value)))
        for number, value in enumerate(hexes, start=1)
    ]


@given(kinds, st.integers(2, 16), st.integers())
def test_the_xor_of_new_components_is_the_new_key_and_a_sound_one(
    kind: Kind, total: int, seed: int
) -> None:
    key, made = make_components(kind, total, random.Random(seed).randbytes)
    assert xor(*(each.value.reveal() for each in made)) == key.reveal()
    assert combine("K", made[::-1]) == key, "the order in which they come does not matter"
    refuse_weak("K", key)
    assert [each.number for each in made] == list(range(1, total + 1))
    assert type(key) is kind.type


@given(kinds, st.integers(2, 16), st.integers())
def test_a_key_there_is_can_be_divided(kind: Kind, total: int, seed: int) -> None:
    chance = random.Random(seed).randbytes
    key, _ = make_components(kind, 2, chance)
    assert combine("K", divide(key, kind, total, chance)) == key


@given(kinds, st.integers(2, 16), st.integers(min_value=0))  # Random(-2) is Random(2)
def test_components_made_one_by_one_give_a_key_with_the_right_parity(
    kind: Kind, total: int, seed: int
) -> None:
    sources = [random.Random(seed + at).randbytes for at in range(total)]
    made = [make_component(kind, at + 1, total, sources[at]) for at in range(total)]
    combine("K", made)


@given(st.integers(2, 6), st.integers())
def test_without_one_component_nothing_is_known(total: int, seed: int) -> None:
    """For every other key there is a last component that would have led to it."""
    chance = random.Random(seed).randbytes
    _, made = make_components(KINDS["sm4"], total, chance)
    other = SM4(chance(16))
    known = xor(*(each.value.reveal() for each in made[:-1]))
    forged = Component(total, total, SM4(xor(known, other.reveal())))
    assert combine("K", [*made[:-1], forged]) == other


def test_check_values_against_another_library() -> None:
    """Component and key, worked out with PyCryptodome; ECB of 8 zeros, 3 bytes."""
    hexes = ("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF", "1022304152637485900112233445566A")
    parts = tdes(*hexes)
    for part, value in zip(parts, hexes, strict=True):
        zeros = DES3.new(bytes.fromhex(value), DES3.MODE_ECB).encrypt(bytes(8))
        assert part.kcv == zeros[:3]
    key = combine("K", parts, set_parity=True)
    value = xor(*(bytes.fromhex(each) for each in hexes))
    assert key.kcv == DES3.new(value, DES3.MODE_ECB).encrypt(bytes(8))[:3]


def test_a_wrong_check_value_names_the_component() -> None:
    value = bytes.fromhex("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF")
    right = TDES(value).kcv
    assert typed_component(TDES_KIND, 2, 3, value, right) == Component(2, 3, TDES(value))
    with pytest.raises(WrongEntry, match=r"^component 2: its check value is .{6}, not 000000"):
        typed_component(TDES_KIND, 2, 3, value, bytes(3))


@pytest.mark.parametrize("size", [0, 8, 15, 17, 24, 32])
def test_a_component_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(WrongEntry, match=f"component 1: {size} bytes; a 3des component has 16"):
        typed_component(TDES_KIND, 1, 3, bytes(size), bytes(3))


def test_a_placeholder_is_no_component() -> None:
    with pytest.raises(WrongEntry, match=r"component 3: .* placeholder"):
        typed_component(TDES_KIND, 3, 3, bytes(16), TDES(bytes(16)).kcv)


def test_equal_components_cancel_each_other() -> None:
    one, other = "C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF", "1022304152637485900112233445566A"
    with pytest.raises(CeremonyError, match="components 1 and 3 are equal"):
        combine("K", tdes(one, other, one))


@pytest.mark.parametrize("numbers", [[1, 2], [1, 2, 2], [2, 3, 4], [1], []])
def test_a_set_that_is_not_whole_is_refused(numbers: list[int]) -> None:
    chance = random.Random(1).randbytes
    with pytest.raises(CeremonyError, match=r"needed, each once|no component"):
        combine("K", [Component(at, 3, SM4(chance(16))) for at in numbers])


def test_parity_is_set_only_when_asked_and_changes_no_check_value() -> None:
    """Two components of odd parity each give even parity in every byte."""
    parts = tdes("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF", "0123456789ABCDEF1F2F3F4F5F6F7F8F")
    odd = [
        Component(each.number, 2, TDES(bytes(b ^ (b.bit_count() % 2 == 0) for b in v)))
        for each, v in ((each, each.value.reveal()) for each in parts)
    ]
    with pytest.raises(WrongParity, match="key IRK"):
        combine("IRK", odd)
    value = xor(*(each.value.reveal() for each in odd))
    key = combine("IRK", odd, set_parity=True)
    assert key != TDES(value)
    assert key.kcv == TDES(value).kcv
    refuse_weak("IRK", key)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("01010101010101010123456789ABCDEF", "weak"),
        ("C1CDCBC7D9D5D3DFC1CDCBC7D9D5D3DF", "halves are equal"),
        ("01FE01FE01FE01FEC1CDCBC7D9D5D3DF", "weak"),
    ],
)
def test_a_weak_result_is_refused_by_name(wanted: str, why: str) -> None:
    one = bytes.fromhex("1022304152637485900112233445566A")
    parts = tdes(one.hex(), xor(one, bytes.fromhex(wanted)).hex())
    with pytest.raises(KeyStoreError, match=f"key UK1DF01: .*{why}"):
        combine("UK1DF01", parts)


def test_a_weak_key_is_not_generated() -> None:
    """The source gives a weak key first, then equal halves, then something sound."""
    weak = bytes.fromhex("0101010101010101FEFEFEFEFEFEFEFE")
    chance = random.Random(1).randbytes
    gifts = iter([weak, bytes.fromhex("C1CDCBC7D9D5D3DF") * 2])
    key, made = make_components(TDES_KIND, 2, lambda size: next(gifts, None) or chance(size))
    refuse_weak("K", key)
    assert combine("K", made) == key


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_source_of_randomness_that_does_not_work_is_noticed(kind: Kind) -> None:
    with pytest.raises(CeremonyError, match="does not work"):
        make_components(kind, 3, bytes)
    constant = random.Random(1).randbytes(32)
    with pytest.raises(CeremonyError, match="does not work"):
        make_components(kind, 4, lambda size: constant[:size])
