"""How a terminal's PSAM is made: what it gets, the plan that writes it, and what proves it."""

from __future__ import annotations

from sscard.perso.psam.make import make
from sscard.perso.psam.order import PsamNumbers, PsamOrder, prepare
from sscard.perso.psam.proof import Proved, prove

__all__ = ["Proved", "PsamNumbers", "PsamOrder", "make", "prepare", "prove"]
