"""Issuer scripts on their way to the card, and how far they got (EMV book 3, 10.10 [G])."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sscard.apdu.authorization import Script
from sscard.apdu.status import StatusWord
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.perso.plan import Plan
from sscard.terminal.pos.session import Session

#: High byte of status words that are warnings: the script goes on.
_WARNINGS = (0x62, 0x63)


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """``failed`` is the number of the command that the card refused, None when it took all."""

    identifier: bytes
    final: bool
    commands: int
    failed: int | None = None
    sw: StatusWord = StatusWord.OK


def deliver(session: Session, scripts: Iterable[Script]) -> Plan[tuple[ScriptResult, ...]]:
    """Sends each script up to its first command that the card refuses."""
    results = []
    for script in scripts:
        result = yield from _one(script)
        session.tsi |= TSI.SCRIPT_PROCESSING_PERFORMED
        if result.failed is not None:
            session.tvr |= (
                TVR.SCRIPT_FAILED_AFTER_FINAL_AC
                if script.final
                else TVR.SCRIPT_FAILED_BEFORE_FINAL_AC
            )
        results.append(result)
    return tuple(results)


def _one(script: Script) -> Plan[ScriptResult]:
    for number, command in enumerate(script.commands, start=1):
        sw = (yield command).sw
        if sw != StatusWord.OK and sw >> 8 not in _WARNINGS:
            return ScriptResult(script.identifier, script.final, number, number, sw)
    return ScriptResult(script.identifier, script.final, len(script.commands))
