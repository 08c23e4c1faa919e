"""Builders of interindustry and social security commands, against traces and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU

EIGHT = bytes(range(8))
TWICE = EIGHT.hex() * 2


@pytest.mark.parametrize(
    ("command", "wanted"),
    [  # the first nine: ssc 9.1 trace A, 9.5; but for the Le we add to SELECT
        (iso7816.select(ssc.SSSE_NAME), "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00"),
        (iso7816.select_fid(0xEF05, under_current=True), "00A4020002EF05"),
        (iso7816.read_record_tag(0x01, ne=0x12), "00B2010012"),
        (iso7816.read_record_tag(0x4E, ne=0x16), "00B24E0016"),
        (iso7816.get_challenge(8), "0084000008"),
        (iso7816.verify(bytes.fromhex("123456")), "0020000003123456"),
        (ssc.external_authenticate(0x0A, EIGHT, EIGHT), f"0082000A10{TWICE}"),
        (iso7816.read_record(2, ne=0x2A), "00B202042A"),
        (iso7816.update_record(5, b"\5\4aaaa", sfi=5), "00DC052C06050461616161"),
        (iso7816.select_fid(0x3F00), "00A40000023F00"),
        (iso7816.read_record(1, sfi=5), "00B2012C00"),
        (iso7816.read_record_tag(7, sfi=30), "00B207F000"),
        (iso7816.append_record(b"\1", sfi=7), "00DC003B0101"),
        (iso7816.update_record(1, b"\1", cla=0x04), "04DC01040101"),
        (iso7816.read_binary(0x40, sfi=0x1C), "00B09C0040"),
        (iso7816.read_binary(16, offset=0x7FFF), "00B07FFF10"),
        (iso7816.update_binary(b"\1", sfi=1, offset=255), "00D681FF0101"),
        (iso7816.update_binary(b"\1", offset=0x102, cla=0x04), "04D601020101"),
        (iso7816.verify(b""), "00200000"),
        (iso7816.verify(b"\x12\x34", reference=0x80), "00200080021234"),
        (iso7816.get_response(0x1E), "00C000001E"),
        (ssc.internal_authenticate(EIGHT, EIGHT), f"0088000010{TWICE}08"),
        (ssc.internal_authenticate(EIGHT, EIGHT, version=3), f"0088000011{TWICE}0308"),
        (
            ssc.external_authenticate(0x83, EIGHT, EIGHT, version=1),
            f"0082008311{TWICE}01",
        ),
    ],
    ids=str,
)
def test_bytes(command: CommandAPDU, wanted: str) -> None:
    assert bytes(command).hex().upper() == wanted.upper()


@pytest.mark.parametrize("sfi", [-1, 31])
def test_short_identifiers(sfi: int) -> None:
    for build in (iso7816.read_record, iso7816.read_record_tag, iso7816.read_binary):
        with pytest.raises(ValueError, match="sfi"):
            build(1, sfi=sfi)


@pytest.mark.parametrize(("sfi", "offset"), [(0, 0x8000), (1, 0x100), (0, -1), (1, -1)])
def test_offsets(sfi: int, offset: int) -> None:
    with pytest.raises(ValueError, match="offset"):
        iso7816.read_binary(1, sfi=sfi, offset=offset)


@given(st.integers(0, 30), st.integers(0, 0x7FFF))
def test_a_place_is_told_unambiguously(sfi: int, offset: int) -> None:
    offset = offset & 0xFF if sfi else offset
    command = iso7816.read_binary(1, sfi=sfi, offset=offset)
    if command.p1 & 0x80:
        assert (command.p1 & 0x7F, command.p2) == (sfi, offset)
    else:
        assert (0, command.p1 << 8 | command.p2) == (sfi, offset)


@pytest.mark.parametrize("fid", [-1, 0x10000])
def test_file_identifiers(fid: int) -> None:
    with pytest.raises(ValueError, match="two bytes"):
        iso7816.select_fid(fid)


def test_authentication_takes_eights_and_versions_1_to_3() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        ssc.internal_authenticate(bytes(4), EIGHT)
    for version in (0, 4):
        with pytest.raises(ValueError, match="versions"):
            ssc.external_authenticate(4, EIGHT, EIGHT, version=version)


def test_the_name_is_the_environment_s() -> None:
    assert ssc.SSSE_NAME.decode("gbk") == "sx1.sh.社会保障"
