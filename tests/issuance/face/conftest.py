"""A person, and the font that faces are drawn with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NoReturn

import pytest

from sscard.issuance.face import FaceData, FaceError, FaceFont, find_font


@pytest.fixture
def person() -> FaceData:
    """Invented; the third field is what the chip says."""
    return FaceData(
        "T00000019",
        "欧阳犇犇",
        "欧阳犇犇",
        "1",
        "110101199003070038",
        date(2026, 1, 31),
        "6228005000000010",
        date(2036, 1, 31),
    )


@pytest.fixture(scope="session")
def font(absent: Callable[[str], NoReturn]) -> FaceFont:
    """What fontconfig finds."""
    try:
        return find_font("song")
    except FaceError:
        absent("a Chinese font (fonts-noto-cjk)")
