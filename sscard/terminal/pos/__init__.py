"""A point of sale for PBOC debit cards: a kernel with contacts and one without (qPBOC).

Both are plans: run them against a reader or a simulated card.
"""

from __future__ import annotations

from sscard.terminal.pos.configuration import (
    ActionCodes,
    Application,
    Authorities,
    ContactlessLimits,
    RandomSelection,
    Terminal,
)
from sscard.terminal.pos.dialogue import Explainer, Row, explained
from sscard.terminal.pos.errors import Reason, Terminated
from sscard.terminal.pos.masking import masked
from sscard.terminal.pos.receipt import Outcome, Receipt
from sscard.terminal.pos.transaction import Kind, Surroundings, Transaction

__all__ = [
    "ActionCodes",
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
