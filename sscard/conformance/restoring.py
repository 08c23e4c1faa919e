"""After a case: the PIN that was changed, and the tries that were used up, are put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sscard.apdu import iso7816, ssc
from sscard.conformance.actions.keys import asked
from sscard.conformance.actions.keys import shown as key_shown
from sscard.conformance.actions.pins import shown, state
from sscard.conformance.actions.selecting import selected
from sscard.conformance.actions.sending import sealed_command
from sscard.conformance.moves import Script
from sscard.conformance.play import Play, Stop
from sscard.conformance.restoring_secrets import secrets_back
from sscard.conformance.trust import PIN, key_name

_ROOT, _PUK, _STK = "SSSE", "PUK", "STK"
_UNKNOWN_PIN = "the PIN may be another one"
Back: TypeAlias = Callable[[Play], Script[str]]


def put_back(play: Play) -> Script[list[str]]:
    """Whatever could not be put back, in words."""
    left = yield from settle_pin(play)
    if play.session.pin != play.bench.pin:
        left += yield from _attempt(play, "the PIN is another one", _pin_back)
    for (name, version), directory in play.keys_touched.items():
        left += yield from _key_back(play, name, version, directory)
    left += yield from secrets_back(play)
    if play.puk_touched and not play.case.destructive and _has_puk(play):
        left += yield from _attempt(play, "the tries of the PUK are not known", _puk_back)
    if play.pin_touched and play.bench.pin is not None:
        left += yield from _attempt(play, "the tries of the PIN are not known", _tries_back)
    return left


def settle_pin(play: Play) -> Script[list[str]]:
    """Find out which PIN the card has, after a change that was not answered."""
    if play.session.doubtful is None:
        return []
    return (yield from _attempt(play, _UNKNOWN_PIN, _pin_found))


def _attempt(play: Play, otherwise: str, back: Back) -> Script[list[str]]:
    try:
        yield from play.power_up()
        if not (yield from selected(play, _ROOT)).ok:
            return [f"{otherwise}: {_ROOT} cannot be selected"]
        said = yield from back(play)
    except Stop as stop:
        return [f"{otherwise}: {stop.reason}"]
    return [said] if said else []


def _pin_found(play: Play) -> Script[str]:
    """The PIN that the card had, or else the one that it was given; one try at most."""
    session = play.session
    for pin in (session.pin, session.doubtful):
        reply = yield from play.ask(iso7816.verify(pin or b""))
        if reply.ok:
            session.pin, session.doubtful = pin, None
            play.pin_touched = True
            return ""
        if reply.sw is None or reply.sw & 0xFFF0 != 0x63C0:
            break
    return f"{_UNKNOWN_PIN}: VERIFY was answered {reply.said}"


def _pin_back(play: Play) -> Script[str]:
    old, new = play.session.pin or b"", play.bench.pin or b""
    reply = yield from play.ask(ssc.change_pin(old, new))
    play.session.trust.shown(PIN, reply.sw, play.case.id)
    if not reply.ok:
        return f"the PIN is another one: CHANGE PIN was answered {reply.said}"
    play.session.pin = play.bench.pin
    return ""


def _tries_back(play: Play) -> Script[str]:
    trust = play.session.trust
    reply = yield from state(play)
    if reply.sw is not None and PIN in trust.tries and trust.short():
        yield from shown(play)
        yield from state(play)
    return f"the PIN has {short}" if (short := trust.short()) else ""


def _has_puk(play: Play) -> bool:
    """Whether the tester could have used up a try, and can put it back."""
    keys = play.bench.keys
    return keys is not None and keys.holds(_PUK, 1) and keys.holds(_STK, 1)


def _puk_back(play: Play) -> Script[str]:
    """A right PIN UNBLOCK gives the PUK its tries back; the PIN stays as it is."""
    trust = play.session.trust
    if reason := trust.why_not(key_name(_PUK, 1)):
        return f"the tries of the PUK: {reason}"
    reply = yield from key_shown(play, _PUK, 1)
    if reply.ok:
        yield from asked(play, 8)
        raw = sealed_command(play, _STK, ssc.unblock_pin(), "right", enciphered=False)
        reply = yield from play.ask(raw)
    return "" if reply.ok else f"the tries of the PUK are not known: answered {reply.said}"


def _key_back(play: Play, name: str, version: int, directory: str) -> Script[list[str]]:
    called = key_name(name, version)
    if reason := play.session.trust.why_not(called):
        return [f"the tries of {called}: {reason}"]
    try:
        yield from play.power_up()
        yield from selected(play, directory)
        reply = yield from key_shown(play, name, version)
    except Stop as stop:
        return [f"the tries of {called}: {stop.reason}"]
    return [] if reply.ok else [f"{called} was refused: {reply.said}"]
