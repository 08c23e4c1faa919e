"""Is a card what its record and its profile say?  Element by element, key by key."""

from __future__ import annotations

from sscard.conformance.validation.expected import Expected
from sscard.conformance.validation.identity import answers
from sscard.conformance.validation.judge import validate
from sscard.conformance.validation.judged import Judged, Verdict, differing

__all__ = ["Expected", "Judged", "Verdict", "answers", "differing", "validate"]
