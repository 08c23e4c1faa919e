"""What a photo must be, each figure with its source; an office may state others in a file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from sscard.errors import ProfileError

#: A photo is decoded whole: 4 million pixels are 12 MB.
_MOST_PIXELS = 4_000_000


class Meaning(NamedTuple):
    """What one rule says, where it comes from and the numbers it may be."""

    zh: str
    en: str
    source: str
    mark: str
    low: int
    high: int


def _rule(
    default: int,
    zh: str,
    en: str,
    source: str = "issuance 4",
    mark: str = "S",
    limits: tuple[int, int] = (1, 10_000),
) -> Any:
    return field(default=default, metadata={"meaning": Meaning(zh, en, source, mark, *limits)})


def _ours(
    default: int, zh: str, en: str, limits: tuple[int, int], source: str = "issuance 4"
) -> Any:
    return _rule(default, zh, en, f"{source}; figure ours", "assumed", limits)


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """The rules of the collected photo (issuance 4 [S]) and of the card's file (ssc 2.1 [S]).

    Lengths are in pixels unless the name says otherwise.  Raises ValueError for a figure outside
    its limits and for a least figure above its greatest.
    """

    width: int = _rule(358, "宽度", "width", limits=(2, 10_000))
    height: int = _rule(441, "高度", "height")
    dpi: int = _rule(350, "分辨率", "DPI; a whole number of dots per cm that means it will do")
    jpeg_quality: int = _rule(70, "JPEG质量", "JPEG quality", limits=(1, 100))
    quality_tolerance: int = _ours(
        5, "JPEG质量容差", "JPEG quality: accepted above and below", (0, 99)
    )
    min_bytes: int = _rule(
        14_000, "文件最小字节数", "least bytes of the file: 14 KB of 1,000", limits=(0, 1 << 24)
    )
    max_bytes: int = _rule(
        40_960, "文件最大字节数", "most bytes of the file: 40 KB of 1,024", limits=(1, 1 << 24)
    )
    read_bytes: int = _ours(
        1 << 20, "最大读取字节数", "most bytes that are read to say more than that", (1, 1 << 24)
    )
    scans: int = _ours(100, "渐进式JPEG最多扫描数", "most scans of a progressive JPEG", (1, 1_000))
    white_level: int = _ours(
        230, "白色的最小分量值", "least red, green and blue of white", (0, 255)
    )
    white_percent: int = _ours(
        85, "白色像素最小百分比", "least per cent of white pixels in the border", (0, 100)
    )
    background_rows: int = _ours(
        147, "两侧背景区的行数", "rows of the border at the left and right", (1, 10_000)
    )
    min_face_width: int = _rule(179, "脸部最小宽度", "least width of the face")
    max_face_width: int = _rule(255, "脸部最大宽度", "greatest width of the face")
    centre_tolerance: int = _ours(
        17, "脸部居中容差", "middle of the face: beside the middle of the photo", (0, 10_000)
    )
    min_hair_top: int = _rule(7, "头顶距上边最小值", "top of the hair, least from above")
    max_hair_top: int = _rule(21, "头顶距上边最大值", "top of the hair, greatest from above")
    min_eyes_left: int = _rule(162, "两眼中点距左边最小值", "midpoint of the eyes, least from left")
    max_eyes_left: int = _rule(
        196, "两眼中点距左边最大值", "midpoint of the eyes, greatest from left"
    )
    min_eye_line: int = _rule(207, "眼睛距下边最小值", "eye line, least from below")
    card_width_mm: int = _rule(26, "卡内照片宽度(毫米)", "card: width in mm", "ssc 2.1")
    card_height_mm: int = _rule(32, "卡内照片高度(毫米)", "card: height in mm", "ssc 2.1")
    card_dpi: int = _rule(300, "卡内照片分辨率须高于", "card: more DPI than this", "ssc 2.1")
    card_bytes: int = _rule(
        4_096, "卡内照片最大字节数", "card: most bytes", "ssc 2.1", limits=(256, 32_767)
    )
    min_card_quality: int = _ours(
        8, "卡内照片最低JPEG质量", "card: least JPEG quality", (1, 100), "ssc 2.1"
    )

    def __post_init__(self) -> None:
        for name, meaning in meanings().items():
            value = getattr(self, name)
            if type(value) is not int or not meaning.low <= value <= meaning.high:
                raise ValueError(f"{name}: not a number from {meaning.low} to {meaning.high}")
        for name in ("bytes", "face_width", "hair_top", "eyes_left"):
            if getattr(self, f"min_{name}") > getattr(self, f"max_{name}"):
                raise ValueError(f"min_{name} is greater than max_{name}")
        if self.width * self.height > _MOST_PIXELS:
            raise ValueError(f"width and height: more than {_MOST_PIXELS:,} pixels")
        if self.max_eyes_left > self.width:
            raise ValueError("max_eyes_left is greater than width")
        if self.card_size[0] * self.card_size[1] > _MOST_PIXELS:
            raise ValueError(f"card_width_mm, card_height_mm: more than {_MOST_PIXELS:,} pixels")

    @property
    def card_size(self) -> tuple[int, int]:
        """Width and height of the smallest picture of the collected proportions that the rule for
        the card allows.

        26 x 32 mm at more than 300 DPI are at least 308 x 378 pixels; 358 x 441 pixels at 350 DPI
        are 25.98 x 32.00 mm; so the card's picture has 308 x 379.
        """
        width = _more_than(self.card_width_mm, self.card_dpi)
        height = _more_than(self.card_height_mm, self.card_dpi)
        tall = round(width * self.height / self.width)
        wide = round(height * self.width / self.height)
        return (width, tall) if tall >= height else (max(wide, width), height)

    @property
    def card_density(self) -> int:
        """The DPI that the card's file states: those at which it has the rule's width."""
        return max(round(self.card_size[0] * 25.4 / self.card_width_mm), self.card_dpi + 1)


def _more_than(millimetres: int, dpi: int) -> int:
    """The first whole number of pixels above ``dpi``."""
    return millimetres * dpi * 10 // 254 + 1


def meanings() -> dict[str, Meaning]:
    """What each rule means, by its name, in the order of this file."""
    return {each.name: each.metadata["meaning"] for each in fields(PhotoRules)}


def load_rules(path: Path) -> PhotoRules:
    """The rules with the figures of a TOML file, ``name = number``.  Raises ProfileError."""
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failed:
        raise ProfileError(f"{path}: {failed.strerror}") from failed
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as failed:
        raise ProfileError(f"{path}: no TOML file: {failed}") from failed
    unknown = sorted(stated.keys() - meanings().keys())
    if unknown:
        raise ProfileError(f"{path}: unknown rule {', '.join(unknown)}")
    try:
        return PhotoRules(**stated)
    except ValueError as failed:
        raise ProfileError(f"{path}: {failed}") from None
