"""Does a card behave: cases of LD/T 6001 as data, run over any card that takes bytes."""

from __future__ import annotations

from sscard.conformance.bench import Bench, KeySource, PowerCutter
from sscard.conformance.case import About, Case, Group, Step, Text
from sscard.conformance.expectation import Expectation, Verdict
from sscard.conformance.loading import cases_for, groups
from sscard.conformance.play import Session
from sscard.conformance.result import Exchange, Identity, Result, Seen
from sscard.conformance.running import run, run_case
from sscard.conformance.store_keys import StoreKeys

__all__ = [
    "About",
    "Bench",
    "Case",
    "Exchange",
    "Expectation",
    "Group",
    "Identity",
    "KeySource",
    "PowerCutter",
    "Result",
    "Seen",
    "Session",
    "Step",
    "StoreKeys",
    "Text",
    "Verdict",
    "cases_for",
    "groups",
    "run",
    "run_case",
]
