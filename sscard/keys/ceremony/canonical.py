"""The one way to write what is signed: sorted JSON without spaces, UTF-8."""

from __future__ import annotations

import json
from collections.abc import Mapping


def canonical(document: Mapping[str, object]) -> bytes:
    """The bytes of a document of strings, integers, lists and mappings."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8")
