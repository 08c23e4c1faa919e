"""Data that do not parse, or are no key: 6A80."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData


@contextmanager
def as_wrong_data() -> Iterator[None]:
    """Turn MalformedData and ValueError of what is inside into StatusError 6A80."""
    try:
        yield
    except (MalformedData, ValueError):
        raise StatusError(StatusWord.WRONG_DATA) from None
