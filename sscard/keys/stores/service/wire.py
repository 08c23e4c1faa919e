"""Lines of a key service: one JSON object each, UTF-8, ended by a line feed; TLS is around them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.stores.service.members import Members

PROTOCOL = 1
#: Bytes in a line, its end included, in either direction.
LONGEST_LINE = 1 << 16
#: Keys in one request or answer: a card has about 150.
MOST_KEYS = 512
#: Ids of requests, and what every JSON reader can count to.
LAST_ID = (1 << 53) - 1


def build(document: Mapping[str, object]) -> bytes:
    """The line.  Raises KeyStoreError for more than a line holds."""
    line = json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"
    if len(line) > LONGEST_LINE:
        raise KeyStoreError(f"a request or answer has at most {LONGEST_LINE} bytes")
    return line


def parse(line: bytes) -> Members:
    """What is in a line, with or without its end.  Raises MalformedData."""
    if len(line) > LONGEST_LINE:
        raise MalformedData(f"a line has at most {LONGEST_LINE} bytes")
    try:
        return Members(json.loads(line.decode("utf-8")))
    except (ValueError, RecursionError):
        raise MalformedData("a line is no JSON object in UTF-8") from None
