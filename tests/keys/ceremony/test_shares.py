"""k of n shares: any k recover the key, k - 1 do not; every other sheet is refused by name."""

from __future__ import annotations

import dataclasses
import random
import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.keys import SM4, TDES, SecretKey
from sscard.keys.ceremony import CeremonyError, Form, Label, WrongEntry
from sscard.keys.ceremony.components import make_components
from sscard.keys.ceremony.kinds import KINDS, Kind, kind_of
from sscard.keys.ceremony.shares import Share, recover, split
from sscard.keys.types import AES, DES8, Secret

CEREMONY = "7F3A9C21"
VECTORS = tomllib.loads(
    (Path(__file__).parents[2] / "vectors" / "shamir-ssss.toml").read_text("utf-8")
)["split"]
KEY = SM4(bytes.fromhex("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF"))
kinds = st.sampled_from(list(KINDS.values()))


def labels(key: SecretKey, threshold: int, total: int, **other: object) -> list[Label]:
    fields: dict[str, object] = {
        "form": Form.SHARE,
        "kind": kind_of("K", key).word,
        "ceremony": CEREMONY,
        "set_number": 1,
        "threshold": threshold,
        "total": total,
        "kcv": key.kcv,
    }
    return [Label(number=at, **(fields | other)) for at in range(1, total + 1)]  # type: ignore[arg-type]


def shared(key: SecretKey = KEY, threshold: int = 3, total: int = 5) -> tuple[Share, ...]:
    return split(key, labels(key, threshold, total))


def relabelled(share: Share, **changes: object) -> Share:
    label = dataclasses.replace(share.label, **changes)  # type: ignore[arg-type]
    return Share(label, share.value)


@settings(max_examples=30, deadline=None)
@given(st.data(), kinds, st.integers(2, 8))
def test_any_k_of_n_recover(data: st.DataObject, kind: Kind, total: int) -> None:
    threshold = data.draw(st.integers(2, total))
    key, _ = make_components(kind, 2, random.Random(data.draw(st.integers())).randbytes)
    made = split(key, labels(key, threshold, total))
    chosen = data.draw(st.permutations(made))[:threshold]
    assert recover(chosen, ceremony=CEREMONY) == key


@settings(max_examples=30, deadline=None)
@given(st.data(), kinds, st.integers(2, 8))
def test_one_less_than_k_do_not(data: st.DataObject, kind: Kind, total: int) -> None:
    threshold = data.draw(st.integers(2, total))
    key, _ = make_components(kind, 2, random.Random(data.draw(st.integers())).randbytes)
    made = split(key, labels(key, threshold, total))
    chosen = data.draw(st.permutations(made))[: threshold - 1]
    with pytest.raises(CeremonyError, match="1 more are needed"):
        recover(chosen, ceremony=CEREMONY)
    if threshold > 2:  # also not for whoever pretends that fewer are enough
        forged = [relabelled(each, threshold=threshold - 1) for each in chosen]
        with pytest.raises(CeremonyError, match="damaged or not genuine"):
            recover(forged, ceremony=CEREMONY)


def test_every_three_of_five_recover() -> None:
    for chosen in combinations(shared(), 3):
        assert recover(chosen, ceremony=CEREMONY) == KEY


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['threshold']}")
def test_shares_of_another_program(vector: dict[str, object]) -> None:
    """The program ``ssss`` shares no code with us or with PyCryptodome."""
    key = SM4(bytes.fromhex(str(vector["secret"])))
    texts = [str(each) for each in vector["shares"]]  # type: ignore[attr-defined]
    threshold = int(str(vector["threshold"]))
    all_labels = labels(key, threshold, len(texts))
    made = [
        Share(label, Secret(bytes.fromhex(text.partition("-")[2])))
        for label, text in zip(all_labels, texts, strict=True)
    ]
    for chosen in (made[:threshold], made[-threshold:]):
        assert recover(chosen, ceremony=CEREMONY) == key


def polynomial(values: list[tuple[int, bytes]], at: int) -> int:
    """Lagrange in GF(2^128) modulo x^128 + x^7 + x^2 + x + 1, written down without a library."""
    order = (1 << 128) - 2

    def times(one: int, other: int) -> int:
        product = 0
        while other:
            product ^= one if other & 1 else 0
            other >>= 1
            one <<= 1
            one ^= (1 << 128 | 0x87) if one >> 128 else 0
        return product

    def inverse(number: int) -> int:
        result, power, bits = 1, number, order
        while bits:
            result = times(result, power) if bits & 1 else result
            power, bits = times(power, power), bits >> 1
        return result

    total = 0
    for x, y in values:
        term = int.from_bytes(y, "big")
        for other, _ in values:
            if other != x:
                term = times(times(term, at ^ other), inverse(x ^ other))
        total ^= term
    return total


def test_the_shares_lie_on_the_polynomial_of_ssss() -> None:
    """Its leading term is x^k, without a coefficient; k shares less that term determine the key."""
    plain = []
    for each in shared():
        number, value = each.label.number, int.from_bytes(each.value.reveal(), "big")
        leading = carryless(carryless(number, number), number)
        plain.append((number, (value ^ leading).to_bytes(16, "big")))
    for chosen in combinations(plain, 3):
        assert polynomial(list(chosen), 0).to_bytes(16, "big") == KEY.reveal()


def carryless(one: int, other: int) -> int:
    """A product of polynomials over GF(2), so small here that nothing is to be reduced."""
    product = 0
    for bit in range(other.bit_length()):
        product ^= (one << bit) if other >> bit & 1 else 0
    return product


def test_a_share_of_another_ceremony_is_named() -> None:
    made = list(shared())
    made[1] = split(KEY, labels(KEY, 3, 5, ceremony="0BADCAFE"))[1]
    with pytest.raises(WrongEntry, match=r"^share 2: it is of ceremony 0BADCAFE, not of 7F3A9C21$"):
        recover(made[:3], ceremony=CEREMONY)


def test_a_share_of_another_set_is_named() -> None:
    made = list(shared())
    made[2] = split(KEY, labels(KEY, 3, 5, set_number=2))[2]
    with pytest.raises(WrongEntry, match=r"share 3: it is of set 02 of ceremony .*, not of set 01"):
        recover(made[:3], ceremony=CEREMONY)


@pytest.mark.parametrize(
    "changes", [{"kcv": b"abc"}, {"threshold": 2}, {"total": 6}, {"kind": "aes128"}]
)
def test_labels_that_do_not_agree_are_named(changes: dict[str, object]) -> None:
    made = list(shared())
    made[1] = relabelled(made[1], **changes)
    with pytest.raises(WrongEntry, match="share 2: its label does not agree with that of share 1"):
        recover(made[:3], ceremony=CEREMONY)


def test_one_share_twice_is_named() -> None:
    made = shared()
    with pytest.raises(WrongEntry, match="share 1: it is there already"):
        recover([made[0], made[1], made[0]], ceremony=CEREMONY)


def test_a_component_is_no_share() -> None:
    made = shared()
    strange = relabelled(made[2], form=Form.COMPONENT, threshold=5)
    with pytest.raises(WrongEntry, match="component 3 of ceremony 7F3A9C21 is no share"):
        recover([made[0], made[1], strange], ceremony=CEREMONY)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_shares_say_how_many_are_missing(count: int) -> None:
    with pytest.raises(CeremonyError, match=r"\d more are needed"):
        recover(shared()[:count], ceremony=CEREMONY)


def test_a_damaged_share_gives_no_key() -> None:
    made = list(shared())
    value = bytearray(made[0].value.reveal())
    value[7] ^= 0x10
    made[0] = Share(made[0].label, Secret(bytes(value)))
    with pytest.raises(CeremonyError, match="one of them is damaged"):
        recover(made[:3], ceremony=CEREMONY)


def test_a_damaged_share_too_many_is_named() -> None:
    made = list(shared())
    assert recover(made, ceremony=CEREMONY) == KEY
    made[4] = Share(made[4].label, Secret(bytes(16)))
    with pytest.raises(WrongEntry, match="share 5: damaged"):
        recover(made, ceremony=CEREMONY)


def test_a_share_of_another_length_is_named() -> None:
    made = list(shared())
    made[1] = Share(made[1].label, Secret(bytes(15)))
    with pytest.raises(WrongEntry, match="share 2: 15 bytes; there are 16"):
        recover(made[:3], ceremony=CEREMONY)


def test_sets_of_other_keys_and_other_numbers_are_no_sets() -> None:
    with pytest.raises(ValueError, match="another key"):
        split(SM4(bytes(range(16))), labels(KEY, 2, 3))
    with pytest.raises(ValueError, match="one label for each"):
        split(KEY, labels(KEY, 2, 3)[::-1])


@pytest.mark.parametrize("key", [DES8(bytes(range(8))), AES(bytes(range(24)))])
def test_what_is_no_master_is_not_divided(key: SecretKey) -> None:
    with pytest.raises(CeremonyError, match=r"key STK: .* is not shared out"):
        kind_of("STK", key)


def test_shares_do_not_depend_on_the_key_alone() -> None:
    one, other = shared(TDES(KEY.reveal())), shared(TDES(KEY.reveal()))
    assert all(a.value != b.value for a, b in zip(one, other, strict=True))
