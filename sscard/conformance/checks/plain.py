"""Checks that need no profile: lengths, what is equal and what is not, TLV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu import tlv
from sscard.conformance.checks.answer import Answer
from sscard.errors import MalformedData


def _size(answer: Answer, argument: str) -> str:
    """``size 8``: as many bytes."""
    wanted, found = int(argument or "0"), len(answer.data)
    return "" if found == wanted else f"{found} bytes instead of {wanted}"


def _some(answer: Answer, argument: str) -> str:
    """``some``: at least one byte, ``some 4``: at least so many."""
    wanted, found = int(argument or "1"), len(answer.data)
    return "" if found >= wanted else f"{found} bytes, at least {wanted} are wanted"


def _empty(answer: Answer, argument: str) -> str:
    """``empty``: no data."""
    del argument
    return f"{len(answer.data)} bytes where there are none" if answer.data else ""


def _same_as(answer: Answer, argument: str) -> str:
    """``same as content``: what was kept under this name."""
    kept = answer.kept(argument)
    if kept is None:
        return f"nothing was kept as {argument}"
    return "" if answer.data == kept else f"not the same as {argument}"


def _differs_from(answer: Answer, argument: str) -> str:
    """``differs from first``: not what was kept under this name."""
    kept = answer.kept(argument)
    if kept is None:
        return f"nothing was kept as {argument}"
    return f"the same as {argument}" if answer.data == kept else ""


def _tlv(answer: Answer, argument: str) -> str:
    """``tlv 6F``: one data object of this tag, and nothing else."""
    try:
        items = tlv.parse(answer.data)
    except MalformedData as error:
        return f"no TLV: {error}"
    tags = [f"{tag:02X}" for tag, _ in items]
    return "" if tags == [argument.upper()] else f"tags {' '.join(tags) or 'none'}, not {argument}"


def _internal(answer: Answer, argument: str) -> str:
    """``internal authentication``: the card's proof is that of its IRK."""
    del argument
    wanted = answer.kept("wanted")
    return "" if answer.data == wanted else "the card's proof is of another key"


def _load(answer: Answer, argument: str) -> str:
    """``proof of a load``: MAC1 of INIT FOR LOAD, the last four bytes, is that of its load key."""
    del argument
    wanted = answer.kept("wanted")
    right = wanted is not None and len(answer.data) == 16 and answer.data.endswith(wanted)
    return "" if right else "MAC1 is not that of this key"


CHECKS: Mapping[str, Callable[[Answer, str], str]] = MappingProxyType(
    {
        "size": _size,
        "some": _some,
        "empty": _empty,
        "same as": _same_as,
        "differs from": _differs_from,
        "tlv": _tlv,
        "internal authentication": _internal,
        "proof of a load": _load,
    }
)
