"""The members of a JSON object from outside, taken one by one and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from unicodedata import category

from sscard.errors import MalformedData
from sscard.keys.operations import KeyReference
from sscard.keys.stores.service.addresses import at_address

_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_ADDRESS = re.compile(r"[0-9A-Fa-f]{4}")
_LAST_VERSION = 255


class Members:
    """What is left of an object.  Errors name the member and never repeat a value."""

    __slots__ = ("_left",)

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise MalformedData("no JSON object")
        self._left = value.copy()

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str) -> object:
        """A member as it is.  Raises MalformedData where there is none."""
        if name not in self._left:
            raise MalformedData(f"{name} is missing")
        return self._left.pop(name)

    def end(self) -> None:
        """Raises MalformedData where something is left."""
        if self._left:
            raise MalformedData("there are members that do not belong here")

    def number(self, name: str, lowest: int, highest: int) -> int:
        """A whole number."""
        return _number(self.take(name), name, lowest, highest)

    def text(self, name: str, longest: int) -> str:
        """Printable characters."""
        value = self.take(name)
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            raise MalformedData(f"{name} is no text of up to {longest} printable characters")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.take(name)
        if not isinstance(value, bool):
            raise MalformedData(f"{name} is neither true nor false")
        return value

    def octets(self, name: str, longest: int) -> bytes:
        """Bytes in hexadecimal."""
        return octets(self.take(name), name, longest)

    def many(self, name: str, most: int) -> Sequence[object]:
        """A list."""
        value = self.take(name)
        if not isinstance(value, list) or len(value) > most:
            raise MalformedData(f"{name} is no list of up to {most}")
        return value

    def sizes(self, name: str) -> Mapping[str, int]:
        """Key names to the bytes that the key has on the card, 8 or 16."""
        value = self.take(name)
        if not isinstance(value, dict):
            raise MalformedData(f"{name} is no object")
        return {key: _number(size, name, 8, 16) for key, size in value.items()}

    def texts(self, name: str, most: int, longest: int) -> Mapping[str, str]:
        """Names to texts of people: also rare characters, which are not printable to Python."""
        value = self.take(name)
        if not isinstance(value, dict) or len(value) > most:
            raise MalformedData(f"{name} is no object of up to {most} members")
        if not all(_is_text(each, longest) for each in value.values()):
            raise MalformedData(f"{name} holds what is no text of up to {longest} characters")
        return dict(value)


def _is_text(value: object, longest: int) -> bool:
    """Without control characters and halves of characters."""
    if not isinstance(value, str) or len(value) > longest:
        return False
    return not any(category(each) in ("Cc", "Cs") for each in value)


def octets(value: object, name: str, longest: int) -> bytes:
    """Bytes in hexadecimal, without spaces.  Raises MalformedData."""
    try:
        if isinstance(value, str) and len(value) <= 2 * longest:
            found = bytes.fromhex(value)
            if 2 * len(found) == len(value):
                return found
    except ValueError:
        pass
    raise MalformedData(f"{name} is not up to {longest} bytes in hexadecimal") from None


def reference(value: object) -> KeyReference:
    """A key: ``["UK1DF01", 2]``, or its HSM address ``"0098"``.

    Raises MalformedData, and KeyNotHeld for an address that no key has.
    """
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return at_address(int(value, 16))
    if isinstance(value, list) and len(value) == 2:
        name, version = value
        if isinstance(name, str) and _NAME.fullmatch(name):
            return KeyReference(name, _number(version, "a key's version", 1, _LAST_VERSION))
    raise MalformedData("a key is [name, version] or an address of 4 hexadecimal digits")


def _number(value: object, name: str, lowest: int, highest: int) -> int:
    if type(value) is not int or not lowest <= value <= highest:
        raise MalformedData(f"{name} is no number from {lowest} to {highest}")
    return value
