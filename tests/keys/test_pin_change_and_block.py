"""PIN blocks, PINs under the card's RSA key, and what is no new PIN."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys import SM4, Pin, pin_block, pin_change, rsa_generation
from sscard.keys.application_cryptogram import FAMILIES, SM4_FAMILY, Family
from sscard.keys.rsa import RSAPrivateKey

KEY = SM4(bytes(range(16)))
pins = st.from_regex(r"[0-9]{4,12}", fullmatch=True)


@pytest.fixture(scope="module")
def card() -> RSAPrivateKey:
    return rsa_generation.generate(1024, 3)


def padded(content: bytes) -> bytes:
    return content + b"\x80" + bytes(-(len(content) + 1) % 16)


def test_the_block_of_the_specification() -> None:
    # pboc 1.8, DGI 8010
    block = bytes.fromhex("241234FFFFFFFFFF")
    assert pin_block.build(Pin("1234")) == block
    assert pin_block.parse(block) == Pin("1234")


@given(pins)
def test_blocks_come_back(digits: str) -> None:
    assert pin_block.parse(pin_block.build(Pin(digits))) == Pin(digits)


@given(st.binary(max_size=9))
def test_any_bytes_are_a_block_or_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert pin_block.build(pin_block.parse(raw)) == raw


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "241234FFFFFFFF",  # 7 bytes
        "041234FFFFFFFFFF",  # control 0
        "231234FFFFFFFFFF",  # 3 digits
        "2D12341234123412",  # 13 digits
        "24123AFFFFFFFFFF",  # A digit that is none
        "241234FFFFFFFFF0",  # filled with something else
        "251234FFFFFFFFFF",  # one digit less than it says
    ],
)
def test_what_is_no_block(wrong: str) -> None:
    with pytest.raises(MalformedData, match="no PIN block") as caught:
        pin_block.parse(bytes.fromhex(wrong))
    assert "1234" not in str(caught.value)


def test_a_pin_under_the_cards_key(card: RSAPrivateKey) -> None:
    challenge = bytes(range(8))
    source = random.Random(7)
    data = pin_block.encipher(Pin("1234"), challenge, source.randbytes, card.public)
    # By hand: what the private exponent makes of it (pboc 5, VERIFY).
    plain = card.power(data)
    assert plain[:17].hex() == "7f241234ffffffffff0001020304050607"
    assert plain[17:] == random.Random(7).randbytes(128 - 17)
    presented = pin_block.decipher(data, card)
    assert (presented.block, presented.challenge) == (pin_block.build(Pin("1234")), challenge)
    assert "1234" not in repr(presented)


@given(pins, st.binary(min_size=8, max_size=8), st.integers())
def test_pins_come_back(card: RSAPrivateKey, digits: str, challenge: bytes, seed: int) -> None:
    source = random.Random(seed).randbytes
    data = pin_block.encipher(Pin(digits), challenge, source, card.public)
    expected = pin_block.PresentedPin(pin_block.build(Pin(digits)), challenge)
    assert pin_block.decipher(data, card) == expected


@given(st.binary(min_size=127, max_size=129))
def test_any_bytes_are_a_pin_or_malformed(card: RSAPrivateKey, raw: bytes) -> None:
    with suppress(MalformedData):
        assert len(pin_block.decipher(raw, card).block) == 8


def test_what_is_no_enciphered_pin(card: RSAPrivateKey) -> None:
    wrong = [(bytes(127), "as long"), (b"\xff" * 128, "below"), (bytes(128), "begins with 7F")]
    for data, text in wrong:
        with pytest.raises(MalformedData, match=text):
            pin_block.decipher(data, card)
    with pytest.raises(ValueError, match="challenge"):
        pin_block.encipher(Pin("1234"), bytes(4), random.Random(1).randbytes, card.public)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@given(st.binary(max_size=17), st.none() | pins.map(Pin))
def test_any_bytes_are_a_new_pin_or_malformed(
    family: Family, raw: bytes, current: Pin | None
) -> None:
    key = family.key(bytes(range(16)))
    with suppress(MalformedData):
        new = pin_change.decipher(family, key, key, raw, current)
        assert pin_change.encipher(family, key, key, new, current) == raw


@pytest.mark.parametrize(
    "plain",
    [
        padded(b"\x08" + bytes.fromhex("241234FFFFFFFFFF")),  # control 2
        padded(b"\x07" + bytes.fromhex("041234FFFFFFFFFF")),  # another length
        b"\x08" + bytes.fromhex("041234FFFFFFFFFF") + bytes(7),  # no padding
        padded(b"\x08" + bytes.fromhex("041234FFFFFFFFFF") + b"\0"),  # padding elsewhere
    ],
    ids=["control", "length", "padding", "size"],
)
def test_what_is_no_new_pin(plain: bytes) -> None:
    mask = bytes(5) + KEY.reveal()[4:8] + bytes(7)
    masked = bytes(a ^ b for a, b in zip(plain, mask, strict=True))
    with pytest.raises(MalformedData):
        pin_change.decipher(SM4_FAMILY, KEY, KEY, SM4_FAMILY.encipher(KEY, masked))


def test_another_current_pin_is_noticed() -> None:
    made = pin_change.encipher(SM4_FAMILY, KEY, KEY, Pin("4321"), Pin("1234"))
    assert pin_change.decipher(SM4_FAMILY, KEY, KEY, made, Pin("1234")) == Pin("4321")
    for other in (None, Pin("9999"), Pin("123999")):
        with pytest.raises(MalformedData) as caught:
            pin_change.decipher(SM4_FAMILY, KEY, KEY, made, other)
        assert "4321" not in str(caught.value)


def test_another_current_pin_with_the_same_first_digits_may_pass() -> None:
    # The mask has no check value of its own: what protects the command is its MAC.
    made = pin_change.encipher(SM4_FAMILY, KEY, KEY, Pin("4321"), Pin("1234"))
    assert pin_change.decipher(SM4_FAMILY, KEY, KEY, made, Pin("123456")) == Pin("4377")
