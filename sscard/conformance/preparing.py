"""Before a case: is what it shows wrong known to be right, and are there tries enough?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sscard.conformance.actions import BY_FIELD, secrets
from sscard.conformance.actions.keys import counted_version, found
from sscard.conformance.actions.keys import shown as key_shown
from sscard.conformance.actions.pins import shown, state
from sscard.conformance.actions.selecting import selected
from sscard.conformance.case import Case, Step
from sscard.conformance.certificates import PINS
from sscard.conformance.moves import Script
from sscard.conformance.play import Play, Stop, not_run
from sscard.conformance.template import Template
from sscard.conformance.trust import PIN, key_name

_ROOT = "SSSE"
#: VERIFY of the PIN of SSSE, CHANGE PIN; and the digits of either without data.
_PIN_HEADS, _BARE = ("00200000", "805E"), 10
#: The instruction of EXTERNAL AUTHENTICATE, in whatever class.
_PROOF = "82"


def keys_of(case: Case) -> Iterator[tuple[str, int]]:
    """The keys that a case shows, right or wrong, by name and version."""
    for step in _all(case.steps):
        if step.action == "key":
            yield step.text("key"), step.number("version", 1)


def look_at_tries(play: Play) -> Script[None]:
    """Remember the tries of the PIN, before it is shown for the first time in a run."""
    if play.bench.pin is not None:
        try:
            yield from _begin(play, _ROOT)
            yield from state(play)
        except Stop:
            return


def prepare(play: Play) -> Script[None]:
    """Show right, once in a run, what the case shows wrong; look at the tries of the PIN.  Stops.

    Whoever does not know that a key is right must not try a wrong one: the counter would not come
    back.
    """
    steps = tuple(_all(play.case.steps))
    if any(_is_wrong_pin(step) or _shows_pin(step) for step in steps):
        yield from _know_pin(play)
    for step in steps:
        if step.action == "key" and _is_wrong_key(step):
            own, _ = found(play.bench.profile, step.text("key"))
            version = counted_version(play.bench.profile, own, step)
            yield from _know_key(play, own.name, version)
    for name in dict.fromkeys(_wrong_secrets(steps)):
        yield from _know_secret(play, name)
    if play.case.about.key and any(_written(step)[2:4] == _PROOF for step in steps):
        yield from _know_written(play, play.case.about.key)


def _know_pin(play: Play) -> Script[None]:
    yield from _begin(play, _ROOT)
    reply = yield from state(play)
    if reply.sw is None or reply.sw & 0xFFF0 != 0x63C0:
        raise play.refusal("ask for the tries of the PIN", f"answered {reply.said}")
    if PIN not in play.session.trust.proven:
        shown_now = yield from shown(play)
        if not shown_now.ok:
            raise play.refusal("show the PIN", f"answered {shown_now.said}")
        yield from state(play)
    if reason := play.session.trust.why_not_wrong(PIN):
        raise not_run(reason)


def _know_written(play: Play, name: str) -> Script[None]:
    """A case writes out a proof of the key that it is about, which none of its versions is."""
    _, directory = found(play.bench.profile, name)
    yield from _know_key(play, name, 1)
    play.keys_touched[name, 1] = directory.name


def _know_key(play: Play, name: str, version: int) -> Script[None]:
    trust = play.session.trust
    called = key_name(name, version)
    if called not in trust.proven and not trust.why_not(called):
        own, directory = found(play.bench.profile, name)
        yield from _begin(play, directory.name)
        reply = yield from key_shown(play, own.name, version)
        if not reply.ok:
            raise play.refusal(f"show {called}", f"answered {reply.said}")
    if reason := trust.why_not_wrong(called):
        raise not_run(reason)


def _know_secret(play: Play, name: str) -> Script[None]:
    """Show a secret of the certificate application right, and learn how many tries it has."""
    trust = play.session.trust
    yield from _begin(play, secrets.directory_of(name))
    if name not in trust.proven:
        yield from secrets.state(play, name)
        reply = yield from secrets.shown(play, name)
        if not reply.ok:
            raise play.refusal(f"show the {name}", f"answered {reply.said}")
    reply = yield from secrets.state(play, name)
    if name in PINS and (reply.sw is None or reply.sw & 0xFFF0 != 0x63C0):
        raise not_run(f"the tries of the {name} are not known: answered {reply.said}")
    if reason := trust.why_not_wrong(name):
        raise not_run(reason)


def _wrong_secrets(steps: Iterable[Step]) -> Iterator[str]:
    """What the case shows wrong, or tries to replace in a way that may cost a try."""
    for step in steps:
        if step.action == "secret" and not secrets.is_right(step):
            yield step.text("secret")
        if step.action == "replace secret":
            yield step.text("secret")


def _begin(play: Play, directory: str) -> Script[None]:
    yield from play.power_up()
    chosen = yield from selected(play, directory)
    if not chosen.ok:
        raise play.refusal(f"select {directory}", f"answered {chosen.said}")


def _is_wrong_pin(step: Step) -> bool:
    return step.action == "wrong pin" or step.text("old") == "wrong"


def _shows_pin(step: Step) -> bool:
    """Whether a step writes VERIFY or CHANGE PIN out, with something behind it."""
    head = _written(step)
    return head.startswith(_PIN_HEADS) and ("body" in step.fields or len(head) > _BARE)


def _written(step: Step) -> str:
    """How the command begins that a step writes out; empty where it writes none."""
    for name in BY_FIELD:
        text = step.fields.get(name)
        begin = text.parts[0] if isinstance(text, Template) else text
        if begin:
            return begin.hex().upper() if isinstance(begin, bytes) else str(begin)
    return ""


def _is_wrong_key(step: Step) -> bool:
    version = step.number("version", 1)
    return (
        step.text("proof") == "wrong"
        or step.text("factors") == "other card"
        or step.number("as_version", version) != version
    )


def _all(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for name in ("prepare", "look", "undo"):
            yield from _all(step.steps(name))
