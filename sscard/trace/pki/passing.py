"""Certificates that pass by in pieces, written or read: known when the whole of one has passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sscard.errors import MalformedData
from sscard.trace.row import Detail

#: SEQUENCE with a length of two bytes: what a certificate begins with.
_HEAD, _BEGINS = 4, b"\x30\x82"
_STAR = "*"


@dataclass(slots=True)
class Passing:
    """The files of one direction, each from its beginning as far as it has passed by."""

    _files: dict[int, bytes] = field(default_factory=dict, repr=False)

    def piece(self, fid: int, offset: int, data: bytes) -> bytes | None:
        """Remember a piece; the whole certificate if this is what it lacked."""
        whole = self.tried(fid, offset, data)
        before = self._files.get(fid, b"")
        self._files[fid] = _joined(before, offset, data)
        return whole

    def tried(self, fid: int, offset: int, data: bytes) -> bytes | None:
        """The same, but nothing is remembered: the card has not agreed yet."""
        before = self._files.get(fid, b"")
        after = _joined(before, offset, data)
        completes = _is_whole(after) and (offset == 0 or not _is_whole(before))
        return after if completes else None


def _joined(before: bytes, offset: int, data: bytes) -> bytes:
    """What is known of a file from its beginning; behind a gap nothing is."""
    if offset == 0:
        return data
    return before[:offset] + data if offset <= len(before) else b""


def _is_whole(content: bytes) -> bool:
    begins = len(content) >= _HEAD and content[:2] == _BEGINS
    return begins and len(content) >= _HEAD + int.from_bytes(content[2:_HEAD], "big")


def details(content: bytes, *, reveal: bool) -> Iterator[Detail]:
    """A certificate in words; its holder is stars without ``reveal``."""
    from sscard.keys.x509 import parse_first
    from sscard.keys.x509.facts import RESIDUE, facts

    try:
        found, residue = parse_first(content)
    except MalformedData as error:
        yield Detail(0, None, "证书", "certificate", "", f"无法解析 not readable: {error}")
        return
    for fact in facts(found):
        yield Detail(0, None, fact.zh, fact.en, "", fact.shown(reveal=reveal))
    point = bytes(found.public).hex().upper()
    yield Detail(0, None, "公钥", "public key", point)
    if residue:
        yield Detail(0, None, "证书", "certificate", "", RESIDUE)
