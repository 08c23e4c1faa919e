"""From a JPEG file that was looked at before to its pixels."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from sscard.errors import MalformedData
from sscard.issuance.photo.jpeg import Jpeg

if TYPE_CHECKING:
    from PIL.Image import Image

#: What a block of no coefficients is, in each component of RGB.
_NOTHING = 128
#: Pixels of the last row that are looked at: several blocks of any sampling.
_END = 48


def decoded(raw: bytes, jpeg: Jpeg) -> Image:
    """The picture, RGB.  Raises MalformedData when the decoder gives up.

    The caller has seen that ``jpeg.frame`` is of a size to spend memory on, with three components
    of 8 bits.  The decoder sees nothing but the pixels and what belongs to them, so no colour
    profile, thumbnail or comment can mislead or follow it.
    """
    from PIL import Image  # heavy: only where a photo is decoded (decision 32)

    try:
        image = Image.open(BytesIO(jpeg.pixels_only(raw)), formats=("JPEG",))
        image.load()
    except (OSError, SyntaxError, ValueError):  # how Pillow says that a file is broken
        raise MalformedData("the pixels cannot be decoded") from None
    if image.mode != "RGB" or image.size != (jpeg.frame.width, jpeg.frame.height):
        raise MalformedData("the pixels are not those of the frame header")
    if _ends_in_nothing(image):
        raise MalformedData("cut off inside the pixels, and closed again")
    return image


def _ends_in_nothing(image: Image) -> bool:
    """Whether the decoder had no data for the end of the picture.

    The blocks are written from left to right and down.  For those that are not there libjpeg puts
    coefficients of zero: exactly this grey, without a grain, which no photo ends in.
    """
    width, height = image.size
    end = image.crop((max(0, width - _END), height - 1, width, height))
    return end.getextrema() == ((_NOTHING, _NOTHING),) * 3
