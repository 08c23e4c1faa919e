"""Checks of records and of what off-line medical commands answer (ssc 1.3, 2.5, 5.2 [S])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from sscard.conformance.checks.answer import Answer

Check = Callable[[Answer, str], str]
_HEAD = 2
_CLOSED = 0x5A
#: What INIT FOR PURCHASE answers before its random number.
_BEFORE_RANDOM = 18
#: The end of a record of the medical log: terminal, time, three amounts, as the case has them.
_LOG_TAIL = bytes.fromhex("510100000042 20260101120000 00000000 00000001 00000001")
_LOG_SIZE = 28
_LEAP_YEAR = 2024


def _item(answer: Answer, argument: str) -> str:
    """``item 01 10``: a record of this tag and length, both in hexadecimal, as long as it says."""
    tag, length = (int(word, 16) for word in argument.split())
    if len(answer.data) != _HEAD + length:
        return f"{len(answer.data)} bytes instead of {_HEAD + length}"
    if answer.data[:_HEAD] != bytes((tag, length)):
        return (
            f"tag and length are {answer.data[:_HEAD].hex(' ').upper()}, not {tag:02X} {length:02X}"
        )
    return ""


def _differs_from_any(answer: Answer, argument: str) -> str:
    """``differs from any a b``: none of what was kept under these names."""
    same = [name for name in argument.split() if answer.kept(name) == answer.data]
    return f"the same as {same[0]}" if same else ""


def _varies_from(answer: Answer, argument: str) -> str:
    """``varies from a b c``: none of these, no byte the same in all, no halves the same."""
    kept = [answer.kept(name) or b"" for name in argument.split()]
    if answer.data in kept:
        return "one of them came again"
    every = [answer.data, *kept]
    half = len(answer.data) // 2
    if any(each[:half] == each[half:] for each in every):
        return "both halves are the same"
    still = sum(len(set(column)) == 1 for column in zip(*every, strict=False))
    return f"{still} bytes are the same in all of them" if still else ""


def _closed_area(answer: Answer, argument: str) -> str:
    """``closed area``: the hand-over area says that it is closed, and holds nothing any more."""
    del argument
    if answer.data[:1] != bytes((_CLOSED,)):
        return "its state is not 5A, closed"
    return "it still holds data" if any(answer.data[1:]) else ""


def _month_and_day(answer: Answer, argument: str) -> str:
    """``month and day``: MMDD in packed digits, or 0000 where none was set."""
    del argument
    digits = answer.data.hex()
    if digits == "0000":
        return ""
    try:
        date(_LEAP_YEAR, int(digits[:2]), int(digits[2:]))
    except ValueError:
        return "no month and day in packed digits"
    return "" if len(digits) == 4 else f"{len(answer.data)} bytes instead of 2"


def _same_purchase(answer: Answer, argument: str) -> str:
    """``same purchase as begun``: amounts, year, counter and versions; the random is another."""
    kept = answer.kept(argument) or b""
    if answer.data[:_BEFORE_RANDOM] != kept[:_BEFORE_RANDOM]:
        return "amounts, year or counter have changed"
    return "the random number is the same" if answer.data == kept else ""


def _begins_with(answer: Answer, argument: str) -> str:
    """``begins with balance``: the first bytes are those that were kept."""
    kept = answer.kept(argument) or b""
    return "" if kept and answer.data.startswith(kept) else f"does not begin with {argument}"


def _next_counter(place: slice) -> Check:
    """The counter of an answer to INIT is one more than in the one that was kept."""

    def check(answer: Answer, argument: str) -> str:
        before = int.from_bytes((answer.kept(argument) or b"")[place], "big")
        now = int.from_bytes(answer.data[place], "big")
        return "" if now == before + 1 else f"the counter went from {before} to {now}"

    return check


def _purchase_entry(answer: Answer, argument: str) -> str:
    """``purchase log entry``: the newest record of the log tells the purchase of the case."""
    del argument
    if len(answer.data) != _LOG_SIZE:
        return f"{len(answer.data)} bytes instead of {_LOG_SIZE}"
    if answer.data[-len(_LOG_TAIL) :] != _LOG_TAIL:
        return "terminal, time or amounts are not those of the purchase"
    return "" if answer.data[2] in b"2\x02" else "its type is not 2, 医疗结算"


def _holds(answer: Answer, argument: str) -> str:
    """``holds 639900 at 2``: these bytes stand at this offset."""
    wanted, _, offset = argument.partition(" at ")
    found = answer.data[int(offset) :]
    return "" if found.startswith(bytes.fromhex(wanted)) else f"not {wanted} at offset {offset}"


def _filled(answer: Answer, argument: str) -> str:
    """``filled with FF and 00``: none but these bytes."""
    allowed = {int(word, 16) for word in argument.split() if word != "and"}
    others = sum(byte not in allowed for byte in answer.data)
    return f"{others} of {len(answer.data)} bytes are others" if others else ""


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "item": _item,
        "holds": _holds,
        "filled with": _filled,
        "differs from any": _differs_from_any,
        "varies from": _varies_from,
        "closed area": _closed_area,
        "month and day": _month_and_day,
        "same purchase as": _same_purchase,
        "purchase log entry": _purchase_entry,
        "begins with": _begins_with,
        "load counter after": _next_counter(slice(4, 6)),
        "purchase counter after": _next_counter(slice(14, 16)),
    }
)
