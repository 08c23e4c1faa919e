"""Records of a bank's file that get no card, and the file that tells the bank which and why.

A record is named by its number: nothing of a card or a person is in the list.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import unique
from pathlib import Path

from sscard.durable import replace_file
from sscard.issuance.coded import Coded

COLUMNS = ("record", "code", "reason_zh", "reason_en", "detail")


@unique
class ReturnReason(Coded):
    """Why a record goes back to the bank."""

    NO_PERSON = ("NO_PERSON", "申领名单中没有此人", "nobody in the list has this record")
    PERSON_RETURNED = (
        "PERSON_RETURNED",
        "此人的申领记录已退回",
        "the person's own record goes back",
    )
    PERSON_DOUBLED = ("PERSON_DOUBLED", "同一人有多条记录", "the person has more than one record")
    ACCOUNT_DOUBLED = (
        "ACCOUNT_DOUBLED",
        "同一账户有多条记录",
        "the account is in more than one record",
    )
    ACCOUNT_EXPIRED = ("ACCOUNT_EXPIRED", "账户有效期已过", "the account has expired")
    ACCOUNT_DIFFERS = (
        "ACCOUNT_DIFFERS",
        "账户与卡面、磁道或账户清单不符",
        "the chip's account is not that of the face, the stripe or the list of accounts",
    )
    WRONG_PERSON = (
        "WRONG_PERSON",
        "芯片数据中的证件号不是此人的",
        "the chip data have another person's ID number",
    )
    WRONG_APPLICATIONS = (
        "WRONG_APPLICATIONS",
        "应用与卡片不符",
        "the applications are not those that the card comes with",
    )
    CHIP_DATA = ("CHIP_DATA", "芯片数据不完整或有误", "the chip data are incomplete or wrong")


@dataclass(frozen=True, slots=True)
class Returned:
    """One record, the reason, and where in it: names of fields, groupings and tags."""

    record: int
    reason: ReturnReason
    detail: str = ""


def write_returned(path: Path, returned: Iterable[Returned]) -> None:
    """Write the list, one line a record, in one step.  UTF-8 with BOM: Excel asks for it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in returned:
        writer.writerow(
            (each.record, each.reason.value, each.reason.zh, each.reason.en, each.detail)
        )
    replace_file(path, text.getvalue().encode("utf-8-sig"))
