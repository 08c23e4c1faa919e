"""Commands of the certificate application, byte for byte as ssc-more 1.3 has them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.errors import MalformedData

XY, CIPHER, HALF = bytes(range(64)), bytes(range(112)), bytes(range(32))
FORMS: list[tuple[CommandAPDU, str]] = [
    (pki.get_challenge(), "0084000010"),
    (pki.get_challenge(8), "0084000008"),
    (pki.verify(pki.USER, CIPHER[:16]), "0020018110" + CIPHER[:16].hex()),
    (pki.verify(pki.ADMIN, CIPHER[:16]), "0020010010" + CIPHER[:16].hex()),
    (pki.tries_left(pki.USER), "00200181"),
    (pki.external_authenticate(CIPHER[:16]), "0082000010" + CIPHER[:16].hex()),
    (pki.generate_key_pair(), "8040000008 C0020012 C2020013"),
    (pki.choose_public_key(), "80C9820008 C0020012 C2020013"),
    (pki.export_public_key(), "80C9828042"),
    (pki.decrypt(CIPHER), "804E000178 C2020013 C1820070" + CIPHER.hex() + "10"),
    (pki.set_session_key(CIPHER[:16]), "804A021012 C110" + CIPHER[:16].hex()),
    (pki.import_public_key(XY), "80C2400046 C0020014 CA40" + XY.hex()),
    (pki.import_private_key(HALF), "80C2C00126 C2020015 CB20" + HALF.hex()),
    (pki.hash_message(b"abc"), "80C4010305 C103616263 20"),
]


@pytest.mark.parametrize(("command", "raw"), FORMS, ids=lambda each: str(each)[:12])
def test_commands_are_as_seen(command: CommandAPDU, raw: str) -> None:
    assert bytes(command) == bytes.fromhex(raw)


def test_what_is_built_is_parsed() -> None:
    assert pki.parse_pair(pki.generate_key_pair().data) == (0x12, 0x13)
    assert pki.parse_use(pki.decrypt(CIPHER, 0x15).data) == (0x15, CIPHER)
    assert pki.parse_use(pki.sign(HALF).data) == (0x13, HALF)
    assert pki.parse_data(pki.set_session_key(HALF).data) == HALF
    assert pki.parse_point(pki.import_public_key(XY).data) == (0x14, XY)
    assert pki.parse_number(pki.import_private_key(HALF).data) == (0x15, HALF)
    assert pki.parse_data(pki.hash_message(bytes(200)).data) == bytes(200)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: pki.decrypt(CIPHER[1:]),
        lambda: pki.import_public_key(XY[1:]),
        lambda: pki.import_private_key(XY),
        lambda: pki.sign(XY),
    ],
)
def test_a_wrong_size_is_the_caller_s_mistake(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="bytes"):
        wrong()


PARSERS = [
    pki.parse_pair, pki.parse_use, pki.parse_data, pki.parse_point, pki.parse_number
]  # fmt: skip
tags = st.sampled_from([0xC0, 0xC1, 0xC2, 0xCA, 0xCB])
objects = st.tuples(tags, st.binary(max_size=70)).map(
    lambda each: bytes((each[0], len(each[1]))) + each[1]
)
near = st.lists(objects, max_size=3).map(b"".join)


@pytest.mark.parametrize("parse", PARSERS)
@given(raw=st.one_of(st.binary(max_size=80), near))
def test_any_bytes_parse_or_are_malformed(parse: Callable[[bytes], object], raw: bytes) -> None:
    with suppress(MalformedData):
        parse(raw)


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (pki.parse_pair, "C2020013C0020012"),
        (pki.parse_pair, "C0020012"),
        (pki.parse_pair, "C0020012C202001300"),
        (pki.parse_pair, "C00112C2020013"),
        (pki.parse_pair, "C0020012C2020013C2020013"),
        (pki.parse_use, "C2020013C0020012"),
        (pki.parse_data, "C103616263C100"),
        (pki.parse_data, "C104616263"),
        (pki.parse_point, "C0020014CA0100"),
        (pki.parse_number, "C2020015CB0100"),
    ],
)
def test_what_is_another_thing(parse: Callable[[bytes], object], raw: str) -> None:
    with pytest.raises(MalformedData):
        parse(bytes.fromhex(raw))
