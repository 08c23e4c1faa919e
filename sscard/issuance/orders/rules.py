"""What is allowed with an order, each rule by itself; none of them looks into a database."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from enum import unique
from typing import Literal

from sscard.errors import LedgerError
from sscard.issuance.coded import Coded
from sscard.issuance.declared import Declared
from sscard.issuance.order_states import LIVE_ORDERS, OrderState
from sscard.issuance.orders.people import Person, Presence
from sscard.issuance.reasons import Reason

#: Office hours are in one zone: a day begins at midnight in China.
CHINA = timezone(timedelta(hours=8))
#: Months after issue in which a card cannot go to another bank (issuance 3 flow D).
BANK_LOCK_MONTHS = 6
#: Years; younger people have a guardian with them (assumed, issuance 3 says "minors").
OF_AGE = 18

#: States in which a person has a card, or one waits for them.
_CARD_OUT = frozenset(
    {
        OrderState.AUDITED,
        OrderState.DELIVERED,
        OrderState.COLLECTED,
        OrderState.LOST,
        OrderState.OVERDUE,
        OrderState.RECOVERED,
    }
)


@unique
class Rule(Coded):
    """Why a step is refused.  What sends a record back is a ``Reason``."""

    GENERAL_TEST = (
        "GENERAL_TEST",
        "样卡未通过通用测试，该轮次不能制卡",
        "the round's sample has not passed the general test",
    )
    ROUND_CLOSED = ("ROUND_CLOSED", "轮次已结束", "the round is closed")
    UNIT_WAITS = (
        "UNIT_WAITS",
        "单位尚有未核验记录，一个单位一个批次",
        "people of the unit are not verified yet, and one unit is one batch",
    )
    NOBODY = ("NOBODY", "没有可组批的人员", "nobody is verified for this batch")
    BATCH_NUMBER = (
        "BATCH_NUMBER",
        "缺少批次号，批次号由社保部门下发",
        "the batch number is missing; it is the office's to give",
    )
    CARD_NUMBER = (
        "CARD_NUMBER",
        "缺少卡号，卡号由社保部门下发",
        "the card number is missing; it is the office's to give",
    )
    BANK_NUMBER = ("BANK_NUMBER", "缺少银行卡号", "the bank's card number is not imported yet")
    REPLACEMENT_FINAL = (
        "REPLACEMENT_FINAL",
        "补换卡不能撤销",
        "a replacement cannot be undone",
    )
    NOT_REPORTED = (
        "NOT_REPORTED",
        "旧卡未挂失",
        "the old card is not reported lost or blocked",
    )
    BANK_LOCKED = (
        "BANK_LOCKED",
        "发卡六个月内不能注销并换银行",
        "within six months of issue a card cannot be cancelled and moved to another bank",
    )
    NOT_IN_PERSON = (
        "NOT_IN_PERSON",
        "须本人到柜台办理",
        "only face to face: who, where, and the clerk are to be named",
    )
    AGENT = ("AGENT", "代办人不能激活银行账户或设密码", "an agent cannot do this for the holder")
    NOT_A_MINOR = ("NOT_A_MINOR", "成年人不能由监护人办理", "the holder is of age: no guardian")
    GUARDIAN = ("GUARDIAN", "未成年人须由监护人办理", "a minor comes with a guardian")
    NO_CARD_THERE = ("NO_CARD_THERE", "卡未到网点", "the card is not at the window")
    BATCH_OPEN = ("BATCH_OPEN", "批次未结清", "the batch has orders that are not done")


class RuleBroken(LedgerError):
    """A rule of the office says no.  ``reason`` says which, in both languages."""

    def __init__(self, reason: Coded, what: str) -> None:
        super().__init__(f"{what}: {reason.en} {reason.zh}")
        self.reason = reason


class Eligibility(Declared):
    """Who may have a card in a round, beside the age limit; all of it is the office's choice.

    ``insurance``: words of which the record's insurance status is one; none means no matter.
    """

    insurance: tuple[str, ...] = ()
    photo: bool = False


def day(at: datetime) -> date:
    """The day in China."""
    return at.astimezone(CHINA).date()


def age(born: date, on: date) -> int:
    """Full years; who is born on 29 February has a birthday on 1 March in other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def months_after(start: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def bank_locked(issued: date | None, on: date) -> bool:
    """Whether the six months after issue are not over."""
    return issued is not None and on < months_after(issued, BANK_LOCK_MONTHS)


def doubled(state: OrderState | None) -> Reason | None:
    """Why a person with an order in ``state`` cannot have another one; None: they can."""
    if state not in LIVE_ORDERS:
        return None
    return Reason.ALREADY_ISSUED if state in _CARD_OUT else Reason.ID_DUPLICATE


def too_old(born: date, limit: int | None, on: date) -> Reason | None:
    """AGE_LIMIT for who is older than the round's limit in full years."""
    return Reason.AGE_LIMIT if limit is not None and age(born, on) > limit else None


def uninsured(insurance: str, rules: Eligibility) -> Reason | None:
    """INSURANCE_INACTIVE for a status that is none of the round's words."""
    wrong = rules.insurance and insurance not in rules.insurance
    return Reason.INSURANCE_INACTIVE if wrong else None


def faceless(photo: str, rules: Eligibility) -> Reason | None:
    """PHOTO_MISSING where the round wants a photo with the record."""
    return Reason.PHOTO_MISSING if rules.photo and not photo else None


def not_eligible(person: Person, limit: int | None, rules: Eligibility, on: date) -> Reason | None:
    """The first reason why this person has no card in the round."""
    return (
        too_old(person.birth_date, limit, on)
        or uninsured(person.insurance, rules)
        or faceless(person.photo, rules)
    )


def _not_seen(by: Presence, operator: str) -> Rule | None:
    return None if by.place and operator else Rule.NOT_IN_PERSON


def _guardianship(born: date, by: Presence, on: date) -> Rule | None:
    minor = age(born, on) < OF_AGE
    if minor:
        return None if by.who == "guardian" else Rule.GUARDIAN
    return Rule.NOT_A_MINOR if by.who == "guardian" else None


def hand_out(born: date, by: Presence, operator: str, on: date) -> Rule | None:
    """Collecting: the holder, an agent, or a minor's guardian, at a window, by a clerk."""
    return _not_seen(by, operator) or _guardianship(born, by, on)


Use = Literal["social", "account", "pin"]


def activation(use: Use, born: date, by: Presence, operator: str, on: date) -> Rule | None:
    """Activating: never unseen; an agent may do so for the social-security side only."""
    if by.who == "agent" and use != "social":
        return Rule.AGENT
    return hand_out(born, by, operator, on)
