"""Electronic cash: what is left, what may be spent at once, and how it goes down (pboc 2.3 [H])."""

from __future__ import annotations

from sscard.apdu.card_processing import CardProcessing
from sscard.cos.pse import data_objects, risk
from sscard.cos.pse.instance import Instance

_SIZE = 6
_PROCESSING, _LIMIT_OF_TOTAL = 0x9F68, 0x9F54


def amount(raw: bytes | None) -> int | None:
    """The number in packed digits; None for nothing and for what is no digits."""
    text = (raw or b"").hex()
    return int(text) if text.isdecimal() else None


def digits(number: int) -> bytes:
    """Packed digits, 6 bytes."""
    return bytes.fromhex(f"{number:0{2 * _SIZE}d}")


def balance(instance: Instance) -> int | None:
    """Tag 9F79; None on a card without electronic cash."""
    return amount(data_objects.find(instance, data_objects.BALANCE))


def enough(instance: Instance, spent: int) -> bool:
    """Whether so much may be paid at once: not above balance and limit (pboc 5 [M])."""
    there, limit = balance(instance), _limit(instance)
    return there is not None and spent <= there and (limit is None or spent <= limit)


def low(instance: Instance, spent: int) -> bool:
    """Whether less than the reset threshold would be left: then the issuer is asked."""
    there = balance(instance)
    threshold = amount(data_objects.find(instance, data_objects.RESET_THRESHOLD))
    return there is not None and threshold is not None and there - spent < threshold


def spend(instance: Instance, spent: int) -> None:
    """Take an amount off the balance; ``enough`` has said that it is there."""
    there = balance(instance)
    if there is not None:
        data_objects.write(instance, data_objects.BALANCE, digits(there - spent))


def may_become(instance: Instance, new: bytes) -> bool:
    """Whether an issuer may set the balance so: not above its limit."""
    limit = amount(data_objects.find(instance, data_objects.BALANCE_LIMIT))
    number = amount(new)
    return number is not None and (limit is None or number <= limit)


def processing(instance: Instance) -> CardProcessing:
    """Tag 9F68; nothing is wished by a card without it."""
    raw = data_objects.find(instance, _PROCESSING)
    return CardProcessing(0) if raw is None else CardProcessing.parse(raw)


def total_left(instance: Instance) -> int | None:
    """What the cumulative limit still allows, None where there is no limit."""
    limit = amount(data_objects.find(instance, _LIMIT_OF_TOTAL))
    return None if limit is None else max(0, limit - risk.read(instance).spent)


def available(instance: Instance) -> bytes | None:
    """Tag 9F5D: what may be spent off line, as 9F68 reckons it (pboc 2.4 [M])."""
    there, left, how = balance(instance), total_left(instance), processing(instance)
    if there is None:
        return data_objects.find(instance, data_objects.AVAILABLE)
    if how & CardProcessing.ECASH_AND_CTTA_CHECK:
        return digits(min(there, there if left is None else left))
    if how & CardProcessing.ECASH_OR_CTTA_CHECK:
        return digits(max(there, left or 0))
    return digits(there)


def _limit(instance: Instance) -> int | None:
    return amount(data_objects.find(instance, data_objects.SINGLE_LIMIT))
