"""One data item of a card: its tag, its layout, its codes, and examples that prove all three."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from sscard.apdu import record_tlv
from sscard.errors import MalformedData
from sscard.profiles import fields
from sscard.profiles.codecs import CODECS
from sscard.profiles.codes import CodeTable

#: How sure a fact is: text of the specification, real traces, several or single implementations,
#: inferred, or our own default (``assumed``); V to L are the marks of the financial side.
#: ``confirmed`` is the word of the profile's owner in a signed supplement, and in no other file.
Mark = Literal["S", "T", "2+", "1", "I", "V", "H", "M", "L", "G", "assumed", "confirmed"]
#: Marks on which no real card may rest without its issuer's word.
UNCONFIRMED: frozenset[Mark] = frozenset({"1", "I", "L", "assumed"})

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
#: Behind short texts: hexadecimal 0 (ssc 1.3 [S]), spaces (ssc-more 2 [T]), ASCII F [1].
Filler = Literal[0x00, 0x20, 0x46]
#: What ``decode`` gives: text, a number, or the parts of a constructed item by name.
Value = str | int | dict[str, Any]


def _from_hex(value: object) -> object:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("is not hexadecimal") from None


#: Bytes, written in hexadecimal in the file.
HexBytes = Annotated[
    bytes,
    BeforeValidator(_from_hex),
    WithJsonSchema({"type": "string", "pattern": "^([0-9A-Fa-f]{2} ?)*$"}),
]


def _written(mark: Mark) -> Mark:
    if mark == "confirmed":
        raise ValueError("is not written: a signed supplement confirms")
    return mark


class Part(BaseModel):
    """Whatever a profile declares: frozen, nothing unknown in it, with source and mark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Label
    mark: Annotated[
        Mark,
        AfterValidator(_written),
        WithJsonSchema({"enum": [mark for mark in get_args(Mark) if mark != "confirmed"]}),
    ]

    @property
    def unconfirmed(self) -> bool:
        """Whether a real card may not rest on this without its issuer's word."""
        return self.mark in UNCONFIRMED


def _table(name: object, info: ValidationInfo) -> object:
    tables: Mapping[str, CodeTable] = (info.context or {}).get("codes", {})
    if isinstance(name, str) and name not in tables:
        raise ValueError(f"there is no code table {name!r}")
    return tables[name] if isinstance(name, str) else name


class Element(Part):
    """One value, or one constructed item (B-TLV) whose inner items are ``elements``.

    ``size`` is the length of the content in bytes, without tag and length.  ``repeat`` counts
    the records that carry the same tag.  ``filler`` is what stands behind a text shorter than its
    element, 00 unless said otherwise; an element without text keeps the fill of its file.  An
    example is a value and its whole content; text and type b may leave out the padding at the end.
    ``continues`` names the element of the same file whose text runs on in this one.

    A tagged element whose inner ``elements`` have no tags is a composite code: their texts stand
    one behind the other (ssc 8 [S]: tags 4B, 4F, 81).  It is also encoded from the whole text.
    """

    name: Name
    zh: Label
    en: Label
    tag: Annotated[int, Field(strict=True, ge=0x01, le=0xFF)] | None = None
    type: fields.FieldType | None = None
    size: Annotated[int, Field(strict=True, ge=1, le=0x7FFF)]
    codec: str | None = None
    filler: Filler | None = None
    repeat: Annotated[int, Field(strict=True, ge=1, le=0xFF)] = 1
    codes: Annotated[
        InstanceOf[CodeTable] | None,
        BeforeValidator(_table),
        WithJsonSchema({"type": "string"}),
    ] = None
    continues: Name | None = None
    default: Any = None
    examples: tuple[tuple[Any, HexBytes], ...] = ()
    elements: tuple[Element, ...] = ()

    @field_validator("filler")
    @classmethod
    def _only_text(cls, filler: int | None, info: ValidationInfo) -> int | None:
        if filler is not None and info.data.get("codec") != "text":
            raise ValueError("only text is padded with a filler of its own")
        return filler

    @field_validator("examples")
    @classmethod
    def _fill_examples(
        cls, examples: tuple[tuple[Any, bytes], ...], info: ValidationInfo
    ) -> tuple[tuple[Any, bytes], ...]:
        if info.data.get("type") != "b" and info.data.get("codec") != "text":
            return examples
        size, padding = info.data.get("size", 0), bytes((info.data.get("filler") or 0,))
        return tuple((value, content.ljust(size, padding)) for value, content in examples)

    @cached_property
    def field(self) -> fields.Field:
        """Layout of the content."""
        return fields.Field(self.name, self.type or "b", self.size, self.filler)

    @cached_property
    def fill(self) -> bytes:
        """The content when nothing is written: fill, in the frames of the inner items."""
        if not self.elements:
            return self.field.fill
        return b"".join(part.framed(part.fill) for part in self.elements)

    def framed(self, content: bytes) -> bytes:
        """Content with tag and length; bare content where the file has no tags."""
        return content if self.tag is None else record_tlv.encode(self.tag, content)

    def encode(self, value: object) -> bytes:
        """The content for ``value``, always ``size`` bytes; None and "" give the fill.

        Raises FieldError.
        """
        if value is None or value == "":
            return self.fill
        if self.composite and isinstance(value, str):
            return self._encode_whole(value)
        if self.elements:
            return b"".join(self._parts(value))
        if self.codes is not None and value not in self.codes:
            raise self.field.invalid(f"is not a code of {self.codes.en}")
        return self.field.pad(CODECS[self.codec or "hex"].encode(self.field, value))

    @property
    def composite(self) -> bool:
        """Whether this is one code of several parts, which has no inner tags."""
        return self.tag is not None and any(part.tag is None for part in self.elements)

    def _encode_whole(self, text: str) -> bytes:
        """A composite code that is given as one text: refused as a whole, too."""
        if len(text) > self.size or not text.isascii():
            raise self.field.invalid(f"is not a code of {self.size} characters")
        texts = by_place(self.elements, text.encode("ascii"))
        try:
            return b"".join(self._parts({part.name: raw.decode("ascii") for part, raw in texts}))
        except fields.FieldError as error:
            raise fields.FieldError(self.name, error.refusal, error.why) from None

    def _parts(self, value: object) -> Iterator[bytes]:
        if not isinstance(value, Mapping) or value.keys() - {part.name for part in self.elements}:
            raise self.field.invalid("has other parts than " + ", ".join(self._part_names))
        for part in self.elements:
            try:
                yield part.framed(part.encode(value.get(part.name)))
            except fields.FieldError as error:
                raise error.under(self.name) from None

    def decode(self, raw: bytes) -> Value | None:
        """The value in this content; None when it is all fill.  Raises MalformedData.

        A binary number cannot be told from its fill and decodes to 0.
        """
        if self.elements:
            return self._read_parts(raw)
        if raw == self.field.fill[:1] * len(raw) and not (self.type == "b" and self.counts):
            return None
        value = CODECS[self.codec or "hex"].decode(self.field, raw)
        return None if value == "" else value  # nothing but its own filler

    @property
    def counts(self) -> bool:
        """Whether this is a number, whose zero is a value."""
        return self.codec in ("number", "fen")

    def doubt(self, value: Value) -> str:
        """What does not look right in a decoded value, without the value; mostly ""."""
        codec = CODECS.get(self.codec or "")
        if isinstance(value, dict) or codec is None:
            return ""
        if self.codes is not None and value not in self.codes:
            return "不在代码表中 not in the code table"
        return codec.doubt(value) if codec.doubt else ""

    def _read_parts(self, raw: bytes) -> dict[str, Any] | None:
        if raw == self.fill:
            return None
        values = {part.name: part.decode(content) for part, content in self.split(raw)}
        return {name: value for name, value in values.items() if value is not None}

    def split(self, raw: bytes) -> tuple[tuple[Element, bytes], ...]:
        """The inner items of a constructed content: by tag in a B-TLV, by place elsewhere.

        Raises MalformedData.
        """
        if self.elements[0].tag is None:
            if len(raw) != self.size:
                raise MalformedData(f"{self.name}: {len(raw)} bytes instead of {self.size}")
            return by_place(self.elements, raw)
        parts = {part.tag: part for part in self.elements}
        items = list(record_tlv.parse(raw))
        if any(tag not in parts for tag, _ in items):
            raise MalformedData(f"{self.name}: an inner item with a tag that is not declared")
        return tuple((parts[tag], content) for tag, content in items)

    def unframed(self, record: bytes) -> bytes:
        """The content of a record of this element.  Raises MalformedData for another tag."""
        if self.tag is None:
            return record
        items = list(record_tlv.parse(record))
        if [tag for tag, _ in items] != [self.tag]:
            raise MalformedData(f"{self.name}: not one record with tag {self.tag:02X}")
        return items[0][1]

    @property
    def _part_names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.elements)


def by_place(parts: Sequence[Element], raw: bytes) -> tuple[tuple[Element, bytes], ...]:
    """Each element with the bytes at its place, one behind the other."""
    ends = accumulate((part.size for part in parts), initial=0)
    return tuple(
        (part, raw[start:end]) for part, (start, end) in zip(parts, pairwise(ends), strict=True)
    )
