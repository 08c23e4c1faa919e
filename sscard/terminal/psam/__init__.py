"""A terminal of the social security system: a user card in one slot, a PSAM in the other.

Plans say which slot each command goes to and do no I/O; ``run_both`` drives them.
"""

from __future__ import annotations

from sscard.terminal.psam.flows import (
    authenticate_card,
    enter_directory,
    protect,
    show_key,
)
from sscard.terminal.psam.psam_info import PsamInfo, open_psam
from sscard.terminal.psam.purchase import Amounts, Paid, purchase
from sscard.terminal.psam.secrets import PsamKeys
from sscard.terminal.psam.slots import Slot, TwoCards, at, run_both
from sscard.terminal.psam.user_card import UserCard, recognise

__all__ = [
    "Amounts",
    "Paid",
    "PsamInfo",
    "PsamKeys",
    "Slot",
    "TwoCards",
    "UserCard",
    "at",
    "authenticate_card",
    "enter_directory",
    "open_psam",
    "protect",
    "purchase",
    "recognise",
    "run_both",
    "show_key",
]
