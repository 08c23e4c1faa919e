"""The shipped profiles: every example, every size, every right of the specification's tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sscard.apdu import record_tlv, ssc, tlv
from sscard.dialects.rights import FREE, NEVER, PIN, AccessRule, Condition
from sscard.errors import ProfileError
from sscard.profiles import Element, File, Profile, load_profile, profile_names
from sscard.profiles.element import UNCONFIRMED

PROFILES = [load_profile(name) for name in profile_names()]
GEN2 = load_profile("gen2")


def files(profile: Profile) -> Iterator[tuple[str, File]]:
    for directory in profile.directories:
        for file in directory.files:
            yield f"{profile.name}.{directory.name}.{file.fid:04X}", file


def elements(of: tuple[Element, ...]) -> Iterator[Element]:
    for element in of:
        yield element
        yield from elements(element.elements)


ELEMENTS = [
    pytest.param(element, id=f"{place}.{element.name}")
    for profile in PROFILES
    for place, file in files(profile)
    for element in elements(file.elements)
]
EXAMPLES = [
    pytest.param(element, value, content, id=f"{place}.{element.name}.{i}")
    for profile in PROFILES
    for place, file in files(profile)
    for element in elements(file.elements)
    for i, (value, content) in enumerate(element.examples)
]


@pytest.mark.parametrize(("element", "value", "content"), EXAMPLES)
def test_example_encodes_and_decodes(element: Element, value: Any, content: bytes) -> None:
    assert element.encode(value) == content
    assert element.decode(content) == value
    assert len(content) == element.size


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_element_says_what_it_is(element: Element) -> None:
    assert element.examples
    assert re.search(r"[\u4e00-\u9fff]", element.zh)
    assert element.en.isascii()
    assert re.match(r"(ssc|decision) ", element.source)


@pytest.mark.parametrize("element", ELEMENTS)
def test_nothing_written_is_fill_and_reads_as_nothing(element: Element) -> None:
    assert element.encode(None) == element.encode("") == element.fill
    assert len(element.fill) == element.size
    nothing = 0 if element.type == "b" and element.counts else None
    assert element.decode(element.fill) == nothing


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_setting_has_source_and_mark(profile: Profile) -> None:
    for setting in [*profile.settings.values(), *profile.bank.values()]:
        assert setting.source
        assert setting.mark in UNCONFIRMED or not setting.source.startswith("decision")


#: Sums of whole TLVs and other lengths, in bytes, as ssc 2.1 to 2.5 give them or add up to.
LENGTHS = {
    ("SSSE", 0xEF05): 0x40,
    ("SSSE", 0xEF06): 0x5B,
    ("SSSE", 0xEF07): 0x300,
    ("SSSE", 0xEF08): 0x1000,
    ("DF01", 0xEF05): 91,
    ("DF01", 0xEF06): 173,
    ("DF01", 0xEF07): 3,
    ("DF01", 0xEF08): 3,
    ("DF01", 0xEF09): 87,
    ("DF01", 0xEF0A): 15,
    ("DF01", 0xEF15): 3 + 3 * (2 + 0x34),
    **{("DF01", 0xEF16 + n): 0x128 for n in range(5)},
    ("DF02", 0xEF05): 5 + 5 + 2 * (2 + 0x6C) + 2 * (2 + 0x65),
    ("DF02", 0xEF06): 46,
    ("DF02", 0xEF07): 4 * 0x55,
    ("DF02", 0xEF09): 101,
    ("DF02", 0xEF15): 4 * (2 + 0x10) + 6 + 5,
    ("DF02", 0xEF16): 4 * 0x12,
    ("DF03", 0xEF05): 37,
    ("DF03", 0xEF06): 104 + 3 * (2 + 0x61),
    ("DF03", 0xEF07): 34,
    ("DF03", 0xEF15): 17,
    ("DF03", 0xEF16): 8,
    ("DF03", 0xEF17): 165,
    ("DF03", 0xEF18): 25,
    ("DF03", 0xEF19): 4 * (2 + 0x27),
    ("DF04", 0xEF05): 182,
    ("DF04", 0xEF06): 13,
    ("DF04", 0xEF08): 30 * 0x1C,
    ("DF04", 0xEF15): 8 * 3,
    ("DF05", 0xEF05): 3 * 3 + 6 + 3 + 5 * (2 + 0x18) + 5 * (2 + 0x17) + 146 + 6 + 13 * 3 + 42,
    ("DF06", 0xEF05): 72 + 11 + 3 * (2 + 0x1A),
    ("DF06", 0xEF06): 217,
    ("DF07", 0xEF05): 24,
    ("DF07", 0xEF06): 83,
    ("DF07", 0xEF07): 9,
}


def test_every_file_but_dir_is_in_the_table_of_lengths() -> None:
    places = {(d.name, f.fid) for d in GEN2.directories for f in d.files if f.content is None}
    assert places - set(LENGTHS) == {("DF04", 0xEF1D)}, "the internal file is no table of ssc 2"


@pytest.mark.parametrize(("place", "length"), LENGTHS.items())
def test_lengths_of_the_specification(place: tuple[str, int], length: int) -> None:
    assert GEN2.directory(place[0]).file(place[1]).length == length


#: Records of ssc 2: tag and length in the order of the table.
RECORDS = {
    ("SSSE", 0xEF05): "01:10 02:01 03:04 04:0C 05:04 06:04 07:09",
    ("SSSE", 0xEF06): "08:12 09:1E 4E:14 0A:01 0B:01 0C:03 0D:04",
    ("DF01", 0xEF05): "20:02 21:50 0E:03",
    ("DF01", 0xEF06): "23:50 24:03 28:0F 2C:32 2D:0F",
    ("DF01", 0xEF07): "29:01",
    ("DF01", 0xEF08): "2B:01",
    ("DF01", 0xEF09): "2E:46 30:09 32:02",
    ("DF01", 0xEF0A): "37:03 38:02 39:04",
    ("DF01", 0xEF15): "2A:01 40:34 40:34 40:34",
    ("DF02", 0xEF05): "42:03 41:03 43:6C 43:6C 44:65 44:65",
    ("DF02", 0xEF06): "4C:04 4B:05 4D:03 60:04 4F:06 50:03 3A:07",
    ("DF02", 0xEF09): "55:10 56:46 96:04 97:03",
    ("DF02", 0xEF15): "99:10 99:10 99:10 99:10 0F:04 1F:03",
    ("DF03", 0xEF05): "61:03 98:04 62:04 63:03 64:03 65:03 66:03",
    ("DF03", 0xEF06): "45:14 46:02 47:02 48:01 49:01 67:04 6B:3C 4A:61 4A:61 4A:61",
    ("DF03", 0xEF07): "70:03 71:03 6E:04 6C:04 6F:04 73:04",
    ("DF03", 0xEF15): "7A:03 7B:04 7C:04",
    ("DF03", 0xEF16): "51:03 5F:01",
    ("DF03", 0xEF17): "3B:14 3C:46 3D:01 3E:04 3F:3C",
    ("DF03", 0xEF18): "74:03 75:03 76:01 77:04 78:04",
    ("DF03", 0xEF19): "79:27 79:27 79:27 79:27",
    ("DF04", 0xEF05): "81:08 84:03 87:11 8C:01 80:04 8B:1D 8A:0F 83:09 86:09 89:09 "
    "7D:09 7E:09 7F:09 8D:09 8E:09 8F:01",
    ("DF04", 0xEF06): "90:01 92:04 93:02",
    ("DF05", 0xEF05): "A0:01 A1:01 B9:01 A2:04 A9:01 A3:18 A3:18 A3:18 A3:18 A3:18 "
    "A4:17 A4:17 A4:17 A4:17 A4:17 BA:14 BB:64 AA:14 AB:04 AC:01 AD:01 AE:01 AF:01 B0:01 "
    "B1:01 B2:01 B3:01 B4:01 B5:01 B6:01 B7:01 BC:01 B8:28",
    ("DF06", 0xEF05): "C0:46 C2:09 C3:1A C4:1A C5:1A",
    ("DF06", 0xEF06): "C6:46 C8:09 C9:01 CA:04 CB:04 CC:04 CD:02 CE:01 CF:04 D0:04 D1:04 D2:03 "
    "D3:01 D4:04 D5:04 D6:04 D7:03 D8:01 D9:04 DA:04 DB:04 DC:04 DD:04 DE:04 DF:03 E0:03 "
    "E1:02 E2:02",
    ("DF07", 0xEF05): "F0:02 F1:01 F2:04 F3:03 F4:04",
    ("DF07", 0xEF06): "F5:03 F6:04 F7:46",
    ("DF07", 0xEF07): "F8:04 F9:01",
}


def test_every_tagged_file_but_dir_is_in_the_table_of_records() -> None:
    tagged = {
        (directory.name, file.fid)
        for directory in GEN2.directories
        for file in directory.files
        if file.structure in ("variable", "fixed") and file.content is None
    }
    assert tagged == set(RECORDS)


#: Inner items of ssc 2: tag and length in their order, without tags in cyclic files.
PARTS = {
    "employment_registration_type": "02 03",
    "unemployment_registration_type": "02 02 02",
    "medical_type": "03 01 01 01 01 01",
    "degree": "57:03 58:03 59:28",
    "worker_qualification": "5A:07 5B:01 5C:46 5D:04 5E:10",
    "expert_qualification": "33:03 34:46 35:04 36:10",
    "job_record": "07 04 04 46",
    "assistance": "10:03 11:04 12:03",
    "support_record": "03 04 04 04 03",
    "confirmed_item": "13:02 14:01 15:14 16:04 17:3C",
    "insurance_proof": "18:03 19:03 1A:04 1B:04 1C:04 1D:03 1E:04",
    "special_settlement": "02 01",
    "contraindicated_drug": "A5:10 A6:04",
    "major_disease": "A7:10 A8:03",
    **{f"relief_{n}": "E3:01 E4:04 E5:04 E6:04 E7:03" for n in ("c3", "c4", "c5")},
}


def test_inner_items_of_the_specification() -> None:
    made = {name: each for name, each in GEN2.elements.items() if each.elements}
    assert {
        name: " ".join(
            f"{part.size:02X}" if part.tag is None else f"{part.tag:02X}:{part.size:02X}"
            for part in element.elements
        )
        for name, element in made.items()
    } == PARTS


#: Lengths of constructed records, in bytes, as ssc 2 states them.
STATED = {
    "degree": 0x34,
    "worker_qualification": 0x6C,
    "expert_qualification": 0x65,
    "employment_registration_type": 0x05,
    "unemployment_registration_type": 0x06,
    "job_record": 0x55,
    "assistance": 0x10,
    "support_record": 0x12,
    "confirmed_item": 0x61,
    "insurance_proof": 0x27,
    "medical_type": 0x08,
    "medical_transaction": 0x1C,
    "special_settlement": 0x03,
    "contraindicated_drug": 0x18,
    "major_disease": 0x17,
    "relief_c3": 0x1A,
    "relief_c4": 0x1A,
    "relief_c5": 0x1A,
}


@pytest.mark.parametrize("name", ["gen2", "gen3"])
def test_lengths_of_inner_items_add_up_to_those_stated(name: str) -> None:
    made = [e for _, file in files(load_profile(name)) if not file.content for e in file.elements]
    sums = {
        element.name: sum(len(part.framed(bytes(part.size))) for part in element.elements)
        for element in made
        if element.elements
    }
    assert sums == STATED == {e.name: e.size for e in made if e.elements}


@pytest.mark.parametrize(("place", "records"), RECORDS.items())
def test_records_of_the_specification(place: tuple[str, int], records: str) -> None:
    templates = GEN2.directory(place[0]).file(place[1]).record_templates()
    assert " ".join(f"{t.tag:02X}:{t.size - 2:02X}" for t in templates) == records
    assert [t.number for t in templates] == list(range(1, len(templates) + 1))
    for template in templates:
        assert [tag for tag, _ in record_tlv.parse(template.fill)] == [template.tag]


def test_repeated_records_know_which_copy_they_are() -> None:
    templates = GEN2.directory("DF01").file(0xEF15).record_templates()
    assert [template.index for template in templates] == [None, 1, 2, 3]


def key(kid: int) -> AccessRule:
    return AccessRule(Condition.KEY, kid)


def pin_or(kid: int) -> AccessRule:
    return AccessRule(Condition.PIN_OR_KEY, kid)


#: Read and update rights of ssc 2, key ids of ssc 3.4.
RIGHTS = {
    ("SSSE", 0xEF05): (FREE, key(0x04)),
    ("SSSE", 0xEF06): (FREE, key(0x04)),
    ("SSSE", 0xEF07): (key(0x0A), key(0x04)),
    ("SSSE", 0xEF08): (key(0x0A), key(0x04)),
    ("DF01", 0xEF05): (pin_or(0x88), key(0x83)),
    ("DF01", 0xEF06): (pin_or(0x88), key(0x86)),
    ("DF01", 0xEF07): (pin_or(0x88), key(0x84)),
    ("DF01", 0xEF08): (pin_or(0x88), key(0x85)),
    ("DF01", 0xEF09): (pin_or(0x88), key(0x84)),
    ("DF01", 0xEF0A): (pin_or(0x88), key(0x87)),
    ("DF01", 0xEF15): (pin_or(0x88), key(0x89)),
    **{("DF01", 0xEF16 + n): (FREE, key(0x8A + n)) for n in range(5)},
    ("DF02", 0xEF05): (pin_or(0x88), key(0x83)),
    ("DF02", 0xEF06): (pin_or(0x88), key(0x84)),
    ("DF02", 0xEF07): (pin_or(0x88), key(0x85)),
    ("DF02", 0xEF09): (pin_or(0x88), key(0x86)),
    ("DF02", 0xEF15): (pin_or(0x88), key(0x87)),
    ("DF02", 0xEF16): (pin_or(0x88), key(0x89)),
    ("DF03", 0xEF05): (pin_or(0x85), key(0x86)),
    ("DF03", 0xEF06): (pin_or(0x84), key(0x87)),
    ("DF03", 0xEF07): (pin_or(0x84), key(0x88)),
    ("DF03", 0xEF15): (pin_or(0x84), key(0x89)),
    ("DF03", 0xEF16): (pin_or(0x84), key(0x8A)),
    ("DF03", 0xEF17): (pin_or(0x84), key(0x8B)),
    ("DF03", 0xEF18): (pin_or(0x84), key(0x8C)),
    ("DF03", 0xEF19): (pin_or(0x84), key(0x8D)),
    ("DF04", 0xEF05): (pin_or(0x84), key(0x85)),
    ("DF04", 0xEF06): (AccessRule(Condition.PIN_AND_KEY, 0x84), key(0x86)),
    ("DF04", 0xEF08): (PIN, NEVER),
    ("DF04", 0xEF15): (pin_or(0x84), key(0x86)),
    ("DF04", 0xEF1D): (NEVER, NEVER),
    ("DF05", 0xEF05): (FREE, key(0x83)),
    ("DF06", 0xEF05): (key(0x83), key(0x85)),
    ("DF06", 0xEF06): (key(0x83), key(0x86)),
    ("DF07", 0xEF05): (key(0x83), key(0x86)),
    ("DF07", 0xEF06): (key(0x84), key(0x87)),
    ("DF07", 0xEF07): (key(0x85), key(0x88)),
}


@pytest.mark.parametrize(("place", "rights"), RIGHTS.items())
def test_rights_of_the_specification(
    place: tuple[str, int], rights: tuple[AccessRule, AccessRule]
) -> None:
    file = GEN2.directory(place[0]).file(place[1])
    assert (file.read, file.update) == rights


def test_every_file_but_dir_is_in_the_table_of_rights() -> None:
    places = {(d.name, f.fid) for d in GEN2.directories for f in d.files if f.content is None}
    assert places == set(RIGHTS)


#: Key ids of ssc 3.4, in their order.
KEYS = {
    "SSSE": "IRK:00 STK:02 UKSSSE:04 BK:05 PUK:06 RKSSSE:0A",
    "DF01": "STKDF01:82 UK1DF01:83 UK2DF01:84 UK3DF01:85 UK4DF01:86 UK5DF01:87 RK1DF01:88 "
    "UK6DF01:89 UK7DF01:8A UK8DF01:8B UK9DF01:8C UKADF01:8D UKBDF01:8E",
    "DF02": "STKDF02:82 UK1DF02:83 UK2DF02:84 UK3DF02:85 UK4DF02:86 UK5DF02:87 RK1DF02:88 "
    "UK6DF02:89",
    "DF03": "STKDF03:82 LKDF03:83 RK1DF03:84 RK2DF03:85 UK1DF03:86 UK2DF03:87 UK3DF03:88 "
    "UK4DF03:89 UK5DF03:8A UK6DF03:8B UK7DF03:8C UK8DF03:8D",
    "DF04": "STKDF04:82 LKDF04:83 RK1DF04:84 UK1DF04:85 UK2DF04:86 DLK:01 DPK:01 DTK:01 DSK:89",
    "DF05": "STKDF05:82 UK1DF05:83",
    "DF06": "STKDF06:82 RK1DF06:83 LKDF06:84 UK1DF06:85 UK2DF06:86",
    "DF07": "STKDF07:82 RK1DF07:83 RK2DF07:84 RK3DF07:85 UK1DF07:86 UK2DF07:87 UK3DF07:88",
}


@pytest.mark.parametrize(("name", "keys"), KEYS.items())
def test_keys_of_the_specification(name: str, keys: str) -> None:
    directory = GEN2.directory(name)
    assert " ".join(f"{k.name}:{k.kid:02X}" for k in directory.keys) == keys
    for each in directory.keys:
        single = each.name.startswith(("STK", "LK", "BK", "PUK"))
        assert each.versions == (1 if single else 3)
        assert each.size == (8 if each.name.startswith("STK") else 16)


def test_how_many_versions_a_card_gets_is_a_setting() -> None:
    ssse = GEN2.directory("SSSE")
    two = GEN2.setting("key_versions").model_copy(update={"value": 2})
    profile = GEN2.model_copy(update={"settings": {**GEN2.settings, "key_versions": two}})
    irk, stk = (next(k for k in ssse.keys if k.name == name) for name in ("IRK", "STK"))
    assert [profile.versions(key) for key in (irk, stk)] == [2, 1]
    assert [GEN2.versions(key) for key in (irk, stk)] == [3, 1]


def test_directories_and_their_names() -> None:
    ssse = GEN2.directory("SSSE")
    assert (ssse.fid, ssse.df_name, ssse.kind) == (0xDDF1, ssc.SSSE_NAME, "ddf")
    assert ssse.df_name[7:].decode("gbk") == ssse.label_zh[:4]
    for number in range(1, 8):
        adf = GEN2.directory(f"DF0{number}")
        assert adf.fid == 0xDF00 + number
        assert adf.parent == "SSSE"
    # ssc 1.1: DF05 and DF06 have no RID and are selected by their labels.
    for name, pix in (("DF01", 0), ("DF02", 1), ("DF03", 2), ("DF04", 3), ("DF07", 4)):
        assert GEN2.directory(name).df_name == bytes.fromhex("D156000005") + bytes((pix,))
    for name, label in (("DF05", "生命与健康信息区"), ("DF06", "救助与优抚信息区")):
        assert GEN2.directory(name).df_name == label.encode("gbk")
        assert GEN2.directory(name).label_zh == label


def test_fci_of_the_environment_says_where_dir_is_and_which_algorithm() -> None:
    a5 = GEN2.directory("SSSE").fci_proprietary
    assert dict(tlv.parse(a5)) == {0x88: b"\x1e", 0x9F0C: b"\x86\x01\x01"}


def test_dir_lists_the_applications() -> None:
    records = GEN2.directory("SSSE").file(0x001E).encode({})
    entries = [tlv.find(record, 0x70, 0x61) or b"" for _, record in records]
    found = [(tlv.find(entry, 0x4F), tlv.find(entry, 0x50)) for entry in entries]
    adfs = [GEN2.directory(f"DF0{n}") for n in range(1, 8)]
    assert found == [(adf.df_name, adf.label_zh.encode("gbk")) for adf in adfs]


def test_dir_is_a_file_like_the_others() -> None:
    dir_file = GEN2.directory("SSSE").file(0x001E)
    assert dir_file.sfi == 0x1E
    (number, first), *_ = dir_file.encode({})
    assert dir_file.decode_record(number, first) == {
        "dir_df01": {"application": {"aid": "D15600000500", "label": "公共应用信息区"}}
    }
    assert "dir_df01" not in GEN2.elements


def test_what_is_not_confirmed_is_listed() -> None:
    places = GEN2.unconfirmed()
    assert {"settings.pin_tries", "DF01.RK1DF01", "DF03.UK8DF03", "SSSE/001E"} <= set(places)
    organization = ("issuing_division", "initializing_division", "init_organization_sequence")
    assert {*(f"settings.{name}" for name in organization), "DF03/EF19"} <= set(places)
    assert "SSSE/EF05.card_number" not in places


def test_settings_have_a_type() -> None:
    assert GEN2.setting("initial_pin").text == "123456"
    assert GEN2.setting("pin_tries").number == 6
    assert GEN2.bank_setting("aid").data == bytes.fromhex("A000000333010101")
    with pytest.raises(ProfileError, match="where text is needed"):
        _ = GEN2.setting("pin_tries").text
    with pytest.raises(ProfileError, match="where a number is needed"):
        _ = GEN2.setting("initial_pin").number
    with pytest.raises(ProfileError, match="not hexadecimal"):
        _ = GEN2.bank_setting("label").data


def test_what_a_profile_does_not_have_is_named() -> None:
    with pytest.raises(ProfileError, match="no directory DF09"):
        GEN2.directory("DF09")
    with pytest.raises(ProfileError, match="SSSE has no file EF0C"):
        GEN2.directory("SSSE").file(0xEF0C)
    with pytest.raises(ProfileError, match="no setting colour"):
        GEN2.setting("colour")
    with pytest.raises(ProfileError, match="no bank setting colour"):
        GEN2.bank_setting("colour")
