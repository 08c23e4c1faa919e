"""Each photo made for the purpose goes back for the right reasons, and nothing costs memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sscard.issuance.photo import (
    Fault,
    Landmarks,
    PhotoRefused,
    PhotoRules,
    inspect,
    make_card_photo,
)
from sscard.issuance.photo.background import border, measured
from sscard.issuance.reasons import Reason

ROOT = Path(__file__).parents[3]
RULES = PhotoRules()

GOOD = [
    "good",
    "good, another",
    "progressive",
    "with restart markers",
    "density in dots per cm",
    "no JFIF, density in EXIF",
    "with ICC profile, comment and thumbnail",
    "bytes behind the end",
    "upright by EXIF",
    "greyish by lamps",
    "quality 72",
]
SIZE = "size of the file: found {} bytes, wanted 14,000–40,960 bytes"
PIXELS = "width and height in pixels: found {} px, wanted 358×441 px"
TURNED = "turned by its EXIF orientation: found {}, wanted 1"
DPI = "DPI: found {}, wanted 350"
NO_DPI = "the file does not state its DPI: wanted 350"
COLOURS = "colour mode: found {}, wanted 24 bit RGB"
FORMAT = "format of the file: found {}, wanted JPEG"
QUALITY = "JPEG quality, estimated: found {}, wanted 65–75"
BACKGROUND = "the background is not white: found 白 white {}, wanted 白 white ≥ 85 %"
CLOSED_AGAIN = "cut off inside the pixels, and closed again"
DAMAGED = "the file is damaged or cut off: found {}"
CODING = "way of JPEG coding: found {}"
#: What each says, in English; sizes of files that hang on the encoder's version are left out.
BAD: dict[str, list[str]] = {
    "too wide": [PIXELS.format("400×441")],
    "size of a second-generation photo": [PIXELS.format("358×440")],
    "lying": [PIXELS.format("441×358")],
    "turned by EXIF": [TURNED.format(6)],
    "lying and turned by EXIF": [PIXELS.format("441×358"), TURNED.format(8)],
    "upside down by EXIF": [TURNED.format(3)],
    "300 DPI": [DPI.format("300×300")],
    "300 DPI in dots per cm": [DPI.format("299.7×299.7")],
    "350 across, 72 down": [DPI.format("350×72")],
    "density without unit": [NO_DPI],
    "no JFIF": [NO_DPI],
    "grayscale": [COLOURS.format("灰度 grayscale")],
    "CMYK": [SIZE, COLOURS.format("CMYK")],
    "PNG": [FORMAT.format("PNG")],
    "palette PNG": [FORMAT.format("PNG")],
    "GIF": [FORMAT.format("GIF")],
    "BMP": [FORMAT.format("BMP")],
    "quality 40": [SIZE, QUALITY.format("40")],
    "quality 95": [QUALITY.format("95")],
    "quality of Photoshop": [SIZE, QUALITY.format("≈ 99")],
    "too small a file": [SIZE],
    "too large a file": [SIZE],
    "longer than is read": [SIZE],
    "blue background": [BACKGROUND.format("0 %, RGB 66, 142, 218")],
    "grey background": [BACKGROUND.format("0 %, RGB 206, 206, 206")],
    "yellowed background": [BACKGROUND.format("0 %, RGB 250, 240, 205")],
    "grey from above to below": [BACKGROUND.format("69 %, RGB 238, 238, 238")],
    "a scene": [BACKGROUND.format("0 %, RGB 125, 120, 121")],
    "cut off in the pixels": [DAMAGED.format("cut off at byte 11381, inside the pixels")],
    "cut off and closed again": [DAMAGED.format(CLOSED_AGAIN)],
    "cut off in the header": [DAMAGED.format("cut off in the segment at byte 89")],
    "end marker missing": [DAMAGED.format("cut off at byte 16379, inside the pixels")],
    "pixels of another size": [DAMAGED.format(CLOSED_AGAIN)],
    "broken EXIF": [DAMAGED.format("broken EXIF directory")],
    "arithmetic coding": [CODING.format("SOF9, 8 bits, wanted SOF0–SOF2, 8 bits")],
    "12 bits": [CODING.format("SOF1, 12 bits, wanted SOF0–SOF2, 8 bits")],
    "65,535 by 65,535": [PIXELS.format("65535×65535")],
    "PNG bomb": [FORMAT.format("PNG")],
    "300 scans": [CODING.format("310 scans, wanted ≤ 100 scans")],
    "empty": [FORMAT.format("空文件 an empty file")],
    "HEIC": [FORMAT.format("HEIF/AVIF")],
    "a text": [FORMAT.format("?")],
}
TOO_GRAINY = "too much grain for the card"


def test_the_tables_are_about_all_photos(made: ModuleType) -> None:
    assert [*GOOD, *BAD, TOO_GRAINY] == list(made.PHOTOS)
    assert len(BAD) >= 30


@pytest.mark.parametrize("name", GOOD)
def test_a_photo_that_is_what_the_rule_asks_for(made: ModuleType, name: str) -> None:
    found = inspect(made.PHOTOS[name](), RULES)
    assert found.problems == ()
    assert found.image is not None


@pytest.mark.parametrize("name", BAD)
def test_a_photo_that_goes_back(made: ModuleType, name: str) -> None:
    raw = made.PHOTOS[name]()
    problems = inspect(raw, RULES).problems
    assert [each.en for each in problems] == [text.format(f"{len(raw):,}") for text in BAD[name]]
    assert all(each.fault.code is Reason.PHOTO_QUALITY for each in problems)
    with pytest.raises(PhotoRefused):
        make_card_photo(raw, RULES)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("lost", [200, 1_000, 4_000, 12_000])
def test_an_end_marker_does_not_make_a_cut_file_whole(
    made: ModuleType, lost: int, subsampling: int
) -> None:
    raw = made.jpeg(made.portrait(), subsampling=subsampling)
    cut = raw[:-lost].rstrip(b"\xff") + b"\xff\xd9"
    assert [each.found for each in inspect(cut, RULES).problems] == [CLOSED_AGAIN]


@pytest.mark.parametrize("grey", [(127, 127, 127), (130, 130, 130), (150, 128, 128)])
def test_grey_clothes_are_not_missing_data(made: ModuleType, grey: tuple[int, int, int]) -> None:
    """Even a lower edge without any grain is a picture, unless it is the grey of no data."""
    image = made.portrait().copy()
    image.paste(grey, (0, 300, 358, 441))
    found = inspect(made.jpeg(image), RULES).problems
    assert CLOSED_AGAIN not in {each.found for each in found}


def test_both_languages_say_the_same(made: ModuleType) -> None:
    (problem,) = inspect(made.PHOTOS["300 DPI"](), RULES).problems
    assert problem.zh == "分辨率不符:实际 300×300，应为 350"
    assert all(each.zh and each.en for each in Fault)
    assert len({each.zh for each in Fault}) == len({each.en for each in Fault}) == len(Fault)


def test_what_the_header_rules_out_is_not_decoded(made: ModuleType) -> None:
    for name in ("65,535 by 65,535", "CMYK", "300 scans", "12 bits"):
        assert inspect(made.PHOTOS[name](), RULES).image is None


# Memory

MEASURE = """
import resource, sys
sys.path[:0] = [{tests!r}, {root!r}]
import make_photos
from sscard.issuance.photo import PhotoRules, inspect, make_card_photo
rules = PhotoRules()
bombs = [make_photos.PHOTOS[name]() for name in {names!r}]
make_card_photo(make_photos.good(), rules)  # imports and one photo's pixels are paid for
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
for raw in bombs:
    assert inspect(raw, rules).problems
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits to measure by")
def test_no_photo_costs_more_than_a_few_megabytes(made: ModuleType) -> None:
    # Pixels of the PNG bomb: 900 MB; of the JPEG with the largest header: 12.9 GB.
    names = ["PNG bomb", "65,535 by 65,535", "300 scans", "longer than is read"]
    code = MEASURE.format(tests=str(Path(made.__file__).parent), root=str(ROOT), names=names)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    kilobytes = int(done.stdout) / (1024 if sys.platform == "darwin" else 1)
    assert kilobytes < 8 * 1024


# Anything at all


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_bytes_are_a_photo_or_have_a_reason(made: ModuleType, data: st.DataObject) -> None:
    raw = bytearray(made.good())
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, 700) | st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(0, len(raw)))
    judge(bytes(raw[:cut]))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_behind_the_first_marker(raw: bytes) -> None:
    judge(raw)
    judge(b"\xff\xd8" + raw)
    judge(b"\xff\xd8\xff\xe1\x01\x00Exif\0\0II*\0" + raw)


def judge(raw: bytes) -> None:
    found = inspect(raw, RULES)
    if found.problems:
        with pytest.raises(PhotoRefused):
            make_card_photo(raw, RULES)
    else:
        assert len(make_card_photo(raw, replace(RULES, min_card_quality=1)).data) <= 4096


# The background


def test_the_border_is_where_no_face_can_be() -> None:
    left, right, above = border(RULES)
    assert (left, right, above) == ((0, 0, 34, 147), (324, 0, 358, 147), (34, 0, 324, 7))
    half = RULES.max_face_width / 2
    assert left[2] <= RULES.min_eyes_left - half
    assert right[0] >= RULES.max_eyes_left + half


@pytest.mark.parametrize(
    ("width", "face", "eyes"), [(60, 255, 20), (60, 1, 40), (60, 179, 40), (2, 1, 1), (2, 1, 2)]
)
def test_the_border_of_other_rules_is_inside_their_photo(width: int, face: int, eyes: int) -> None:
    faces = {"min_face_width": 1, "max_face_width": face, "min_eyes_left": eyes}
    small = PhotoRules(width=width, height=80, max_eyes_left=max(eyes, width * 2 // 3), **faces)
    for left, upper, right, lower in border(small):
        assert 0 <= left <= right <= width
        assert 0 <= upper < lower <= 80
    measured(Image.new("RGB", (width, 80)), small)


# The face

FACE = Landmarks(14, (140, 210), (218, 210), 75, 283)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"hair_top": 7}, []),
        ({"hair_top": 21}, []),
        (
            {"hair_top": 21.5},
            ["top of the hair from the upper edge: found 21.5 px, wanted 7–21 px"],
        ),
        ({"hair_top": 6}, ["top of the hair from the upper edge: found 6 px, wanted 7–21 px"]),
        ({"left_cheek": 89.5, "right_cheek": 268.5}, []),
        (
            {"left_cheek": 90, "right_cheek": 268.5},
            ["width of the face: found 178.5 px, wanted 179–255 px"],
        ),
        (
            {"left_cheek": 51, "right_cheek": 307},
            ["width of the face: found 256 px, wanted 179–255 px"],
        ),
        ({"left_cheek": 92, "right_cheek": 300}, []),
        (
            {"left_cheek": 93, "right_cheek": 301},
            ["the face is not centred: found 197 px, wanted 162–196 px"],
        ),
        ({"left_eye": (123, 210), "right_eye": (201, 210)}, []),
        (
            {"left_eye": (122, 210), "right_eye": (201, 210)},
            ["midpoint of the eyes from the left edge: found 161.5 px, wanted 162–196 px"],
        ),
        (
            {"left_eye": (158, 210), "right_eye": (235, 210)},
            ["midpoint of the eyes from the left edge: found 196.5 px, wanted 162–196 px"],
        ),
        ({"left_eye": (140, 230), "right_eye": (218, 238)}, []),
        (
            {"left_eye": (140, 230), "right_eye": (218, 239)},
            ["eye line from the lower edge: found 206.5 px, wanted ≥ 207 px"],
        ),
        # Where top and eye limits conflict, hair that stands too high may be cut off.
        ({"hair_top": 0, "left_eye": (140, 228), "right_eye": (218, 228)}, []),
        (
            {"hair_top": 0, "left_eye": (140, 227), "right_eye": (218, 227)},
            ["top of the hair from the upper edge: found 0 px, wanted 7–21 px"],
        ),
    ],
)
def test_face_geometry(made: ModuleType, change: dict[str, object], said: list[str]) -> None:
    names = Landmarks.__dataclass_fields__
    face = Landmarks(**{**{name: getattr(FACE, name) for name in names}, **change})
    found = inspect(made.good(), RULES, face)
    assert [each.en for each in found.problems] == said


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        {"hair_top": 1},
        {"hair_top": "1"},
        {"hair_top": float("nan")},
        {"hair_top": 10**400},
        {"hair_top": True},
        {"left_eye": [1]},
        {"left_eye": 1},
        {"left_eye": [300, 210]},
        {"left_cheek": 300},
        {"nose": 1},
    ],
    ids=str,
)
def test_landmarks_that_are_none(wrong: dict[str, object] | None) -> None:
    sound = {
        "hair_top": 14,
        "left_eye": [140, 210],
        "right_eye": [218, 210],
        "left_cheek": 75,
        "right_cheek": 283,
    }
    assert Landmarks.of(sound) == FACE
    with pytest.raises(ValueError):
        Landmarks.of({**sound, **wrong} if wrong and wrong != {"hair_top": 1} else wrong)
