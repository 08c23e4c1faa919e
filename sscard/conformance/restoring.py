"""After a case: the PIN that was changed, and the tries that were used up, are put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sscard.apdu import ssc
from sscard.conformance.actions.keys import shown as key_shown
from sscard.conformance.actions.pins import shown, state
from sscard.conformance.actions.selecting import selected
from sscard.conformance.moves import Script
from sscard.conformance.play import Play, Stop
from sscard.conformance.trust import PIN, key_name

_ROOT = "SSSE"
Back: TypeAlias = Callable[[Play], Script[str]]


def put_back(play: Play) -> Script[list[str]]:
    """Whatever could not be put back, in words."""
    left = []
    if play.session.pin != play.bench.pin:
        left += yield from _attempt(play, "the PIN is another one", _pin_back)
    if play.pin_touched and play.bench.pin is not None:
        left += yield from _attempt(play, "the tries of the PIN are not known", _tries_back)
    for (name, version), directory in play.keys_touched.items():
        left += yield from _key_back(play, name, version, directory)
    return left


def _attempt(play: Play, otherwise: str, back: Back) -> Script[list[str]]:
    try:
        yield from play.power_up()
        if not (yield from selected(play, _ROOT)).ok:
            return [f"{otherwise}: {_ROOT} cannot be selected"]
        said = yield from back(play)
    except Stop as stop:
        return [f"{otherwise}: {stop.reason}"]
    return [said] if said else []


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
    left = trust.tries.get(PIN)
    if reply.sw is not None and left is not None and left < (trust.full or left):
        yield from shown(play)
        reply = yield from state(play)
        left = trust.tries.get(PIN)
    if left is None or left < (trust.full or left):
        return f"the PIN has {left} tries of {trust.full}"
    return ""


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
