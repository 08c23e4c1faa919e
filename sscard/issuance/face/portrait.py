"""The photo of a face: decoded as a collected photo is, cropped to its box's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sscard.errors import MalformedData
from sscard.issuance.face.error import FaceError
from sscard.issuance.photo.decode import decoded
from sscard.issuance.photo.jpeg import parse_jpeg

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pixels that are decoded at most: a scan of a paper photo has them, a bomb has more.
_MOST_PIXELS = 25_000_000
_PROCESSES = frozenset({0, 1, 2})


def portrait(raw: bytes, size: tuple[int, int]) -> Image:
    """The JPEG file ``raw`` in ``size`` pixels: what is too much is cut off evenly at both sides.

    Whether it is a good photo is another question (``issuance.photo``).  Raises FaceError for a
    file that is no JPEG in colour, is damaged or too large.
    """
    try:
        jpeg = parse_jpeg(raw)
        frame = jpeg.frame
        if frame.process not in _PROCESSES or frame.bits != 8 or len(frame.components) != 3:
            raise MalformedData("is no JPEG in colour")
        if not 0 < frame.width * frame.height <= _MOST_PIXELS:
            raise MalformedData("has too many pixels")
        image = decoded(raw, jpeg)
    except MalformedData as wrong:
        raise FaceError("photo", str(wrong)) from None
    return _scaled(image, size)


def _scaled(image: Image, size: tuple[int, int]) -> Image:
    from PIL.Image import Resampling

    factor = max(size[0] / image.width, size[1] / image.height)
    across, down = size[0] / factor, size[1] / factor
    left, top = (image.width - across) / 2, (image.height - down) / 2
    area = (left, top, left + across, top + down)
    return image.resize(size, Resampling.LANCZOS, box=area)
