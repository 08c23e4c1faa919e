"""What is read from a JPEG file without decoding it; the oracle is Pillow."""

from __future__ import annotations

from io import BytesIO
from random import Random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.JpegPresets import presets

from sscard.errors import MalformedData
from sscard.issuance.photo import PhotoRules, QualityEstimate, estimated_quality
from sscard.issuance.photo.jpeg import Marker, parse_jpeg
from sscard.issuance.photo.resolution import stated

KINDS = ["good", "progressive", "density in dots per cm", "grayscale", "CMYK", "300 DPI", "lying"]


@pytest.mark.parametrize("name", KINDS)
def test_the_header_says_what_pillow_says(made: ModuleType, name: str) -> None:
    raw = made.PHOTOS[name]()
    jpeg, oracle = parse_jpeg(raw), Image.open(BytesIO(raw))
    assert (jpeg.frame.width, jpeg.frame.height) == oracle.size
    assert (jpeg.frame.bits, len(jpeg.frame.components)) == (oracle.bits, oracle.layers)
    assert (jpeg.frame.process == 2) == bool(oracle.info.get("progressive"))
    assert stated(jpeg).dpi == pytest.approx(oracle.info["dpi"])
    found = {number: tuple(table) for number, table in zigzagged(oracle.quantization).items()}
    assert found == {number: tuple(table) for number, table in jpeg.tables.items()}
    assert jpeg.end == len(raw)


def zigzagged(tables: dict[int, list[int]]) -> dict[int, list[int]]:
    """As in the file; Pillow gives rows."""
    order = sorted(
        range(64), key=lambda i: (i // 8 + i % 8, (i // 8, i % 8)[(i // 8 + i % 8 + 1) % 2])
    )
    return {number: [table[at] for at in order] for number, table in tables.items()}


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_says_what_pillow_says(made: ModuleType, order: str, value: int) -> None:
    entries = ((0x112, 3, value), (0x11A, 5, 138), (0x11B, 5, 140), (0x128, 3, 3))
    raw = made.with_segment(made.without_jfif(made.good()), 0xE1, made.exif(*entries, order=order))
    says, oracle = stated(parse_jpeg(raw)), Image.open(BytesIO(raw)).getexif()
    assert says.orientation == oracle[0x112] == value
    assert says.dpi == (oracle[0x11A] * 2.54, oracle[0x11B] * 2.54)


@pytest.mark.parametrize("kind", [1, 3, 4, 5])
@pytest.mark.parametrize("order", ["<", ">"])
def test_an_orientation_is_read_in_every_type_of_number(
    made: ModuleType, order: str, kind: int
) -> None:
    raw = made.with_segment(made.good(), 0xE1, made.exif((0x112, kind, 6), order=order))
    assert stated(parse_jpeg(raw)).orientation == 6


UPRIGHT, TURNED = (0x112, 3, 1), (0x112, 3, 6)


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        ([[UPRIGHT, TURNED]], "an EXIF tag that stands there twice"),
        ([[TURNED, UPRIGHT]], "an EXIF tag that stands there twice"),
        ([[UPRIGHT], [TURNED]], "more than one EXIF segment"),
        ([[(0x112, 8, 6)]], "an EXIF orientation that is no number"),
        ([[(0x112, 2, 6)]], "an EXIF orientation that is no number"),
    ],
)
def test_an_orientation_that_viewers_may_read_otherwise_is_not_taken_as_upright(
    made: ModuleType, segments: list[list[tuple[int, int, int]]], why: str
) -> None:
    raw = made.good()
    for entries in reversed(segments):
        raw = made.with_segment(raw, 0xE1, made.exif(*entries))
    with pytest.raises(MalformedData, match=why):
        stated(parse_jpeg(raw))


def test_a_fraction_is_no_orientation(made: ModuleType) -> None:
    halves = made.exif((0x112, 5, 3))[:-4] + bytes((0, 0, 0, 2))
    with pytest.raises(MalformedData, match="no whole number"):
        stated(parse_jpeg(made.with_segment(made.good(), 0xE1, halves)))


@pytest.mark.parametrize(
    "name", ["with ICC profile, comment and thumbnail", "bytes behind the end"]
)
def test_only_the_pixels_are_left(made: ModuleType, name: str) -> None:
    raw = made.PHOTOS[name]()
    left = parse_jpeg(raw).pixels_only(raw)
    assert Image.open(BytesIO(left)).tobytes() == Image.open(BytesIO(raw)).tobytes()
    assert not {each.marker for each in parse_jpeg(left).segments} & {
        Marker.COM,
        *range(0xE1, 0xEE),
    }
    assert b"ICC_PROFILE" not in left
    assert b"110105194912310021" not in left


@pytest.mark.parametrize("dpi", [None, (350, 350)])
def test_colours_are_those_that_everybody_sees(
    made: ModuleType, dpi: tuple[int, int] | None
) -> None:
    """Components that are RGB: APP14 says so, but a JFIF segment says YCbCr and is believed."""
    raw = made.jpeg(made.portrait(), keep_rgb=True, dpi=dpi or (0, 0))
    left = parse_jpeg(raw).pixels_only(raw)
    assert Image.open(BytesIO(left)).tobytes() == Image.open(BytesIO(raw)).tobytes()


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    for start in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0"):
        try:
            jpeg = parse_jpeg(start + raw)
        except MalformedData:
            continue
        assert jpeg.end <= len(start + raw)


def test_a_file_of_nothing_but_segments() -> None:
    with pytest.raises(MalformedData, match="more than 1,000 segments"):
        parse_jpeg(b"\xff\xd8" + b"\xff\xfe\0\2" * 100_000)


# Quality


@pytest.mark.parametrize("quality", range(1, 101))
def test_every_quality_of_pillow_is_recognized_exactly(quality: int) -> None:
    image = Image.new("RGB", (16, 16), (200, 30, 90))
    assert estimate(image, quality=quality) == QualityEstimate(quality, standard=True)
    grey = image.convert("L")
    assert estimate(grey, quality=quality) == QualityEstimate(quality, standard=True)


def estimate(image: Image.Image, **options: object) -> QualityEstimate:
    out = BytesIO()
    image.save(out, "JPEG", **options)
    return estimated_quality(parse_jpeg(out.getvalue()))


def test_photoshops_tables_are_foreign_and_in_order() -> None:
    image = Image.new("RGB", (16, 16))
    names = [name for name in presets if name.startswith("web_")]
    found = {name: estimate(image, quality=name) for name in names}
    assert not any(each.standard for each in found.values())
    order = ["web_low", "web_medium", "web_high", "web_very_high", "web_maximum"]
    qualities = [found[name].quality for name in order]
    assert qualities == sorted(qualities)
    assert len(set(qualities)) == len(order)


@pytest.mark.parametrize("quality", range(20, 96, 5))
def test_tables_a_tenth_off_are_within_the_rules_tolerance(quality: int) -> None:
    image = Image.new("RGB", (16, 16))
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    tables = Image.open(out).quantization
    random = Random(quality)
    for _ in range(10):
        off = {
            number: [min(max(round(v * random.uniform(0.9, 1.1)), 1), 255) for v in table]
            for number, table in tables.items()
        }
        found = estimate(image, qtables=off)
        assert abs(found.quality - quality) <= PhotoRules().quality_tolerance
        assert found.standard == (off == tables)


def test_tables_of_two_qualities_are_not_standard() -> None:
    image = Image.new("RGB", (16, 16))
    tables = []
    for quality in (70, 50):
        out = BytesIO()
        image.save(out, "JPEG", quality=quality)
        tables.append(Image.open(out).quantization)
    found = estimate(image, qtables=[tables[0][0], tables[1][1]])
    assert not found.standard
    assert 50 <= found.quality <= 70
