"""What the tracks have in common: account number, expiry, service code."""

from __future__ import annotations

import re

from sscard.errors import MalformedData

_NUMBER = re.compile(r"[0-9]{10,19}")
_EXPIRY = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])")
_SERVICE = re.compile(r"[0-9]{3}")


def require_parts(track: int, number: str, expiry: str | None, service: str | None) -> None:
    """ValueError naming what is no account number (10 to 19 digits), YYMM, or three digits."""
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"track {track}: the account number has 10 to 19 digits")
    if expiry is not None:
        require_expiry(track, expiry)
    if service is not None and not _SERVICE.fullmatch(service):
        raise ValueError(f"track {track}: the service code has 3 digits")


def require_expiry(track: int, expiry: str) -> None:
    """ValueError unless it is YYMM."""
    if not _EXPIRY.fullmatch(expiry):
        raise ValueError(f"track {track}: the expiry is no YYMM")


def matched(track: int, form: re.Pattern[str], data: str) -> dict[str, str | None]:
    """The named parts of ``data``.  Raises MalformedData, naming no value."""
    found = form.fullmatch(data)
    if found is None:
        raise MalformedData(f"track {track}: is not laid out as the standard says")
    parts = found.groupdict()
    expiry = parts.get("expiry")
    if expiry is not None and not _EXPIRY.fullmatch(expiry):
        raise MalformedData(f"track {track}: the expiry has no such month")
    return parts
