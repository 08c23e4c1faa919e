"""Checks of what records and files hold, by the types and code tables of the profile (ssc 1.3, 8).

None of them says a value: names and numbers of people stay on the card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from sscard.apdu import record_tlv
from sscard.conformance.checks.answer import Answer
from sscard.conformance.checks.files import CHECKS as FILE_CHECKS
from sscard.errors import MalformedData
from sscard.profiles import Element

#: Years between which a date on a card can lie (assumed).
_YEARS = range(1850, 2150)
#: What stands behind short texts: zeros, spaces, letters F, and fill of numbers (ssc-more 2).
_FILLERS = (0x00, 0x20, 0x46, 0xFF)
_IMAGES = (bytes.fromhex("FFD8FF"), b"BM")


def _value(answer: Answer, argument: str) -> str:
    """``value 2``: tag, length, and a content of its type: digits and F, GBK and 00, dates."""
    if wrong := FILE_CHECKS["record"](answer, argument):
        return wrong
    element = _element(answer, argument)
    try:
        for leaf, raw in _leaves(element, element.unframed(answer.data)):
            leaf.decode(raw)
    except MalformedData as error:
        return str(error)
    return ""


def _doubts(answer: Answer, argument: str) -> str:
    """``doubts 2``: what is well formed and yet no code of its table, no likely date."""
    element = _element(answer, argument)
    said = (_doubt(leaf, raw) for leaf, raw in _leaves(element, element.unframed(answer.data)))
    return "; ".join(filter(None, said))


def _doubt(leaf: Element, raw: bytes) -> str:
    value = leaf.decode(raw)
    if value is None:
        return ""
    if leaf.codec in ("date", "datetime") and int(str(value)[:4]) not in _YEARS:
        return f"{leaf.name}: 年份不合理 not a likely year"
    doubt = leaf.doubt(value)
    return f"{leaf.name}: {doubt}" if doubt else ""


def _element(answer: Answer, argument: str) -> Element:
    number = int(argument) if argument else answer.record
    return answer.file.record_templates()[number - 1].element


def _leaves(element: Element, content: bytes) -> Iterator[tuple[Element, bytes]]:
    """The items without inner items.  Raises MalformedData where the inner order is another."""
    if not element.elements:
        yield element, content
        return
    if element.elements[0].tag is not None:
        _require_order(element, content)
    for part, raw in element.split(content):
        yield from _leaves(part, raw)


def _require_order(element: Element, content: bytes) -> None:
    found = [(tag, len(value)) for tag, value in record_tlv.parse(content)]
    if found != [(part.tag, part.size) for part in element.elements]:
        raise MalformedData(f"{element.name}: inner items of other tags, lengths or order")


def _joins(answer: Answer, argument: str) -> str:
    """``joins r1 r2``: what was kept under these names, one behind the other."""
    pieces = [answer.kept(name) for name in argument.split()]
    if None in pieces:
        return "not all pieces were kept"
    joined = b"".join(piece for piece in pieces if piece is not None)
    return "" if answer.data == joined else "not the pieces one behind the other"


def _body(answer: Answer, argument: str) -> str:
    """``body p0000 p00f0``: with the pieces kept before, as many bytes as the file has."""
    before = sum(len(answer.kept(name) or b"") for name in argument.split())
    found, wanted = before + len(answer.data), answer.file.length
    return "" if found == wanted else f"{found} bytes instead of {wanted}"


def _image(answer: Answer, argument: str) -> str:
    """``image``: nothing yet, or the head of a JPEG or BMP (ssc 2.1 [S])."""
    del argument
    empty = not answer.data.strip(b"\0")
    return "" if empty or answer.data.startswith(_IMAGES) else "neither JPEG nor BMP"


def _padding(answer: Answer, argument: str) -> str:
    """``padding 2``: behind a shorter text stands the byte that the profile says (ssc 1.3 [S])."""
    wanted = _element(answer, argument).field.padding
    found = next((each for each in _FILLERS if answer.data.endswith(bytes((each,)) * 2)), wanted)
    return "" if found == wanted else f"padded with {found:02X}, not with {wanted:02X}"


CHECKS: Mapping[str, Callable[[Answer, str], str]] = MappingProxyType(
    {
        "value": _value,
        "doubts": _doubts,
        "joins": _joins,
        "body": _body,
        "image": _image,
        "padding": _padding,
    }
)
