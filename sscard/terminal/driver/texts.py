"""Items of a card as text of the interface, and back (ssc 1.3, 7 [S]).

As they are written, without a meaning put into them: an is its characters, cn its digits, b
hexadecimal; dates are eight digits, codes are codes.
"""

from __future__ import annotations

from sscard.errors import MalformedData
from sscard.profiles.element import Element
from sscard.profiles.fields import outside_gbk
from sscard.terminal.driver.codes import DriverError, ErrorCode

#: Between the parts of an item, between items, between files.
PART, ITEM, FILE = "^", "|", "$"
_SEPARATORS = frozenset((PART, ITEM, FILE))
_FILLERS = "\0 "
#: Ways of writing whose digits stand at the right, and those that are whole bytes.
_NUMBERS = frozenset({"number", "fen"})
_WHOLE = frozenset({"card_id", "hex", "organization"})


def decoded(raw: bytes) -> str:
    """Text of GBK; rare characters of cards in use are GB18030 or in its user-defined area.

    A byte that is no character at all becomes a lone surrogate, and ``encoded`` gives it back.
    """
    return raw.decode("gb18030", "surrogateescape")


def encoded(text: str) -> bytes:
    """The bytes that ``text`` was decoded from."""
    return text.encode("gb18030", "surrogateescape")


def text_of(content: bytes) -> str:
    """Characters, without what fills the item up.

    Raises MalformedData for control characters, and for text that would end an item of the output.
    """
    text = decoded(content.rstrip(b"\0")).rstrip(_FILLERS)
    if _SEPARATORS & set(text) or any(ord(char) < 0x20 for char in text):
        raise MalformedData("an item with a character that no text has")
    return text


def shown(element: Element, content: bytes) -> str:
    """An item, its parts joined where it has some.  Raises MalformedData."""
    if not element.elements or element.composite:
        return _shown(element, content)
    return PART.join(_shown(part, value) for part, value in element.split(content))


def written(element: Element, text: str) -> bytes:
    """The content that this text is.  Raises DriverError −14, −41, −42."""
    if not element.elements or element.composite:
        return _written(element, text)
    texts = text.split(PART) if text else [""] * len(element.elements)
    if len(texts) != len(element.elements):
        raise DriverError(ErrorCode.PARAMETER)
    return b"".join(
        part.framed(_written(part, each))
        for part, each in zip(element.elements, texts, strict=True)
    )


def _shown(element: Element, content: bytes) -> str:
    if _is_text(element):
        text = text_of(content)
        return text.rstrip(chr(element.field.padding)) if element.filler else text
    if element.type == "b":
        return content.hex().upper()
    if content == element.fill:
        return ""
    if element.codec in _WHOLE:
        return content.hex().upper()
    return _digits(content.hex().rstrip("f"))


def _digits(text: str) -> str:
    if not text.isdecimal():
        raise MalformedData("an item that is not digits")
    return text


def _is_text(element: Element) -> bool:
    return element.type == "an" or element.composite


def _written(element: Element, text: str) -> bytes:
    if not text:
        return element.fill
    _require_characters(text)
    if _is_text(element):
        return _padded(element, _number(element, text, element.size).encode("gbk"))
    if element.type == "b" or element.codec in _WHOLE:
        return _padded(element, _bytes(text))
    return _padded(element, _packed(_number(element, text, 2 * element.size)))


def _number(element: Element, text: str, width: int) -> str:
    """A number's digits stand at the right (ssc 1.3 [1])."""
    return text.rjust(width, "0") if element.codec in _NUMBERS else text


def _require_characters(text: str) -> None:
    if _SEPARATORS & set(text) or any(ord(each) < 0x20 for each in text) or outside_gbk(text):
        raise DriverError(ErrorCode.DATA_CHARACTERS)


def _bytes(text: str) -> bytes:
    if len(text) % 2 or not set(text) <= set("0123456789ABCDEFabcdef"):
        raise DriverError(ErrorCode.DATA_CHARACTERS)
    return bytes.fromhex(text)


def _packed(text: str) -> bytes:
    if not (text.isascii() and text.isdigit()):
        raise DriverError(ErrorCode.DATA_CHARACTERS)
    return bytes.fromhex(text + "F" * (len(text) % 2))


def _padded(element: Element, content: bytes) -> bytes:
    if len(content) > element.size:
        raise DriverError(ErrorCode.DATA_LENGTH)
    filler = element.fill[:1] if element.composite else bytes((element.field.padding,))
    return content.ljust(element.size, filler)
