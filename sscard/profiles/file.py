"""One elementary file: its structure, rights and records, and the way from values to records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, InstanceOf, WithJsonSchema

from sscard.dialects.rights import AccessRule
from sscard.errors import MalformedData
from sscard.profiles.element import Element, Label, Part, by_place
from sscard.profiles.fields import FieldError
from sscard.profiles.names import split_name

Structure = Literal["variable", "fixed", "cyclic", "transparent", "internal"]
#: As ``rules`` reads it from the file: the name of a key is any word.
Rule = Annotated[
    InstanceOf[AccessRule],
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(never|(free|(PIN (or|and) )?[^ ]+)( with MAC)?)$",
            "not": {"enum": ["never with MAC"]},
        }
    ),
]


@dataclass(frozen=True, slots=True)
class RecordTemplate:
    """One record as the file is created: ``fill`` is the whole record, tag and length included.

    ``index`` counts the records of a repeated element from 1; it is None for the others.
    """

    number: int
    element: Element
    fill: bytes
    index: int | None = None

    @property
    def tag(self) -> int | None:
        """The record identifier; None where records have no tag."""
        return self.element.tag

    @property
    def size(self) -> int:
        """Length of the whole record in bytes."""
        return len(self.fill)


class File(Part):
    """One EF.  ``records`` belongs to cyclic files, ``size`` in bytes to transparent
    and internal ones.  An internal file is the card's alone: it has no elements.

    ``content = "dir"`` marks the DIR file, whose records the profile derives from its ADFs.
    """

    fid: Annotated[int, Field(strict=True, ge=1, le=0xFFFF)]
    name_zh: Label
    name_en: Label
    structure: Structure
    read: Rule
    update: Rule
    records: Annotated[int, Field(strict=True, ge=1, le=0xFE)] | None = None
    size: Annotated[int, Field(strict=True, ge=1, le=0x7FFF)] | None = None
    content: Literal["dir"] | None = None
    elements: tuple[Element, ...] = ()

    @property
    def sfi(self) -> int:
        """Short identifier: the low byte of the FID (ssc 1.1 [S])."""
        return self.fid & 0xFF

    def record_templates(self) -> tuple[RecordTemplate, ...]:
        """The records in order, each with its fill; none for a transparent file."""
        return self._all_templates

    @cached_property
    def _all_templates(self) -> tuple[RecordTemplate, ...]:
        return tuple(self._templates())

    @property
    def length(self) -> int:
        """Bytes of content: the size of a transparent file, the sum of the records of others."""
        return self.size or sum(template.size for template in self._all_templates)

    def encode(self, values: Mapping[str, object]) -> tuple[tuple[int, bytes], ...]:
        """What must be written: (record number, record), or (offset, bytes) if transparent.

        Only what differs from the fill is there.  Records of a cyclic file are in the order in
        which they are appended, the oldest first.  Raises FieldError.
        """
        values = self._with_continuations(values)
        contents = [
            (element, [self._encode(element, index, value) for index, value in copies])
            for element, copies in ((e, self._copies(e, values)) for e in self.elements)
        ]
        if self.structure == "transparent":
            return tuple(_spans([(element, copies[0]) for element, copies in contents]))
        records = [element.framed(copy) for element, copies in contents for copy in copies]
        if self.structure == "cyclic":
            return tuple(enumerate(records, start=1))
        written = zip(self._all_templates, records, strict=True)
        return tuple((t.number, record) for t, record in written if record != t.fill)

    def problems(self, values: Mapping[str, object]) -> tuple[FieldError, ...]:
        """Every reason why ``values`` cannot be written here, not only the first."""
        return tuple(self._problems(values))

    def decode_record(self, number: int, raw: bytes) -> dict[str, Any]:
        """Name and value of what record ``number`` holds (1 and the whole file: transparent).

        A value is None when its element is all fill.  Raises MalformedData.
        """
        if self.structure == "transparent":
            return self._decode_spans(raw)
        if not 1 <= number <= len(self._all_templates):
            raise MalformedData(f"{self.fid:04X} has no record {number}")
        element = self._all_templates[number - 1].element
        return {element.name: element.decode(element.unframed(raw))}

    def _templates(self) -> Iterator[RecordTemplate]:
        if self.structure == "transparent":
            return
        number = 0
        for element in self.elements:
            copies = self.records or element.repeat
            for index in range(1, copies + 1):
                number += 1
                fill = element.framed(element.fill)
                yield RecordTemplate(number, element, fill, index if copies > 1 else None)

    def _copies(
        self, element: Element, values: Mapping[str, object]
    ) -> list[tuple[int | None, object]]:
        value = values.get(element.name)
        value = element.default if value is None or value == "" else value
        room = self.records or element.repeat
        if room == 1:
            return [(None, value)]
        items = [] if value is None else value
        if not isinstance(items, list | tuple):
            raise element.field.invalid("is not a list")
        if len(items) > room:
            raise element.field.too_long(f"has {len(items)} entries, room for {room}")
        empty = [] if self.structure == "cyclic" else [None] * (room - len(items))
        return list(enumerate([*items, *empty], start=1))

    def _encode(self, element: Element, index: int | None, value: object) -> bytes:
        try:
            return element.encode(value)
        except FieldError as error:
            if index is None:
                raise
            raise error.numbered(element.name, index) from None

    def _problems(self, values: Mapping[str, object]) -> Iterator[FieldError]:
        try:
            values = self._with_continuations(values)
        except FieldError as error:
            yield error
            values = {name: value for name, value in values.items() if name != error.element}
        for element in self.elements:
            yield from self._problems_of(element, values)

    def _problems_of(self, element: Element, values: Mapping[str, object]) -> Iterator[FieldError]:
        try:
            copies = self._copies(element, values)
        except FieldError as error:
            yield error
            return
        for index, value in copies:
            try:
                self._encode(element, index, value)
            except FieldError as error:
                yield error

    def _with_continuations(self, values: Mapping[str, object]) -> Mapping[str, object]:
        for more in self.elements:
            text = values.get(more.continues) if more.continues else None
            if not isinstance(text, str) or values.get(more.name):
                continue
            first = next(e for e in self.elements if e.name == more.continues)
            parts = split_name(
                text,
                room=first.size,
                more=more.size,
                element=first.name,
                filler=first.field.padding,
            )
            values = {**values, first.name: parts[0], more.name: parts[1]}
        return values

    def _decode_spans(self, raw: bytes) -> dict[str, Any]:
        return {part.name: part.decode(content) for part, content in by_place(self.elements, raw)}


def _spans(contents: list[tuple[Element, bytes]]) -> Iterator[tuple[int, bytes]]:
    at = 0
    for element, content in contents:
        written = content.rstrip(element.fill[:1])
        if written:
            yield at, written
        at += element.size
