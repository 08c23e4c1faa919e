"""Files of every structure: from values to records, back, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.profiles import FieldError, File, load_profile

GEN2 = load_profile("gen2")
FILES = [file for directory in GEN2.directories for file in directory.files]
DEGREES = GEN2.directory("DF01").file(0xEF15)
JOBS = GEN2.directory("DF02").file(0xEF07)
PROOFS = GEN2.directory("DF03").file(0xEF19)
PHOTO = GEN2.directory("SSSE").file(0xEF08)
ISSUER = GEN2.directory("SSSE").file(0xEF05)


def test_records_of_trace_a() -> None:
    written = dict(
        ISSUER.encode(
            {
                "card_identification_code": "510100D156000005C0666779C8C975CC",
                "issue_date": "2018-04-03",
                "expiry_date": "2028-04-03",
                "card_number": "AI666666X",
            }
        )
    )
    assert {number: record.hex().upper() for number, record in written.items()} == {
        1: "0110510100D156000005C0666779C8C975CC",
        5: "050420180403",
        6: "060420280403",
        7: "07094149363636363636" + "58",
    }, "only what differs from the fill is written"


def test_nothing_is_written_when_there_is_nothing() -> None:
    assert [file.encode({}) for file in FILES if file.content is None] == [()] * (len(FILES) - 1)


def test_repeated_items_fill_their_records_in_order() -> None:
    values = {"education": "21", "degree": [None, {"degree_code": "403", "major": "520000"}]}
    assert [(number, record[:12].hex().upper()) for number, record in DEGREES.encode(values)] == [
        (1, "2A0121"),
        (3, "403457033430335803520000"),
    ]


def test_fixed_records_have_one_tag() -> None:
    proofs = [{"proof_type": "110", "months_paid": 12}, {"proof_type": "310"}]
    written = PROOFS.encode({"insurance_proof": proofs})
    assert [(number, record[:2]) for number, record in written] == [(1, b"\x79'"), (2, b"\x79'")]
    assert [PROOFS.decode_record(*each)["insurance_proof"] for each in written] == proofs


def test_cyclic_records_come_oldest_first_and_without_tags() -> None:
    jobs = [{"job_start": "2010-01-01"}, {"job_start": "2012-07-01", "employer": "某某公司"}]
    written = JOBS.encode({"job_record": jobs})
    assert [number for number, _ in written] == [1, 2]
    assert {len(record) for _, record in written} == {0x55}
    assert [JOBS.decode_record(1, record)["job_record"] for _, record in written] == jobs
    assert len(JOBS.record_templates()) == 4
    assert {t.tag for t in JOBS.record_templates()} == {None}


def test_transparent_content_goes_without_its_trailing_fill() -> None:
    assert PHOTO.encode({"photo": "FFD8FFD900"}) == ((0, bytes.fromhex("FFD8FFD9")),)
    assert PHOTO.encode({"photo": b"\0\xff" * 2048}) == ((0, b"\0\xff" * 2048),)
    assert PHOTO.record_templates() == ()
    assert PHOTO.decode_record(1, bytes.fromhex("FFD8FFD9").ljust(4096, b"\0")) == {
        "photo": "FFD8FFD9"
    }
    assert PHOTO.decode_record(1, bytes(4096)) == {"photo": None}


@pytest.mark.parametrize(
    ("values", "element", "code"),
    [
        ({"sex": "3"}, "sex", "FIELD_INVALID"),
        ({"sex": ["1"]}, "sex", "FIELD_INVALID"),
        ({"ethnicity": "57"}, "ethnicity", "FIELD_INVALID"),
        ({"phone": "1" * 16}, "phone", "FIELD_TOO_LONG"),
        ({"degree": {"degree_code": "403"}}, "degree", "FIELD_INVALID"),
        ({"degree": ["403"]}, "degree.1", "FIELD_INVALID"),
        ({"degree": [{"colour": "403"}]}, "degree.1", "FIELD_INVALID"),
        ({"degree": [{}, {"school": "长" * 21}]}, "degree.2.school", "FIELD_TOO_LONG"),
        ({"degree": [{}] * 4}, "degree", "FIELD_TOO_LONG"),
        ({"job_record": [{}] * 5}, "job_record", "FIELD_TOO_LONG"),
        ({"job_record": [{"job_start": "x"}]}, "job_record.1.job_start", "FIELD_INVALID"),
        ({"photo": "00" * 4097}, "photo", "FIELD_TOO_LONG"),
    ],
)
def test_a_refusal_names_the_column(values: dict[str, Any], element: str, code: str) -> None:
    assert [(p.element, p.code) for p in GEN2.problems(values)] == [(element, code)]
    refused = []
    for file in FILES:
        try:
            file.encode(values)
        except FieldError as error:
            refused.append((error.element, error.code))
    assert refused == [(element, code)]


def test_all_reasons_are_told_at_once() -> None:
    values = {"sex": "3", "birth_date": "1981-13-01", "degree": [{"major": "x"}, {"school": "𠮷"}]}
    assert [problem.element for problem in GEN2.problems(values)] == [
        "sex",
        "birth_date",
        "degree.1.major",
        "degree.2.school",
    ]


def test_a_person_without_mistakes_has_no_problems() -> None:
    examples: dict[str, Any] = {}
    for file in FILES:
        for element in file.elements:
            value = element.examples[0][0]
            several = element.repeat > 1 or file.structure == "cyclic"
            examples[element.name] = [value] if several else value
    assert GEN2.problems(examples) == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.fid:04X}")
def test_the_fill_reads_as_nothing(file: File) -> None:
    for template in file.record_templates():
        assert set(file.decode_record(template.number, template.fill).values()) == {None}


def test_a_record_that_is_not_there() -> None:
    with pytest.raises(MalformedData, match="EF05 has no record 8"):
        ISSUER.decode_record(8, b"")


@pytest.mark.parametrize("raw", ["", "0204", "010433", "030433", "0304322E3030030400000000"])
def test_a_record_that_is_another_one(raw: str) -> None:
    with pytest.raises(MalformedData):
        ISSUER.decode_record(3, bytes.fromhex(raw))


def test_an_undeclared_inner_tag_is_malformed() -> None:
    with pytest.raises(MalformedData, match="degree: an inner item"):
        DEGREES.decode_record(2, bytes.fromhex("4003AA0100"))


def test_a_cyclic_record_of_the_wrong_length_is_malformed() -> None:
    with pytest.raises(MalformedData, match="job_record: 3 bytes instead of 85"):
        JOBS.decode_record(1, bytes(3))


@given(st.sampled_from(FILES), st.integers(0, 40), st.binary(max_size=100))
def test_any_record_decodes_or_is_malformed(file: File, number: int, raw: bytes) -> None:
    with suppress(MalformedData):
        file.decode_record(number, raw)


@given(st.data())
def test_any_content_in_a_right_frame_decodes_or_is_malformed(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from([file for file in FILES if file.record_templates()]))
    template = data.draw(st.sampled_from(file.record_templates()))
    size = template.element.size
    raw = template.element.framed(data.draw(st.binary(min_size=size, max_size=size)))
    with suppress(MalformedData):
        assert set(file.decode_record(template.number, raw)) == {template.element.name}


def test_rights_and_profile_hide_nothing_personal() -> None:
    with pytest.raises(FieldError) as caught:
        GEN2.directory("SSSE").file(0xEF06).encode({"id_number": "CANARY" * 5})
    assert "CANARY" not in repr(caught.value)
