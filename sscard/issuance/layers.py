"""After which files a card was made, as its line in the ledger keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sscard.errors import LedgerError


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One file: what it is (profile, region, bank, supplement), its name and its SHA-256.

    ``issuer_key`` is the fingerprint of the key that signed a supplement, empty for the others.
    """

    kind: str
    name: str
    sha256: bytes
    issuer_key: bytes = b""

    def entries(self) -> dict[str, str]:
        """The record as text, bytes in hexadecimal."""
        text = {"kind": self.kind, "name": self.name, "sha256": self.sha256.hex()}
        return text | ({"issuer_key": self.issuer_key.hex()} if self.issuer_key else {})


def to_text(layers: Iterable[LayerRecord]) -> str:
    """The records as JSON, lowest layer first."""
    return json.dumps([layer.entries() for layer in layers], ensure_ascii=False)


def from_text(text: str) -> tuple[LayerRecord, ...]:
    """The records in ``text``.  Raises LedgerError when another program has written it."""
    try:
        return tuple(_record(each) for each in json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise LedgerError("the layers of a card in the ledger cannot be read") from None


def supplement_of(layers: Iterable[LayerRecord]) -> LayerRecord | None:
    """The supplement among ``layers``."""
    return next((layer for layer in layers if layer.kind == "supplement"), None)


def _record(entries: dict[str, Any]) -> LayerRecord:
    return LayerRecord(
        str(entries["kind"]),
        str(entries["name"]),
        bytes.fromhex(entries["sha256"]),
        bytes.fromhex(entries.get("issuer_key", "")),
    )
