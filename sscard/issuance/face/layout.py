"""Where on a card's face what is printed: data, in mm from the left and the upper edge.

A generation has one layout; a province's lies over it.  Both are TOML files (``loading``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Millimetres = Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
Points = Annotated[float, Field(ge=3, le=40, allow_inf_nan=False)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
FieldName = Literal[
    "name", "sex", "id_number", "card_number", "bank_number", "issue_date", "valid_date"
]
#: How a day is printed, by what a layout calls it.
DATE_FORMATS = {
    "YYYY-MM-DD": "{0:%Y-%m-%d}",
    "YYYY.MM.DD": "{0:%Y.%m.%d}",
    "YYYYMMDD": "{0:%Y%m%d}",
    "YYYY年MM月DD日": "{0:%Y}年{0:%m}月{0:%d}日",
    "YYYY年MM月": "{0:%Y}年{0:%m}月",
}
#: What two boxes may share, in mm: figures are rounded.
_TOUCH = 0.05


class Edges(NamedTuple):
    """A rectangle, in mm."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Edges) -> bool:
        """Whether the two share more than an edge."""
        beside = min(self.right, other.right) - max(self.left, other.left)
        below = min(self.bottom, other.bottom) - max(self.top, other.top)
        return beside > _TOUCH and below > _TOUCH


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Box(_Part):
    """A rectangle of the face.  ``source`` and ``mark`` say where its figures come from."""

    x_mm: Millimetres
    y_mm: Millimetres
    width_mm: Annotated[Millimetres, Field(gt=0)]
    height_mm: Annotated[Millimetres, Field(gt=0)]
    source: str
    mark: str
    note: str = ""

    @property
    def edges(self) -> Edges:
        """Its edges."""
        return Edges(self.x_mm, self.y_mm, self.x_mm + self.width_mm, self.y_mm + self.height_mm)


class TextBox(Box):
    """One field.  Text that is too long shrinks from ``pt`` to ``min_pt``, then has ``lines``.

    ``label`` stands on the blank card already, from ``label_x_mm`` on: a preview shows it.
    """

    pt: Points
    min_pt: Points = 6
    lines: Annotated[int, Field(ge=1, le=4)] = 1
    printed: bool = True
    label: str = ""
    label_x_mm: Millimetres = 0
    date_format: Literal["YYYY-MM-DD", "YYYY.MM.DD", "YYYYMMDD", "YYYY年MM月DD日", "YYYY年MM月"] = (
        "YYYY-MM-DD"
    )
    group: Annotated[int, Field(ge=0, le=9)] = 0

    @model_validator(mode="after")
    def _shrinks(self) -> Self:
        if self.min_pt > self.pt:
            raise ValueError("min_pt is more than pt")
        return self


class BlankText(Box):
    """Words that the blank card has already: a preview shows them."""

    text: Annotated[str, Field(min_length=1)]
    pt: Points


class Watermark(Box):
    """A province's watermark: ``text`` or ``picture``, a file beside the layout's."""

    text: str = ""
    picture: str = ""
    pt: Points = 20
    colour: Colour = "#808080"
    opacity: Annotated[float, Field(gt=0, le=1)] = 0.2

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if bool(self.text) == bool(self.picture):
            raise ValueError("a watermark is a text or a picture")
        return self


class Contactless(Box):
    """The mark of a card that can be tapped: four arcs."""


class FaceLayout(_Part):
    """The face of one generation, or of a province's cards of it.

    ``base`` is the layout that a province's lies on.  ``sha256`` is over all its files.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title_zh: str
    title_en: str
    base: str = ""
    generation: Literal[2, 3]
    width_mm: Annotated[Millimetres, Field(gt=0)]
    height_mm: Annotated[Millimetres, Field(gt=0)]
    dpi: Annotated[int, Field(ge=72, le=1200)]
    typeface: Literal["song", "hei"]
    background: Colour = "#ffffff"
    ink: Colour = "#000000"
    photo: Box
    fields: dict[FieldName, TextBox]
    blank: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], BlankText] = {}
    watermark: Watermark | None = None
    contactless: Contactless | None = None
    sha256: str = ""

    @model_validator(mode="after")
    def _can_be_printed(self) -> Self:
        card = Edges(0, 0, self.width_mm, self.height_mm)
        for place, edges in self._boxes():
            if edges.right > card.right + _TOUCH or edges.bottom > card.bottom + _TOUCH:
                raise ValueError(f"{place} reaches out of the card")
        for (one, its), (other, others) in combinations(self._printed_boxes(), 2):
            if its.meets(others):
                raise ValueError(f"{one} and {other} are in the same place")
        missing = {"name", "id_number", "card_number"} - set(self.printed)
        if missing:
            raise ValueError(f"fields.{min(missing)} is on every card")
        return self

    @model_validator(mode="after")
    def _is_of_its_generation(self) -> Self:
        # issuance 1 [S]: the second prints its validity, the third does not and can be tapped.
        if ("valid_date" in self.printed) != (self.generation == 2):
            raise ValueError(
                "fields.valid_date is printed on cards of generation 2, and on no other"
            )
        if self.contactless and self.generation == 2:
            raise ValueError("contactless is no mark of generation 2")
        return self

    @property
    def printed(self) -> dict[FieldName, TextBox]:
        """The fields that are printed, by name."""
        return {name: box for name, box in self.fields.items() if box.printed}

    def _printed_boxes(self) -> Iterator[tuple[str, Edges]]:
        yield "photo", self.photo.edges
        for name, box in self.printed.items():
            yield f"fields.{name}", box.edges

    def _boxes(self) -> Iterator[tuple[str, Edges]]:
        yield from self._printed_boxes()
        for name, text in self.blank.items():
            yield f"blank.{name}", text.edges
        for place, mark in (("watermark", self.watermark), ("contactless", self.contactless)):
            if mark:
                yield place, mark.edges
