"""Times of transactions, and the accounting year in which they lie (ssc 5.2 [S])."""

from __future__ import annotations

from datetime import datetime

from sscard.apdu.status import StatusError, StatusWord


def require_time(time: bytes) -> None:
    """Raises StatusError 6A80 unless ``time`` is packed digits of a date and time that exist."""
    try:
        datetime.strptime(time.hex(), "%Y%m%d%H%M%S")
    except ValueError:
        raise StatusError(StatusWord.WRONG_DATA, "time of the transaction") from None


def accounting_year(time: bytes, starting_day: bytes) -> bytes:
    """The year that began on the last starting day before ``time``; 2 packed bytes.

    It is later than ``year`` exactly when date − (year·10000 + starting day) ≥ 10000.
    """
    calendar_year, day = time[:2], time[2:4]
    if day >= starting_day:
        return calendar_year
    return bytes.fromhex(f"{int(calendar_year.hex()) - 1:04}")
