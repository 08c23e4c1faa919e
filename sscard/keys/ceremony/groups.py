"""Values on paper: lines of four groups of four digits, each with check digits of its own.

The check digits are a hash over the line, its number and the sheet's label.  So a slip is found at
the line where it happened, and so is a line of another sheet.  Whoever has no check digits, because
the sheet is not of our making, types the digits alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256

from sscard.keys.ceremony.errors import WrongEntry
from sscard.keys.types import NotCopied, Secret

#: Bytes of value in a line, and of check digits behind them.
LINE, CHECK = 8, 2
_GROUP = 4
_BETWEEN = re.compile(r"[\s\-·.]+")


@dataclass(frozen=True, slots=True)
class WrittenLine(NotCopied):
    """One line of a sheet: its number, the groups of the value, the check digits."""

    number: int
    groups: tuple[str, ...] = field(repr=False)
    check: str = field(repr=False)


def line_count(size: int) -> int:
    """Lines in which a value of ``size`` bytes is written."""
    return -(-size // LINE)


def written(value: Secret, context: str) -> tuple[WrittenLine, ...]:
    """A value as it stands on the sheet whose label is ``context``."""
    raw = value.reveal()
    return tuple(
        _written_line(number, raw[(number - 1) * LINE : number * LINE], context)
        for number in range(1, line_count(len(raw)) + 1)
    )


def read_line(text: str, number: int, context: str | None, what: str) -> bytes:
    """The 8 bytes in a typed line; spaces, dashes, small and full-width characters are welcome.

    ``context`` is the sheet's label, None where there are no check digits.  Raises WrongEntry with
    ``what`` (component 2) and the line, and never with what was typed.
    """
    place = f"{what}, line {number}"
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not re.fullmatch("[0-9A-F]*", digits):
        raise WrongEntry(f"{place}: not hexadecimal digits (0-9 and A-F)")
    expected = LINE + (CHECK if context else 0)
    if len(digits) != 2 * expected:
        behind = f" and {2 * CHECK} check digits" if context else ""
        raise WrongEntry(f"{place}: {len(digits)} digits; there are {2 * LINE}{behind}")
    raw = bytes.fromhex(digits)
    if context and raw[LINE:] != check_digits(raw[:LINE], number, context):
        raise WrongEntry(
            f"{place}: the check digits do not match; a digit is wrong, or it is another sheet's"
        )
    return raw[:LINE]


def check_digits(line: bytes, number: int, context: str) -> bytes:
    """The check digits of a line, 2 bytes."""
    return sha256(f"{context}/{number}/".encode() + line).digest()[:CHECK]


def grouped(value: bytes) -> str:
    """Upper-case digits in groups of four: fingerprints and hashes on paper."""
    return " ".join(_groups(value))


def _written_line(number: int, line: bytes, context: str) -> WrittenLine:
    check = check_digits(line, number, context).hex().upper()
    return WrittenLine(number, _groups(line), check)


def _groups(value: bytes) -> tuple[str, ...]:
    digits = value.hex().upper()
    return tuple(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))
