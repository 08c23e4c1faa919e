"""Two people sign: whoever does a thing, and whoever watched."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sscard.errors import SscardError

_LONGEST = 64


class NotSigned(SscardError):
    """A signature is missing, or one person signed twice."""


@dataclass(frozen=True, slots=True)
class TwoSignatures:
    """Names or badge numbers of two different people.  Raises NotSigned."""

    by: str
    witness: str

    def __post_init__(self) -> None:
        for each in (self.by, self.witness):
            require_name(each)
        if _folded(self.by) == _folded(self.witness):
            raise NotSigned("经办人与见证人须为不同的人 --by and --witness are one person")


def require_name(name: str) -> None:
    """Raises NotSigned unless it is a name that can be printed."""
    if not name.strip() or len(name) > _LONGEST or not name.isprintable():
        raise NotSigned(f"签名 a signature has 1 to {_LONGEST} printable characters")


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
