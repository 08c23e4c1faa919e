"""The content of a file as elements: each with its value, its meaning and its own bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.perso.node import Node, unreadable
from sscard.profiles import Element, File, RecordTemplate
from sscard.profiles.divisions import division
from sscard.profiles.element import by_place
from sscard.profiles.migration import Definition, Redefinition

#: What records of a file may hold by a later definition, by tag.
Later = Mapping[int | None, Redefinition]

_NOTHING: Later = MappingProxyType({})
_RENEWED = "按第二代定义 as the second generation defines it"


def elements(file: File, content: Sequence[bytes], redefined: Later = _NOTHING) -> tuple[Node, ...]:
    """The elements in what ``read_file`` gave: records, or one transparent file.

    ``redefined`` has by its tag what a record may hold by a later definition.
    """
    if file.structure == "transparent":
        spans = by_place(file.elements, b"".join(content))
        return tuple(_element(element, element.name, "", raw) for element, raw in spans)
    pairs = zip(file.record_templates(), content, strict=False)
    return tuple(_record(t, raw, redefined.get(t.tag)) for t, raw in pairs)


def _record(template: RecordTemplate, raw: bytes, later: Redefinition | None) -> Node:
    """A repeated element is named like its column in lists, ``degree.1`` (from 1)."""
    element = template.element
    name = element.name if template.index is None else f"{element.name}.{template.index}"
    identifier = f"#{template.number}" if element.tag is None else f"{element.tag:02X}"
    try:
        content = element.unframed(raw)
        if later is not None and later.definition_of(raw) is Definition.SECOND:
            node = _element(later.new, later.new.name, identifier, later.renewed(raw))
            return replace(node, raw=content, note=f"{_RENEWED} {node.note}".strip())
        return _element(element, name, identifier, content)
    except MalformedData as error:
        node = Node("element", identifier, name, element.zh, element.en, raw=raw)
        return replace(node, note=unreadable(error))


def _element(element: Element, name: str, identifier: str, raw: bytes) -> Node:
    node = Node("element", identifier, name, element.zh, element.en, raw=raw)
    if raw == element.fill and element.elements:
        return node
    try:
        if element.elements:
            return replace(node, children=tuple(_parts(element, raw)))
        value = element.decode(raw)
    except MalformedData as error:
        return replace(node, note=unreadable(error))
    if not isinstance(value, str | int):
        return node
    return replace(node, value=value, meaning=_meaning(element, value), note=element.doubt(value))


def _parts(element: Element, raw: bytes) -> Iterator[Node]:
    """The inner items: by tag in a B-TLV, by place elsewhere (ssc 1.3 [S])."""
    for part, content in element.split(raw):
        identifier = "" if part.tag is None else f"{part.tag:02X}"
        yield _element(part, part.name, identifier, content)


def _meaning(element: Element, value: str | int) -> str:
    text = str(value)
    if element.codes is not None:
        found = element.codes.meaning(text)
        return f"{found.zh} {found.en}".strip() if found else ""
    if element.codec in ("division", "card_id"):  # a card identification code begins with its city
        return division_name(text[:6])
    return ""


def division_name(code: str) -> str:
    """Chinese and, where there is one, English name of a division; empty when unknown."""
    found = division(code)
    if found is None:
        return ""
    until = f" (至 until {found.until})" if found.until else ""
    return f"{found.name_zh} {found.name_en}".strip() + until
