"""How a list between two parties is laid out: declared in TOML, one layout a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sscard.issuance.declared import load, packaged

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
#: What a field or element is called in an XML or JSON file.
Tag = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")]
Size = Annotated[int, Field(ge=1, le=4096)]
#: What a line is made of, where it is made of lines.
Line = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[^\r\n]+$")]
Section = Literal["header", "group", "record", "trailer"]
ListKind = Literal[
    "applicants",
    "unit-application",
    "bank-request",
    "bank-answer",
    "card-making",
    "print-file",
    "stripe-file",
    "factory-return",
    "hand-over",
    "spoiled",
    "destroyed",
    "labels",
    "receipt",
    "overdue",
    "return-success",
    "return-failure",
    "account-opening",
    "number-correspondence",
    "returned-records",
    "card-data",
    "stock",
    "collection",
    "progress",
    "fees",
]

_PACKAGED = "sscard.issuance.exchange.layouts"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ListField(_Part):
    """One field.  ``tag`` is its name in XML and JSON; ``value`` is what always stands there.

    Fixed-width forms have a ``width`` in bytes, filled with ``pad`` on the right, or on the left
    with ``align = "right"``.  ``longest`` is in characters.
    """

    name: Name
    zh: str
    en: str
    form: Literal["text", "digits", "hex", "date", "code", "id_number", "count"] = "text"
    tag: Tag | None = None
    required: bool = False
    longest: Size | None = None
    width: Size | None = None
    pad: Annotated[str, Field(pattern=r"^[ -~]$")] = " "
    align: Literal["left", "right"] = "left"
    date_format: Literal["YYYYMMDD", "YYYY-MM-DD", "YYYY/MM/DD"] = "YYYYMMDD"
    codes: dict[str, str] = {}
    value: str | None = None

    @property
    def key(self) -> str:
        """What it is called in XML and JSON."""
        return self.tag or self.name

    @model_validator(mode="after")
    def _fits_its_form(self) -> Self:
        if bool(self.codes) != (self.form == "code"):
            raise ValueError("a field of the form code, and no other, has codes")
        if self.form == "count" and self.value is not None:
            raise ValueError("a count is counted, not given")
        return self


class PipeShape(_Part):
    """Fields with a delimiter between them, also behind the last where ``terminated``."""

    form: Literal["pipe"]
    delimiter: Annotated[str, Field(pattern=r"^[!-/:-@\[-`{-~\t]$")] = "|"
    terminated: bool = False


class FixedShape(_Part):
    """Fields of one width each."""

    form: Literal["fixed"]


class XmlShape(_Part):
    """Records as elements below ``root``; without ``root`` the document is one record.

    Fields are elements, attributes of the record, or ``pair`` elements of one attribute each.
    ``header`` and ``trailer`` name the elements before and behind the records, made as they are.
    """

    form: Literal["xml"]
    root: Tag | None = None
    header: Tag | None = None
    record: Tag
    trailer: Tag | None = None
    fields: Literal["elements", "attributes", "pairs"] = "elements"
    pair: Tag = "s"


class JsonShape(_Part):
    """Objects, one a line, or in an array, or in the array of a document.

    A document is an object with the members ``header``, ``records`` and ``trailer``; its first line
    ends with the bracket that opens the array, its last line begins with the one that closes it.
    """

    form: Literal["json"]
    style: Literal["lines", "array", "document"] = "lines"
    header: Tag = "header"
    records: Tag = "records"
    trailer: Tag = "trailer"


Shape = Annotated[PipeShape | FixedShape | XmlShape | JsonShape, Field(discriminator="form")]


class Example(_Part):
    """Values and the file that they make; a test compares the two."""

    header: dict[str, str] = {}
    records: tuple[dict[str, str], ...]
    file: str


class ListLayout(_Part):
    """One list of one pair of parties.

    ``headings`` are lines that always begin the file.  A ``group`` line begins records that belong
    together, and ``separator`` stands before it; its values are part of each record's.
    ``final_newline`` says whether the last line must end.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    kind: ListKind
    title_zh: str
    title_en: str
    source: str
    mark: str
    encoding: Literal["gbk", "gb2312", "gb18030", "utf-8"]
    shape: Shape
    newline: Literal["lf", "crlf"] = "lf"
    final_newline: bool = True
    file_name: str = ""
    headings: tuple[Line, ...] = ()
    separator: Line | None = None
    key: tuple[Name, ...] = ()
    header: tuple[ListField, ...] = ()
    group: tuple[ListField, ...] = ()
    record: Annotated[tuple[ListField, ...], Field(min_length=1)]
    trailer: tuple[ListField, ...] = ()
    example: Annotated[Example, Field(repr=False)]

    @property
    def fields(self) -> tuple[ListField, ...]:
        """The fields of a record with those of its group, which a record repeats at most."""
        own = {field.name for field in self.record}
        return (*(field for field in self.group if field.name not in own), *self.record)

    @property
    def end_of_line(self) -> bytes:
        """What ends a line."""
        return b"\r\n" if self.newline == "crlf" else b"\n"

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for section, fields in self.sections():
            _require_once(section, fields)
        unknown = set(self.key) - {field.name for field in self.record}
        if unknown:
            raise ValueError(f"key: record has no field {', '.join(sorted(unknown))}")
        _require_shape(self)
        return self

    def sections(self) -> Iterator[tuple[Section, tuple[ListField, ...]]]:
        """The sections that the layout has, with their fields."""
        yield from (
            each
            for each in (
                ("header", self.header),
                ("group", self.group),
                ("record", self.record),
                ("trailer", self.trailer),
            )
            if each[1]
        )


def _require_once(section: str, fields: tuple[ListField, ...]) -> None:
    for names in ([field.name for field in fields], [field.key for field in fields]):
        if len(set(names)) != len(names):
            raise ValueError(f"{section}: a name is there twice")
    if section == "record" and any(field.form == "count" for field in fields):
        raise ValueError("record: has no count")


def _require_shape(layout: ListLayout) -> None:
    lines = layout.shape.form in ("pipe", "fixed")
    if not lines and (layout.headings or layout.group):
        raise ValueError("headings and groups are for lines only")
    if bool(layout.group) != (layout.separator is not None):
        raise ValueError("a group has a separator before it")
    if lines and layout.trailer and layout.trailer[0].value is None:
        raise ValueError("trailer: the first field has a value, by which it is known")
    match layout.shape:
        case FixedShape():
            _require_widths(layout)
        case XmlShape() as shape:
            _require_elements(layout, shape)
        case JsonShape(style=style) if style != "document" and (layout.header or layout.trailer):
            raise ValueError("header and trailer are those of a document")


def _require_elements(layout: ListLayout, shape: XmlShape) -> None:
    for name, fields, tag in (
        ("header", layout.header, shape.header),
        ("trailer", layout.trailer, shape.trailer),
    ):
        if bool(fields) != (tag is not None) or (tag and shape.root is None):
            raise ValueError(f"{name}: has fields, an element of its own, and a root around")
    if len({shape.header or 0, shape.record, shape.trailer or 1}) < 3:
        raise ValueError("header, record and trailer are three elements")


def _require_widths(layout: ListLayout) -> None:
    for section, fields in layout.sections():
        without = [field.name for field in fields if field.width is None]
        if without:
            raise ValueError(f"{section}: {', '.join(without)} have no width")


def packaged_layouts() -> tuple[str, ...]:
    """Names of the layouts that come with sscard."""
    return packaged(_PACKAGED)


def load_list_layout(name: str | Path) -> ListLayout:
    """A packaged layout by its name, or the one in a ``.toml`` file.

    Raises ProfileError naming file and place.
    """
    return load(ListLayout, _PACKAGED, name, what="list layout")
