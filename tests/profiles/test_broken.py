"""Each file in ``broken`` begins with what is said of it; not a word more or less is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from sscard.errors import ProfileError
from sscard.profiles import load_profile

FILES = sorted((Path(__file__).parent / "broken").glob("*.toml"))
_SAID = "#! "


def said_of(path: Path) -> list[str]:
    """The lines at the head of a file that begin with ``#!``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(_SAID) for line in lines if line.startswith(_SAID)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_broken_profile_is_told_what_is_wrong(path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert str(caught.value).splitlines() == said_of(path)


def test_there_are_more_than_40_of_them() -> None:
    assert len(FILES) > 40
