"""The first generation: the tables of ssc 2.8, and what is not in them."""

from __future__ import annotations

import pytest

from sscard.apdu import tlv
from sscard.dialects.chip import TooLargeLe
from sscard.dialects.rights import FREE, NEVER, PIN, AccessRule, Condition
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip
from sscard.profiles.codes import CodeTable
from sscard.profiles.element import UNCONFIRMED

GEN1, GEN2 = load_profile("gen1"), load_profile("gen2")

#: Records of ssc 2.8: tag and length in the order of the table, by tag in DF04/EF05.
RECORDS = {
    ("SSSE", 0xEF05): "01:10 02:01 03:04 04:0C 05:04 06:04 07:09",
    ("SSSE", 0xEF06): "08:12 09:1E 0A:01 0B:01 0C:03 0D:04",
    ("DF01", 0xEF05): "20:01 21:3E 22:12",
    ("DF01", 0xEF06): "25:3E 26:12 27:03 28:0F",
    ("DF01", 0xEF07): "29:01",
    ("DF01", 0xEF08): "2B:01",
    ("DF01", 0xEF09): "2E:3E 2F:08 30:09 31:01 32:03",
    ("DF01", 0xEF0A): "37:04 38:04 39:04",
    ("DF02", 0xEF05): "40:34 41:34 42:03 43:1D 44:1D",
    ("DF02", 0xEF06): "4B:04 4C:04 60:04 4D:04 4F:04 50:04 3A:07",
    ("DF02", 0xEF08): "52:0A 53:3E 94:08 54:04",
    ("DF02", 0xEF09): "55:0A 56:3E 95:08 96:04 97:04",
    ("DF03", 0xEF05): "60:04 98:04 61:04 62:04 63:03 64:03 65:03 66:03",
    ("DF03", 0xEF06): "67:04 68:3E 69:3E 6A:10 6B:3C",
    ("DF03", 0xEF07): "6C:04 6D:04 6E:04 6F:04 70:03 71:04 72:04 73:04",
    ("DF04", 0xEF05): "80:04 81:3E 82:08 83:09 84:3E 85:08 86:09 87:3E 88:08 89:09 8A:0F 8B:0A "
    "8C:01 8F:01",
    ("DF04", 0xEF06): "90:04 92:04 93:04",
}
#: Inner items of ssc 2.8: tag and length, without tags in cyclic files.
PARTS = {
    "degree_first": "57:03 58:03 59:28",
    "degree_second": "57:03 58:03 59:28",
    "qualification_first": "5A:07 5B:01 5C:09 5D:04",
    "qualification_second": "5A:07 5B:01 5C:09 5D:04",
    "job_record": "07 04 04 46",
}


def key(kid: int) -> AccessRule:
    return AccessRule(Condition.KEY, kid)


def pin_or(kid: int) -> AccessRule:
    return AccessRule(Condition.PIN_OR_KEY, kid)


def pin_and(kid: int) -> AccessRule:
    return AccessRule(Condition.PIN_AND_KEY, kid)


#: Read and update rights of ssc 2.8, key ids of ssc 3.4.
RIGHTS = {
    **{("SSSE", fid): (FREE, key(0x04)) for fid in (0xEF05, 0xEF06, 0xEF07)},
    ("DF01", 0xEF05): (PIN, key(0x83)),
    ("DF01", 0xEF06): (PIN, key(0x86)),
    ("DF01", 0xEF07): (pin_or(0x84), key(0x84)),
    ("DF01", 0xEF08): (PIN, key(0x85)),
    ("DF01", 0xEF09): (pin_or(0x84), key(0x84)),
    ("DF01", 0xEF0A): (PIN, key(0x87)),
    **{("DF02", 0xEF05 + n): (pin_or(0x83 + n), key(0x83 + n)) for n in range(5)},
    ("DF03", 0xEF05): (pin_and(0x85), key(0x86)),
    ("DF03", 0xEF06): (PIN, key(0x87)),
    ("DF03", 0xEF07): (pin_and(0x84), key(0x88)),
    ("DF04", 0xEF05): (PIN, key(0x85)),
    ("DF04", 0xEF06): (pin_and(0x84), key(0x86)),
    ("DF04", 0xEF08): (PIN, NEVER),
    ("DF04", 0xEF1D): (NEVER, NEVER),
}
#: Key ids of ssc 3.4.
KEYS = {
    "SSSE": "IRK:00 STK:02 UKSSSE:04 BK:05 PUK:06",
    "DF01": "STKDF01:82 UK1DF01:83 UK2DF01:84 UK3DF01:85 UK4DF01:86 UK5DF01:87",
    "DF02": "STKDF02:82 UK1DF02:83 UK2DF02:84 UK3DF02:85 UK4DF02:86 UK5DF02:87",
    "DF03": "STKDF03:82 LKDF03:83 RK1DF03:84 RK2DF03:85 UK1DF03:86 UK2DF03:87 UK3DF03:88",
    "DF04": "STKDF04:82 LKDF04:83 RK1DF04:84 UK1DF04:85 UK2DF04:86 DLK:01 DPK:01 DTK:01 DSK:89",
}
#: Lengths that ssc 2 gives, in bytes: whole files of TLVs, transparent and cyclic ones.
LENGTHS = {
    ("SSSE", 0xEF05): 64,
    ("SSSE", 0xEF06): 0x45,
    ("SSSE", 0xEF07): 0x300,
    ("DF02", 0xEF07): 4 * 0x55,
    ("DF04", 0xEF08): 10 * 0x1C,
}


@pytest.mark.parametrize(("place", "records"), RECORDS.items())
def test_records(place: tuple[str, int], records: str) -> None:
    templates = GEN1.directory(place[0]).file(place[1]).record_templates()
    assert " ".join(f"{t.tag:02X}:{t.size - 2:02X}" for t in templates) == records


def test_inner_items() -> None:
    made = {name: element for name, element in GEN1.elements.items() if element.elements}
    assert {
        name: " ".join(
            f"{part.size:02X}" if part.tag is None else f"{part.tag:02X}:{part.size:02X}"
            for part in element.elements
        )
        for name, element in made.items()
    } == PARTS


@pytest.mark.parametrize(("place", "rights"), RIGHTS.items())
def test_rights(place: tuple[str, int], rights: tuple[AccessRule, AccessRule]) -> None:
    file = GEN1.directory(place[0]).file(place[1])
    assert (file.read, file.update) == rights


def test_nothing_else_is_on_the_card() -> None:
    """DF03/EF08, EF09, EF0A and DF04/EF09 have no public items (ssc 2.8), so they are not there."""
    places = {(d.name, f.fid) for d in GEN1.directories for f in d.files if f.content is None}
    assert places == set(RIGHTS)
    assert {place for place in places if structure(place) in ("variable", "fixed")} == set(RECORDS)


def structure(place: tuple[str, int]) -> str:
    return GEN1.directory(place[0]).file(place[1]).structure


def test_structures() -> None:
    """ssc 2.8 names the fixed ones."""
    fixed = {place for place in RIGHTS if structure(place) == "fixed"}
    assert fixed == {("DF01", 0xEF07), ("DF01", 0xEF0A), ("DF04", 0xEF06)}
    assert {place for place in RIGHTS if structure(place) == "cyclic"} == {
        ("DF02", 0xEF07),
        ("DF04", 0xEF08),
    }


@pytest.mark.parametrize(("place", "length"), LENGTHS.items())
def test_lengths(place: tuple[str, int], length: int) -> None:
    assert GEN1.directory(place[0]).file(place[1]).length == length


@pytest.mark.parametrize("name", [d.name for d in GEN1.directories])
def test_keys(name: str) -> None:
    directory = GEN1.directory(name)
    assert " ".join(f"{k.name}:{k.kid:02X}" for k in directory.keys) == KEYS[name]
    later = {each.name: each for each in GEN2.directory(name).keys}
    for each in directory.keys:
        assert (each.type, each.versions, each.size) == (
            later[each.name].type,
            later[each.name].versions,
            later[each.name].size,
        )


def test_the_fci_says_where_dir_is_and_no_cipher() -> None:
    assert dict(tlv.parse(GEN1.directory("SSSE").fci_proprietary)) == {0x88: b"\x0b"}
    dir_file = GEN1.directory("SSSE").file(0x000B)
    entries = [tlv.find(record, 0x70, 0x61, 0x4F) for _, record in dir_file.encode({})]
    assert entries == [GEN1.directory(f"DF0{n}").df_name for n in range(1, 5)]


def test_names_are_padded_with_spaces() -> None:
    """ssc-more 2 [T]: 1.00 cards of one city."""
    name = GEN1.elements["name"]
    assert name.encode("张三") == "张三".encode("gbk").ljust(30)
    assert name.decode("张三".encode("gbk").ljust(30)) == "张三"
    assert name.fill == bytes(30)


def test_its_chip_answers_a_too_large_le_on_t0() -> None:
    """ssc-more 5 [T]; the third and second generations refuse it there."""
    chip = load_chip(GEN1.chip)
    assert set(chip.le.values()) == {TooLargeLe.SHORTER_ANSWER}
    assert load_chip(GEN2.chip).le["t0"] is TooLargeLe.REFUSED
    assert chip.mark == "assumed"


def test_what_rests_on_one_source_or_on_none_is_marked() -> None:
    """All of DF01 to DF04 below the files is [1] or [I], but the log (ssc 2.8)."""
    for directory in GEN1.directories[1:]:
        for file in directory.files:
            for element in file.elements:
                sure = element.name == "medical_transaction"
                assert (element.mark in UNCONFIRMED) != sure, element.name
    places = set(GEN1.unconfirmed())
    assert {"DF01/EF05.hukou_22", "DF02/EF08", "SSSE/000B", "DF04.DSK"} <= places
    assert "DF01/EF05" not in places


def test_an_item_without_a_public_name_is_called_by_its_tag() -> None:
    for name, element in GEN1.elements.items():
        tag = f"{element.tag or 0:02x}"
        if name.endswith(f"_{tag}"):
            assert element.mark == "I"
            assert element.zh.endswith(tag.upper())
            assert element.en.endswith(tag.upper())


def test_code_tables_are_those_that_fit_one_character() -> None:
    coded = {n: e.codes for n, e in GEN1.elements.items() if isinstance(e.codes, CodeTable)}
    assert set(coded) == {
        *("card_category", "sex", "ethnicity", "employment_state", "marital_status"),
        "card_use_mode",
    }


def test_the_bank_s_half_is_that_of_the_second_generation() -> None:
    assert GEN1.bank == GEN2.bank
    assert {n for n in GEN2.settings if GEN1.settings[n] != GEN2.settings[n]} == {"spec_version"}
    assert GEN1.setting("spec_version").text == "1.00"
