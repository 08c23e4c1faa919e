"""After a case: secrets of the certificate application are put back, and their tries given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sscard.conformance.actions import replacing, secrets
from sscard.conformance.actions.selecting import selected
from sscard.conformance.certificates import ADF, PINS
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, Stop

Back: TypeAlias = Callable[[Play, str], Script[str]]


def secrets_back(play: Play) -> Script[list[str]]:
    """Whatever could not be put back, in words.

    A wrong card may count one secret's failures as another's: all PINs are looked at.
    """
    own, left = play.bench.certificates.secrets(), []
    touched = play.secrets_touched | set(play.session.doubtful_secrets)
    for name in own:
        if name in touched or _is_other(play, name):
            left += yield from _guarded(play, name, _shown_and_back)
    if touched:
        for name in PINS:
            if name in own:
                left += yield from _guarded(play, name, _tries_back)
    return left


def _is_other(play: Play, name: str) -> bool:
    """Whether the card has another one than the tester has brought."""
    return play.session.secrets[name] != play.bench.certificates.secrets()[name]


def _guarded(play: Play, name: str, back: Back) -> Script[list[str]]:
    try:
        yield from play.power_up()
        if not (yield from selected(play, secrets.directory_of(name))).ok:
            return [f"the {name}: {ADF} cannot be selected"]
        said = yield from back(play, name)
    except Stop as stop:
        return [f"the {name}: {stop.reason}"]
    return [f"the {name} {said}"] if said else []


def _shown_and_back(play: Play, name: str) -> Script[str]:
    reply = yield from _settled(play, name)
    if reply.ok and _is_other(play, name):
        reply = yield from replacing.put_back(play, name)
    return "" if reply.ok else f"may be another one: answered {reply.said}"


def _settled(play: Play, name: str) -> Script[Reply]:
    """Show it as it was; where that is refused and it was given another one, that."""
    doubtful = play.session.doubtful_secrets.pop(name, None)
    reply = yield from secrets.shown(play, name)
    if reply.ok or doubtful is None:
        return reply
    play.session.trust.refused.pop(name, None)
    play.session.secrets[name] = doubtful
    return (yield from secrets.shown(play, name))


def _tries_back(play: Play, name: str) -> Script[str]:
    trust = play.session.trust
    yield from secrets.state(play, name)
    if trust.short(name) and name in trust.tries:
        yield from secrets.shown(play, name)
        yield from secrets.state(play, name)
    return f"has {short}" if name in trust.tries and (short := trust.short(name)) else ""
