"""A picture of a card's face, as the printer will make it; marked as a specimen."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from sscard.issuance.face import marks
from sscard.issuance.face.error import FaceError
from sscard.issuance.face.fitting import LEADING, MM_PER_INCH, PT_PER_INCH, fitted, millimetres
from sscard.issuance.face.fonts import FaceFont
from sscard.issuance.face.layout import Box, FaceLayout, TextBox
from sscard.issuance.face.portrait import portrait
from sscard.issuance.face.record import PrintRecord

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

#: From the top of the type to its base line, in sizes: as in all Chinese fonts.
_ASCENT = 0.88
#: ISO/IEC 7810: the corners of a card.
_CORNER_MM = 3.18
_GREY = "#c8c8c8"


@dataclass(frozen=True, slots=True)
class _Canvas:
    image: Image
    draw: ImageDraw
    layout: FaceLayout
    font: FaceFont

    def pixels(self, mm: float) -> int:
        return round(mm * self.layout.dpi / MM_PER_INCH)

    def place(self, box: Box) -> tuple[int, int]:
        return self.pixels(box.x_mm), self.pixels(box.y_mm)

    def size(self, box: Box) -> tuple[int, int]:
        return self.pixels(box.width_mm), self.pixels(box.height_mm)

    def text(self, x_mm: float, y_mm: float, text: str, pt: float) -> None:
        """One line; the place is the upper left corner of its type."""
        place = (self.pixels(x_mm), self.pixels(y_mm + _ASCENT * millimetres(pt)))
        font = self.font.at(pt * self.layout.dpi / PT_PER_INCH)
        self.draw.text(place, text, fill=self.layout.ink, font=font, anchor="ls")

    def measure(self, text: str, pt: float) -> float:
        length = self.font.at(pt * self.layout.dpi / PT_PER_INCH).getlength(text)
        return length * MM_PER_INCH / self.layout.dpi

    def lay(self, layer: Image, place: tuple[int, int]) -> None:
        self.image.paste(layer, place, layer)


def render(
    record: PrintRecord,
    layout: FaceLayout,
    font: FaceFont,
    *,
    photo: bytes | None = None,
    specimen: bool = True,
) -> bytes:
    """The face as a PNG file in the layout's size and resolution.

    ``photo`` is the content of a JPEG file; without one a specimen shows an empty frame.  The
    file tells nothing but the picture.  Raises FaceError naming the field that does not fit, has a
    character the font lacks, or is missing.
    """
    if record.layout != layout.name:
        raise FaceError("layout", f"the record is for {record.layout}, not for {layout.name}")
    if photo is None and not specimen:
        raise FaceError("photo", "is missing")
    canvas = _canvas(layout, font)
    _blank_card(canvas)
    _photo(canvas, photo)
    for name, box in layout.printed.items():
        _field(canvas, name, box, record.texts.get(name, ""))
    if specimen:
        canvas.lay(marks.specimen(canvas.image.size, font), (0, 0))
    return _png(canvas)


def _canvas(layout: FaceLayout, font: FaceFont) -> _Canvas:
    from PIL import Image, ImageDraw  # heavy: only where something is drawn (decision 32)

    size = [round(mm * layout.dpi / MM_PER_INCH) for mm in (layout.width_mm, layout.height_mm)]
    image = Image.new("RGB", (size[0], size[1]), layout.background)
    return _Canvas(image, ImageDraw.Draw(image), layout, font)


def _blank_card(canvas: _Canvas) -> None:
    """What is on the card before it is printed."""
    layout = canvas.layout
    if layout.watermark:
        size = canvas.size(layout.watermark)
        layer = marks.watermark(layout.watermark, size, canvas.font, layout.dpi)
        canvas.lay(layer, canvas.place(layout.watermark))
    for name, blank in layout.blank.items():
        box = TextBox(**blank.model_dump(exclude={"text", "pt"}), pt=blank.pt, min_pt=blank.pt)
        _field(canvas, f"blank.{name}", box, blank.text)
    if layout.contactless:
        layer = marks.contactless(canvas.size(layout.contactless), layout.ink)
        canvas.lay(layer, canvas.place(layout.contactless))


def _photo(canvas: _Canvas, raw: bytes | None) -> None:
    box = canvas.layout.photo
    place, size = canvas.place(box), canvas.size(box)
    if raw is not None:
        canvas.image.paste(portrait(raw, size), place)
        return
    right, bottom = place[0] + size[0] - 1, place[1] + size[1] - 1
    canvas.draw.rectangle((*place, right, bottom), outline=_GREY, width=3)
    canvas.text(box.x_mm + 2, box.y_mm + box.height_mm / 2, "照片 PHOTO", 8)


def _field(canvas: _Canvas, name: str, box: TextBox, text: str) -> None:
    """Everything of the text, in its box, with the words that the blank card has before it."""
    if not text:
        raise FaceError(name, "the layout prints it, and there is none")
    canvas.font.require_glyphs(name, text)
    if box.label:
        canvas.text(box.label_x_mm, box.y_mm, box.label, box.pt)
    fit = fitted(name, text, box, canvas.measure)
    # One line stands on the base line of the words before it, however small it is.
    lower = _ASCENT * millimetres(box.pt - fit.pt) if len(fit.lines) == 1 else 0
    for number, line in enumerate(fit.lines):
        down = lower + number * LEADING * millimetres(fit.pt)
        canvas.text(box.x_mm, box.y_mm + down, line, fit.pt)


def _png(canvas: _Canvas) -> bytes:
    """The card with its round corners; no name, date or program in the file."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", canvas.image.size, 0)
    width, height = canvas.image.size
    radius = canvas.pixels(_CORNER_MM)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), radius, fill=255)
    canvas.image.putalpha(mask)
    raw = BytesIO()
    canvas.image.save(raw, "PNG", dpi=(canvas.layout.dpi, canvas.layout.dpi), optimize=True)
    return raw.getvalue()
