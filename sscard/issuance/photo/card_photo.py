"""The photo as the card holds it: at most 4,096 bytes in SSSE/EF08 (ssc 2.1 [S]).

The rule also allows BMP; 24 bits a pixel need 350 KB, so it is always a JPEG.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from sscard.issuance.photo.faults import Fault, PhotoRefused, Problem
from sscard.issuance.photo.geometry import Landmarks
from sscard.issuance.photo.inspection import inspect
from sscard.issuance.photo.jpeg import parse_jpeg
from sscard.issuance.photo.rules import PhotoRules

if TYPE_CHECKING:
    from PIL.Image import Image

_HALVED_CHROMA = 2  # Pillow's number of 4:2:0


@dataclass(frozen=True, slots=True)
class CardPhoto:
    """A baseline JPEG for the card, and what it cost: ``quality`` is that of the encoder."""

    data: bytes = field(repr=False)
    width: int
    height: int
    dpi: int
    quality: int


def make_card_photo(raw: bytes, rules: PhotoRules, landmarks: Landmarks | None = None) -> CardPhoto:
    """The card's file from a collected photo.  Raises PhotoRefused with every problem.

    Always the same bytes from the same file, rules and Pillow version; another version, or one
    built with another JPEG library, may differ by some bytes, never in size beyond the rule.
    """
    found = inspect(raw, rules, landmarks)
    if found.problems or found.image is None:
        raise PhotoRefused(*found.problems)
    return fitted(found.image, rules)


def fitted(image: Image, rules: PhotoRules) -> CardPhoto:
    """The picture in the smallest size the rule allows, in the best quality that fits.

    Smaller would be against the rule; larger would leave fewer bits for each pixel, and measured
    against the collected photo the result is worse.  More quality than the collected photo has is
    never spent.  Raises PhotoRefused when the best that fits is below ``min_card_quality``.
    """
    from PIL.Image import Resampling

    small = image.resize(rules.card_size, Resampling.LANCZOS)
    quality, data = _best(small, rules)
    if quality < rules.min_card_quality:
        found = f"{quality} ({rules.card_bytes:,} bytes)"
        raise PhotoRefused(Problem(Fault.CARD_QUALITY, found, f"≥ {rules.min_card_quality}"))
    return CardPhoto(data, small.width, small.height, rules.card_density, quality)


def without_fill(content: bytes) -> bytes:
    """The JPEG in the content of a file that is filled up.  Raises MalformedData.

    It ends where its end marker says, so it does not matter what the card is filled with.
    """
    return content[: parse_jpeg(content).end]


def _best(image: Image, rules: PhotoRules) -> tuple[int, bytes]:
    """The highest quality that fits, by halving: files grow with it.  0 when none does."""
    best, low, high = (0, b""), 1, rules.jpeg_quality
    while low <= high:
        quality = (low + high) // 2
        data = _encoded(image, quality, rules.card_density)
        if len(data) <= rules.card_bytes:
            best, low = (quality, data), quality + 1
        else:
            high = quality - 1
    return best


def _encoded(image: Image, quality: int, dpi: int) -> bytes:
    out = BytesIO()
    image.save(
        out,
        "JPEG",
        quality=quality,
        optimize=True,
        progressive=False,
        subsampling=_HALVED_CHROMA,
        dpi=(dpi, dpi),
    )
    return out.getvalue()
