"""How long an exchange takes on a line with contacts or over an antenna: the line-time model.

Formulas, clauses and what is left out: docs/line-time.md.
"""

from __future__ import annotations

from sscard.transport.line.framing import T0, Blocks, Framing, contactless, t1
from sscard.transport.line.line import RATES, Line, antenna, contact
from sscard.transport.line.meter import Activity, Cost, Meter, MeteredConnection
from sscard.transport.line.options import LineOptions
from sscard.transport.line.speed import DEFAULT_CLOCK, DEFAULT_TA1, Speed
from sscard.transport.line.traffic import Traffic

__all__ = [
    "DEFAULT_CLOCK",
    "DEFAULT_TA1",
    "RATES",
    "T0",
    "Activity",
    "Blocks",
    "Cost",
    "Framing",
    "Line",
    "LineOptions",
    "Meter",
    "MeteredConnection",
    "Speed",
    "Traffic",
    "antenna",
    "contact",
    "contactless",
    "t1",
]
