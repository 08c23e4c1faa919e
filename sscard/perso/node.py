"""What a card shows, as a tree: every part with its names, its value and its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sscard.apdu.status import StatusWord

Kind = Literal[
    "card", "atr", "part", "directory", "fci", "file", "element", "application", "record", "object"
]


@dataclass(frozen=True, slots=True)
class Node:
    """One part of a card.  Values are personal: they never show in ``repr``.

    ``identifier`` is what the card calls it (FID, tag, AID, record number), ``name`` what the
    profile calls it.  ``value`` is None where there is nothing to read or bytes say it best;
    ``meaning`` is what a code stands for.  ``note`` never holds a value.
    """

    kind: Kind
    identifier: str = ""
    name: str = ""
    zh: str = ""
    en: str = ""
    value: str | int | None = field(default=None, repr=False)
    meaning: str = field(default="", repr=False)
    raw: bytes = field(default=b"", repr=False)
    note: str = ""
    children: tuple[Node, ...] = field(default=(), repr=False)

    @property
    def empty(self) -> bool:
        """Whether this is an element that holds its fill only."""
        unread = self.value is None and not self.children and not self.note
        return self.kind == "element" and unread


def refusal(sw: StatusWord) -> str:
    """The note of a part that the card did not give."""
    if sw == StatusWord.FILE_NOT_FOUND:
        return f"卡上没有 not on the card ({sw:04X})"
    return f"拒绝 refused ({sw:04X} {sw.name})"


def unreadable(why: object) -> str:
    """The note of bytes that do not parse; ``why`` is the error, which holds no value."""
    return f"无法解析 not readable: {why}"
