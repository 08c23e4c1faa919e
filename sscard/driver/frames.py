"""Calls and answers as bytes, on loopback and between C and Python; the C side is in c_sources.

A frame is ``length`` (4 bytes, of what follows) and a body.  A call's body is ``SSD`` 01, the name
(length, 1 byte; ASCII), the number of arguments (1 byte) and each of them: ``i`` and 4 bytes, or
``s``, length (4 bytes) and text in GBK.  An answer's body is the code, 4 bytes, and the output.
Numbers have their highest byte first; ints and codes are signed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from sscard.errors import MalformedData

MAGIC = b"SSD\x01"
LENGTH = struct.Struct(">I")
_SIGNED = struct.Struct(">i")
#: Bytes of a body, and of one string in it.
LONGEST_CALL, LONGEST_TEXT = 1 << 17, 65_535
MOST_ARGUMENTS = 16


@dataclass(frozen=True, slots=True)
class Call:
    """A function by name and its arguments; they may be of a person, and are not shown."""

    name: str
    arguments: tuple[bytes | int, ...] = field(default=(), repr=False)

    def frame(self) -> bytes:
        """The whole frame.  ValueError for what has no place in one."""
        name = self.name.encode("ascii")
        values = b"".join(map(_value, self.arguments))
        if len(name) > 0xFF or len(self.arguments) > MOST_ARGUMENTS:
            raise ValueError("a call has a name of up to 255 letters and up to 16 arguments")
        body = MAGIC + bytes((len(name),)) + name + bytes((len(self.arguments),)) + values
        if len(body) > LONGEST_CALL:
            raise ValueError(f"a call has at most {LONGEST_CALL} bytes")
        return LENGTH.pack(len(body)) + body


def body_size(head: bytes) -> int:
    """Bytes that follow the first four.  Raises MalformedData for more than a call has."""
    (size,) = LENGTH.unpack(head)
    if not len(MAGIC) <= size <= LONGEST_CALL:
        raise MalformedData("帧格式错误 no frame of a call")
    return int(size)


def parse_call(body: bytes) -> Call:
    """What is called.  Raises MalformedData."""
    rest = _Rest(body)
    if rest.take(len(MAGIC)) != MAGIC:
        raise MalformedData("版本不符 no call in version 1")
    try:
        name = rest.take(rest.take(1)[0]).decode("ascii")
    except UnicodeDecodeError:
        raise MalformedData("函数名 a function's name is ASCII") from None
    count = rest.take(1)[0]
    if count > MOST_ARGUMENTS:
        raise MalformedData("参数过多 too many arguments")
    arguments = tuple(rest.value() for _ in range(count))
    if rest.left:
        raise MalformedData("多余字节 bytes behind the last argument")
    return Call(name, arguments)


def answer_frame(code: int, out: bytes) -> bytes:
    """The whole frame of an answer."""
    return LENGTH.pack(_SIGNED.size + len(out)) + _SIGNED.pack(code) + out


def parse_answer(body: bytes) -> tuple[int, bytes]:
    """Code and output.  Raises MalformedData."""
    if len(body) < _SIGNED.size:
        raise MalformedData("帧格式错误 no frame of an answer")
    return _SIGNED.unpack(body[: _SIGNED.size])[0], body[_SIGNED.size :]


def _value(argument: bytes | int) -> bytes:
    if isinstance(argument, int):
        if not -(1 << 31) <= argument < 1 << 31:
            raise ValueError("an int has 32 bits")
        return b"i" + _SIGNED.pack(argument)
    if len(argument) > LONGEST_TEXT:
        raise ValueError(f"a string has at most {LONGEST_TEXT} bytes")
    return b"s" + LENGTH.pack(len(argument)) + argument


class _Rest:
    """What of a body is still to be read."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise MalformedData("帧不完整 a call ends too soon")
        found = self._body[self._at : self._at + size]
        self._at += size
        return found

    def value(self) -> bytes | int:
        kind, word = self.take(1), self.take(_SIGNED.size)
        if kind == b"i":
            return int(_SIGNED.unpack(word)[0])
        size = LENGTH.unpack(word)[0]
        if kind != b"s" or size > LONGEST_TEXT:
            raise MalformedData("参数类型 an argument of no kind")
        return self.take(size)
