"""What lies beside the text of a face: watermark, contactless mark, the word SPECIMEN."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sscard.issuance.face.error import FaceError
from sscard.issuance.face.fonts import FaceFont
from sscard.issuance.face.layout import Watermark

if TYPE_CHECKING:
    from PIL.Image import Image

SPECIMEN = "样卡 SPECIMEN"
_RED = "#c80000"
_MOST_PIXELS = 25_000_000


def watermark(mark: Watermark, size: tuple[int, int], font: FaceFont, dpi: int) -> Image:
    """The watermark in ``size`` pixels, RGBA.  Raises FaceError."""
    if mark.picture:
        layer = _picture(Path(mark.picture), size)
    else:
        layer = _words(mark.text, size, font, mark.pt * dpi / 72, mark.colour)
    layer.putalpha(layer.getchannel("A").point(lambda value: int(value * mark.opacity)))
    return layer


def contactless(size: tuple[int, int], ink: str) -> Image:
    """Four arcs, RGBA: the sign of cards that can be tapped."""
    from PIL import Image, ImageDraw

    layer = Image.new("RGBA", size)
    draw = ImageDraw.Draw(layer)
    across, down = size
    stroke = max(1, across // 12)
    for part in range(1, 5):
        middle, radius = part * across / 8, part * down / 9
        box = (middle - radius, down / 2 - radius, middle + radius, down / 2 + radius)
        draw.arc(box, -45, 45, fill=ink, width=stroke)
    return layer


def specimen(size: tuple[int, int], font: FaceFont) -> Image:
    """The word across the whole card, RGBA."""
    from PIL import Image
    from PIL.Image import Resampling

    layer = _words(SPECIMEN, size, font, size[0] / 9, _RED)
    layer = layer.rotate(25, Resampling.BICUBIC)
    layer.putalpha(layer.getchannel("A").point(lambda value: value // 3))
    return Image.alpha_composite(Image.new("RGBA", size), layer)


def _words(text: str, size: tuple[int, int], font: FaceFont, pixels: float, colour: str) -> Image:
    """A text in the middle, as large as fits.  Raises FaceError for a character without glyph."""
    from PIL import Image, ImageDraw

    font.require_glyphs("watermark", text)
    length = font.at(pixels).getlength(text)
    pixels = min(pixels, pixels * size[0] / length, size[1])
    layer = Image.new("RGBA", size)
    middle = (size[0] / 2, size[1] / 2)
    ImageDraw.Draw(layer).text(middle, text, fill=colour, font=font.at(pixels), anchor="mm")
    return layer


def _picture(path: Path, size: tuple[int, int]) -> Image:
    """The picture, as large as fits, in the middle."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise FaceError("watermark.picture", "has too many pixels")
            picture = opened.convert("RGBA")
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
        raise FaceError("watermark.picture", "cannot be decoded") from None
    picture.thumbnail(size)
    layer = Image.new("RGBA", size)
    layer.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return layer
