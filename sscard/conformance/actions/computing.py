"""What the bench computes for a case, without a command."""

from __future__ import annotations

from sscard.conformance.bench import CodesCards
from sscard.conformance.case import Step
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, lacking, not_applicable
from sscard.errors import KeyStoreError
from sscard.profiles.identifiers import AUTHENTICATED_SIZE


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


def authentication_code(play: Play, step: Step) -> Script[Reply | None]:
    """What the card identification code must end in, kept as ``keep`` (ssc 2.9; decision 13)."""
    keys, identity = play.keys, play.session.identity
    if not isinstance(keys, CodesCards) or identity is None or not identity.card_id:
        raise not_applicable("the bench has no key of card identification codes")
    try:
        made = keys.authentication_code(play.factors, identity.card_id[:AUTHENTICATED_SIZE])
    except KeyStoreError as error:
        raise lacking(error) from None
    play.variables[step.text("keep", "code")] = made
    yield from ()
    return None
