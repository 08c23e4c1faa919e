"""The driver that hospitals' programs call (ssc 7 [S]): read, write, PIN, debit, over card and
PSAM, or with the answers of an HSM.

``Driver`` has the functions of the specification, strings in and strings out.  The core does no
I/O of its own: cards, keypad and HSM are given to ``Terminal``.
"""

from __future__ import annotations

from sscard.terminal.driver.certificates.desk import CertificateDesk
from sscard.terminal.driver.codes import ASK_AN_HSM, DriverError, ErrorCode, described
from sscard.terminal.driver.driver import Driver
from sscard.terminal.driver.functions import FUNCTIONS, Function
from sscard.terminal.driver.terminal import (
    CoveredBy,
    Hsm,
    Interface,
    Keypad,
    KeypadCancelled,
    KeypadTimeout,
    Moment,
    Prompt,
    Terminal,
)

__all__ = [
    "ASK_AN_HSM",
    "FUNCTIONS",
    "CertificateDesk",
    "CoveredBy",
    "Driver",
    "DriverError",
    "ErrorCode",
    "Function",
    "Hsm",
    "Interface",
    "Keypad",
    "KeypadCancelled",
    "KeypadTimeout",
    "Moment",
    "Prompt",
    "Terminal",
    "described",
]
