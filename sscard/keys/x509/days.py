"""Where the days of certificates begin and end: in China, without summer time."""

from __future__ import annotations

from datetime import timedelta, timezone

CHINA = timezone(timedelta(hours=8))
