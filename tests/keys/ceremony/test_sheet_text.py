"""What custodians read and type: labels, and lines with check digits."""

from __future__ import annotations

import random
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.keys.ceremony import KINDS, Form, Label, WrongEntry
from sscard.keys.ceremony.groups import LINE, line_count, read_line, written
from sscard.keys.types import Secret

CONTEXT = "S-3DES-7F3A9C21-01-2-3-5-8CA64D"


@st.composite
def label_values(draw: st.DrawFn) -> Label:
    total = draw(st.integers(2, 16))
    form = draw(st.sampled_from(Form))
    return Label(
        form,
        draw(st.sampled_from(list(KINDS))),
        draw(st.text("0123456789ABCDEF", min_size=8, max_size=8)),
        draw(st.integers(1, 99)),
        draw(st.integers(1, total)),
        total if form is Form.COMPONENT else draw(st.integers(2, total)),
        total,
        draw(st.binary(min_size=3, max_size=3)),
    )


@given(label_values())
def test_a_label_is_read_as_it_was_written(label: Label) -> None:
    assert Label.parse(str(label)) == label
    assert Label.parse(f"  {str(label).lower().replace('-', ' / ')} ") == label


def test_what_a_label_looks_like() -> None:
    label = Label(Form.SHARE, "3des", "7F3A9C21", 1, 2, 3, 5, bytes.fromhex("8CA64D"))
    assert label.context == CONTEXT
    assert re.fullmatch(f"{CONTEXT}-[0-9A-F]{{4}}", str(label))
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in str(label))
    assert Label.parse(full_width) == label, "an input method may be on"


def test_every_wrong_character_in_a_label_is_found() -> None:
    text = str(Label(Form.SHARE, "3des", "7F3A9C21", 1, 2, 3, 5, bytes.fromhex("8CA64D")))
    for at, right in enumerate(text):
        for wrong in set("0123456789ABCDEFS-") - {right}:
            with pytest.raises(WrongEntry, match=r"^label: "):
                Label.parse(text[:at] + wrong + text[at + 1 :])


@given(st.text())
def test_any_text_is_a_label_or_is_refused(text: str) -> None:
    with suppress(WrongEntry):
        Label.parse(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 0},
        {"number": 6},
        {"threshold": 1},
        {"threshold": 6},
        {"total": 17},
        {"form": Form.COMPONENT},
        {"kind": "des"},
        {"kcv": b"12"},
        {"ceremony": "7f3a9c21"},
        {"set_number": 0},
        {"set_number": 100},
    ],
)
def test_labels_that_cannot_be(changes: dict[str, object]) -> None:
    fields: dict[str, object] = {
        "form": Form.SHARE,
        "kind": "3des",
        "ceremony": "7F3A9C21",
        "set_number": 1,
        "number": 2,
        "threshold": 3,
        "total": 5,
        "kcv": b"123",
    }
    Label(**fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        Label(**(fields | changes))  # type: ignore[arg-type]


def test_a_label_with_impossible_numbers_but_right_check_digits_is_refused() -> None:
    from hashlib import sha256

    context = "S-3DES-7F3A9C21-01-6-3-5-8CA64D"
    check = sha256(context.encode()).hexdigest()[:4].upper()
    with pytest.raises(WrongEntry, match="label: there are 2 to 16"):
        Label.parse(f"{context}-{check}")


@given(st.binary(min_size=16, max_size=32).filter(lambda each: len(each) % LINE == 0))
def test_a_value_is_read_as_it_was_written(value: bytes) -> None:
    lines = written(Secret(value), CONTEXT)
    assert len(lines) == line_count(len(value))
    for between in ("", " ", "-", "\t", " · "):
        read = [
            read_line(between.join((*line.groups, line.check)).lower(), line.number, CONTEXT, "it")
            for line in lines
        ]
        assert b"".join(read) == value


def test_every_single_slip_in_a_line_is_found() -> None:
    line = written(Secret(bytes.fromhex("C1CDCBC7D9D5D3DF")), CONTEXT)[0]
    text = "".join((*line.groups, line.check))
    slips = {text[:at] + d + text[at + 1 :] for at in range(len(text)) for d in "0123456789ABCDEF"}
    slips |= {text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)}
    for slip in slips - {text}:
        with pytest.raises(WrongEntry, match="component 2, line 1: the check digits do not match"):
            read_line(slip, 1, CONTEXT, "component 2")


def test_a_line_of_another_place_or_sheet_is_found() -> None:
    first, second = written(Secret(random.Random(1).randbytes(16)), CONTEXT)
    text = "".join((*first.groups, first.check))
    read_line(text, 1, CONTEXT, "share 2")
    for number, context in ((2, CONTEXT), (1, CONTEXT.replace("-2-3-5", "-3-3-5"))):
        with pytest.raises(WrongEntry, match="another sheet's"):
            read_line(text, number, context, "share 2")
    assert first.check != second.check


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("C1CD CBC7 D9D5 D3D", "component 1, line 1: 15 digits; there are 16"),
        ("C1CD CBC7 D9D5 D3DF 0", "17 digits; there are 16"),
        ("C1CD CBC7 D9D5 D3DG", "not hexadecimal"),
        ("O1CD CBC7 D9D5 D3DF", "not hexadecimal"),
        ("", "0 digits"),
    ],
)
def test_forms_that_are_refused_without_repeating_them(text: str, why: str) -> None:
    with pytest.raises(WrongEntry, match=why) as caught:
        read_line(text, 1, None, "component 1")
    assert not text or text not in str(caught.value)


def test_without_check_digits_full_width_digits_are_taken() -> None:
    assert read_line("ｃ１ＣＤ　CBC7 D9D5 D3DF", 1, None, "it").hex() == "c1cdcbc7d9d5d3df"


@given(st.text(), st.sampled_from([None, CONTEXT]))
def test_any_text_is_a_line_or_is_refused(text: str, context: str | None) -> None:
    with suppress(WrongEntry):
        assert len(read_line(text, 1, context, "it")) == LINE
