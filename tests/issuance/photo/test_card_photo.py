"""The file for the card: within the rule, the best that fits, and only a picture."""

from __future__ import annotations

import statistics
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from sscard.errors import MalformedData, ProfileError
from sscard.issuance.photo import (
    PhotoRefused,
    PhotoRules,
    fitted,
    inspect,
    load_rules,
    make_card_photo,
    without_fill,
)
from sscard.issuance.photo.card_photo import _encoded
from sscard.issuance.photo.jpeg import Marker, parse_jpeg
from sscard.issuance.photo.resolution import stated
from sscard.issuance.photo.rules import meanings
from sscard.profiles import load_profile

RULES = PhotoRules()
SEEDS = range(1, 9)


def test_the_collected_size_is_the_cards_in_millimetres() -> None:
    assert round(RULES.width / RULES.dpi * 25.4) == RULES.card_width_mm
    assert round(RULES.height / RULES.dpi * 25.4) == RULES.card_height_mm


def test_the_card_has_the_least_pixels_that_the_rule_allows() -> None:
    width, height = RULES.card_size
    assert (width, height, RULES.card_density) == (308, 379, 301)
    for pixels, millimetres in ((width, 26), (height, 32)):
        assert pixels / millimetres * 25.4 > 300
    assert (width - 1) / 26 * 25.4 < 300
    assert width / height == pytest.approx(RULES.width / RULES.height, abs=0.002)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_card_file_is_a_plain_small_jpeg(made: ModuleType, seed: int) -> None:
    photo = make_card_photo(made.good(seed), RULES)
    assert len(photo.data) <= 4096
    jpeg, oracle = parse_jpeg(photo.data), Image.open(BytesIO(photo.data))
    assert (photo.width, photo.height) == oracle.size == (308, 379)
    assert (jpeg.frame.process, jpeg.scans, oracle.mode, oracle.bits) == (0, 1, "RGB", 8)
    assert stated(jpeg) == ((301.0, 301.0), 1)
    applications = [each.marker for each in jpeg.segments if each.marker in range(0xE0, 0xF0)]
    assert applications == [Marker.APP0]
    assert not jpeg.contents(Marker.COM)
    oracle.load()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_better_quality_would_fit(made: ModuleType, seed: int) -> None:
    image = inspect(made.good(seed), RULES).image
    assert image is not None
    photo = fitted(image, RULES)
    small = image.resize(RULES.card_size, Image.Resampling.LANCZOS)
    sizes = {quality: len(_encoded(small, quality, 301)) for quality in range(1, 71)}
    assert photo.quality == max(each for each, size in sizes.items() if size <= 4096)
    assert len(photo.data) == sizes[photo.quality]


def test_the_quality_that_portraits_reach(made: ModuleType) -> None:
    qualities = [make_card_photo(made.good(seed), RULES).quality for seed in SEEDS]
    assert min(qualities) > RULES.min_card_quality
    assert 10 <= statistics.median(qualities) <= 20


def test_the_same_photo_gives_the_same_bytes(made: ModuleType) -> None:
    first, second = (make_card_photo(made.good(), RULES) for _ in range(2))
    assert first == second
    assert "data" not in repr(first)


@pytest.mark.parametrize(
    "name",
    [
        "with ICC profile, comment and thumbnail",
        "bytes behind the end",
        "no JFIF, density in EXIF",
        "upright by EXIF",
        "with restart markers",
        "progressive",  # the same coefficients in another order
    ],
)
def test_what_is_beside_the_pixels_does_not_matter(made: ModuleType, name: str) -> None:
    assert make_card_photo(made.PHOTOS[name](), RULES) == make_card_photo(made.good(), RULES)


def test_a_photo_that_would_be_too_bad_goes_back(made: ModuleType) -> None:
    raw = made.PHOTOS["too much grain for the card"]()
    assert inspect(raw, RULES).problems == ()
    with pytest.raises(PhotoRefused) as refused:
        make_card_photo(raw, RULES)
    assert str(refused.value) == (
        "JPEG quality at which it fits into the card: found 7 (4,096 bytes), wanted ≥ 8"
    )
    assert make_card_photo(raw, replace(RULES, min_card_quality=7)).quality == 7


def test_a_photo_that_fits_at_no_quality(made: ModuleType) -> None:
    with pytest.raises(PhotoRefused, match=r"found 0 \(256 bytes\)"):
        make_card_photo(made.good(), replace(RULES, card_bytes=256))


def test_a_plain_picture_is_not_made_better_than_it_was(made: ModuleType) -> None:
    photo = fitted(made.flat(), RULES)
    assert photo.quality == RULES.jpeg_quality
    assert len(photo.data) < 2000


# On the card


def test_what_the_card_holds_reads_back(made: ModuleType) -> None:
    element = load_profile("gen2").elements["photo"]
    photo = make_card_photo(made.good(), replace(RULES, card_bytes=element.size))
    content = element.encode(photo.data)
    assert len(content) == element.size == 4096
    assert without_fill(content) == photo.data
    assert bytes.fromhex(str(element.decode(content))) == photo.data


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b" "])
def test_the_end_is_found_before_any_fill(made: ModuleType, fill: bytes) -> None:
    photo = make_card_photo(made.good(), RULES)
    assert without_fill(photo.data.ljust(4096, fill)) == photo.data


def test_a_card_without_a_photo() -> None:
    with pytest.raises(MalformedData, match="no JPEG file"):
        without_fill(bytes(4096))


# The rules


def test_every_rule_says_what_it_means() -> None:
    for name, meaning in meanings().items():
        assert meaning.zh, name
        assert meaning.en, name
        assert meaning.mark in ("S", "assumed")
        assert meaning.source.startswith(("issuance 4", "ssc 2.1"))
        assert ("ours" in meaning.source) == (meaning.mark == "assumed")
        assert meaning.low <= getattr(RULES, name) <= meaning.high


def test_an_office_states_its_own_figures(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("min_card_quality = 12\nmin_bytes = 0\n", encoding="utf-8")
    assert load_rules(path) == replace(RULES, min_card_quality=12, min_bytes=0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("min_qualty = 1", "unknown rule min_qualty"),
        ("dpi = '350'", "dpi: not a number from 1 to 10000"),
        ("dpi = true", "dpi: not a number from 1 to 10000"),
        ("jpeg_quality = 101", "jpeg_quality: not a number from 1 to 100"),
        ("min_bytes = 50000", "min_bytes is greater than max_bytes"),
        ("width = 9000\nheight = 9000", "width and height: more than 4,000,000 pixels"),
        ("width = 100", "max_eyes_left is greater than width"),
        ("card_dpi = 2000", "card_width_mm, card_height_mm: more than 4,000,000 pixels"),
        ("dpi = ", "no TOML file: Invalid value (at end of document)"),
    ],
)
def test_figures_that_are_no_rules(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as refused:
        load_rules(path)
    assert str(refused.value) == f"{path}: {why}"


def test_rules_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="No such file"):
        load_rules(tmp_path / "rules.toml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match="no TOML file"):
        load_rules(tmp_path / "binary")
