"""Is the background white?  Measured where by the rule of face geometry no face can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sscard.issuance.photo.rules import PhotoRules

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[int, int, int, int]  # left, upper, right, lower; the last two are outside


class Background(NamedTuple):
    """``white_percent`` of the border's pixels are white; ``mean`` is their red, green, blue."""

    white_percent: float
    mean: tuple[int, int, int]


def border(rules: PhotoRules) -> tuple[Box, ...]:
    """Where no face can be: strips at the left, at the right and above (issuance 4 [S]).

    The widest face, as far to one side as the midpoint of the eyes may be, leaves the sides free;
    what is above the highest place for hair is free between them.  Shoulders and long hair come
    lower than ``background_rows``.
    """
    half = rules.max_face_width / 2
    left = max(int(rules.min_eyes_left - half), 1)
    right = min(rules.width - int(rules.width - rules.max_eyes_left - half), rules.width - 1)
    rows = min(rules.background_rows, rules.height)
    above = min(rules.min_hair_top, rows)
    return (0, 0, left, rows), (right, 0, rules.width, rows), (left, 0, right, above)


def measured(image: Image, rules: PhotoRules) -> Background:
    """The border of an RGB picture of the rule's size.

    A pixel is white when its least component is ``white_level`` or more: grey, yellowed and
    coloured backgrounds are not.
    """
    from PIL import ImageChops

    least, sums, count = [0] * 256, [0, 0, 0], 0
    for box in border(rules):
        bands = image.crop(box).split()
        count += bands[0].width * bands[0].height
        darkest = ImageChops.darker(ImageChops.darker(bands[0], bands[1]), bands[2])
        least = [a + b for a, b in zip(least, darkest.histogram(), strict=True)]
        for index, band in enumerate(bands):
            sums[index] += sum(value * times for value, times in enumerate(band.histogram()))
    red, green, blue = (round(each / count) for each in sums)
    return Background(100 * sum(least[rules.white_level :]) / count, (red, green, blue))
