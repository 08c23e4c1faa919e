"""Limits on what goes through off line, and the counters they are of (pboc 2.3 [H], 2.4 [M])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sscard.cos.pse import cash, data_objects
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.risk import Risk

_AMOUNT, _CURRENCY, _COUNTRY = 0x9F02, 0x5F2A, 0x9F1A
_OWN_CURRENCY, _OWN_COUNTRY, _SECOND_CURRENCY, _FACTOR = 0x9F51, 0x9F57, 0x9F76, 0x9F73
_LOWER, _UPPER, _ABROAD, _COUNTRIES = 0x9F58, 0x9F59, 0x9F53, 0x9F72
_TOTAL, _TOTAL_UPPER, _TOTAL_OF_BOTH = 0x9F54, 0x9F5C, 0x9F75
_MOST = 0xFF
_HIGHEST = 10**12 - 1


@dataclass(frozen=True, slots=True)
class Spending:
    """One transaction as the counters see it; ``converted`` is None in a third currency."""

    amount: int
    own_currency: bool
    own_country: bool
    converted: int | None

    def on(self, risk: Risk) -> Risk:
        """The counters after it was approved off line."""
        return replace(
            risk,
            spent=min(_HIGHEST, risk.spent + (self.amount if self.own_currency else 0)),
            spent_in_both=min(_HIGHEST, risk.spent_in_both + (self.converted or 0)),
            abroad=min(_MOST, risk.abroad + (not self.own_currency)),
            in_other_countries=min(_MOST, risk.in_other_countries + (not self.own_country)),
        )


def spending(instance: Instance, values: Mapping[int, bytes]) -> Spending | None:
    """What the terminal said; None when its amount is no number."""
    spent = cash.amount(values.get(_AMOUNT, bytes(6)))
    if spent is None:
        return None
    own = _is(instance, _OWN_CURRENCY, values.get(_CURRENCY))
    second = not own and _same(instance, _SECOND_CURRENCY, values.get(_CURRENCY))
    converted = spent if own else _converted(instance, spent) if second else None
    country = _is(instance, _OWN_COUNTRY, values.get(_COUNTRY))
    return Spending(spent, own, country, converted)


def exceeds_lower(instance: Instance, risk: Risk, new: Spending) -> bool:
    """Whether the issuer wants to be asked first."""
    after = new.on(risk)
    return any(
        (
            _above(_since(instance, risk), _byte(instance, _LOWER)),
            not new.own_currency and _above(after.abroad, _byte(instance, _ABROAD)),
            not new.own_country and _above(after.in_other_countries, _byte(instance, _COUNTRIES)),
            new.own_currency and _above(after.spent, _amount(instance, _TOTAL)),
            new.converted is not None
            and _above(after.spent_in_both, _amount(instance, _TOTAL_OF_BOTH)),
        )
    )


def exceeds_upper(instance: Instance, risk: Risk, new: Spending) -> bool:
    """Whether it is declined when the issuer cannot be asked."""
    total = new.own_currency and _above(new.on(risk).spent, _amount(instance, _TOTAL_UPPER))
    return total or _above(_since(instance, risk), _byte(instance, _UPPER))


def abroad_allowed(instance: Instance, risk: Risk, new: Spending) -> bool:
    """Whether one more in another currency may go off line: only under a limit that is there."""
    limit = _byte(instance, _ABROAD)
    return limit is not None and new.on(risk).abroad <= limit


def _since(instance: Instance, risk: Risk) -> int:
    """Transactions since the last that went through on line, this one included."""
    now, last = instance.transactions, risk.last_online
    return int.from_bytes(now, "big") - int.from_bytes(last, "big")


def _above(count: int, limit: int | None) -> bool:
    return limit is not None and count > limit


def _byte(instance: Instance, tag: int) -> int | None:
    value = data_objects.find(instance, tag)
    return None if value is None else value[0]


def _amount(instance: Instance, tag: int) -> int | None:
    return cash.amount(data_objects.find(instance, tag))


def _same(instance: Instance, tag: int, said: bytes | None) -> bool:
    return said is not None and data_objects.find(instance, tag) == said


def _is(instance: Instance, tag: int, said: bytes | None) -> bool:
    """Whether it is the card's own; one that names none takes any for its own."""
    own = data_objects.find(instance, tag)
    return own is None or own == said


def _converted(instance: Instance, spent: int) -> int | None:
    """9F73: one digit says by how many places the seven others are shifted to the right."""
    factor = (data_objects.find(instance, _FACTOR) or b"").hex()
    if not factor.isdecimal():
        return None
    shift: int = 10 ** int(factor[0])
    return spent * int(factor[1:]) // shift
