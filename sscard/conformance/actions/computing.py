"""What the bench computes for a case, without a command."""

from __future__ import annotations

from sscard.conformance.case import Step
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, lacking
from sscard.errors import KeyStoreError


def mac(play: Play, step: Step) -> Script[Reply | None]:
    """4 bytes under a key's session key, kept as ``keep``."""
    session, message = play.hex(step, "session"), play.hex(step, "over")
    name, version = step.text("key"), step.number("version", 1)
    try:
        made = play.keys.mac(name, version, play.factors, session, message)
    except KeyStoreError as error:
        raise lacking(error) from None
    play.variables[step.text("keep", "mac")] = made
    yield from ()
    return None


def tac(play: Play, step: Step) -> Script[Reply | None]:
    """4 bytes under a key itself, as a TAC is made, kept as ``keep``."""
    name, version = step.text("key"), step.number("version", 1)
    try:
        made = play.keys.tac(name, version, play.factors, play.hex(step, "over"))
    except KeyStoreError as error:
        raise lacking(error) from None
    play.variables[step.text("keep", "tac")] = made
    yield from ()
    return None


def random(play: Play, step: Step) -> Script[Reply | None]:
    """``size`` random bytes, kept as ``keep``."""
    play.variables[step.text("keep", "random")] = play.bench.random(step.number("size", 8))
    yield from ()
    return None
