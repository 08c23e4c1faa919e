"""Reading traces: sscard's own, and the logs of other programs."""

from __future__ import annotations

from sscard.errors import MalformedData
from sscard.trace.entries import Entry
from sscard.trace.formats import json_lines
from sscard.trace.formats.logs import LOGS, by_expressions

__all__ = ["LOGS", "NAMES", "by_expressions", "decoded", "parse"]

#: What ``form`` can be.
NAMES = (json_lines.NAME, *LOGS)
#: As logs are written where these cards are: whatever is no UTF-8 is GBK.
_ENCODINGS = ("utf-8-sig", "gb18030")


def decoded(raw: bytes) -> str:
    """The text of a trace file, UTF-8 or GBK; bytes of neither become replacement characters."""
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def parse(text: str, form: str | None = None) -> tuple[Entry, ...]:
    """The entries of a trace; ``form`` is one of ``NAMES``, None to find out.

    Raises MalformedData: no trace of that form, or none at all; else naming the line.
    """
    if form == json_lines.NAME or (form is None and json_lines.recognizes(text)):
        return tuple(json_lines.parse(text))
    chosen = LOGS[form] if form is not None else max(LOGS.values(), key=lambda f: f.matches(text))
    if not chosen.matches(text):
        raise MalformedData(
            f"no line of this is from {chosen.title}"
            if form is not None
            else f"no line of this is a command or an answer (known: {', '.join(NAMES)})"
        )
    return tuple(chosen.parse(text))
