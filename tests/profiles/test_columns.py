"""Columns of lists of people and the nested values they stand for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.profiles import load_profile
from sscard.profiles.columns import columns, nest

GEN2 = load_profile("gen2")


def test_columns_of_the_second_generation() -> None:
    found = columns(GEN2)
    assert len(found) == len(set(found))
    for column in (
        "name",
        "phone",
        "degree.1.degree_code",
        "degree.3.school",
        "insurance_proof.4.months_paid",
        "job_record.4.employer",
        "medical_type",
        "medical_type.insurance",
        "employment_registration_type.kind",
    ):
        assert column in found
    assert not {"degree", "degree.4.school", "job_record", "dir_df01", "phone.1"} & set(found)


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ({"name": "张三", "phone": ""}, {"name": "张三"}),
        ({"degree.2.school": "X"}, {"degree": [None, {"school": "X"}]}),
        (
            {"degree.1.school": "X", "degree.1.major": "5", "a.b": "c"},
            {"degree": [{"school": "X", "major": "5"}], "a": {"b": "c"}},
        ),
        ({"n.1": "x", "n.3": "y"}, {"n": ["x", None, "y"]}),
    ],
)
def test_paths_become_nested_values(row: dict[str, str], values: dict[str, Any]) -> None:
    assert nest(row) == values


@pytest.mark.parametrize(
    "row",
    [
        {"degree": "x", "degree.1": "y"},
        {"degree.1": "y", "degree": "x"},
        {"degree.1.school": "y", "degree.1": "x"},
        {"degree.0": "x"},
        {"degree.01": "x"},
        {"degree.255": "x"},
        {"degree.999999999999": "x"},
    ],
)
def test_columns_that_make_no_sense(row: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="column"):
        nest(row)


@given(st.dictionaries(st.sampled_from(columns(GEN2)), st.just("1"), max_size=30))
def test_every_column_finds_its_element(row: dict[str, str]) -> None:
    row = {column: text for column, text in row.items() if column.rpartition(".")[0] not in row}
    for problem in GEN2.problems(nest(row)):
        assert problem.element in row, "a refusal names the column it comes from"
