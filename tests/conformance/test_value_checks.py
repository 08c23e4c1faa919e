"""Checks of what records hold: what an encoder wrote is right, what was spoiled is named."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.conformance.case import About
from sscard.conformance.checks import CHECKS, Answer
from sscard.profiles import Profile, load_profile

GEN1, GEN2, GEN3 = (load_profile(spec) for spec in ("gen1", "gen2", "gen3"))
_SECRET = "诸葛验收"


def said(name: str, data: bytes, of: str = "", profile: Profile = GEN2, **kept: bytes) -> str:
    words = name.split(" ")
    for size in range(len(words), 0, -1):
        check = CHECKS.get(" ".join(words[:size]))
        if check is not None:
            answer = Answer(data, profile, About(), of=of, variables=kept)
            return check(answer, " ".join(words[size:]))
    raise AssertionError(name)


def record(place: str, number: int, profile: Profile = GEN2, **values: object) -> bytes:
    directory, _, fid = place.partition("/")
    file = profile.directory(directory).file(int(fid, 16))
    written = dict(file.encode(values))
    return written.get(number, file.record_templates()[number - 1].fill)


@pytest.mark.parametrize("profile", [GEN1, GEN2], ids=lambda profile: profile.name)
def test_every_record_as_it_is_made_is_well_formed(profile: Profile) -> None:
    for directory in profile.directories:
        for file in directory.files:
            place = f"{directory.name}/{file.fid:04X}"
            for template in file.record_templates():
                for check in ("value", "doubts"):
                    words = said(f"{check} {template.number}", template.fill, place, profile)
                    assert words == "", (place, template.number)


@given(st.dates(date(1851, 1, 1), date(2149, 12, 31)))
def test_dates_are_right_and_other_digits_are_not(day: date) -> None:
    data = record("SSSE/EF06", 7, birth_date=day.isoformat())
    assert said("value 7", data, "SSSE/EF06") == said("doubts 7", data, "SSSE/EF06") == ""
    month_13 = data[:4] + b"\x13" + data[5:]
    assert "not a date" in said("value 7", month_13, "SSSE/EF06")
    year_1700 = data[:2] + b"\x17\x04" + b"\x02\x01"
    assert "year" in said("doubts 7", year_1700, "SSSE/EF06")


@pytest.mark.parametrize(
    ("place", "number", "content", "wrong"),
    [
        ("SSSE/EF06", 2, _SECRET.encode("gbk").ljust(30, b"\0")[:-1], "bytes instead of"),
        ("SSSE/EF06", 2, b"\xff\xff".ljust(30, b"\0"), "not GBK"),
        ("SSSE/EF06", 2, (b"A\0B").ljust(30, b"\0"), "control characters"),
        ("SSSE/EF06", 7, bytes(4), "not a date"),  # zeros where nobody wrote: F is right
        ("DF01/EF15", 2, bytes.fromhex("5803FFFFFF 5703000000") + b"\x59\x28" + bytes(40), "order"),
    ],
)
def test_what_is_wrong_is_named_without_the_value(
    place: str, number: int, content: bytes, wrong: str
) -> None:
    head = record(place, number)[:1]
    words = said(f"value {number}", head + bytes((len(content),)) + content, place)
    assert wrong in words
    assert _SECRET not in words


def test_a_code_outside_its_table_is_doubted() -> None:
    data = record("SSSE/EF06", 4)[:2] + b"7"
    assert said("value 4", data, "SSSE/EF06") == ""
    assert "code table" in said("doubts 4", data, "SSSE/EF06")


def test_padding_is_that_of_the_profile() -> None:
    name = b"\x09\x1e" + _SECRET.encode("gbk").ljust(30)
    assert said("padding 2", name, "SSSE/EF06", GEN1) == ""
    assert "20" in said("padding 2", name, "SSSE/EF06", GEN2)
    assert said("padding 2", record("SSSE/EF06", 2, name=_SECRET), "SSSE/EF06") == ""


def test_pieces_and_bodies() -> None:
    assert said("joins a b", b"12", a=b"1", b=b"2") == ""
    assert said("joins a b", b"12", a=b"1")
    assert said("joins a b", b"21", a=b"1", b=b"2")
    assert said("body p", bytes(0x28), "DF01/EF16", p=bytes(0x100)) == ""
    assert "bytes instead of" in said("body p", bytes(0x27), "DF01/EF16", p=bytes(0x100))
    assert said("image", b"\xff\xd8\xff") == said("image", bytes(3)) == said("image", b"BM0") == ""
    assert said("image", b"GIF")


_ID = bytes.fromhex("0110 510100 D156000005 C0666779 C8C975CC")
_HISTORICAL = bytes.fromhex("0081544C9686845101C0666779")


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        ("card identification", _ID, _ID.replace(b"\xd1\x56", b"\xd1\x57")),
        ("authentication code set", _ID, _ID[:-4] + b"\xff" * 4),
        ("division of the ATR", _ID, _ID.replace(b"\x51\x01", b"\x51\x02")),
        ("serial of the ATR", _ID, _ID.replace(b"\x67\x79", b"\x67\x78")),
        (
            "organization",
            bytes.fromhex("040C 915600000211000011010002"),
            bytes.fromhex("040C 915600000311000011010002"),
        ),
        ("card number check", b"\x07\x09X00000019", b"\x07\x09A21472424"),  # the second is real
        ("citizen number", b"\x08\x12110101199003070038", b"\x08\x12110101199003070039"),
        ("date after first", bytes.fromhex("060420280403"), bytes.fromhex("060420180402")),
        ("birth date of number", bytes.fromhex("0D0419900307"), bytes.fromhex("0D0419900308")),
    ],
)
def test_identifiers(check: str, right: bytes, wrong: bytes) -> None:
    kept = {
        "historical": _HISTORICAL,
        "first": bytes.fromhex("050420180403"),
        "number": b"\x08\x12110101199003070038",
    }
    assert said(check, right, **kept) == ""
    assert said(check, wrong, **kept) != ""


def test_the_atr_of_a_trace_and_wrong_ones() -> None:
    atr = bytes.fromhex("3B6D0000") + _HISTORICAL
    for check in ("atr form", "atr offers T=0", "atr prefix", "historical size"):
        assert said(check, atr) == "", check
    assert said("historical size", bytes.fromhex("3B6C0000") + _HISTORICAL[1:])
    assert said("atr form", bytes.fromhex("3B6D0005") + _HISTORICAL)
    assert said("atr prefix", bytes.fromhex("3B7D940000") + _HISTORICAL)
    assert said("atr offers T=0", bytes.fromhex("3BED000001") + _HISTORICAL + b"\x00")


def test_version_and_cipher_fit() -> None:
    fci = bytes.fromhex("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103")  # a trace
    check = "version fits the cipher of fci"
    assert said(check, b"\x03\x043.00", profile=GEN3, fci=fci) == ""
    assert said(check, b"\x03\x042.00", profile=GEN2, fci=fci)
    assert said(check, b"\x03\x043.00", profile=GEN2, fci=fci)
    old = bytes.fromhex("6F16840F7378312E73682EC9E7BBE1B1A3D5CFA50388010B")  # a trace of 1.00
    assert said(check, b"\x03\x041.00", profile=GEN1, fci=old, card_id=_ID) == ""
    assert said("spec version", b"\x03\x042.0\0", profile=GEN2) == ""
    assert said("spec version", b"\x03\x04" + bytes(4), profile=GEN1) == ""
    assert said("spec version", b"\x03\x041.00", profile=GEN2)


def test_directory_entries() -> None:
    entry = bytes.fromhex("7015 6113 4F06D15600000500 5009") + b"123456789"
    other = entry.replace(b"\x05\x00\x50", b"\x05\x01\x50")
    assert said("dir lists DF01 a b", b"", a=other, b=entry) == ""
    assert said("dir lists DF01 a b", b"", a=other, b=other)
    assert said("dir lists DF01 a b", b"", a=entry, b=entry)
    assert said("fci names DF01", bytes.fromhex("6F08 8406D15600000500")) == ""
    assert said("fci names DF02", bytes.fromhex("6F08 8406D15600000500"))
    assert said("fci names DF02", b"\x6f")
