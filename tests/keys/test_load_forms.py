"""Keys on their way into cards: lengths, round trips, and the same from other code of ours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from Crypto.Util.strxor import strxor
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.command import CommandAPDU
from sscard.channel import fmcos, ssc
from sscard.errors import MalformedData
from sscard.keys import DES8, SM4, SM4_SUITE, SUITES, TDES, TDES_SUITE
from sscard.keys.load_forms import (
    PSAM_CHANGE,
    PSAM_CREATE,
    WRITE_KEY,
    WRITE_MASTER,
    CardRecord,
    LoadLine,
    PsamChange,
    PsamRecord,
)

VALUE = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
MASTER, CHALLENGE = TDES(VALUE), bytes.fromhex("A1A2A3A4")
RECORD = CardRecord(0x0D, 0x83, 1, 0x02, 0x33, 0, 0, TDES(VALUE[::-1]))
BOTH = pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES.keys())
WAYS = pytest.mark.parametrize("direct", [False, True], ids=["session", "direct"])


def line(suite: Any, direct: bool, challenge: bytes = CHALLENGE) -> LoadLine:
    return LoadLine(suite, suite.key(VALUE), challenge, direct)


def test_lengths_of_the_three_forms() -> None:
    """ssc 3.5 [1]: Lc 18 plain, 20 enciphered, 24 enciphered with a MAC."""
    assert len(RECORD.build()) == 0x18
    for suite in SUITES.values():
        for direct in (True, False):
            assert len(line(suite, direct).seal(WRITE_KEY, RECORD.build())) == 0x24


def test_a_record_byte_by_byte() -> None:
    assert RECORD.build().hex().upper() == "0D83010233000010" + VALUE[::-1].hex().upper()
    stk = replace(RECORD, type=7, algorithm=1, key=DES8(b"12345678"))
    assert stk.build().hex().upper() == "0783010233010008" + b"12345678".hex() + "FF" * 8
    assert CardRecord.parse(stk.build(), TDES_SUITE) == stk
    with pytest.raises(ValueError, match=r"range\(0, 256\)"):
        replace(RECORD, kid=256).build()


def test_a_psam_record_byte_by_byte() -> None:
    """ssc 5.3 [S]: usage, id, 00, algorithm, 00000000, value; CHANGE KEY is shorter."""
    record = PsamRecord(0x28, 0x42, TDES(VALUE))
    assert record.build().hex().upper() == "2842000000000000" + VALUE.hex().upper()
    assert PsamRecord.parse(record.build(), TDES_SUITE) == record
    assert PsamRecord(0x26, 0x09, DES8(VALUE[:8])).build().hex() == (
        "2609000100000000" + VALUE[:8].hex()
    )
    assert PsamRecord(0x27, 0x24, SM4(VALUE)).build()[:8].hex() == "2724000300000000"
    assert PsamChange(0x28, 0x42, TDES(VALUE)).build() == bytes.fromhex("284200") + VALUE


def test_lengths_of_psam_commands() -> None:
    """ssc 5.3 [S]: Lc 24 and 1C of CREATE KEY, 1C and 14 of CHANGE KEY; 24 with 16-byte blocks."""
    des, tdes, sm4 = DES8(VALUE[:8]), TDES(VALUE), SM4(VALUE)
    for suite, key, create, change in (
        (TDES_SUITE, tdes, 0x24, 0x1C),
        (TDES_SUITE, des, 0x1C, 0x14),
        (SM4_SUITE, sm4, 0x24, 0x24),
    ):
        sealed = line(suite, direct=True)
        assert len(sealed.seal(PSAM_CREATE + b"\x11", PsamRecord(7, 1, key).build())) == create
        assert len(sealed.seal(PSAM_CHANGE + b"\x11", PsamChange(7, 1, key).build())) == change


@pytest.mark.parametrize(
    "raw",
    [
        "2842000000000000",
        "28420000",
        "2842010000000000",
        "2842000100000000",
        "2842000200000000",
        "2842000300000000",
        "2842000000000001",
    ],
)
def test_what_is_no_psam_record(raw: str) -> None:
    value = VALUE if raw != "2842000000000000" else VALUE[:15]
    with pytest.raises(MalformedData, match="key record"):
        PsamRecord.parse(bytes.fromhex(raw) + value, TDES_SUITE)


@BOTH
@WAYS
@given(data=st.data())
def test_what_goes_in_comes_out(suite: Any, direct: bool, data: Any) -> None:
    numbers = data.draw(st.lists(st.integers(0, 255), min_size=7, max_size=7))
    record = CardRecord(*numbers, suite.key(data.draw(st.binary(min_size=16, max_size=16))))
    sealed = line(suite, direct)
    for header in (WRITE_KEY, WRITE_MASTER):
        opened = sealed.open(header, sealed.seal(header, record.build()))
        assert CardRecord.parse(opened, suite) == record


@BOTH
@WAYS
@pytest.mark.parametrize("head", [PSAM_CREATE + b"\x11", PSAM_CHANGE + b"\0"])
def test_psam_records_too(suite: Any, direct: bool, head: bytes) -> None:
    record = PsamRecord(0x28, 0x42, suite.key(VALUE))
    sealed = line(suite, direct)
    opened = sealed.open(head, sealed.seal(head, record.build()))
    assert PsamRecord.parse(opened, suite) == record


def test_rows_5_and_7_written_out_with_pycryptodome() -> None:
    plain = bytes((24,)) + RECORD.build()
    cipher = DES3.new(VALUE, DES3.MODE_ECB).encrypt(plain + b"\x80" + bytes(6))
    chain, text = CHALLENGE + bytes(4), WRITE_KEY + b"\x24" + cipher + b"\x80" + bytes(2)
    for at in range(0, len(text), 8):
        chain = DES.new(VALUE[:8], DES.MODE_ECB).encrypt(strxor(chain, text[at : at + 8]))
    chain = DES.new(VALUE[8:], DES.MODE_ECB).decrypt(chain)
    mac = DES.new(VALUE[:8], DES.MODE_ECB).encrypt(chain)[:4]
    assert line(TDES_SUITE, direct=True).seal(WRITE_KEY, RECORD.build()) == cipher + mac


@BOTH
def test_the_session_way_is_secure_messaging(suite: Any) -> None:
    command = CommandAPDU(0x80, 0xD4, 0, 0, RECORD.build())
    wrapped = ssc.wrap_enciphered(command, suite, suite.key(VALUE), CHALLENGE)
    sealed = line(suite, direct=False).seal(bytes(wrapped)[:4], RECORD.build())
    assert bytes(wrapped) == WRITE_KEY + bytes((len(sealed),)) + sealed


def test_the_direct_way_is_that_of_fmcos() -> None:
    command = CommandAPDU(0x80, 0xD4, 1, 0, RECORD.build())
    wrapped = fmcos.Line(MASTER, CHALLENGE, enciphered=True).wrap(command)
    sealed = line(TDES_SUITE, direct=True).seal(WRITE_MASTER, RECORD.build())
    assert bytes(wrapped) == WRITE_MASTER + bytes((len(sealed),)) + sealed


@BOTH
@WAYS
def test_every_altered_bit_is_noticed(suite: Any, direct: bool) -> None:
    sealed = line(suite, direct)
    data = sealed.seal(WRITE_KEY, RECORD.build())
    for at in range(8 * len(data)):
        altered = (int.from_bytes(data, "big") ^ 1 << at).to_bytes(len(data), "big")
        with pytest.raises(MalformedData, match="no right MAC"):
            sealed.open(WRITE_KEY, altered)
    for header in (WRITE_MASTER, PSAM_CHANGE + b"\1"):
        with pytest.raises(MalformedData, match="no right MAC"):
            sealed.open(header, data)


def test_another_challenge_or_key_is_noticed() -> None:
    for direct in (True, False):
        data = line(TDES_SUITE, direct).seal(WRITE_KEY, RECORD.build())
        for other in (
            line(TDES_SUITE, direct, bytes(4)),
            replace(line(TDES_SUITE, direct), key=TDES(VALUE[::-1])),
        ):
            with pytest.raises(MalformedData, match="no right MAC"):
                other.open(WRITE_KEY, data)


def test_row_8_has_a_challenge_of_8() -> None:
    with_8 = line(SM4_SUITE, True, bytes(range(8)))
    assert with_8.open(WRITE_MASTER, with_8.seal(WRITE_MASTER, b"x")) == b"x"
    with pytest.raises(ValueError, match="4 bytes"):
        line(TDES_SUITE, True, bytes(8)).seal(WRITE_MASTER, b"x")


@WAYS
@given(data=st.binary(max_size=60))
def test_any_data_opens_or_is_malformed(direct: bool, data: bytes) -> None:
    with suppress(MalformedData):
        line(TDES_SUITE, direct).open(WRITE_KEY, data)


@given(st.binary(max_size=30) | st.binary(min_size=24, max_size=24))
def test_any_record_parses_or_is_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert CardRecord.parse(raw, TDES_SUITE).build() == raw
    with suppress(MalformedData):
        assert PsamRecord.parse(raw, TDES_SUITE).build() == raw
    with suppress(MalformedData):
        assert PsamChange.parse(raw, TDES_SUITE).build() == raw


@pytest.mark.parametrize(
    "raw",
    [
        bytes(23),
        bytes(7) + b"\x08" + bytes(16),  # nothing filled up
        bytes(7) + b"\x0c" + bytes(12) + b"\xff" * 4,  # no key has 12 bytes
        bytes(7) + b"\x18" + bytes(16),  # longer than the record
    ],
)
def test_malformed_records(raw: bytes) -> None:
    with pytest.raises(MalformedData):
        CardRecord.parse(raw, TDES_SUITE)


def test_caller_mistakes() -> None:
    with pytest.raises(ValueError, match="header of 4 bytes"):
        line(TDES_SUITE, True).seal(WRITE_KEY + b"\0", b"")
    with pytest.raises(ValueError, match="at most 255"):
        line(TDES_SUITE, True).seal(WRITE_KEY, bytes(250))
