"""Transparent files: offsets with and without SFI, the end of the file, MACs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import iso7816
from sscard.channel import ssc
from sscard.dialects.operations import CreateFile, KeyType, LoadKey, Structure
from sscard.dialects.rights import FREE
from sscard.keys import DES8, TDES_SUITE

if TYPE_CHECKING:
    from tests.cos.conftest import Maker

SIZE = 300
BODY = bytes(range(256)) + bytes(SIZE - 256)
FILE = CreateFile(0xEF08, Structure.TRANSPARENT, FREE, FREE, (BODY,))
RECORDS = CreateFile(0xEF05, Structure.FIXED, FREE, FREE, (b"abcd",))
STK = LoadKey(KeyType.MAINTENANCE, 0x02, 1, 0, bytes(range(8)))


@pytest.fixture
def files(maker: Maker) -> Maker:
    maker.ground(FILE, RECORDS, STK)
    return maker


@pytest.fixture(scope="module")
def lasting(make_maker: Callable[..., Maker]) -> Maker:
    """One card for all examples of the property."""
    maker = make_maker()
    maker.ground(FILE)
    return maker


def hexed(maker: Maker, command: str) -> str:
    return maker.card.transmit(bytes.fromhex(command)).hex().upper()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B0880004", "000102039000"),
        ("00B088FE04", "FEFF00009000"),
        ("00B0000004", "6986"),
        ("00B0850004", "6981"),
        ("00B0890004", "6A82"),
        ("00D6880001AA", "9000"),
        ("00D6850001AA", "6981"),
        ("00D6890001AA", "6A82"),
    ],
)
def test_with_a_short_identifier(files: Maker, command: str, answer: str) -> None:
    assert hexed(files, command) == answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B0000102", "01029000"),
        ("00B0012A00", "00009000"),
        ("00B0012B10", "009000"),
        ("00B0012C01", "6B00"),
        ("00B07FFF01", "6B00"),
        ("00D6012B01AA", "9000"),
        ("00D6012B02AAAA", "6700"),
        ("00D6012C01AA", "6B00"),
    ],
)
def test_the_current_file_has_offsets_of_15_bits(files: Maker, command: str, answer: str) -> None:
    assert hexed(files, "00A4020002EF08") == "9000"
    assert hexed(files, command) == answer


def test_le_of_256_and_more(files: Maker) -> None:
    assert hexed(files, "00B0880000") == BODY[:256].hex().upper() + "9000"
    assert hexed(files, "00B08800000400") == BODY.hex().upper() + "9000"


@given(st.integers(0, 0x1FF), st.binary(min_size=1, max_size=SIZE + 10))
def test_what_is_written_is_read_and_nothing_else_changes(
    lasting: Maker, offset: int, data: bytes
) -> None:
    lasting.send(iso7816.select_fid(0xEF08))
    whole = iso7816.read_binary(0x200)
    before = lasting.send(whole).data
    sw = lasting.send(iso7816.update_binary(data, offset=offset)).sw
    after = lasting.send(whole).data
    if offset + len(data) <= SIZE:
        assert sw == 0x9000
        assert after == before[:offset] + data + before[offset + len(data) :]
    else:
        assert sw == (0x6700 if offset < SIZE else 0x6B00)
        assert after == before


def test_with_a_mac(files: Maker) -> None:
    key = DES8(STK.value)
    plain = iso7816.update_binary(b"new", sfi=8, offset=7)
    challenge = files.send(iso7816.get_challenge(8)).data
    assert files.send(ssc.wrap(plain, TDES_SUITE, key, challenge)).sw == 0x9000
    assert hexed(files, "00B0880605") == "066E65770A9000"
    challenge = files.send(iso7816.get_challenge(8)).data
    assert files.send(ssc.wrap(plain, TDES_SUITE, DES8(bytes(8)), challenge)).sw == 0x6988


def test_a_mac_over_more_than_a_short_command_can_carry(files: Maker) -> None:
    files.send(iso7816.get_challenge(8))
    assert hexed(files, "04D6880000012C" + "AA" * 300) == "6700"
