"""Text into its box: all of it, inside, and as large as it can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.issuance.face import FaceError
from sscard.issuance.face.fitting import Fit, fitted
from sscard.issuance.face.layout import TextBox

MM = 25.4 / 72


def box(width: float = 47, height: float = 4.3, lines: int = 2, min_pt: float = 5.5) -> TextBox:
    return TextBox(
        x_mm=1,
        y_mm=1,
        width_mm=width,
        height_mm=height,
        pt=8,
        min_pt=min_pt,
        lines=lines,
        source="here",
        mark="assumed",
    )


def measure(text: str, pt: float) -> float:
    """Chinese as wide as high, the rest half of it."""
    return sum((1 if ord(each) > 255 else 0.5) * pt * MM for each in text)


@pytest.mark.parametrize(
    ("text", "lines", "pt"),
    [
        ("张三", ("张三",), 8),
        ("王" * 16, ("王" * 16,), 8),  # 45.2 mm
        ("王" * 17, ("王" * 17,), 7.5),
        ("王" * 24, ("王" * 24,), 5.5),  # 46.6 mm
        ("王" * 25, ("王" * 13, "王" * 12), 5.5),  # even lines
        ("王" * 12 + "·" + "王" * 14, ("王" * 12 + "·", "王" * 14), 5.5),  # behind the point
        ("王" * 23 + "·" + "王" * 2, ("王" * 23 + "·", "王" * 2), 5.5),
        ("王" * 24 + "·" + "王" * 2, ("王" * 13, "王" * 11 + "·王王"), 5.5),  # 47.5 mm
        ("买买提" * 6 + "·古丽古丽古丽", ("买买提" * 6 + "·", "古丽古丽古丽"), 5.5),
        ("阿卜杜热合曼·阿卜杜拉", ("阿卜杜热合曼·阿卜杜拉",), 8),
    ],
)
def test_smaller_first_then_two_lines(text: str, lines: tuple[str, ...], pt: float) -> None:
    assert fitted("name", text, box(), measure) == Fit(lines, pt)


def test_a_line_ends_where_the_name_has_a_space() -> None:
    text = "MUHAMMAD ABDURRAHMAN IBN ABDULLAH AL-FARISI OF THE NORTHERN HILLS"
    fit = fitted("name", text, box(), measure)
    assert fit.lines == ("MUHAMMAD ABDURRAHMAN IBN ABDULLAH", "AL-FARISI OF THE NORTHERN HILLS")


def test_what_does_not_fit_is_an_error_with_the_field_s_name() -> None:
    with pytest.raises(FaceError, match=r"^name: does not fit into 47 × 4.3 mm, 2 lines of 5.5 pt"):
        fitted("name", "王" * 49, box(), measure)
    with pytest.raises(FaceError, match=r"^name: "):
        fitted("name", "王", box(height=2), measure)
    with pytest.raises(FaceError, match=r"^name: "):
        fitted("name", "王", box(width=1.5), measure)


@given(
    st.text("王买AB ·", min_size=1, max_size=60).map(str.strip).filter(bool),
    st.floats(3, 60),
    st.floats(2, 12),
    st.integers(1, 4),
)
def test_nothing_is_lost_and_nothing_reaches_out(
    text: str, width: float, height: float, lines: int
) -> None:
    room = box(width, height, lines)
    try:
        fit = fitted("name", text, room, measure)
    except FaceError:
        # Not even characters one by one, in as many lines as there are, or as have room.
        most = min(lines, int(height / (5.5 * MM * 1.1) + 0.01))
        fits = measure(text, 5.5) <= width * most - 5.5 * MM * most
        assert not (fits and " " not in text and "·" not in text)
        return
    assert "".join(fit.lines).replace(" ", "") == text.replace(" ", "")
    assert len(fit.lines) <= lines
    assert 5.5 <= fit.pt <= 8
    assert all(measure(line, fit.pt) <= width for line in fit.lines)
    assert len(fit.lines) * fit.pt * MM * 1.1 <= height + 0.05
