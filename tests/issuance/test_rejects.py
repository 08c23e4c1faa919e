"""Reason codes and the file that goes back to the office."""

from __future__ import annotations

import csv
from pathlib import Path

from sscard.issuance.reasons import Reason
from sscard.issuance.rejects import Rejection, write_rejects


def test_every_reason_has_both_texts() -> None:
    assert len(Reason) == 27
    assert all(reason.zh and reason.en and reason.value == reason.name for reason in Reason)


def test_the_file_has_a_bom_and_one_line_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    write_rejects(
        path,
        [
            Rejection(4, "11010519491231002X", Reason.ID_DUPLICATE),
            Rejection(4, "11010519491231002X", Reason.FIELD_INVALID, "电话"),
            Rejection(9, "=cmd()", Reason.ID_LENGTH),
        ],
    )
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrow,id_number,code,reason_zh,reason_en\r\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["row"], line["code"]) for line in lines] == [
        ("4", "ID_DUPLICATE"),
        ("4", "FIELD_INVALID"),
        ("9", "ID_LENGTH"),
    ]
    assert lines[1]["reason_zh"].endswith("电话")
    assert lines[1]["reason_en"].endswith(": 电话")
    assert lines[2]["id_number"] == "'=cmd()"  # never a formula


def test_a_rejection_does_not_show_the_number() -> None:
    assert "1101" not in repr(Rejection(4, "11010519491231002X", Reason.ID_DUPLICATE))
