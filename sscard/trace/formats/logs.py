"""The logs of other programs, as they print them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.trace.formats.pattern import GROUPS, Format

_HEX = r"(?:[0-9A-Fa-f]{2}[ :]?)"
#: With half a byte at the end they are taken, too, so that it can be said which line is wrong.
_COMMAND, _ANSWER = (rf"{_HEX}{{{least},}}[0-9A-Fa-f]?" for least in (4, 2))
_PAIRS = re.compile(r"(?:[0-9A-Fa-f]{2} )+")
#: Scriptor's lines, which it wraps after 16 bytes; words stand behind the last.
_WRAPPED = re.compile(rf"^({_HEX}+)(?: : .*)?$")
#: OpenSC's dumps: at most 16 bytes a line, three columns each, then a character for each byte.
_BYTES_A_LINE = 16
_COLUMNS = 3 * _BYTES_A_LINE


def _wrapped(line: str) -> str | None:
    found = _WRAPPED.match(line.strip())
    return found[1] if found else None


def _dumped(line: str) -> str | None:
    """The bytes of a dump.  Its characters may look like bytes, so they are told by their number.

    A dump of less than 16 bytes is as wide as it needs to be.
    """
    width = len(line) - _COLUMNS if len(line) > _COLUMNS else len(line) // 4
    digits = line[: 3 * width]
    if width and _PAIRS.fullmatch(digits):
        return digits
    trimmed = _PAIRS.match(line + " ")  # an editor took the spaces at the end
    return trimmed[0] if trimmed and not line[trimmed.end() :].strip() else None


def _format(name: str, title: str, *patterns: str) -> Format:
    return Format(name, title, tuple(map(re.compile, patterns)))


SCRIPTOR = Format(
    "scriptor",
    "scriptor and gscriptor (pcsc-tools)",
    (
        re.compile(rf"^> (?P<command>{_HEX}+)$"),
        re.compile(rf"^< (?P<response>{_HEX}+)(?: : .*)?$"),
    ),
    _wrapped,
    re.compile(" : "),
)
OPENSC = Format(
    "opensc",
    "opensc-tool --send-apdu",
    (
        re.compile(rf"^Sending: (?P<command>{_HEX}+)$"),
        re.compile(r"^Received \(SW1=0x(?P<sw>[0-9A-F]{2}, SW2=0x[0-9A-F]{2})\):?$"),
    ),
    _dumped,
)
OPENSC_DEBUG = Format(
    "opensc-debug",
    "debug log of OpenSC",
    (
        re.compile(r"^Outgoing APDU \((?P<command>)\d+ bytes\):$"),
        re.compile(r"^Incoming APDU \((?P<response>)\d+ bytes\):$"),
    ),
    _dumped,
)
PCSCD = _format(
    "pcscd",
    "pcscd --apdu",
    rf"\bAPDU: (?P<command>{_HEX}+)$",
    rf"\bSW: (?P<response>{_HEX}+)$",
    rf"\bCard ATR: (?P<atr>{_HEX}+)$",
)
READER = _format(
    "reader",
    "lines with > and <, as reader drivers log them, and sscard's own text form",
    rf"\bAT[RS]\b\W+(?P<atr>{_HEX}+)\s*$",
    rf"^\* (?P<atr>{_HEX}+)\s*$",
    rf"[>＞]\s*(?P<command>{_COMMAND})\s*[<＜]\s*(?P<response>{_ANSWER})",
    rf"[>＞]\s*(?P<command>{_COMMAND})",
    rf"[<＜]\s*(?P<response>{_ANSWER})",
)
#: In the order in which they are tried where nobody says which it is: the strictest first.
LOGS: Mapping[str, Format] = MappingProxyType(
    {each.name: each for each in (OPENSC_DEBUG, OPENSC, PCSCD, SCRIPTOR, READER)}
)


def by_expressions(*expressions: str) -> Format:
    """A format of the user's own.  Raises MalformedData: not an expression, or without a group."""
    patterns = []
    for each in expressions:
        try:
            pattern = re.compile(each)
        except re.error as error:
            raise MalformedData(f"{each!r} is no regular expression: {error}") from None
        if not set(pattern.groupindex) & set(GROUPS):
            names = ", ".join(f"(?P<{name}>…)" for name in GROUPS)
            raise MalformedData(f"{each!r} has none of the groups {names}")
        patterns.append(pattern)
    return Format("expression", "by regular expressions", tuple(patterns), _wrapped)
