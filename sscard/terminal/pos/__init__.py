"""A point of sale for PBOC debit cards: a kernel with contacts and one without (qPBOC).

Both are plans: run them against a reader or a simulated card.
"""

from __future__ import annotations

from sscard.apdu.account import masked
from sscard.terminal.pos.configuration import (
    ActionCodes,
    Application,
    Authorities,
    ContactlessLimits,
    RandomSelection,
    Terminal,
)
from sscard.terminal.pos.dialogue import explained
from sscard.terminal.pos.errors import AnswerLost, Reason, Terminated
from sscard.terminal.pos.receipt import Outcome, Receipt
from sscard.terminal.pos.transaction import Kind, Surroundings, Transaction
from sscard.trace.financial.explainer import Explainer
from sscard.trace.row import Row

__all__ = [
    "ActionCodes",
    "AnswerLost",
    "Application",
    "Authorities",
    "ContactlessLimits",
    "Explainer",
    "Kind",
    "Outcome",
    "RandomSelection",
    "Reason",
    "Receipt",
    "Row",
    "Surroundings",
    "Terminal",
    "Terminated",
    "Transaction",
    "explained",
    "masked",
]
