"""From a JPEG file that was looked at before to its pixels."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from sscard.errors import MalformedData
from sscard.issuance.photo.jpeg import Jpeg

if TYPE_CHECKING:
    from PIL.Image import Image


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
    return image
