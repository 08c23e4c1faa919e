"""How the reference dialect writes the first content of a file: runs, literals, repetitions.

``00 n`` = n (1 to 65535, two bytes) zero bytes; ``FF n`` = n bytes FF; ``01 n …`` = n (one byte)
literal bytes; ``02 k`` = the record so far stands k (1 to 255) times; ``03`` = end of a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from sscard.errors import MalformedData

_LITERAL, _REPEAT, _END = 0x01, 0x02, 0x03
_RUN = (0x00, 0xFF)
#: Bytes that one fill may describe: no partition holds more, and a few bytes could mean gigabytes.
_LARGEST = 0xFFFF


def encode(records: Iterable[bytes]) -> bytes:
    """The shortest form of these records; ``decode`` gives them back.

    ValueError when a record is empty, stands more than 255 times in a row, or all have more than
    65535 bytes.
    """
    groups = [(record, sum(1 for _ in same)) for record, same in groupby(records)]
    if not all(record for record, _ in groups):
        raise ValueError("a record has at least one byte")
    if sum(len(record) * times for record, times in groups) > _LARGEST:
        raise ValueError(f"a fill describes at most {_LARGEST} bytes")
    return b"".join(_record(record) + _ending(times) for record, times in groups)


def decode(raw: bytes) -> tuple[bytes, ...]:
    """The records that ``raw`` describes.  Raises MalformedData."""
    records: list[bytes] = []
    record, left = b"", _LARGEST
    for code, value in _items(raw):
        if code not in (_END, _REPEAT):
            record += value
            left -= len(value)
        elif not record:
            raise MalformedData("a record of a fill has no bytes")
        else:
            times = value[0] if code == _REPEAT else 1
            left -= len(record) * (times - 1)
            records += [record] * times
            record = b""
        if left < 0:
            raise MalformedData(f"a fill describes at most {_LARGEST} bytes")
    if record:
        raise MalformedData("the last record of a fill has no end")
    return tuple(records)


def _items(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(raw):
        code = raw[at]
        at, value = _item(raw, at + 1, code)
        yield code, value


def _item(raw: bytes, at: int, code: int) -> tuple[int, bytes]:
    if code in _RUN and at + 2 <= len(raw):
        return at + 2, bytes((code,)) * int.from_bytes(raw[at : at + 2], "big")
    if code == _LITERAL and at < len(raw) and at + 1 + raw[at] <= len(raw):
        return at + 1 + raw[at], raw[at + 1 : at + 1 + raw[at]]
    if code == _REPEAT and at < len(raw) and raw[at]:
        return at + 1, raw[at : at + 1]
    if code == _END:
        return at, b""
    raise MalformedData(f"no fill item at offset {at - 1}")


def _ending(times: int) -> bytes:
    if times > 0xFF:
        raise ValueError("a fill repeats a record at most 255 times")
    return bytes((_END,)) if times == 1 else bytes((_REPEAT, times))


def _record(record: bytes) -> bytes:
    parts, literal = [], b""
    for byte, run in groupby(record):
        count = sum(1 for _ in run)
        if byte in _RUN and count > 3:  # a shorter run costs less inside a literal
            parts += [_literal(literal), bytes((byte,)) + count.to_bytes(2, "big")]
            literal = b""
        else:
            literal += bytes((byte,)) * count
    return b"".join([*parts, _literal(literal)])


def _literal(value: bytes) -> bytes:
    chunks = (value[at : at + 0xFF] for at in range(0, len(value), 0xFF))
    return b"".join(bytes((_LITERAL, len(chunk))) + chunk for chunk in chunks)
